//! Whole lives of certificates: a timer, a CA, and what becomes of it.

use super::*;

/// A CA that suggests two hundredths of the lifetime around a share of it, as Let's Encrypt does, and may fail to issue.
struct Ca {
    lifetime: u64,
    /// In hundredths of the lifetime.
    middle: u64,
    issues: bool,
}

impl Ca {
    fn window(&self, issued: u64) -> Window {
        let middle = issued + self.lifetime * self.middle / 100;
        let half = self.lifetime / 100;
        window(at(middle - half), at(middle + half))
    }

    /// The certificate that is issued at this moment.
    fn issue(&self, now: u64, state: RenewalState) -> Facts {
        with(self.lifetime, |facts| {
            facts.validity = Some(Validity {
                not_before: at(now) - Duration::from_secs(HOUR),
                not_after: at(now + self.lifetime - HOUR),
            });
            facts.installed = Some(at(now));
            facts.id = Some(format!("AKI.{now}"));
            facts.state = state;
        })
    }

    /// Looks at the certificate so often, for so long. Returns when requests were written, and whether now was in the
    /// window each time.
    fn live(&self, every: u64, until: u64, chance: f64) -> Vec<(u64, bool)> {
        let (mut issued, mut facts) = (0, self.issue(0, RenewalState::default()));
        let mut requests = Vec::new();
        for now in (0..until).step_by(every as usize) {
            let id = facts.id.clone().unwrap_or_default();
            facts.answer = match is_to_be_asked(&facts.state, &id, at(now)) {
                true => suggests(self.window(issued)),
                false => RenewalAnswer::NotAsked,
            };
            let decision = decide(&facts, at(now), chance);
            facts.state = decision.state;
            if decision.is_due {
                requests.push((now, decision.is_exempt));
                if self.issues {
                    issued = now;
                    facts = self.issue(now, facts.state);
                }
            }
        }
        requests
    }
}

fn shares() -> impl Iterator<Item = f64> {
    (0..=10).map(|tenths| f64::from(tenths) / 10.0)
}

#[test]
fn a_short_lived_certificate_is_renewed_once_a_life_by_hourly_and_by_daily_runs() {
    let ca = Ca {
        lifetime: SHORT,
        middle: 50,
        issues: true,
    };
    for chance in shares() {
        for every in [HOUR, DAY] {
            let requests = ca.live(every, 20 * SHORT, chance);
            let mut last = 0;
            for (now, is_exempt) in &requests {
                let age = now - last;
                assert!(
                    age + HOUR >= SHORT * 48 / 100,
                    "84 {every}: too early, {age}"
                );
                assert!(
                    age < SHORT * 52 / 100 + every,
                    "85 {every}: too late, {age}"
                );
                assert!(
                    *is_exempt || every == DAY || age + HOUR >= SHORT / 2,
                    "86 {every}: {age}"
                );
                last = *now;
            }
            assert!(requests.len() >= 20, "87 {every}: {}", requests.len());
        }
    }
}

#[test]
fn a_usual_certificate_is_renewed_within_its_window_by_hourly_runs() {
    let ca = Ca {
        lifetime: USUAL,
        middle: 65,
        issues: true,
    };
    for chance in shares() {
        let requests = ca.live(HOUR, 3 * USUAL, chance);
        assert!((3..=5).contains(&requests.len()), "88 {requests:?}");
        assert!(
            requests
                .iter()
                .all(|(_, is_exempt)| *is_exempt || chance > 0.9),
            "89 {requests:?}"
        );
    }
}

#[test]
fn renewals_that_fail_for_days_are_tried_so_seldom_that_no_ca_minds() {
    let fails = |lifetime, every| {
        let ca = Ca {
            lifetime,
            middle: 50,
            issues: false,
        };
        let requests = ca.live(every, lifetime, 0.5);
        requests
            .iter()
            .map(|(now, _)| now - requests[0].0)
            .collect::<Vec<_>>()
    };
    let tries = fails(USUAL, MINUTE);
    assert_eq!(
        tries[..6],
        [
            0,
            MINUTE,
            11 * MINUTE,
            111 * MINUTE,
            111 * MINUTE + DAY,
            111 * MINUTE + 2 * DAY
        ],
        "90"
    );
    assert!(tries.len() < 50, "91 {}", tries.len());
    let tries = fails(SHORT, HOUR);
    assert!((6..12).contains(&tries.len()), "92 {tries:?}");
}

#[test]
fn a_ca_that_always_says_renew_now_makes_no_loop() {
    let mut facts = facts(USUAL);
    let mut requests = 0;
    for minute in 0..7 * 24 * 60 {
        let now = at(minute * MINUTE);
        facts.id = Some(format!("AKI.{requests}"));
        facts.answer = suggests(window(
            now - Duration::from_secs(2 * HOUR),
            now - Duration::from_secs(HOUR),
        ));
        facts.installed = Some(now);
        let decision = decide(&facts, now, 0.5);
        facts.state = decision.state;
        requests += u64::from(decision.is_due);
    }
    assert!((4..=12).contains(&requests), "93 {requests}");
}

#[test]
fn two_hosts_that_share_a_store_write_one_request() {
    let facts = facts(USUAL);
    let now = at(TWO_THIRDS);
    let first = decide(&facts, now, 0.1);
    assert!(first.is_due, "94");
    // The second has read the same before, and reads the state again under the lock.
    let second = Facts {
        state: first.state,
        ..facts
    };
    assert!(!decide(&second, now, 0.9).is_due, "95");
}
