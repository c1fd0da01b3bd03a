//! What the CA says of a renewal, and what becomes of one whose CA says nothing.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use workshop::{Asked, Proxy, Reply, directory_object, run};

use super::shop::{A, B, FUTURE, OLD, Shop, VERY_OLD, YOUNG, reason, replace, window};

#[test]
fn a_window_in_the_past_makes_a_certificate_due_at_once_and_not_exempt() {
    let shop = Shop::with(&[A], YOUNG);
    let explained = json!({"suggestedWindow": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"},
                           "explanationURL": "https://ca.test/why"});
    shop.ca.set_renewal_info(Reply::new(200, &explained));
    let ended = shop.due(&[]);
    let document = ended.document();
    assert!(
        reason(&document).starts_with("the CA suggests renewal between 2026-01-01"),
        "{document}"
    );
    assert_eq!(document["due"]["exempt"], false);
    assert_eq!(document["due"]["explanation"], "https://ca.test/why");
    assert!(
        ended
            .stderr
            .contains("the CA explains: https://ca.test/why"),
        "{}",
        ended.stderr
    );
    for option in ["--no-ari", "--ari-disable"] {
        shop.forget();
        assert_eq!(shop.due(&[option]).stdout, "", "{option}");
    }
}

#[test]
fn a_window_that_is_known_is_left_aside_where_nobody_wants_it() {
    let shop = Shop::with(&[A], YOUNG);
    shop.ca.set_renewal_info(Reply::window(
        "2026-01-01T00:00:00Z",
        "2026-01-02T00:00:00Z",
    ));
    assert_eq!(shop.due(&[]).documents().len(), 1);
    // Nothing but the window is to decide.
    let state = shop.store(&format!(".state/{A}/renewal.json"));
    let mut kept: Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    kept["attempts"] = json!({"count": 0});
    fs::write(&state, kept.to_string()).unwrap();
    let before = shop.ca.count("/directory");
    let mut command = shop.command("acme-due");
    command
        .args(["--check", "--no-ari"])
        .env("HTTPS_PROXY", "http://127.0.0.1:1");
    let ended = run(command, "").success();
    let said = "a.example.test: not due: more than a third of its lifetime is left";
    assert!(ended.stdout.starts_with(said), "{}", ended.stdout);
    assert_eq!(ended.stderr, "");
    assert_eq!(shop.ca.count("/directory"), before);

    let file =
        shop.configuration("no-ari = true\n[[certificate]]\ndomains = [\"a.example.test\"]\n");
    for (argument, is_due) in [("--json", true), ("--no-ari", false), (&*file, false)] {
        let listed = shop.run("acme-list", &["--json", argument], "").document();
        assert_eq!(listed["due"]["due"], is_due, "{argument}: {listed}");
    }
}

#[test]
fn an_answer_that_says_nothing_brings_nothing_forward_and_fails_nothing() {
    let shop = Shop::with(&[A], YOUNG);
    let mut page = Reply::new(403, &Value::Null).header("Content-Type", "text/html");
    page.body = b"<html>The proxy refuses that.</html>".to_vec();
    let mut garbage = page.clone();
    garbage.status = 200;
    for reply in [
        Reply::problem(404, "malformed", "no such certificate"),
        Reply::problem(409, "alreadyReplaced", "replaced"),
        Reply::problem(503, "serverInternal", "busy").header("Retry-After", "600"),
        page,
        garbage,
        Reply::window("2020-01-02T00:00:00Z", "2020-01-01T00:00:00Z"),
        Reply::window("2126-01-01T00:00:00Z", "2126-01-02T00:00:00Z"),
        // It was open already when the certificate was issued.
        window(-10, 10),
    ] {
        shop.forget();
        shop.ca.set_renewal_info(reply.clone());
        let ended = shop.due(&[]);
        assert_eq!(
            (ended.stdout.as_str(), ended.stderr.as_str()),
            ("", ""),
            "{reply:?}"
        );
        let asked = shop.asked_when();
        shop.due(&[]);
        assert_eq!(shop.asked_when(), asked, "{reply:?}");
    }
}

#[test]
fn a_ca_without_renewal_information_is_asked_for_its_directory_once() {
    let wrong = |asked: &Asked| {
        let mut directory = directory_object();
        directory.as_object_mut().unwrap().remove("renewalInfo");
        (asked.path == "/directory").then(|| Reply::new(200, &directory))
    };
    let shop = Shop::whose_ca(&[A], YOUNG, wrong);
    let before = shop.ca.count("/directory");
    for _ in 0..2 {
        assert_eq!(shop.due(&[]).stdout, "");
        assert_eq!(shop.ca.count("/directory"), before + 1);
    }
}

#[test]
fn a_ca_that_is_down_is_said_once_and_waited_for_while_there_is_time() {
    let is_down = Arc::new(AtomicBool::new(false));
    let down = is_down.clone();
    let shop = Shop::whose_ca(&[A, B], OLD, move |asked| {
        let is_hit = asked.path == "/directory" && down.load(Ordering::Relaxed);
        // A CA that is busy for that long is not asked again at once.
        is_hit.then(|| Reply::new(503, &Value::Null).header("Retry-After", "3600"))
    });
    let before = shop.ca.count("/directory");
    is_down.store(true, Ordering::Relaxed);
    let ended = shop.due(&[]);
    assert_eq!(ended.stdout, "");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("the CA is down"), "{}", ended.stderr);
    assert_eq!(shop.ca.count("/directory"), before + 1);
    for document in shop.due(&["--all"]).documents() {
        assert_eq!(document["due"]["due"], false, "{document}");
        assert_eq!(document["due"]["waits"], true, "{document}");
    }
    // It counts as no try.
    is_down.store(false, Ordering::Relaxed);
    assert_eq!(shop.due(&[]).documents().len(), 2);
}

#[test]
fn what_servers_need_now_waits_for_its_ca_without_a_try_that_counts_and_is_an_error() {
    let is_down = Arc::new(AtomicBool::new(false));
    let down = is_down.clone();
    let shop = Shop::whose_ca(&[A], YOUNG, move |asked| {
        let is_hit = asked.path == "/directory" && down.load(Ordering::Relaxed);
        is_hit.then(|| Reply::new(503, &Value::Null).header("Retry-After", "3600"))
    });
    fs::remove_file(shop.store(A).join("privkey.pem")).unwrap();
    let with_server = shop.configuration(
        "[[certificate]]\ndomains = [\"a.example.test\"]\n\
         [[certificate]]\ndomains = [\"new.example.test\"]\n",
    );
    // The CA is that of --server where nothing else names one.
    let without = shop.workshop.dir().join("without.toml");
    let text = "[[certificate]]\ndomains = [\"other.example.test\"]\n";
    fs::write(&without, text).unwrap();
    let without = format!("--config={}", without.display());
    for (file, expected) in [(&with_server, 2), (&without, 1)] {
        is_down.store(true, Ordering::Relaxed);
        // Each run says it as long as it lasts.
        for _ in 0..2 {
            let ended = shop.due_ended(&[file]);
            ended.assert_status(1);
            let documents = ended.documents();
            assert_eq!(documents.len(), expected, "{}", ended.stdout);
            for document in documents {
                assert_eq!(document["error"]["type"], "acmepipe:renewal:ca-down");
            }
            assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
            let said = " for it, which counts as no try: ";
            assert!(ended.stderr.contains(said), "{}", ended.stderr);
        }
        let checked = shop.due(&["--check", file]).stdout;
        let said = "due, but waits until the CA is there again";
        assert_eq!(checked.matches(said).count(), expected, "{checked}");
        // They are due: a script that asks for that runs acme-renew, which says why they wait.
        shop.due(&["--check", "--exit-code", file]);
        is_down.store(false, Ordering::Relaxed);
        assert_eq!(shop.due(&[file]).documents().len(), expected);
    }
}

#[test]
fn a_ca_that_is_down_is_a_warning_in_the_journal() {
    let shop = Shop::with(&[A], OLD);
    let script = "touch journal && export JOURNAL_STREAM=$(stat -Lc %d:%i journal)\n\
                  acme-due --no-sleep 2>>journal; cat journal";
    let mut command = shop.command("sh");
    command
        .args(["-c", script])
        .env("HTTPS_PROXY", "http://127.0.0.1:1");
    let said = run(command, "").success().stdout;
    assert!(
        said.starts_with("<4>acme-due: the CA is down") && said.lines().count() == 1,
        "{said}"
    );
}

#[test]
fn a_ca_that_is_down_holds_back_nothing_that_is_about_to_expire() {
    let shop = Shop::with(&[A], VERY_OLD);
    // No connection is let through, neither to the CA nor to anything else.
    let proxy = Proxy::that(|_| Some("HTTP/1.1 403 Forbidden\r\n\r\n"));
    let mut command = shop.command("acme-due");
    command
        .arg("--no-sleep")
        .env("HTTPS_PROXY", format!("http://{}", proxy.address()));
    let ended = run(command, "").success();
    assert_eq!(ended.document()["name"], A);
    assert!(ended.stderr.contains("the CA is down"), "{}", ended.stderr);
}

#[test]
fn a_ca_that_is_slow_holds_back_only_what_servers_can_still_use() {
    let shop = Shop::with(&[A], OLD);
    // It takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("https://{}/directory", silent.local_addr().unwrap());
    let file = shop.workshop.dir().join("slow.toml");
    let text = format!(
        "server = '{server}'\n[[certificate]]\ndomains = '{A}'\n[[certificate]]\ndomains = 'new.example.test'\n"
    );
    fs::write(&file, text).unwrap();
    let config = format!("--config={}", file.display());
    let ended = shop.due(&["--timeout=1", &config]);
    assert_eq!(ended.document()["name"], "new.example.test");
    let said = "so one certificate that is due waits for it";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

#[test]
fn a_certificate_that_another_host_has_renewed_meanwhile_is_not_renewed_again() {
    let place: Arc<OnceLock<PathBuf>> = Arc::default();
    let shared = place.clone();
    let shop = Shop::whose_ca(&[A], OLD, move |asked| {
        // While this run asks, another one installs the next certificate.
        if asked.path.starts_with("/renewal-info/")
            && let Some(directory) = shared.get()
        {
            replace(directory, A, YOUNG);
        }
        None
    });
    place.set(shop.store(A)).unwrap();
    let ended = shop.due(&[]);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    // Without that, it is due.
    shop.replace(A, OLD);
    shop.forget();
    assert_eq!(shop.due(&["--no-ari"]).document()["name"], A);
}

#[test]
fn a_certificate_that_is_not_valid_yet_makes_a_person_look_at_the_clock() {
    let shop = Shop::with(&[A, B], YOUNG);
    for name in [A, B] {
        shop.replace(name, FUTURE);
    }
    let ended = shop.due(&[]);
    assert_eq!(ended.stdout, "");
    let said = "is this machine's clock right?\n";
    assert!(ended.stderr.ends_with(said), "{}", ended.stderr);
    assert_eq!(ended.stderr.lines().count(), 1, "once a run");
}
