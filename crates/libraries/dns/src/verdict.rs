//! When waiting for a value is over.

use std::time::{Duration, Instant};

use hickory_proto::rr::Name;

use crate::error::Cause;
use crate::propagation::{Pace, Sighting, Target};
use crate::seen::{Seen, State};

/// How long a zone may be without any usable server: one that is being restarted comes back within that.
const WITHOUT_SERVERS: Duration = Duration::from_secs(3);

/// How long something that is plainly a mistake has to stand before it is called one.
const MISTAKE_STANDS: Duration = Duration::from_secs(1);

/// How long a sibling's value has to stand alone where the primary serves it, or where it is known to be the newer one.
const SIBLING_STANDS: Duration = Duration::from_secs(3);

/// How long a sibling's value has to stand alone on secondaries: BIND delays each NOTIFY by up to 5 s, so that the
/// second value of two may well come that much later.
const SIBLING_STANDS_ON_SECONDARIES: Duration = Duration::from_secs(10);

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Every usable server serves the value.
    Done,
    /// Waiting longer will not help, or has been long enough.
    Fail(Cause),
    /// Wait for news, until then at most.
    Wait(Instant),
}

/// Judges how things stand, with a memory of since when they have stood so.
pub(crate) struct Jury<'a> {
    target: &'a Target,
    strict: bool,
    start: Instant,
    deadline: Instant,
    suspicion: Option<(Cause, Instant)>,
}

impl<'a> Jury<'a> {
    pub(crate) fn new(target: &'a Target, pace: Pace, start: Instant) -> Self {
        Self {
            target,
            strict: pace.strict,
            start,
            deadline: start + pace.timeout,
            suspicion: None,
        }
    }

    pub(crate) fn judge(&mut self, sightings: &[Sighting], now: Instant) -> Verdict {
        let count = |state| {
            sightings
                .iter()
                .filter(|sighting| sighting.state() == state)
                .count()
        };
        if count(State::Pending) > 0 {
            // Even past the deadline: one look at each server is always taken, and that is bounded.
            return Verdict::Wait(now + Duration::from_secs(60));
        }
        let (serving, waiting) = (count(State::Serving), count(State::Waiting));
        let unusable = sightings.len() - serving - waiting;
        if serving > 0 && waiting == 0 && (unusable == 0 || !self.strict) {
            return Verdict::Done;
        }
        let suspicion = self.suspect(sightings);
        let past = now >= self.deadline;
        if past {
            return Verdict::Fail(suspicion.map_or(Cause::NotPropagated, |(cause, _)| cause));
        }
        let Some((cause, stands)) = suspicion else {
            self.suspicion = None;
            return Verdict::Wait(self.deadline);
        };
        let since = match self.suspicion {
            Some((same, since)) if same == cause => since,
            _ => now,
        };
        self.suspicion = Some((cause, since));
        // Servers need not be heard first to have been without use from the start.
        let since = if cause == Cause::NoUsableServer {
            since.min(self.start + stands / 2)
        } else {
            since
        };
        if now >= since + stands {
            Verdict::Fail(cause)
        } else {
            Verdict::Wait(self.deadline.min(since + stands))
        }
    }

    /// Why waiting may be in vain, and how long that has to stand.
    fn suspect(&self, sightings: &[Sighting]) -> Option<(Cause, Duration)> {
        let usable = || {
            sightings
                .iter()
                .filter(|s| matches!(s.state(), State::Serving | State::Waiting))
        };
        if usable().next().is_none() {
            let reachable = sightings.iter().any(|s| s.state() != State::Unroutable);
            return Some((
                Cause::NoUsableServer,
                if reachable {
                    WITHOUT_SERVERS
                } else {
                    Duration::ZERO
                },
            ));
        }
        if sightings
            .iter()
            .any(|sighting| mistake(&sighting.seen, self.target).is_some())
        {
            return Some((Cause::WrongValue, MISTAKE_STANDS));
        }
        let siblings: Option<Vec<_>> = usable().map(|s| sibling(&s.seen, self.target)).collect();
        let newest = siblings?
            .into_iter()
            .map(|sibling| sibling.newer)
            .collect::<Vec<_>>();
        let is_primary = |s: &Sighting| {
            self.target
                .primary
                .as_ref()
                .is_some_and(|p: &Name| *p == s.name)
        };
        let stands = if newest.contains(&Some(true)) {
            SIBLING_STANDS
        } else if newest.contains(&Some(false)) {
            Duration::MAX / 4
        } else if usable().any(is_primary) {
            SIBLING_STANDS
        } else {
            SIBLING_STANDS_ON_SECONDARIES
        };
        Some((Cause::Overwritten, stands))
    }
}

/// The other challenge whose value a server has in the place of the one that is waited for.
pub(crate) fn sibling<'a>(
    seen: &Seen,
    target: &'a Target,
) -> Option<&'a crate::propagation::Sibling> {
    let Seen::Others(values) = seen else {
        return None;
    };
    target
        .siblings
        .iter()
        .find(|sibling| values.contains(&sibling.value))
}

/// What is wrong with a value that was meant to be the one that is waited for: the value, and what it is.
pub(crate) fn mistake(seen: &Seen, target: &Target) -> Option<(String, String)> {
    let Seen::Others(values) = seen else {
        return None;
    };
    values.iter().find_map(|value| {
        let known = target
            .lookalikes
            .iter()
            .find(|(lookalike, _)| lookalike == value);
        let what = known
            .map(|(_, what)| what.clone())
            .or_else(|| misspelling(value, &target.value).map(Into::into));
        what.map(|what| (value.clone(), what))
    })
}

/// How `found` differs from `wanted`, if it is the same but for something that was added or changed on the way.
fn misspelling(found: &str, wanted: &str) -> Option<&'static str> {
    let quote = |c| matches!(c, '"' | '\'' | '\\');
    if found.trim() == wanted {
        Some("the value with blanks around it")
    } else if found.trim().trim_matches(quote) == wanted {
        Some("the value with literal quote characters around it")
    } else if found.trim_end_matches('=') == wanted {
        Some("the value with \"=\" padding, which base64url has not here")
    } else if found.eq_ignore_ascii_case(wanted) {
        Some("the value in another case")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;
    use crate::propagation::Sibling;
    use crate::transport::{NetworkFault, ReplyFault};

    const VALUE: &str = "LXEWVKkbSOVvaoyyY0U0_3-1qN5y2vZ9mB6u7xVKSIE";

    fn target() -> Target {
        Target {
            name: parse("_acme-challenge.example.test").unwrap(),
            value: VALUE.into(),
            zone: None,
            servers: Vec::new(),
            primary: parse("ns0.example.test").ok(),
            serial: None,
            siblings: vec![Sibling {
                value: "sibling".into(),
                owner: "*.example.test".into(),
                newer: None,
            }],
            lookalikes: vec![("token".into(), "the challenge's token".into())],
        }
    }

    fn sightings(seen: &[Seen]) -> Vec<Sighting> {
        let sighting = |(index, seen): (usize, &Seen)| Sighting {
            name: parse(&format!("ns{index}.example.test")).unwrap(),
            address: ([192, 0, 2, index as u8], 53).into(),
            seen: seen.clone(),
            serial: None,
            after: None,
        };
        seen.iter().enumerate().map(sighting).collect()
    }

    fn after(seconds: u64, strict: bool, target: &Target, seen: &[Seen]) -> Verdict {
        let start = Instant::now();
        let pace = Pace {
            timeout: Duration::from_secs(60),
            interval: Duration::from_secs(2),
            strict,
        };
        let mut jury = Jury::new(target, pace, start);
        jury.judge(&sightings(seen), start);
        match jury.judge(&sightings(seen), start + Duration::from_secs(seconds)) {
            Verdict::Wait(_) => Verdict::Wait(start),
            verdict => verdict,
        }
    }

    fn verdict(seconds: u64, seen: &[Seen]) -> Verdict {
        after(seconds, false, &target(), seen)
    }

    fn others(value: &str) -> Seen {
        Seen::Others(vec![value.into()])
    }

    fn is_wait(verdict: Verdict) -> bool {
        matches!(verdict, Verdict::Wait(_))
    }

    const DEAD: Seen = Seen::Silent(NetworkFault::Timeout);
    const UNROUTABLE: Seen = Seen::Silent(NetworkFault::Unroutable);

    #[test]
    fn a_dead_a_lame_and_an_unroutable_server_do_not_hold_it_up() {
        let seen = [
            Seen::Value,
            DEAD,
            Seen::Lame(ReplyFault::NotAuthoritative),
            UNROUTABLE,
        ];
        assert_eq!(verdict(0, &seen), Verdict::Done);
        assert!(is_wait(after(0, true, &target(), &seen)));
    }

    #[test]
    fn a_server_that_answers_without_the_value_always_holds_it_up() {
        for lacking in [
            Seen::NoData(None),
            Seen::NoName(Some(1)),
            others("x"),
            Seen::Alias("a.".into()),
        ] {
            assert!(is_wait(verdict(59, &[Seen::Value, lacking.clone()])));
            assert_eq!(
                verdict(60, &[Seen::Value, lacking]),
                Verdict::Fail(Cause::NotPropagated)
            );
        }
    }

    #[test]
    fn nothing_is_decided_before_each_server_was_heard_once() {
        assert!(is_wait(verdict(0, &[Seen::Value, Seen::Pending])));
        assert!(is_wait(verdict(60, &[Seen::NoData(None), Seen::Pending])));
    }

    #[test]
    fn without_any_usable_server_it_fails_soon_and_not_at_once() {
        let seen = [DEAD, Seen::Lame(ReplyFault::NotAuthoritative)];
        assert!(is_wait(verdict(1, &seen)));
        assert_eq!(verdict(5, &seen), Verdict::Fail(Cause::NoUsableServer));
        assert_eq!(
            verdict(0, &[UNROUTABLE]),
            Verdict::Fail(Cause::NoUsableServer)
        );
        assert_eq!(verdict(0, &[]), Verdict::Fail(Cause::NoUsableServer));
    }

    #[test]
    fn a_value_with_quotes_or_blanks_is_called_wrong_after_a_moment() {
        for wrong in [
            format!("\"{VALUE}\""),
            format!("{VALUE} "),
            format!("{VALUE}="),
            VALUE.to_lowercase(),
        ] {
            assert!(is_wait(verdict(0, &[others(&wrong)])));
            assert_eq!(
                verdict(1, &[others(&wrong), Seen::NoData(None)]),
                Verdict::Fail(Cause::WrongValue),
                "{wrong}"
            );
        }
        assert_eq!(
            verdict(1, &[others("token")]),
            Verdict::Fail(Cause::WrongValue)
        );
    }

    #[test]
    fn a_siblings_value_alone_on_every_server_means_overwritten_and_on_one_it_does_not() {
        let seen = [others("sibling"), others("sibling")];
        assert!(is_wait(verdict(2, &seen)));
        assert_eq!(verdict(3, &seen), Verdict::Fail(Cause::Overwritten));
        assert!(is_wait(verdict(
            30,
            &[others("sibling"), Seen::NoData(None)]
        )));
        assert!(is_wait(verdict(30, &[others("sibling"), Seen::Value])));
    }

    #[test]
    fn secondaries_are_given_time_for_a_second_transfer() {
        let mut target = target();
        target.primary = parse("hidden.example.test").ok();
        assert!(is_wait(after(9, false, &target, &[others("sibling")])));
        assert_eq!(
            after(10, false, &target, &[others("sibling")]),
            Verdict::Fail(Cause::Overwritten)
        );
    }

    #[test]
    fn an_older_siblings_value_alone_only_means_that_ours_is_not_there_yet() {
        let mut target = target();
        target.siblings[0].newer = Some(false);
        assert!(is_wait(after(59, false, &target, &[others("sibling")])));
        assert_eq!(
            after(60, false, &target, &[others("sibling")]),
            Verdict::Fail(Cause::Overwritten)
        );
    }
}
