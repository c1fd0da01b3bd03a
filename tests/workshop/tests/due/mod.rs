//! Which certificates of a store are due, and what is asked of their CAs to know that.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

mod ca;
mod shop;
mod tries;

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use workshop::run;

use shop::{A, B, OF_A_CLIENT, OLD, Shop, YOUNG, reason, window};

#[test]
fn what_is_not_due_costs_no_output_and_no_request_until_the_ca_wants_to_be_asked() {
    let shop = Shop::with(&[A, B], YOUNG);
    shop.ca.set_renewal_info(window(5, 7));
    let ended = shop.due(&[]);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    assert_eq!(shop.asked_when(), 2);
    shop.due_ended(&["--exit-code"]).assert_status(3);
    let documents = shop.due(&["--all"]).documents();
    assert_eq!(documents.len(), 2);
    for document in documents {
        for member in ["due", "waits"] {
            assert_eq!(document["due"][member], false, "{document}");
        }
        assert!(document["due"]["since"].is_null(), "{document}");
        assert!(reason(&document).starts_with("the CA suggests renewal between 20"));
        assert!(document["due"]["window"]["start"].is_string(), "{document}");
    }
    let ended = shop.due(&["--check", A]);
    assert!(
        ended
            .stdout
            .starts_with("a.example.test: not due: the CA suggests"),
        "{}",
        ended.stdout
    );
    assert_eq!(ended.stdout.lines().count(), 1);
    assert_eq!(shop.asked_when(), 2, "within Retry-After");
}

#[test]
fn what_is_damaged_is_due_now_and_named_and_the_others_go_on() {
    let shop = Shop::with(&[A, B], YOUNG);
    shop.ca.set_renewal_info(window(5, 7));
    assert_eq!(shop.due(&[]).stdout, "");
    let key = shop.store(A).join("privkey.pem");
    fs::write(&key, "").unwrap();
    let document = shop.due(&[]).document();
    assert_eq!(document["name"], A);
    assert!(
        reason(&document).starts_with("privkey.pem is"),
        "{document}"
    );
    assert!(document["order"]["replaces"].is_string(), "{document}");
    fs::remove_file(&key).unwrap();
    let ended = shop.due(&["--check", A]);
    assert!(
        ended.stdout.contains("(privkey.pem is missing)"),
        "{}",
        ended.stdout
    );

    // In the place of a certificate is something else.
    fs::remove_file(shop.store(A)).unwrap();
    fs::create_dir(shop.store(A)).unwrap();
    fs::write(shop.store(A).join("fullchain.pem"), "").unwrap();
    let ended = shop.due_ended(&[]);
    ended.assert_status(1);
    assert_eq!(ended.document()["error"]["type"], "acmepipe:files");
}

#[test]
fn a_certificate_without_a_record_says_for_itself_what_it_is_for() {
    let shop = Shop::with(&[A], OLD);
    let record = shop.store(A).join("order.json");
    let written = fs::read_to_string(&record).unwrap();
    fs::remove_file(&record).unwrap();
    let ended = shop.due(&[]);
    let document = ended.document();
    assert_eq!(
        document["order"],
        json!({"identifiers": [{"type": "dns", "value": A}, {"type": "dns", "value": B}]})
    );
    assert_eq!(document["options"], json!({"key-type": "EC256"}));
    assert!(document.get("account").is_none() && document.get("directory").is_none());
    assert!(
        ended.stderr.contains("there is no order.json"),
        "{}",
        ended.stderr
    );
    assert_eq!(shop.due(&[]).stderr, "", "it is said once");
    // Half a record is none.
    fs::write(&record, &written[..written.len() / 2]).unwrap();
    let ended = shop.due(&["--check"]);
    assert!(
        ended.stderr.contains("order.json cannot be used"),
        "{}",
        ended.stderr
    );
    // One that names no CA is no CA that is down.
    let other = written.replace(shop.ca.url(), "letsencrypt");
    assert_ne!(other, written);
    fs::write(&record, other).unwrap();
    let ended = shop.due(&["--check"]);
    for said in [
        "order.json cannot be used",
        "no https URL of a CA: `letsencrypt/directory`",
    ] {
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
    assert!(!ended.stderr.contains("down"), "{}", ended.stderr);
}

#[test]
fn what_the_configuration_leaves_open_stays_as_it_was_ordered_but_for_the_profile() {
    let shop = Shop::with(&[A], YOUNG);
    let record = shop.store(A).join("order.json");
    let written = fs::read_to_string(&record).unwrap();
    let mut json: Value = serde_json::from_str(&written).unwrap();
    json["profile"] = "short".into();
    json["options"]["profile"] = "short".into();
    fs::write(&record, json.to_string()).unwrap();
    let file = shop.workshop.dir().join("acmepipe.toml");
    let text = format!("[[certificate]]\ndomains = [\"{A}\"]\n");
    fs::write(&file, text).unwrap();
    let file = format!("--config={}", file.display());
    let elsewhere = "--server=https://elsewhere.test/directory";
    let document = shop.all(&[&file, "--no-ari", elsewhere]);
    assert_eq!(document["due"]["due"], false, "{document}");
    // Whenever it is due, it is this that is ordered.
    assert_eq!(document["directory"], json["directory"]);
    assert_eq!(document["account"], json["account"]);
    assert_eq!(document["options"]["key-type"], "EC256");
    assert_eq!(document["options"]["email"], "me@example.test");
    assert_eq!(document["order"].get("profile"), None);
    assert_eq!(document["options"].get("profile"), None);
}

#[test]
fn the_configuration_makes_new_and_changed_certificates_due_and_leaves_others_alone() {
    let shop = Shop::with(&[A, B], YOUNG);
    shop.ca.set_renewal_info(window(5, 7));
    let file = shop.configuration("[[certificate]]\ndomains = [\"A.example.test.\"]\n");
    // Where nothing is due nobody is told of the others, unless they ask.
    let ended = shop.due(&[&file]);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    for asks in ["--check", "-v"] {
        let ended = shop.due(&[&file, asks]);
        let said = "acmepipe.toml does not name them: b.example.test";
        assert!(ended.stderr.contains(said), "{asks}: {}", ended.stderr);
    }
    let other = shop.configuration("[[certificate]]\ndomains = [\"new.example.test\"]\n");
    let ended = shop.due(&[&other]);
    let said = "does not name them: a.example.test, b.example.test";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);

    let file = shop.configuration(
        "[[certificate]]\ndomains = [\"a.example.test\", \"b.example.test\"]\n\
         [[certificate]]\ndomains = [\"b.example.test\"]\nkey-type = \"EC384\"\n\
         [[certificate]]\ndomains = [\"*.c.example.test\"]\nprofile = \"short\"\n\
         challenge = [\"dns-account-01\", \"dns-01\"]\n",
    );
    let ended = shop.due(&[&file]);
    let [a, b, c] = &ended.documents()[..] else {
        panic!("{}", ended.stdout);
    };
    assert_eq!(
        reason(a),
        "its names in the configuration are a.example.test, b.example.test, and the certificate has a.example.test"
    );
    assert!(
        a["order"]["replaces"].is_string() && a["account"]["key"].is_string(),
        "{a}"
    );
    assert!(
        reason(b).starts_with("its key type in the configuration is EC384"),
        "{b}"
    );
    assert_eq!(b["options"]["key-type"], "EC384");
    assert_eq!(c["name"], "_.c.example.test");
    assert_eq!(reason(c), "there is no certificate yet");
    assert_eq!(
        c["order"],
        json!({"identifiers": [{"type": "dns", "value": "*.c.example.test"}], "profile": "short"})
    );
    assert_eq!(c["options"]["email"], "me@example.test");
    assert_eq!(c["options"]["challenge"], "dns-account-01,dns-01");
    assert_eq!(b["options"].get("challenge"), None);
    assert_eq!(c["directory"], format!("{}/directory", shop.ca.url()));

    // What these tries were for is not what the file says now, so nothing waits.
    let file =
        shop.configuration("[[certificate]]\ndomains = [\"a.example.test\", \"c.example.test\"]\n");
    assert_eq!(shop.due(&[&file]).document()["name"], A);
    assert_eq!(shop.due(&[&file]).stdout, "");

    let wrong = shop.configuration("[[certificate]]\ndomains = []\n");
    shop.due_ended(&[&wrong]).assert_status(2);
}

#[test]
fn a_directory_that_is_not_there_is_said_by_each_run() {
    let shop = Shop::with(&[A], YOUNG);
    let missing = shop.workshop.dir().join("mistyped");
    let path = format!("--path={}", missing.display());
    for (program, options) in [
        ("acme-due", &[][..]),
        ("acme-due", &[]),
        (
            "acme-renew",
            &["-x", "/bin/true", "--server=https://ca.test/dir"],
        ),
    ] {
        let mut command = shop.command(program);
        command.args(["--no-sleep", &path]).args(options);
        let ended = run(command, "").success();
        let said = format!("{program}: there is no {}\n", missing.display());
        assert_eq!(ended.stderr, said);
        assert!(!missing.exists(), "{program}");
    }
    shop.due_ended(&["--exit-code", &path]).assert_status(3);
    // What is there and no directory, or cannot be looked at, is not missing.
    let file = shop.workshop.dir().join("file");
    fs::write(&file, "").unwrap();
    for (path, why) in [
        (file.clone(), "is no directory"),
        (file.join("below"), "Not a directory"),
    ] {
        let ended = shop.due_ended(&[&format!("--path={}", path.display())]);
        ended.assert_status(2);
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
    }
}

#[test]
fn a_wrong_command_line_reaches_the_end_of_the_pipeline() {
    let shop = Shop::with(&[], YOUNG);
    for line in [
        "acme-due --bogus | acme-finalize",
        "acme-due c.example.test | acme-finalize",
    ] {
        let ended = run(shop.workshop.shell(line), "");
        ended.assert_status(1);
        assert_eq!(
            ended.document()["error"]["type"],
            "acmepipe:usage",
            "{line}"
        );
    }
}

#[test]
fn a_certificate_that_clients_use_too_is_said_when_it_is_renewed() {
    let shop = Shop::with(&[A], OF_A_CLIENT);
    let ended = shop.due(&[]);
    assert_eq!(ended.documents().len(), 1);
    assert!(
        ended.stderr.contains("for TLS clients as well"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_signal_ends_the_random_pause_before_anything_is_done() {
    let shop = Shop::with(&[A], OLD);
    let before = shop.ca.asked().len();
    let mut command = shop.command("acme-due");
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let waits = lines
        .find(|line| line.as_ref().unwrap().contains("waiting "))
        .unwrap()
        .unwrap();
    assert!(waits.contains("--no-sleep"), "{waits}");
    if waits.contains("waiting 0 s") {
        // By chance there is next to no pause.
        child.wait().unwrap();
        return;
    }
    let kill = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(kill.success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(143));
    assert!(ended.stdout.is_empty());
    assert_eq!(shop.ca.asked().len(), before);
}
