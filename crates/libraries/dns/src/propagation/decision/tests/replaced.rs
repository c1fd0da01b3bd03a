//! Values that were there, and others in their place.

use super::*;

#[test]
fn another_expected_value_alone_on_every_usable_server_means_that_it_replaced_this_one() {
    let target = target(&[None], "ns0.example.test");
    let other = || values("other0");
    let both = Observed::OtherValues(vec!["x".into(), "other0".into()]);
    for (observed, suspected) in [
        (vec![other(), other()], true),
        (vec![other(), both], true),
        (vec![other(), DEAD, LAME], true),
        (vec![other(), EMPTY], false),
        (vec![other(), values("x")], false),
        (vec![other(), SERVED], false),
    ] {
        let decision = if suspected {
            At::GiveUp(Some(Overwritten))
        } else {
            At::Wait(TIMEOUT)
        };
        let steps: [Step<'_>; 2] = [(0, &observed), (30_000, &observed)];
        assert_eq!(decide(false, &target, &steps), decision, "{observed:?}");
    }
}

#[test]
fn another_value_has_to_stand_for_longer_where_a_second_transfer_may_follow() {
    let (visible, hidden) = ("ns0.example.test", "hidden.example.test");
    let all_other = [values("other0"), values("other1")];
    let primary_dead = [DEAD, values("other0")];
    let to_the_end = TIMEOUT;
    type Newer<'a> = &'a [Option<bool>];
    let cases: [(Newer<'_>, &str, &[Observed], u64); 10] = [
        // Nothing says which value was written first.
        (&[None, None], visible, &all_other, 3000),
        (&[None, None], hidden, &all_other, 10_000),
        (&[None, None], "", &all_other, 10_000),
        // The primary is there and of no use.
        (&[None, None], visible, &primary_dead, 10_000),
        // The other one is known to be newer: it has replaced this one.
        (&[Some(true), None], hidden, &all_other, 3000),
        (&[None, Some(true)], hidden, &all_other, 3000),
        (&[Some(true), Some(false)], hidden, &all_other, 3000),
        // It is known to be older: this one is not there yet.
        (&[Some(false), None], visible, &all_other, to_the_end),
        (&[Some(false), Some(false)], visible, &all_other, to_the_end),
        (&[Some(false), None], visible, &primary_dead, to_the_end),
    ];
    for (newer, primary, observed, stands) in cases {
        let target = target(newer, primary);
        let at = |at| decide(false, &target, &[(0, observed), (at, observed)]);
        let case = format!("{newer:?} {primary} {observed:?}");
        assert_eq!(at(0), At::Wait(stands), "{case}");
        assert_eq!(at(stands - 1), At::Wait(stands), "{case}");
        assert_eq!(at(stands), At::GiveUp(Some(Overwritten)), "{case}");
    }
}

#[test]
fn another_value_that_was_in_its_place_is_remembered() {
    let (other, gone) = ([values("other0"), values("other0")], [EMPTY, values("x")]);
    let overwritten = || At::GiveUp(Some(Overwritten));
    for (newer, steps, decision) in [
        (None, vec![(0, &other[..]), (1000, &gone)], At::Wait(10_000)),
        (
            None,
            vec![(0, &other), (1000, &gone), (10_000, &gone)],
            overwritten(),
        ),
        (
            Some(true),
            vec![(0, &other), (1000, &gone), (3000, &gone)],
            overwritten(),
        ),
        (
            Some(false),
            vec![(0, &other), (1000, &gone), (30_000, &gone)],
            At::Wait(TIMEOUT),
        ),
        (
            None,
            vec![
                (0, &other),
                (1000, &[EMPTY, SERVED]),
                (30_000, &[EMPTY, SERVED]),
            ],
            At::Wait(TIMEOUT),
        ),
    ] {
        let target = target(&[newer], "ns0.example.test");
        assert_eq!(
            decide(false, &target, &steps),
            decision,
            "{newer:?} {steps:?}"
        );
    }
}

#[test]
fn a_value_that_was_there_and_is_nowhere_is_taken_for_removed_after_ten_seconds() {
    let target = target(&[], "ns0.example.test");
    let (first, gone) = ([SERVED, EMPTY], [EMPTY, EMPTY]);
    let alias = || Observed::Cname("a.test.".into());
    let removed = || At::GiveUp(Some(Removed));
    let cases: [(&[Step<'_>], At); 8] = [
        (&[(0, &first), (1000, &gone)], At::Wait(11_000)),
        (
            &[(0, &first), (1000, &gone), (10_999, &gone)],
            At::Wait(11_000),
        ),
        (&[(0, &first), (1000, &gone), (11_000, &gone)], removed()),
        (
            &[
                (0, &first),
                (1000, &[values("x"), DEAD]),
                (11_000, &[values("x"), DEAD]),
            ],
            removed(),
        ),
        // One of them has it; nobody had it; it comes back; there is an alias now.
        (
            &[
                (0, &first),
                (1000, &[EMPTY, SERVED]),
                (11_000, &[EMPTY, SERVED]),
            ],
            At::Wait(TIMEOUT),
        ),
        (&[(1000, &gone), (11_000, &gone)], At::Wait(DENIED)),
        (
            &[(0, &first), (1000, &gone), (2000, &first), (11_000, &gone)],
            At::Wait(21_000),
        ),
        (
            &[
                (0, &first),
                (1000, &[alias(), EMPTY]),
                (11_000, &[alias(), EMPTY]),
            ],
            At::Wait(TIMEOUT),
        ),
    ];
    for (steps, decision) in cases {
        assert_eq!(decide(false, &target, steps), decision, "{steps:?}");
    }
    let unusable = [(0, &first[..]), (1000, &[EMPTY, DEAD]), (TIMEOUT, &gone)];
    assert_eq!(decide(false, &target, &unusable), removed());
}

#[test]
fn a_value_that_no_server_has_while_all_have_a_later_one_of_its_zone_was_removed() {
    let nowhere = [EMPTY, values("x")];
    for (servers, observed, is_removed) in [
        (2, &nowhere, true),
        (1, &nowhere, false),
        (0, &nowhere, false),
        (1, &[EMPTY, DEAD], true),
        (2, &[EMPTY, SERVED], false),
        (2, &[EMPTY, Observed::Cname("a.test.".into())], false),
    ] {
        let target = target_before_another(servers);
        let at = |at| decide(false, &target, &[(0, observed), (at, observed)]);
        let (waiting, decided) = match is_removed {
            true => (At::Wait(10_000), At::GiveUp(Some(Removed))),
            false => (At::Wait(TIMEOUT), At::Wait(TIMEOUT)),
        };
        assert_eq!(at(9999), waiting, "{servers} {observed:?}");
        assert_eq!(at(10_000), decided, "{servers} {observed:?}");
    }
}
