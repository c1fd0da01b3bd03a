//! What has ended is not sent to a CA, which would only say that it is malformed, or that there is no such order. A CA's own
//! clock decides.

use acme::{Ca, ClockDifference};
use command::message;
use pipeline::{Challenge, Document, Ends, Outcomes, Problem, expired_order};
use std::time::{Duration, SystemTime};

/// Clocks that differ by more than this tell whoever asks no CA nothing about what has ended there.
const SAME_CLOCK: Duration = Duration::from_secs(60);

/// The open challenges of a document whose authorizations have ended, each with why nothing more can be done about it.
///
/// # Errors
/// `acmepipe:expired`, where the whole order has ended.
pub fn expired(document: &Document, now: SystemTime) -> Result<Outcomes, Problem> {
    let ends = Ends::of(document);
    if let Some(problem) = ends.order().and_then(|end| expired_order(end, now)) {
        return Err(problem);
    }
    let challenges = document.challenges().enumerate();
    let open = challenges.filter(|(_, challenge): &(usize, Challenge)| challenge.is_open());
    let expired = |(index, challenge): (usize, Challenge)| {
        Some((index, ends.expired(&challenge, now)?.into()))
    };
    Ok(open.filter_map(expired).collect())
}

/// Whether the system's clock tells what has ended at this CA.
pub(crate) fn is_same_clock(ca: &Ca) -> bool {
    match ca.clock_difference() {
        None => true,
        Some(ClockDifference::Ahead(by) | ClockDifference::Behind(by)) => by <= SAME_CLOCK,
    }
}

/// Says that the system's clock and that of the CA differ, if they do.
pub fn say_clock(ca: &Ca) {
    if is_same_clock(ca) {
        return;
    }
    let (by, how) = match ca.clock_difference() {
        Some(ClockDifference::Ahead(by)) => (by, "ahead of"),
        Some(ClockDifference::Behind(by)) => (by, "behind"),
        None => return,
    };
    message::warning(&format!(
        "the system's clock is {} s {how} that of {}: no program but those that ask the CA can tell what has ended",
        by.as_secs(),
        ca.url()
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline::value;
    use serde_json::json;

    #[test]
    fn an_order_ends_as_a_whole_and_an_authorization_by_itself() {
        let now = value::time("2026-11-27T09:00:00Z").expect("a time");
        let (over, later) = ("2026-11-27T08:00:00Z", "2026-11-27T10:00:00Z");
        let of = |order: &str, challenges: serde_json::Value| {
            let document = json!({"order": {"expires": order}, "challenges": challenges});
            let document = Document::from(document.as_object().expect("an object").clone());
            let expired = expired(&document, now).map_err(|problem| problem.kind);
            expired.map(|found| {
                found
                    .into_iter()
                    .map(|(index, _)| index)
                    .collect::<Vec<_>>()
            })
        };
        let challenges = json!([
            {"expires": later}, {"expires": over}, {"expires": over, "status": "valid"},
            {"expires": over, "error": {}}, {},
        ]);
        assert_eq!(of(later, challenges.clone()), Ok(vec![1]));
        assert_eq!(of("soon", challenges.clone()), Ok(vec![1]));
        assert_eq!(of(over, challenges), Err("acmepipe:expired".to_owned()));
    }
}
