//! How long a certificate waits after tries in vain, and until its CA is asked again.

use super::*;

#[test]
fn what_was_tried_in_vain_waits_longer_and_longer() {
    let after = |lifetime: u64, count: u32, seconds: u64| {
        let now = lifetime - DAY;
        let facts = with(lifetime, |facts| {
            facts.state.attempts = tried(count, at(now - seconds))
        });
        decide(&facts, at(now), 0.5)
    };
    for (count, pause) in [
        (1, MINUTE),
        (2, 10 * MINUTE),
        (3, 100 * MINUTE),
        (4, DAY),
        (5, DAY),
        (u32::MAX, DAY),
    ] {
        let waits = after(USUAL, count, pause - 1);
        assert!(!waits.is_due, "55 {count}: {}", waits.reason);
        assert_eq!(waits.at, Some(at(USUAL - DAY + 1)), "56 {count}");
        assert_eq!(waits.state.attempts.count, count, "57");
        let goes = after(USUAL, count, pause);
        assert!(goes.is_due, "58 {count}: {}", goes.reason);
        let attempts = Attempts {
            before: Some(at(USUAL - DAY - pause)),
            serial: Some("one".into()),
            ..tried(count.saturating_add(1), at(USUAL - DAY))
        };
        assert_eq!(goes.state.attempts, attempts, "59");
    }
    assert!(
        after(SHORT, 9, SHORT / 12).is_due,
        "60 a twelfth of a short life"
    );
    assert!(!after(SHORT, 9, SHORT / 12 - 1).is_due, "61");
    let says = after(USUAL, 3, HOUR).reason.to_string();
    let expected = "after 3 tries that led to no new certificate (a third of its lifetime is left)";
    assert!(
        says.starts_with("waits until 20") && says.ends_with(expected),
        "62 {says}"
    );
    let says = after(USUAL, 1, 1).reason.to_string();
    assert!(says.contains("after a try that led"), "63 {says}");
    // No time passes in a life of a minute.
    let minute = with(2 * HOUR, |facts| {
        facts.validity = Some(Validity {
            not_before: at(0),
            not_after: at(60),
        });
        facts.installed = Some(at(0));
        facts.state.attempts = tried(4, at(0));
    });
    assert!(!decide(&minute, at(59), 0.5).is_due, "64");
    assert!(decide(&minute, at(60), 0.5).is_due, "65");
    // Two hosts have clocks that are not quite the same.
    let facts = with(USUAL, |facts| {
        facts.state.attempts = tried(1, at(TWO_THIRDS + 3));
    });
    assert!(!decide(&facts, at(TWO_THIRDS), 0.5).is_due, "97");
    // A try far in the future is one of a clock that was wrong.
    let facts = with(USUAL, |facts| facts.state.attempts = tried(4, at(USUAL)));
    assert!(decide(&facts, at(TWO_THIRDS), 0.5).is_due, "66");
}

#[test]
fn a_try_that_came_to_no_order_is_taken_back_as_if_it_had_not_been() {
    let tried = |count| Attempts {
        serial: Some("one".into()),
        ..tried(count, at(0))
    };
    for before in [Attempts::default(), tried(1), tried(4)] {
        let mut facts = with(USUAL, |facts| facts.state.attempts = before.clone());
        let decision = decide(&facts, at(TWO_THIRDS), 0.5);
        assert!(decision.is_due);
        facts.state.attempts = decision.state.attempts.without_last();
        assert_eq!(facts.state.attempts, before);
        assert!(decide(&facts, at(TWO_THIRDS + 1), 0.5).is_due);
    }
    assert_eq!(Attempts::default().without_last(), Attempts::default());
}

#[test]
fn what_waits_says_since_when_it_is_due_and_what_is_not_due_does_not_wait() {
    let since = |change: fn(&mut Facts), now: u64| {
        let facts = with(USUAL, |facts| {
            facts.state.attempts = tried(1, at(now));
            change(facts);
        });
        match decide(&facts, at(now + 1), 0.5).reason {
            Reason::Waiting { since, .. } => Some(since),
            _ => None,
        }
    };
    assert_eq!(since(|_| (), TWO_THIRDS + 9), Some(Some(at(TWO_THIRDS))));
    assert_eq!(since(|facts| facts.health = Health::New, 0), Some(None));
    assert_eq!(since(|_| (), 0), None);
    // A dashboard sees the day on which it became due, however often it was tried.
    let after_tries = |now: u64| {
        let facts = with(USUAL, |facts| facts.state.attempts = tried(4, at(now - 1)));
        let decision = decide(&facts, at(now), 0.5);
        (decision.due_since(), decision.next_try())
    };
    let at_last = TWO_THIRDS + DAY;
    assert_eq!(
        after_tries(at_last),
        (Some(at(TWO_THIRDS)), Some(at(at_last - 1 + DAY)))
    );
    let facts = with(USUAL, |_| ());
    let resting = decide(&facts, at(0), 0.5);
    assert_eq!(
        (resting.due_since(), resting.next_try()),
        (Some(at(TWO_THIRDS)), None)
    );
}

#[test]
fn tries_before_somebody_mended_what_was_wrong_do_not_count() {
    for (last, mended, is_due, count) in [
        (at(TWO_THIRDS + 9), None, false, 4),
        (at(TWO_THIRDS + 9), Some(at(TWO_THIRDS + 10)), true, 1),
        // Another run began at the same second.
        (at(TWO_THIRDS + 10), Some(at(TWO_THIRDS + 10)), false, 4),
    ] {
        let facts = with(USUAL, |facts| {
            facts.state.attempts = tried(4, last);
            facts.mended = mended;
        });
        let decision = decide(&facts, at(TWO_THIRDS + 10), 0.5);
        assert_eq!(decision.is_due, is_due, "{}", decision.reason);
        assert_eq!(decision.state.attempts.count, count);
    }
}

#[test]
fn tries_that_led_to_a_certificate_do_not_count_once_it_is_revoked_and_tries_to_replace_it_do() {
    let revoked = |serial: Option<&str>| {
        with(USUAL, |facts| {
            facts.revocation = Some(Revocation::default());
            facts.state.attempts = tried(4, at(0));
            facts.state.attempts.serial = serial.map(str::to_owned);
        })
    };
    for (case, serial, is_due, count) in [
        ("there was none", Some(""), true, 1),
        ("there was another", Some("zero"), true, 1),
        ("it was there", Some("one"), false, 4),
        ("an earlier release did not say", None, false, 4),
    ] {
        let decision = decide(&revoked(serial), at(1), 0.5);
        assert_eq!(decision.is_due, is_due, "{case}: {}", decision.reason);
        assert_eq!(decision.state.attempts.count, count, "{case}");
        // The try that follows counts.
        let facts = Facts {
            state: decision.state,
            ..revoked(None)
        };
        assert!(!decide(&facts, at(2), 0.5).is_due, "{case}");
    }
    // One that was not revoked waits as ever.
    let facts = with(USUAL, |facts| {
        facts.state.attempts = tried(4, at(TWO_THIRDS));
        facts.state.attempts.serial = Some("zero".into());
    });
    assert!(!decide(&facts, at(TWO_THIRDS + 1), 0.5).is_due);
}

#[test]
fn the_certificate_that_was_there_at_a_try_is_kept() {
    for (health, serial, expected) in [
        (Health::New, None, Some("")),
        (Health::Good, Some("one"), Some("one")),
        (Health::Good, None, None),
    ] {
        let mut facts = with(USUAL, |facts| facts.serial = serial.map(str::to_owned));
        facts.health = health;
        let kept = decide(&facts, at(TWO_THIRDS), 0.5).state.attempts.serial;
        assert_eq!(kept.as_deref(), expected);
    }
}

#[test]
fn a_changed_configuration_does_not_wait_for_tries_of_what_it_said_before() {
    let one = |name: &str| desired(&[name, "b.test"], "https://ca/one", "EC256", None);
    let profile = desired(
        &["a.test", "b.test"],
        "https://ca/one",
        "EC256",
        Some("short"),
    );
    let turned = desired(&["b.test", "a.test"], "https://ca/one", "EC256", None);
    let of_another_ca = desired(&["a.test", "b.test"], "https://ca/two", "EC256", None);
    for (case, then, now, is_due) in [
        ("the same", Some(one("a.test")), Some(one("a.test")), false),
        ("turned", Some(one("a.test")), Some(turned), false),
        ("a name", Some(one("c.test")), Some(one("a.test")), true),
        ("a profile", Some(one("a.test")), Some(profile), true),
        (
            "a CA",
            Some(one("a.test")),
            Some(of_another_ca.clone()),
            true,
        ),
        // The try was for the certificate as it is.
        ("none, and the same", None, Some(one("a.test")), false),
        ("none, and another CA", None, Some(of_another_ca), true),
        ("none any more", Some(one("c.test")), None, false),
    ] {
        let facts = with(USUAL, |facts| {
            facts.state.attempts = tried(4, at(TWO_THIRDS));
            facts.state.attempts.desired = then;
            facts.desired = now;
        });
        let decision = decide(&facts, at(TWO_THIRDS + 1), 0.5);
        assert_eq!(decision.is_due, is_due, "{case}: {}", decision.reason);
        let count = if is_due { 1 } else { 4 };
        assert_eq!(decision.state.attempts.count, count, "{case}");
    }
}

#[test]
fn a_configuration_that_changes_after_a_success_is_due_at_once_and_only_once() {
    let asks = desired(&["a.test"], "https://ca/one", "EC256", None);
    let mut facts = with(USUAL, |facts| {
        facts.state.attempts = tried(1, at(0));
        facts.desired = Some(asks.clone());
    });
    let decision = decide(&facts, at(1), 0.5);
    assert!(decision.is_due, "{}", decision.reason);
    // What comes is not what was asked for, and no loop follows from that.
    facts.state = decision.state;
    let decision = decide(&facts, at(2), 0.5);
    assert!(!decision.is_due, "{}", decision.reason);
}

#[test]
fn more_days_than_a_certificate_lives_do_not_renew_it_without_end() {
    let life = |installed: u64, tried_at: u64, now: u64| {
        let facts = with(SHORT, |facts| {
            facts.days = Some(30);
            facts.installed = Some(at(installed));
            facts.state.attempts = tried(1, at(tried_at));
        });
        decide(&facts, at(now), 0.5).is_due
    };
    // The try led to this certificate.
    assert!(!life(2, 1, SHORT / 6) && life(2, 1, SHORT / 6 + 1));
    // It led to none.
    assert!(!life(0, 1, MINUTE) && life(0, 1, MINUTE + 1));
}

#[test]
fn tries_are_forgotten_once_nothing_is_to_be_done() {
    let facts = with(USUAL, |facts| facts.state.attempts = tried(4, at(0)));
    assert_eq!(
        decide(&facts, at(DAY), 0.5).state.attempts,
        Attempts::default(),
        "67"
    );
    let set_back = with(USUAL, |facts| {
        facts.state.attempts = tried(4, at(0));
        facts.validity = Some(Validity {
            not_before: at(DAY),
            not_after: at(USUAL),
        });
    });
    assert_eq!(
        decide(&set_back, at(0), 0.5).state.attempts,
        tried(4, at(0)),
        "68"
    );
}

#[test]
fn a_ca_is_asked_again_when_it_wants_and_within_limits() {
    let answered = |retry_after: u64, window: Window| {
        with(USUAL, |facts| {
            facts.answer = RenewalAnswer::Window {
                window,
                explanation: None,
                retry_after: Some(Duration::from_secs(retry_after)),
            };
        })
    };
    let later = window(at(50 * DAY), at(52 * DAY));
    let vain = |before: u32, retry_after: Option<u64>| {
        with(USUAL, |facts| {
            facts.state.asked_about = facts.id.clone();
            facts.state.asked_in_vain = before;
            facts.answer = RenewalAnswer::NotKnown {
                why: "503".into(),
                retry_after: retry_after.map(Duration::from_secs),
            };
        })
    };
    let silent = |answer: RenewalAnswer| with(USUAL, |facts| facts.answer = answer);
    let no_wish = RenewalAnswer::Window {
        window: later,
        explanation: None,
        retry_after: None,
    };
    for (case, facts, pause, in_vain) in [
        ("69 as it wants", answered(6 * HOUR, later), 6 * HOUR, 0),
        ("70 too soon", answered(0, later), MINUTE, 0),
        ("71 too late", answered(30 * DAY, later), DAY, 0),
        ("72 it does not say", silent(no_wish), 6 * HOUR, 0),
        (
            "73 open at issuance",
            answered(6 * HOUR, window(before(DAY), at(DAY))),
            HOUR,
            0,
        ),
        (
            "74 backwards",
            answered(6 * HOUR, window(at(DAY), at(0))),
            HOUR,
            0,
        ),
        ("75 in vain", vain(0, None), MINUTE, 1),
        ("76 and again", vain(3, None), 8 * MINUTE, 4),
        ("77 and again", vain(u32::MAX, None), HOUR, u32::MAX),
        ("78 busy", vain(0, Some(600)), 600, 1),
        ("79 busy for days", vain(0, Some(9 * DAY)), DAY, 1),
        ("80 it has none", silent(RenewalAnswer::NotOffered), DAY, 0),
    ] {
        let now = at(DAY);
        let state = decide(&facts, now, 0.5).state;
        assert_eq!(
            state.ask_after,
            Some(now + Duration::from_secs(pause)),
            "{case}"
        );
        assert_eq!(state.asked_in_vain, in_vain, "{case}");
        let asked = |seconds| is_to_be_asked(&state, "AKI.one", now + Duration::from_secs(seconds));
        assert!(!asked(0) && !asked(pause - 1) && asked(pause), "{case}");
        assert!(
            is_to_be_asked(&state, "AKI.two", now),
            "{case}: another certificate"
        );
        let set_back = now - Duration::from_secs(DAY + 1);
        assert!(
            is_to_be_asked(&state, "AKI.one", set_back) || pause < DAY,
            "{case}: clock set back"
        );
        assert!(
            is_to_be_asked(&state, "AKI.one", now - Duration::from_secs(2 * DAY)),
            "{case}"
        );
    }
    for answer in [
        RenewalAnswer::NotAsked,
        RenewalAnswer::Down("refused".into()),
    ] {
        let state = decide(&silent(answer), at(DAY), 0.5).state;
        assert!(is_to_be_asked(&state, "AKI.one", at(DAY)), "81 {state:?}");
    }
}

#[test]
fn what_is_kept_of_a_certificate_goes_with_it() {
    let mut facts = with(USUAL, |facts| {
        facts.answer = suggests(window(at(50 * DAY), at(52 * DAY)))
    });
    facts.state = decide(&facts, at(DAY), 0.5).state;
    facts.state.asked_in_vain = 3;
    facts.answer = RenewalAnswer::NotAsked;
    assert_eq!(decide(&facts, at(DAY), 0.5).state, facts.state, "82");
    facts.id = Some("AKI.two".into());
    assert_eq!(
        decide(&facts, at(DAY), 0.5).state,
        RenewalState::default(),
        "83"
    );
}

#[test]
fn one_that_was_renewed_for_more_days_than_it_lives_says_so_and_does_not_speak_of_a_try_in_vain() {
    let facts = |installed: u64| {
        with(USUAL, |facts| {
            facts.days = Some(3650);
            facts.installed = Some(at(installed));
            facts.state.attempts = tried(1, at(10));
        })
    };
    let decision = decide(&facts(20), at(30), 0.5);
    let until = at(10 + USUAL / 6);
    assert_eq!(decision.reason, Reason::RenewedForDays(until));
    assert!(!decision.is_due && !decision.reason.is_of_one_that_waits());
    // It is kept, so that the next run knows it too.
    assert_eq!(decision.state.attempts.count, 1);
    let decision = decide(&facts(0), at(30), 0.5);
    assert!(matches!(decision.reason, Reason::Waiting { .. }));
}
