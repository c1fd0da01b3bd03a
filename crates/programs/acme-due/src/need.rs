//! What is to be found out from a CA before it is decided about a certificate.

use lifecycle::{Facts, Reason, decide, is_to_be_asked};
use std::time::SystemTime;

/// What a CA is to be asked about a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing.
    Nothing,
    /// Whether the CA with this directory is there: an order is about to go to it.
    Directory(String),
    /// When the CA with this directory wants the certificate that it knows by this id to be renewed.
    Window(String, String),
}

/// What is needed for these facts. A person may want the CA's suggestions left aside.
pub(crate) fn need(facts: &Facts, no_ari: bool, now: SystemTime) -> Need {
    let ordered = facts
        .ordered
        .as_ref()
        .and_then(|ordered| ordered.directory.clone());
    let desired = facts
        .desired
        .as_ref()
        .and_then(|desired| desired.directory.clone());
    let next = desired.or_else(|| ordered.clone()).map(Need::Directory);
    let decision = decide(facts, now, 0.5);
    match &decision.reason {
        Reason::Changed(_) => next.unwrap_or(Need::Nothing),
        Reason::Due(_) | Reason::NotYet { .. } => {
            let id = facts
                .id
                .clone()
                .filter(|id| !no_ari && is_to_be_asked(&facts.state, id, now));
            match (ordered, id) {
                (Some(directory), Some(id)) => Need::Window(directory, id),
                _ if decision.is_due => next.unwrap_or(Need::Nothing),
                _ => Need::Nothing,
            }
        }
        // These are renewed, or wait, whatever the CA says.
        _ => Need::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certificates::{Health, Validity};
    use lifecycle::{Attempts, Desired, RenewalAnswer, RenewalState};
    use std::time::Duration;

    const DAY: u64 = 86_400;

    fn at(days: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(days * DAY)
    }

    fn desired(name: &str, directory: Option<&str>) -> Desired {
        Desired {
            names: vec![name.into()],
            directory: directory.map(str::to_owned),
            ..Desired::default()
        }
    }

    /// A certificate that is valid from day 100 to 190, and was asked about at day 100.
    fn facts() -> Facts {
        Facts {
            health: Health::Good,
            validity: Some(Validity {
                not_before: at(100),
                not_after: at(190),
            }),
            id: Some("id".into()),
            installed: None,
            ordered: Some(desired("a", Some("https://ca"))),
            desired: None,
            is_same_account: true,
            answer: RenewalAnswer::NotAsked,
            days: None,
            mended: None,
            state: RenewalState {
                asked_about: Some("id".into()),
                ask_after: Some(at(101)),
                ..RenewalState::default()
            },
        }
    }

    #[test]
    fn a_ca_is_asked_no_more_than_the_decision_needs() {
        let window = Need::Window("https://ca".into(), "id".into());
        let directory = |url: &str| Need::Directory(url.into());
        type Case = (u64, fn(&mut Facts), bool, Need);
        let none: fn(&mut Facts) = |_| ();
        let cases: [Case; 14] = [
            (100, none, false, Need::Nothing),
            (101, none, false, window.clone()),
            (101, none, true, Need::Nothing),
            (
                100,
                |facts| facts.state.asked_about = None,
                false,
                window.clone(),
            ),
            (150, |facts| facts.id = None, false, Need::Nothing),
            (
                150,
                |facts| facts.ordered = Some(desired("a", None)),
                false,
                Need::Nothing,
            ),
            // It is about to order.
            (170, none, false, window),
            (170, none, true, directory("https://ca")),
            (
                170,
                |facts| facts.state.ask_after = Some(at(171)),
                false,
                directory("https://ca"),
            ),
            (170, |facts| facts.ordered = None, false, Need::Nothing),
            (
                100,
                |facts| facts.desired = Some(desired("b", Some("https://other"))),
                false,
                directory("https://other"),
            ),
            (
                100,
                |facts| facts.desired = Some(desired("b", None)),
                false,
                directory("https://ca"),
            ),
            // Whatever it says.
            (
                101,
                |facts| facts.health = Health::New,
                false,
                Need::Nothing,
            ),
            (
                170,
                |facts| {
                    facts.state.attempts = Attempts {
                        count: 4,
                        last: Some(at(170)),
                        desired: None,
                    }
                },
                false,
                Need::Nothing,
            ),
        ];
        for (number, (day, change, no_ari, expected)) in cases.into_iter().enumerate() {
            let mut facts = facts();
            change(&mut facts);
            assert_eq!(need(&facts, no_ari, at(day)), expected, "{number}");
        }
    }
}
