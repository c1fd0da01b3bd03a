//! The cases that a decision has to get right, and whole lives of certificates under timers.

use super::*;
use crate::renewal::desired::Desired;
use crate::renewal::is_to_be_asked;
use crate::revocation::Revocation;
use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
/// The usual lifetime of today, and that of Let's Encrypt's shortest profile.
const USUAL: u64 = 90 * DAY;
const SHORT: u64 = 160 * HOUR;

/// So many seconds after the certificate was issued.
fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

fn before(seconds: u64) -> SystemTime {
    at(0) - Duration::from_secs(seconds)
}

fn window(start: SystemTime, end: SystemTime) -> Window {
    Window { start, end }
}

fn suggests(window: Window) -> RenewalAnswer {
    RenewalAnswer::Window {
        window,
        explanation: None,
        retry_after: Some(Duration::from_secs(6 * HOUR)),
    }
}

fn not_known(why: &str) -> RenewalAnswer {
    RenewalAnswer::NotKnown {
        why: why.into(),
        retry_after: None,
    }
}

fn desired(names: &[&str], directory: &str, key_type: &str, profile: Option<&str>) -> Desired {
    Desired {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        directory: Some(directory.into()),
        key_type: Some(key_type.into()),
        profile: profile.map(str::to_owned),
    }
}

/// A good certificate that was issued at 0, an hour after its validity began as Let's Encrypt has it, and is valid for so
/// many seconds.
fn facts(lifetime: u64) -> Facts {
    Facts {
        health: Health::Good,
        revocation: None,
        validity: Some(Validity {
            not_before: before(HOUR),
            not_after: at(lifetime - HOUR),
        }),
        serial: Some("one".into()),
        id: Some("AKI.one".into()),
        installed: Some(at(0)),
        ordered: Some(desired(
            &["a.test", "b.test"],
            "https://ca/one",
            "EC256",
            None,
        )),
        desired: None,
        is_same_account: true,
        is_suggestion_unwanted: false,
        answer: RenewalAnswer::NotAsked,
        days: None,
        mended: None,
        state: RenewalState::default(),
    }
}

fn with(lifetime: u64, change: impl FnOnce(&mut Facts)) -> Facts {
    let mut facts = facts(lifetime);
    change(&mut facts);
    facts
}

/// After so many tries, the last of which was then.
fn tried(count: u32, last: SystemTime) -> Attempts {
    Attempts {
        count,
        last: Some(last),
        ..Attempts::default()
    }
}

/// When a certificate is looked at, what is known of it, whether it is due, and what the reason says.
type Case = (&'static str, u64, Facts, bool, &'static str);

#[track_caller]
fn check(cases: Vec<Case>) {
    for (case, now, facts, is_due, says) in cases {
        let decision = decide(&facts, at(now), 0.5);
        let reason = decision.reason.to_string();
        assert_eq!(decision.is_due, is_due, "{case}: {reason}");
        assert!(reason.contains(says), "{case}: {reason}");
        assert!(!decision.is_exempt || decision.window.is_some(), "{case}");
    }
}

/// Two thirds of the usual lifetime have passed.
const TWO_THIRDS: u64 = 60 * DAY - HOUR;

#[test]
fn the_lifetime_decides_where_the_ca_suggests_nothing() {
    check(vec![
        (
            "1 early",
            0,
            facts(USUAL),
            false,
            "more than a third of its lifetime is left, until",
        ),
        (
            "2 just before",
            TWO_THIRDS - 1,
            facts(USUAL),
            false,
            "a third",
        ),
        (
            "3 a third is left",
            TWO_THIRDS,
            facts(USUAL),
            true,
            "a third of its lifetime is left",
        ),
        (
            "4 short",
            79 * HOUR - 1,
            facts(SHORT),
            false,
            "more than half of its lifetime",
        ),
        (
            "5 half is left",
            79 * HOUR,
            facts(SHORT),
            true,
            "half of its lifetime is left",
        ),
        ("6 ten days", 5 * DAY, facts(10 * DAY), false, "a third"),
        ("7 just short", 5 * DAY, facts(10 * DAY - 1), true, "half"),
        ("8 expired", USUAL, facts(USUAL), true, "it expired at 20"),
        (
            "9 days",
            59 * DAY,
            with(USUAL, |facts| facts.days = Some(31)),
            true,
            "no more than 31 days are left",
        ),
        (
            "10 fewer days",
            TWO_THIRDS,
            with(USUAL, |facts| facts.days = Some(10)),
            false,
            "more than 10 days are left",
        ),
        (
            "11 more days than it lives",
            0,
            with(SHORT, |facts| facts.days = Some(4_000_000_000)),
            true,
            "are left",
        ),
        (
            "12 clock set back",
            0,
            with(USUAL, |facts| {
                facts.validity = Some(Validity {
                    not_before: at(DAY),
                    not_after: at(USUAL),
                });
            }),
            false,
            "by this machine's clock it is not valid before",
        ),
    ]);
}

#[test]
fn an_answer_that_says_nothing_leaves_it_to_the_lifetime() {
    let mut cases = Vec::new();
    for answer in [
        RenewalAnswer::NotAsked,
        RenewalAnswer::NotOffered,
        not_known("404 Not Found"),
        not_known("409 Conflict"),
        not_known("503 Service Unavailable"),
        not_known("not JSON"),
        not_known("the proxy refuses"),
        // Backwards, empty, before there were clocks, a century away.
        suggests(window(at(2 * DAY), at(DAY))),
        suggests(window(at(DAY), at(DAY))),
        suggests(window(
            SystemTime::UNIX_EPOCH - Duration::from_secs(1),
            at(DAY),
        )),
        suggests(window(
            at(DAY),
            SystemTime::UNIX_EPOCH + Duration::from_secs(300_000_000_000),
        )),
        suggests(window(at(36_500 * DAY), at(36_501 * DAY))),
        // Open already when the certificate was issued.
        suggests(window(before(DAY), at(40 * DAY))),
        suggests(window(at(0), at(1))),
    ] {
        let answered = with(USUAL, |facts| facts.answer = answer);
        cases.push((
            "13 early",
            30 * DAY,
            answered.clone(),
            false,
            "more than a third",
        ));
        cases.push((
            "14 late",
            TWO_THIRDS,
            answered,
            true,
            "a third of its lifetime is left",
        ));
    }
    check(cases);
}

#[test]
fn the_ca_brings_a_renewal_forward_and_never_holds_it_back() {
    let suggested = |start, end| with(USUAL, |facts| facts.answer = suggests(window(start, end)));
    check(vec![
        (
            "15 before the window",
            DAY,
            suggested(at(2 * DAY), at(4 * DAY)),
            false,
            "the CA suggests renewal between 20",
        ),
        (
            "16 before the moment",
            3 * DAY - 1,
            suggested(at(2 * DAY), at(4 * DAY)),
            false,
            "chosen",
        ),
        (
            "17 at the moment",
            3 * DAY,
            suggested(at(2 * DAY), at(4 * DAY)),
            true,
            "the CA suggests",
        ),
        (
            "18 in the past",
            5 * DAY,
            suggested(at(2 * DAY), at(4 * DAY)),
            true,
            "the CA suggests",
        ),
        (
            "19 past the fallback",
            TWO_THIRDS,
            suggested(at(70 * DAY), at(72 * DAY)),
            true,
            "a third",
        ),
        (
            "20 until the instant of issuance",
            DAY,
            suggested(before(DAY), at(0)),
            true,
            "the CA suggests",
        ),
        (
            "21 from just after issuance",
            DAY,
            suggested(at(1), at(3)),
            true,
            "the CA suggests",
        ),
        (
            "22 unwanted",
            3 * DAY,
            with(USUAL, |facts| {
                facts.answer = suggests(window(at(2 * DAY), at(4 * DAY)));
                facts.state = decide(facts, at(DAY), 0.5).state;
                facts.answer = RenewalAnswer::NotAsked;
                facts.is_suggestion_unwanted = true;
            }),
            false,
            "more than a third",
        ),
        (
            "23 installed unknown",
            0,
            with(USUAL, |facts| {
                facts.installed = None;
                facts.answer = suggests(window(before(2 * HOUR), at(1)));
            }),
            false,
            "more than a third",
        ),
    ]);
}

#[test]
fn a_renewal_is_exempt_within_the_window_only() {
    for (now, is_exempt) in [
        (2 * DAY - 1, false),
        (2 * DAY, true),
        (4 * DAY - 1, true),
        (4 * DAY, false),
    ] {
        let facts = with(USUAL, |facts| {
            facts.answer = suggests(window(at(2 * DAY), at(4 * DAY)));
        });
        assert_eq!(decide(&facts, at(now), 0.0).is_exempt, is_exempt, "{now}");
    }
}

#[test]
fn a_moment_is_chosen_once_and_kept_as_long_as_the_window_is_the_same() {
    let chosen = |facts: &Facts, chance| {
        decide(facts, at(DAY), chance)
            .state
            .window
            .expect("known")
            .at
    };
    let mut facts = with(USUAL, |facts| {
        facts.answer = suggests(window(at(2 * DAY), at(4 * DAY)));
    });
    for (chance, moment) in [
        (-1.0, 2 * DAY),
        (0.0, 2 * DAY),
        (0.25, 2 * DAY + 12 * HOUR),
        (1.0, 4 * DAY - 1),
        (f64::NAN, 2 * DAY),
    ] {
        assert_eq!(chosen(&facts, chance), at(moment), "{chance}");
    }
    facts.state = decide(&facts, at(DAY), 0.25).state;
    // What the state file cannot keep, fractions of seconds, is no other window.
    facts.answer = suggests(window(
        at(2 * DAY) + Duration::from_millis(500),
        at(4 * DAY),
    ));
    assert_eq!(chosen(&facts, 0.75), at(2 * DAY + 12 * HOUR));
    facts.answer = RenewalAnswer::NotAsked;
    assert_eq!(chosen(&facts, 0.75), at(2 * DAY + 12 * HOUR));
    facts.answer = suggests(window(at(3 * DAY), at(4 * DAY)));
    assert_eq!(chosen(&facts, 0.5), at(3 * DAY + 12 * HOUR));
    facts.answer = suggests(window(at(2 * DAY), at(5 * DAY)));
    assert_eq!(chosen(&facts, 0.0), at(2 * DAY));
    // Of another certificate it says nothing.
    facts.answer = RenewalAnswer::NotAsked;
    facts.id = Some("AKI.two".into());
    assert_eq!(decide(&facts, at(10 * DAY), 0.5).state.window, None);
}

#[test]
fn a_ca_that_is_down_is_waited_for_while_there_is_time() {
    let down = |change: fn(&mut Facts)| {
        with(USUAL, |facts| {
            facts.answer = RenewalAnswer::Down("connection refused".into());
            change(facts);
        })
    };
    check(vec![
        ("45 not due", DAY, down(|_| ()), false, "more than a third"),
        (
            "46 due",
            TWO_THIRDS,
            down(|_| ()),
            false,
            "waits until the CA is there again: connection refused (a third of its lifetime is left)",
        ),
        (
            "47 a ninth is left, and a moment",
            80 * DAY - HOUR - 1,
            down(|_| ()),
            false,
            "waits until the CA",
        ),
        (
            "a good one, and a slow CA",
            TWO_THIRDS,
            down(|facts| facts.answer = RenewalAnswer::Slow("no answer".into())),
            false,
            "waits until the CA is there again: no answer",
        ),
        (
            "none yet, and a slow CA",
            0,
            down(|facts| {
                facts.answer = RenewalAnswer::Slow("no answer".into());
                facts.health = Health::New;
            }),
            true,
            "there is no certificate yet",
        ),
        (
            "48 a ninth is left",
            80 * DAY - HOUR,
            down(|_| ()),
            true,
            "a third",
        ),
        (
            "49 of the days that a person says",
            60 * DAY,
            down(|facts| facts.days = Some(60)),
            false,
            "waits until the CA",
        ),
        (
            "50 a third is left of those",
            70 * DAY,
            down(|facts| facts.days = Some(60)),
            true,
            "60 days",
        ),
        (
            "96 more days than it lives",
            0,
            down(|facts| facts.days = Some(3650)),
            false,
            "waits until the CA",
        ),
        (
            "98 its last moment",
            USUAL - HOUR,
            down(|_| ()),
            true,
            "a third",
        ),
        (
            "51 expired",
            USUAL - HOUR + 1,
            down(|_| ()),
            false,
            "waits until the CA is there again: connection refused (it expired",
        ),
        (
            "52 changed",
            0,
            down(|facts| facts.desired = Some(Desired::default())),
            false,
            "waits until the CA",
        ),
        (
            "99 changed, and a ninth is left",
            80 * DAY - HOUR,
            down(|facts| facts.desired = Some(Desired::default())),
            true,
            "its names",
        ),
        (
            "53 damaged",
            0,
            down(|facts| {
                facts.health = Health::Damaged {
                    file: "privkey.pem".into(),
                    why: "is missing".into(),
                };
            }),
            false,
            "waits until the CA is there again: connection refused (privkey.pem is missing)",
        ),
        (
            "100 damaged, and about to expire",
            80 * DAY,
            down(|facts| {
                facts.health = Health::Damaged {
                    file: "privkey.pem".into(),
                    why: "is missing".into(),
                };
            }),
            false,
            "waits until the CA",
        ),
        (
            "101 none yet",
            0,
            down(|facts| {
                facts.health = Health::New;
                facts.validity = None;
            }),
            false,
            "waits until the CA is there again: connection refused (there is no certificate yet)",
        ),
    ]);
    let tries: [fn(&mut Facts); 2] = [|_| (), |facts| facts.health = Health::New];
    for change in tries {
        let mut facts = down(change);
        facts.state.attempts = tried(2, at(0));
        let kept = decide(&facts, at(TWO_THIRDS), 0.5).state.attempts;
        assert_eq!(kept, tried(2, at(0)), "54 it counts as no attempt");
    }
}

#[test]
fn servers_are_left_without_a_certificate_whatever_it_waits_for() {
    let waits = |because: Reason| Reason::Waiting {
        until: at(0),
        tries: 1,
        since: None,
        because: Box::new(because),
    };
    let down = |because: Reason| Reason::CaDown {
        why: String::new(),
        because: Box::new(because),
    };
    let damaged = Reason::Damaged {
        file: String::new(),
        why: String::new(),
    };
    let revoked = Reason::Revoked(Revocation::default());
    for reason in [Reason::New, damaged, revoked, Reason::Expired(at(0))] {
        assert!(reason.leaves_servers_without() && !reason.is_of_one_that_waits());
        for waiting in [down(reason.clone()), waits(reason.clone())] {
            assert!(waiting.is_of_one_that_waits());
        }
        assert!(down(reason.clone()).leaves_servers_without());
        assert!(waits(reason).leaves_servers_without());
    }
    for reason in [Reason::Due(Schedule::Third), Reason::NotYetValid(at(0))] {
        assert!(!reason.leaves_servers_without());
        assert!(!down(reason).leaves_servers_without());
    }
}

mod changes;
mod lives;
mod pauses;
