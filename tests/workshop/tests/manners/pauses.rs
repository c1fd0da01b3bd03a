//! A pipeline that is started again and again, by a cron job for instance, does not ask a CA for what has just failed.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use workshop::{Ended, FalseCa, Reply, Workshop, authorization, order_object, run};

use super::{only, order};

/// A CA that finds no record, while `is_broken`.
fn ca_that_finds_nothing(workshop: &Workshop, is_broken: &Arc<AtomicBool>) -> FalseCa {
    let is_broken = is_broken.clone();
    let has_looked = AtomicBool::new(false);
    FalseCa::start(workshop, move |asked| {
        match asked.path.as_str() {
            "/challenge/0" => has_looked.store(true, Ordering::SeqCst),
            "/new-order" => has_looked.store(false, Ordering::SeqCst),
            _ => {}
        }
        let status = match (
            has_looked.load(Ordering::SeqCst),
            is_broken.load(Ordering::SeqCst),
        ) {
            (false, _) => "pending",
            (true, false) => return None,
            (true, true) => "invalid",
        };
        match asked.path.as_str() {
            "/order" => Some(Reply::new(200, &order_object(&["a.test"], status))),
            "/authorization/0" => {
                let mut found = authorization("a.test", "0", status);
                if status == "invalid" {
                    found["challenges"][0]["error"] = json!({"type": "urn:ietf:params:acme:error:dns", "detail": "NXDOMAIN looking up TXT"});
                }
                Some(Reply::new(200, &found))
            }
            _ => None,
        }
    })
}

/// One run of the cron job: the order, and what the CA finds where it is placed.
fn cron_job(workshop: &Workshop, ca: &FalseCa, validates: &str, words: &[&str]) -> Ended {
    let placed = order(workshop, ca, &[&["-d", "a.test"], words].concat());
    if placed.status != 0 {
        return placed;
    }
    let mut command = workshop.command(validates);
    ca.trusted_by(&mut command);
    run(command, placed.stdout)
}

/// The file of the account.
fn file(workshop: &Workshop) -> Option<PathBuf> {
    let all = fs::read_dir(workshop.dir().join("data/failures")).ok()?;
    let mut paths = all.map(|entry| entry.unwrap().path());
    paths.find(|path| path.extension().is_some_and(|one| one == "json"))
}

fn kept(workshop: &Workshop) -> Value {
    let text = file(workshop).map(|path| fs::read_to_string(path).unwrap());
    text.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
}

/// Has what failed be so long ago.
fn let_pass(workshop: &Workshop, minutes: u64) {
    let mut kept = kept(workshop);
    let last = kept.pointer_mut("/names/a.test/last").unwrap();
    let before = humantime::parse_rfc3339(last.as_str().unwrap()).unwrap();
    let before = before - std::time::Duration::from_secs(minutes * 60);
    *last = json!(humantime::format_rfc3339_seconds(before).to_string());
    fs::write(file(workshop).unwrap(), kept.to_string()).unwrap();
}

#[test]
fn a_name_that_failed_is_not_ordered_again_until_its_pause_is_over() {
    for validates in ["acme-finalize", "acme-validate"] {
        let workshop = Workshop::open();
        let is_broken = Arc::new(AtomicBool::new(true));
        let ca = ca_that_finds_nothing(&workshop, &is_broken);
        let run = |words: &[&str]| cron_job(&workshop, &ca, validates, words);
        let orders = || ca.count("/new-order");

        run(&[]).assert_status(1);
        assert_eq!(orders(), 1);
        for _ in 0..3 {
            let refused = run(&[]);
            refused.assert_status(1);
            let error = &refused.document()["error"];
            assert_eq!(error["type"], "acmepipe:names:waiting");
            assert!(
                (1..=60).contains(&error["retry_after"].as_u64().unwrap()),
                "{error}"
            );
            for part in [
                "acme-order: a.test: not ordered before 20",
                " (in ",
                "since the validation of a.test has failed at 20",
                "error:dns",
                "NXDOMAIN",
                "--force",
            ] {
                assert!(refused.stderr.contains(part), "{}", refused.stderr);
            }
        }
        // A wildcard is validated at the same name.
        order(&workshop, &ca, &["-d", "b.test,*.a.test"]).assert_status(1);
        assert_eq!(orders(), 1);
        order(&workshop, &ca, &["-d", "b.test"]);
        assert_eq!(orders(), 2);

        let_pass(&workshop, 1);
        run(&[]).assert_status(1);
        assert_eq!(orders(), 3);
        // The second pause is longer, and a person does not wait.
        let_pass(&workshop, 9);
        run(&[]).assert_status(1);
        assert_eq!(orders(), 3);
        run(&["--force"]).assert_status(1);
        assert_eq!(
            (orders(), &kept(&workshop)["names"]["a.test"]["count"]),
            (4, &json!(3))
        );
        // What the CA has found since is forgotten.
        is_broken.store(false, Ordering::SeqCst);
        let_pass(&workshop, 100);
        run(&[]);
        assert_eq!((orders(), &kept(&workshop)["names"]), (5, &json!({})));
    }
}

#[test]
fn a_request_of_acme_due_has_waited_already() {
    let workshop = Workshop::open();
    let is_broken = Arc::new(AtomicBool::new(true));
    let ca = ca_that_finds_nothing(&workshop, &is_broken);
    cron_job(&workshop, &ca, "acme-finalize", &[]).assert_status(1);
    let request = |due: Value| {
        let mut command = workshop.command("acme-order");
        ca.trusted_by(&mut command);
        let request = json!({"name": "a.test", "due": due, "order": {"identifiers": [{"type": "dns", "value": "a.test"}]}});
        run(command, request.to_string())
    };
    request(json!({"due": true})).assert_status(0);
    request(json!(null)).assert_status(1);
    assert_eq!(ca.count("/new-order"), 2);
}

#[test]
fn a_paused_account_is_asked_again_when_a_person_says_so() {
    let workshop = Workshop::open();
    let is_paused = Arc::new(AtomicBool::new(true));
    let still = is_paused.clone();
    let ca = FalseCa::start(&workshop, move |asked| {
        let names = asked.payload["identifiers"].to_string();
        let is_hit = still.load(Ordering::SeqCst) && names.contains("a.test");
        let refused = || {
            Reply::problem(
                429,
                "rateLimited",
                "Your account is temporarily prevented from requesting certificates for a.test and possibly others. \
                 Please visit: https://ca.test/unpause?jwt=a.b.c",
            )
        };
        only(asked, "/new-order", refused).filter(|_| is_hit)
    });
    let paused = |words: &[&str]| {
        let refused = order(&workshop, &ca, words);
        refused.assert_status(1);
        let error = &refused.document()["error"];
        assert_eq!(error["type"], "acmepipe:ca:paused");
        assert_eq!(error["unpause_url"], "https://ca.test/unpause?jwt=a.b.c");
        assert!(
            refused
                .stderr
                .lines()
                .any(|line| line == "https://ca.test/unpause?jwt=a.b.c")
        );
    };
    let orders = || ca.count("/new-order");
    for _ in 0..3 {
        paused(&["-d", "a.test,b.test"]);
    }
    assert_eq!(orders(), 1);
    // Not even a request of acme-due goes to the CA, but other names do.
    let mut command = workshop.command("acme-order");
    ca.trusted_by(&mut command);
    let request = json!({"due": {"due": true}, "order": {"identifiers": [{"type": "dns", "value": "a.test"}]}});
    run(command, request.to_string()).assert_status(1);
    assert_eq!(orders(), 1);
    order(&workshop, &ca, &["-d", "b.test"]).assert_status(0);
    assert_eq!(orders(), 2);

    paused(&["-d", "a.test", "--force"]);
    is_paused.store(false, Ordering::SeqCst);
    paused(&["-d", "a.test"]);
    assert_eq!(orders(), 3);
    order(&workshop, &ca, &["-d", "a.test", "--force"]).assert_status(0);
    order(&workshop, &ca, &["-d", "a.test"]).assert_status(0);
    assert_eq!(orders(), 5);
}

#[test]
fn where_failures_cannot_be_kept_orders_do_not_wait_and_a_person_is_told() {
    let workshop = Workshop::open();
    let is_broken = Arc::new(AtomicBool::new(true));
    let ca = ca_that_finds_nothing(&workshop, &is_broken);
    fs::create_dir(workshop.dir().join("data")).unwrap();
    fs::write(workshop.dir().join("data/failures"), "").unwrap();
    for count in 1..=2 {
        let ended = cron_job(&workshop, &ca, "acme-finalize", &[]);
        ended.assert_status(1);
        assert!(ended.stderr.contains("NXDOMAIN"), "{}", ended.stderr);
        assert!(
            ended.stderr.contains("which names failed lately"),
            "{}",
            ended.stderr
        );
        assert_eq!(ca.count("/new-order"), count);
    }
}
