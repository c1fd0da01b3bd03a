//! What becomes of an order after a round.

use crate::steps::Round;
use pipeline::{Challenge, Document, types};

/// What becomes of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It is written: it is done, or nothing more can be.
    Written,
    /// The CA did not find a record. It may be ordered once more.
    Refused,
    /// Its order is another document's. It is ordered once that one is done.
    Shared,
    /// All of it is valid, and its certificate is still to be had.
    Finalized,
    /// It goes through a further round, which presents no more than this at once.
    Presented(Round),
}

/// What becomes of an order that comes out of this round.
pub(super) fn next(document: &Document, round: Round) -> Next {
    let Some(problem) = document.problem() else {
        return if round == Round::Whole {
            Next::Written
        } else if document
            .challenges()
            .any(|one: Challenge| one.is_deferred())
        {
            Next::Presented(round)
        } else {
            Next::Finalized
        };
    };
    if problem.is(&types::ORDER_SHARED) {
        return Next::Shared;
    }
    if round < Round::OnePerZone && is_not_found(document) {
        return Next::Refused;
    }
    let smaller = if problem.is(&types::DNS_REMOVED) {
        Round::OnePerZone
    } else if problem.is(&types::DEFERRED) {
        // The user's program has said that its service keeps one value at a name.
        Round::OnePerName
    } else if !problem.is(&types::DNS_OVERWRITTEN) {
        return Next::Written;
    } else if round == Round::Whole {
        Round::OnePerName
    } else {
        Round::OnePerZone
    };
    if smaller > round {
        Next::Presented(smaller)
    } else {
        Next::Written
    }
}

/// Whether the CA did not find what was presented, and nothing else is wrong (RFC 8555 §6.7).
fn is_not_found(document: &Document) -> bool {
    const NOT_FOUND: [&str; 3] = ["dns", "incorrectResponse", "unauthorized"];
    let problems = document.challenges().filter_map(|one| {
        let problem = one.problem()?;
        let kind = problem.kind.strip_prefix("urn:ietf:params:acme:error:");
        let not_found = kind.is_some_and(|kind| NOT_FOUND.contains(&kind));
        Some(not_found && one.is_presented())
    });
    let problems: Vec<bool> = problems.collect();
    !problems.is_empty() && problems.iter().all(|is_not_found| *is_not_found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_order_goes_on_with_as_many_values_at_once_as_can_be() {
        use Next::{Finalized, Presented, Refused, Written};
        use Round::{OnePerName, OnePerZone, Whole};
        let deferred = json!([{"status": "valid"}, {"deferred": "why"}]);
        let valid = json!([{"status": "valid"}]);
        let ca = |kind: &str| json!({"type": format!("urn:ietf:params:acme:error:{kind}")});
        let not_found = json!([
            {"error": ca("dns"), "present": {}}, {"status": "valid"},
            {"error": ca("unauthorized"), "present": {}}, {"error": ca("incorrectResponse"), "present": {}},
        ]);
        let not_authorized = json!([
            {"error": ca("dns"), "present": {}}, {"error": ca("caa"), "present": {}},
        ]);
        let not_presented = json!([{"error": ca("dns")}]);
        let overwritten = "acmepipe:dns:overwritten";
        let removed = "acmepipe:dns:removed";
        for (challenges, error, whole, per_name, per_zone) in [
            (&valid, None, Written, Finalized, Finalized),
            (
                &deferred,
                None,
                Written,
                Presented(OnePerName),
                Presented(OnePerZone),
            ),
            (
                &valid,
                Some(overwritten),
                Presented(OnePerName),
                Presented(OnePerZone),
                Written,
            ),
            (
                &deferred,
                Some(removed),
                Presented(OnePerZone),
                Presented(OnePerZone),
                Written,
            ),
            (
                &deferred,
                Some("acmepipe:deferred"),
                Presented(OnePerName),
                Written,
                Written,
            ),
            (
                &deferred,
                Some("acmepipe:exec:status"),
                Written,
                Written,
                Written,
            ),
            (&not_found, Some("x"), Refused, Refused, Written),
            (&not_authorized, Some("x"), Written, Written, Written),
            (&not_presented, Some("x"), Written, Written, Written),
        ] {
            let mut order = json!({"challenges": challenges});
            if let Some(error) = error {
                order["error"] = json!({"type": error});
            }
            let document = Document::from(order.as_object().unwrap().clone());
            let became = [Whole, OnePerName, OnePerZone].map(|round| next(&document, round));
            assert_eq!(became, [whole, per_name, per_zone], "{order}");
        }
    }
}
