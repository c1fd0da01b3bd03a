//! When it is looked into whether waiting is in vain.

use super::*;

fn denied(serial: u32) -> Observed {
    Observed::NxDomain(Some(serial))
}

fn alias() -> Observed {
    Observed::Cname("x.test.".into())
}

/// A target whose zone had serial 1 before the record was written.
fn of_serial(primary: &str) -> Target {
    Target {
        serial: Some(1),
        ..target(&[], primary)
    }
}

#[test]
fn a_value_is_sought_a_second_after_the_zone_has_changed_without_it_everywhere() {
    let target = of_serial("ns0.example.test");
    for (observed, is_sought) in [
        ([denied(2), denied(2)], true),
        ([Observed::NoData(Some(2)), denied(3)], true),
        ([denied(2), DEAD], true),
        // It is not there yet.
        ([denied(2), denied(1)], false),
        ([denied(1), denied(1)], false),
        ([denied(2), EMPTY], false),
        ([denied(2), values("x")], false),
        ([denied(2), SERVED], false),
        ([DEAD, DEAD], false),
    ] {
        let steps = |to: &[u64]| -> At {
            let steps: Vec<Step<'_>> = to.iter().map(|at| (*at, &observed[..])).collect();
            decide(false, &target, &steps)
        };
        assert_eq!(
            steps(&[0, 999]) == At::Wait(1000),
            is_sought,
            "{observed:?}"
        );
        assert_eq!(steps(&[0, 1000]) == At::Seek, is_sought, "{observed:?}");
        // Once is enough.
        assert_ne!(steps(&[0, 1000, 1100]), At::Seek, "{observed:?}");
    }
    let unknown = Target {
        serial: None,
        ..of_serial("ns0.example.test")
    };
    let steps: [Step<'_>; 2] = [(0, &[denied(2)]), (5000, &[denied(2)])];
    assert_eq!(decide(false, &unknown, &steps), At::Wait(DENIED));
}

#[test]
fn a_cname_on_all_servers_is_looked_into_once_transfers_are_over() {
    for (primary, stands) in [("ns0.example.test", 3000), ("hidden.example.test", 10_000)] {
        let target = of_serial(primary);
        let all = [alias(), alias()];
        let at = |at| decide(false, &target, &[(0, &all), (at, &all)]);
        assert_eq!(at(stands - 1), At::Wait(stands));
        assert_eq!(at(stands), At::Seek);
        let one = [alias(), denied(2)];
        let steps: [Step<'_>; 2] = [(0, &one), (stands, &one)];
        assert_eq!(decide(false, &target, &steps), At::Wait(TIMEOUT));
    }
}

#[test]
fn it_is_sought_again_where_it_was_there_in_between() {
    let target = of_serial("ns0.example.test");
    let (lacking, late) = ([denied(2), denied(2)], [denied(2), denied(1)]);
    let steps: [Step<'_>; 5] = [
        (0, &lacking),
        (1000, &lacking),
        (2000, &late),
        (3000, &lacking),
        (4000, &lacking),
    ];
    assert_eq!(decide(false, &target, &steps), At::Seek);
}
