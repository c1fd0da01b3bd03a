//! A certificate comes to the services that use it: by programs of the user's, each target for itself, again where that
//! failed, and never with a new certificate.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use workshop::{Ended, Workshop, issue, run, wait_for};

mod configured;

const NAME: &str = "a.example.test";

fn deploy(workshop: &Workshop, arguments: &[&str]) -> Command {
    let mut command = workshop.command("acme-deploy");
    command.args(arguments);
    command
}

/// Runs `acme-deploy` with this program of the user's.
fn hook(workshop: &Workshop, script: &Path, arguments: &[&str], stdin: &str) -> Ended {
    let mut command = deploy(workshop, arguments);
    command.arg("--deploy-hook").arg(script);
    run(command, stdin)
}

/// A file of the state of the certificate.
fn state(workshop: &Workshop, file: &str) -> Value {
    let dir = workshop.dir().join("data/certificates/.state").join(NAME);
    let text = fs::read(dir.join(file)).unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

fn statuses(document: &Value) -> Vec<&str> {
    let deployments = document["deploy"].as_array().unwrap().iter();
    deployments
        .map(|one| one["status"].as_str().unwrap())
        .collect()
}

#[test]
fn a_deploy_that_fails_is_tried_again_by_the_next_run_without_a_new_certificate() {
    let workshop = Workshop::open();
    let issued = issue(&workshop, &[NAME]);
    let recorder = workshop.recorder("[ $ACMEPIPE_DEPLOY_TRY = 3 ] || { echo no reload; exit 7; }");
    let ended = hook(&workshop, &recorder.script, &[], &issued.stdout);
    ended.assert_status(1);
    let document = ended.document();
    assert_eq!(statuses(&document), ["failed"]);
    assert_eq!(document["certificate"], issued.document()["certificate"]);
    assert_eq!(document["error"]["type"], "acmepipe:exec:status");
    let detail = document["error"]["detail"].as_str().unwrap();
    assert!(
        detail.contains("exited 7") && detail.contains("no reload"),
        "{detail}"
    );
    assert!(
        ended.stderr.contains("recorder.sh: no reload"),
        "{}",
        ended.stderr
    );

    let ended = hook(&workshop, &recorder.script, &[], "");
    ended.assert_status(1);
    assert_eq!(ended.document()["deploy"][0]["tries"], 2);
    let ended = hook(&workshop, &recorder.script, &[], "").success();
    let said = format!("deployed to exec:{}, at try 3\n", recorder.script.display());
    assert!(ended.stderr.ends_with(&said), "{}", ended.stderr);
    let healed = ended.document();
    assert_eq!(
        (statuses(&healed), &healed["deploy"][0]["tries"]),
        (vec!["done"], &json!(3))
    );
    assert!(healed["deploy"][0].get("error").is_none(), "{healed}");
    for member in [
        "serial",
        "url",
        "key",
        "cert",
        "chain",
        "fullchain",
        "issuer",
        "not_after",
    ] {
        assert_eq!(
            healed["certificate"][member], document["certificate"][member],
            "{member}"
        );
    }
    // Nothing is left to be done, whatever is asked for, but for a person who wants it now.
    for arguments in [&[][..], &["--all"]] {
        let ended = hook(&workshop, &recorder.script, arguments, "").success();
        assert_eq!(ended.stdout, "");
    }
    assert_eq!(recorder.calls().len(), 3);
    let ended = hook(&workshop, &recorder.script, &[NAME], "");
    assert_eq!(statuses(&ended.document()), ["failed"]);
    assert_eq!(state(&workshop, "deploy.json")["targets"][0]["tries"], 4);
}

#[test]
fn each_target_is_deployed_to_for_itself() {
    let workshop = Workshop::open();
    let issued = issue(&workshop, &[NAME]);
    let good = workshop.recorder("");
    let bad = workshop.script("bad.sh", "[ -e mended ]");
    let (good_name, bad_name) = (good.script.display(), bad.display());
    let both = || {
        let mut command = deploy(&workshop, &["-x"]);
        command.arg(&bad).arg("-x").arg(&good.script);
        command
    };
    let ended = run(both(), &issued.stdout);
    ended.assert_status(1);
    let document = ended.document();
    assert_eq!(statuses(&document), ["failed", "done"]);
    let detail = document["error"]["detail"].as_str().unwrap();
    assert!(detail.contains("1 of 2 targets"), "{detail}");
    let targets = document["deploy"].as_array().unwrap();
    assert_eq!(targets[0]["target"], format!("exec:{bad_name}"));
    assert_eq!(targets[1]["target"], format!("exec:{good_name}"));
    fs::write(workshop.dir().join("mended"), "").unwrap();
    let ended = run(both(), "").success();
    assert_eq!(statuses(&ended.document()), ["done", "done"]);
    assert_eq!(good.calls().len(), 1);
    // A new certificate is deployed to both.
    let ended = run(both(), issue(&workshop, &[NAME]).stdout).success();
    assert_eq!(statuses(&ended.document()), ["done", "done"]);
    assert_eq!(good.calls().len(), 2);
}

/// A deployment under way whose program has begun.
fn under_way(workshop: &Workshop, script: &Path, stdin: &str) -> Child {
    let mut command = deploy(workshop, &["-x"]);
    command.arg(script);
    let child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(stdin.as_bytes()).unwrap();
    drop(pipe);
    wait_for("the program runs", || workshop.dir().join("began").exists());
    child
}

fn kill(signal: &str, process: &str) {
    let mut command = Command::new("kill");
    let status = command.args(["-s", signal, "--", process]).status();
    assert!(status.unwrap().success());
}

const UNTIL_GO: &str = "touch began; while [ ! -e go ]; do sleep 0.01; done";

#[test]
fn what_a_killed_run_left_is_pending_and_the_next_run_deploys_it() {
    let workshop = Workshop::open();
    let issued = issue(&workshop, &[NAME]);
    let recorder = workshop.recorder(UNTIL_GO);
    let mut child = under_way(&workshop, &recorder.script, &issued.stdout);
    kill("KILL", &child.id().to_string());
    child.wait().unwrap();
    let known = state(&workshop, "deploy.json");
    assert_eq!(
        (
            &known["targets"][0]["status"],
            &known["targets"][0]["tries"]
        ),
        (&json!("pending"), &json!(1))
    );
    fs::write(workshop.dir().join("go"), "").unwrap();
    let ended = hook(&workshop, &recorder.script, &[], "").success();
    assert_eq!(statuses(&ended.document()), ["done"]);
    assert_eq!(ended.document()["deploy"][0]["tries"], 2);
}

#[test]
fn sigterm_lets_the_running_program_end() {
    let workshop = Workshop::open();
    let issued = issue(&workshop, &[NAME]);
    let recorder = workshop.recorder(UNTIL_GO);
    let child = under_way(&workshop, &recorder.script, &issued.stdout);
    kill("TERM", &format!("-{}", child.id()));
    fs::write(workshop.dir().join("go"), "").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(statuses(&document), ["done"]);
    assert_eq!(
        state(&workshop, "deploy.json")["targets"][0]["status"],
        "done"
    );
}

#[test]
fn a_program_that_takes_too_long_is_ended_with_all_that_it_started() {
    let workshop = Workshop::open();
    let issued = issue(&workshop, &[NAME]);
    let script = workshop.script("slow.sh", "sleep 1000 & echo $! >child; wait");
    let ended = hook(&workshop, &script, &["--hook-timeout=1"], &issued.stdout);
    ended.assert_status(1);
    assert_eq!(ended.document()["error"]["type"], "acmepipe:exec:timeout");
    let child = fs::read_to_string(workshop.dir().join("child")).unwrap();
    let process = Path::new("/proc").join(child.trim());
    wait_for("its child has ended", || !process.exists());
}

#[test]
fn a_program_is_told_of_its_certificate_alone() {
    let workshop = Workshop::open();
    let issued = issue(&workshop, &["*.example.test", "b.example.org"]);
    let recorder = workshop.recorder("");
    let line = format!("{} --reload 'two words'", recorder.script.display());
    let mut command = deploy(&workshop, &["-x", &line]);
    for inherited in [
        "LEGO_HOOK_CERT_PFX_PATH",
        "LEGO_CERT_PEM_PATH",
        "ACMEPIPE_CERT_PROFILE",
    ] {
        command.env(inherited, "/of/another");
    }
    command.env("OWN", "1").env("ACMEPIPE_DEPLOY_TRY", "9");
    run(command, issued.stdout).success();
    let call = recorder.calls().remove(0);
    assert_eq!(call.arguments, ["--reload", "two words"]);
    assert_eq!(
        (call.stdin.as_str(), call.input.as_str()),
        ("/dev/null", "")
    );
    let dir = workshop.dir().join("data/certificates/_.example.test");
    let file = |name: &str| dir.join(name).display().to_string();
    for (variable, value) in [
        ("LEGO_HOOK_CERT_NAME", "*.example.test".to_owned()),
        ("LEGO_HOOK_CERT_NAME_SANITIZED", "_.example.test".to_owned()),
        (
            "LEGO_HOOK_CERT_DOMAINS",
            "*.example.test,b.example.org".to_owned(),
        ),
        ("LEGO_HOOK_CERT_KEY_TYPE", "EC256".to_owned()),
        ("LEGO_HOOK_CERT_PATH", file("fullchain.pem")),
        ("LEGO_HOOK_CERT_KEY_PATH", file("privkey.pem")),
        ("LEGO_HOOK_ISSUER_CERT_PATH", file("chain.pem")),
        ("LEGO_HOOK_ACCOUNT_EMAIL", "me@example.test".to_owned()),
        ("LEGO_CERT_PATH", file("fullchain.pem")),
        ("LEGO_CERT_DOMAIN", "*.example.test".to_owned()),
        ("ACMEPIPE_CERT_LEAF", file("cert.pem")),
        ("ACMEPIPE_DEPLOY_TRY", "1".to_owned()),
        ("OWN", "1".to_owned()),
    ] {
        assert_eq!(call.environment.get(variable), Some(&value), "{variable}");
    }
    for absent in [
        "LEGO_HOOK_CERT_PFX_PATH",
        "LEGO_CERT_PEM_PATH",
        "ACMEPIPE_CERT_PROFILE",
    ] {
        assert!(!call.environment.contains_key(absent), "{absent}");
    }
}

#[test]
fn how_an_order_went_is_noted_and_documents_with_an_error_pass_as_they_came() {
    let workshop = Workshop::open();
    let failed = json!({
        "name": NAME, "challenges": [], "more": [1],
        "error": {"type": "acmepipe:ca:timeout", "detail": "no answer", "hint": "Wait."},
    });
    for times in 1..=2 {
        let ended = run(deploy(&workshop, &[]), failed.to_string());
        ended.assert_status(1);
        assert_eq!(
            (ended.document(), ended.stderr.as_str()),
            (failed.clone(), "")
        );
        let failure = &state(&workshop, "outcome.json")["failure"];
        let said = [
            &failure["type"],
            &failure["detail"],
            &failure["hint"],
            &failure["times"],
        ];
        assert_eq!(
            said,
            [
                &json!("acmepipe:ca:timeout"),
                &json!("no answer"),
                &json!("Wait."),
                &json!(times)
            ]
        );
    }
    // An order that has not come to an end is neither.
    let pending = json!({"name": NAME, "challenges": []});
    run(deploy(&workshop, &[]), pending.to_string()).success();
    assert_eq!(state(&workshop, "outcome.json")["failure"]["times"], 2);
    let issued = issue(&workshop, &[NAME]);
    let ended = run(deploy(&workshop, &[]), &issued.stdout).success();
    assert_eq!(ended.document(), issued.document());
    let outcome = state(&workshop, "outcome.json");
    assert!(
        outcome["succeeded"].is_string() && outcome.get("failure").is_none(),
        "{outcome}"
    );
    assert_eq!(state(&workshop, "deploy.json"), Value::Null);
}

#[test]
fn how_an_order_went_is_noted_of_what_can_be_a_certificate_alone() {
    let workshop = Workshop::open();
    let failed = |name: &str, order: Value| {
        let error = json!({"type": "acmepipe:document", "detail": "no"});
        json!({"name": name, "order": order, "challenges": [], "error": error}).to_string()
    };
    let asked = json!({"identifiers": [{"type": "dns", "value": NAME}]});
    let documents = [
        failed("stdin, line 3", Value::Null),
        failed("com", json!({"identifiers": []})),
        failed("192.0.2.1", Value::Null),
        failed("../x", asked.clone()),
        failed("chosen", asked),
        failed("_.example.test", Value::Null),
        // Orders for one certificate that end at once are counted all.
        [failed(NAME, Value::Null).as_str(); 64].join("\n"),
    ];
    let ended = run(deploy(&workshop, &[]), documents.join("\n"));
    ended.assert_status(1);
    assert_eq!(ended.stderr, "");
    let kept = fs::read_dir(workshop.dir().join("data/certificates/.state")).unwrap();
    let mut kept: Vec<_> = kept.map(|entry| entry.unwrap().file_name()).collect();
    kept.sort_unstable();
    assert_eq!(kept, ["_.example.test", NAME, "chosen"]);
    assert_eq!(state(&workshop, "outcome.json")["failure"]["times"], 64);
}

#[test]
fn a_certificate_whose_records_could_not_be_removed_is_deployed_all_the_same() {
    let workshop = Workshop::open();
    let mut document = issue(&workshop, &[NAME]).document();
    document["error"] = json!({"type": "acmepipe:exec:status", "detail": "not removed"});
    let recorder = workshop.recorder("");
    let ended = hook(&workshop, &recorder.script, &[], &document.to_string());
    ended.assert_status(1);
    let documents = ended.documents();
    assert_eq!(documents[0], document);
    assert_eq!(statuses(&documents[1]), ["done"]);
    assert_eq!((documents.len(), recorder.calls().len()), (2, 1));
    // What is left over is no failure of the certificate, which would stay until its next renewal.
    let outcome = state(&workshop, "outcome.json");
    assert!(outcome["succeeded"].is_string() && outcome.get("failure").is_none());
}

#[test]
fn what_never_came_through_is_deployed_with_all() {
    let workshop = Workshop::open();
    for name in [NAME, "b.example.test"] {
        issue(&workshop, &[name]);
    }
    let recorder = workshop.recorder("");
    let ended = hook(&workshop, &recorder.script, &[], "").success();
    assert_eq!((ended.stdout.as_str(), recorder.calls().len()), ("", 0));
    let ended = hook(&workshop, &recorder.script, &["--all"], "").success();
    assert_eq!((ended.documents().len(), recorder.calls().len()), (2, 2));
    for (arguments, says) in [
        (
            &["-x", "/bin/true", "c.example.test"][..],
            "there is no certificate `c.example.test`",
        ),
        (&[NAME], "nothing says where to deploy a.example.test"),
        (
            &["-x", "no-such-program"],
            "no-such-program: not found in PATH",
        ),
        (&["-x", "it's"], "is not closed"),
        (&["--install="], "--install takes a path, not an empty one"),
        (
            &["--install=d", "--owner=no-such-user"],
            "there is no user `no-such-user`",
        ),
        (
            &["--install=d", "--key-mode=0777"],
            "--key-mode takes an octal mode",
        ),
        (
            &["--install=d", "--key-mode=0666"],
            "in which only owner and group read and write",
        ),
    ] {
        let ended = run(deploy(&workshop, arguments), "");
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
}

#[test]
fn of_all_those_that_are_named_are_deployed_where_a_target_lacks_them() {
    let workshop = Workshop::open();
    for name in [NAME, "b.example.test"] {
        issue(&workshop, &[name]);
    }
    let recorder = workshop.recorder("");
    // A name may be that of a certificate that is yet to come.
    let words = ["--all", NAME, "c.example.test"];
    let ended = hook(&workshop, &recorder.script, &words, "").success();
    assert_eq!(ended.document()["name"], NAME);
    let ended = hook(&workshop, &recorder.script, &words, "").success();
    assert_eq!((ended.stdout.as_str(), recorder.calls().len()), ("", 1));
    // Documents are read all the same.
    let issued = issue(&workshop, &["b.example.test"]);
    hook(&workshop, &recorder.script, &words, &issued.stdout).success();
    assert_eq!(recorder.calls().len(), 2);
}

#[test]
fn a_certificate_that_is_damaged_or_gone_is_not_deployed() {
    let workshop = Workshop::open();
    let issued = issue(&workshop, &[NAME]);
    let recorder = workshop.recorder("");
    let link = workshop.dir().join("data/certificates").join(NAME);
    fs::write(link.join("privkey.pem"), "").unwrap();
    let ended = hook(&workshop, &recorder.script, &[], &issued.stdout);
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "acmepipe:files");
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.contains("privkey.pem is empty"), "{detail}");
    assert_eq!(statuses(&ended.document()), ["pending"]);
    fs::remove_file(&link).unwrap();
    let ended = hook(&workshop, &recorder.script, &[], &issued.stdout);
    ended.assert_status(1);
    let detail = ended.document()["error"]["detail"].to_string();
    assert!(detail.contains("there is no certificate at"), "{detail}");
    assert!(recorder.calls().is_empty());
    // What is not there any more is not asked for either.
    hook(&workshop, &recorder.script, &["--all"], "").success();
}
