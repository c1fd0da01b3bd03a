//! What is to be found out from a CA before it is decided about a certificate.

use lifecycle::{Desired, Facts, Reason, decide_unasked, is_to_be_asked};
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

impl Need {
    /// The directory of the CA that is asked.
    pub(crate) fn directory(&self) -> Option<&str> {
        match self {
            Need::Nothing => None,
            Need::Directory(directory) | Need::Window(directory, _) => Some(directory),
        }
    }
}

/// What is needed for these facts. Where nobody names the CA of an order, the order goes to the CA with the directory
/// `otherwise`.
pub(crate) fn need(facts: &Facts, otherwise: Option<&str>, now: SystemTime) -> Need {
    let of = |aims: &Option<Desired>| aims.as_ref().and_then(|aims| aims.directory.clone());
    let ordered = of(&facts.ordered);
    let next = of(&facts.desired)
        .or_else(|| ordered.clone())
        .or_else(|| otherwise.map(str::to_owned))
        .map_or(Need::Nothing, Need::Directory);
    let decision = decide_unasked(facts, now);
    if let Reason::Due(_) | Reason::NotYet { .. } = decision.reason {
        let is_wanted = !facts.is_suggestion_unwanted;
        let id = facts.id.clone();
        let id = id.filter(|id| is_wanted && is_to_be_asked(&facts.state, id, now));
        if let (Some(directory), Some(id)) = (ordered, id) {
            return Need::Window(directory, id);
        }
    }
    match decision.is_due {
        true => next,
        false => Need::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use certificates::{Health, Validity};
    use lifecycle::{Attempts, RenewalAnswer, RenewalState, SuggestedWindow};
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
            revocation: None,
            validity: Some(Validity {
                not_before: at(100),
                not_after: at(190),
            }),
            serial: Some("one".into()),
            id: Some("id".into()),
            installed: None,
            ordered: Some(desired("a", Some("https://ca"))),
            desired: None,
            is_same_account: true,
            is_suggestion_unwanted: false,
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
        let cases: [Case; 18] = [
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
            // A window that is kept is left aside as well.
            (
                150,
                |facts| {
                    facts.state.window = Some(SuggestedWindow {
                        certificate: "id".into(),
                        start: at(140),
                        end: at(142),
                        at: at(141),
                        explanation: None,
                    });
                },
                true,
                Need::Nothing,
            ),
            (
                170,
                |facts| facts.state.ask_after = Some(at(171)),
                false,
                directory("https://ca"),
            ),
            (
                170,
                |facts| facts.ordered = None,
                false,
                directory("https://otherwise"),
            ),
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
            (
                101,
                |facts| facts.health = Health::New,
                false,
                directory("https://ca"),
            ),
            (
                100,
                |facts| {
                    facts.health = Health::New;
                    (facts.ordered, facts.id) = (None, None);
                },
                false,
                directory("https://otherwise"),
            ),
            (191, none, false, directory("https://ca")),
            // By this machine's clock it is not valid yet.
            (99, none, false, Need::Nothing),
            (
                170,
                |facts| {
                    facts.state.attempts = Attempts {
                        count: 4,
                        last: Some(at(170)),
                        ..Attempts::default()
                    }
                },
                false,
                Need::Nothing,
            ),
        ];
        for (number, (day, change, no_ari, expected)) in cases.into_iter().enumerate() {
            let mut facts = facts();
            change(&mut facts);
            facts.is_suggestion_unwanted = no_ari;
            let needed = need(&facts, Some("https://otherwise"), at(day));
            assert_eq!(needed, expected, "{number}");
        }
        let mut facts = facts();
        facts.ordered = None;
        assert_eq!(need(&facts, None, at(170)), Need::Nothing);
    }

    #[test]
    fn it_is_known_which_ca_is_asked() {
        for (need, directory) in [
            (Need::Nothing, None),
            (Need::Directory("https://ca".into()), Some("https://ca")),
            (
                Need::Window("https://ca".into(), "id".into()),
                Some("https://ca"),
            ),
        ] {
            assert_eq!(need.directory(), directory);
        }
    }
}
