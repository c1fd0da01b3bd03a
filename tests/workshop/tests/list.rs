//! What acme-list shows: each certificate, whatever is wrong with another, in each of its forms.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use serde_json::{Value, json};
use workshop::{Ended, FalseCa, Issuer, Workshop, challenge, order, run};

/// Has a CA of its own issue a certificate for these names, kept under the first.
fn issue(workshop: &Workshop, names: &[&str]) {
    let issuer = Issuer::new(names, 1, |params| {
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2999, 1, 1);
    });
    let ca = FalseCa::start(workshop, move |asked| issuer.reply(asked));
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", &names.join(",")]));
    let ordered = run(command, "");
    ordered.assert_status(0);
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(&mut command);
    run(command, ordered.stdout).assert_status(0);
}

fn list(workshop: &Workshop, arguments: &[&str]) -> Ended {
    let mut command = workshop.command("acme-list");
    command.args(arguments);
    run(command, "")
}

fn store(workshop: &Workshop) -> PathBuf {
    workshop.dir().join("data/certificates")
}

/// Keeps this as a state of the certificate.
fn set_state(workshop: &Workshop, name: &str, file: &str, state: &Value) {
    let dir = store(workshop).join(".state").join(name);
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join(file), state.to_string()).unwrap();
}

#[test]
fn nothing_is_listed_where_nothing_is_kept_and_that_is_no_fault() {
    let workshop = Workshop::open();
    for arguments in [
        &[][..],
        &["--json"],
        &["--format", "prometheus"],
        &["--accounts"],
        &["--archives"],
    ] {
        let listed = list(&workshop, arguments);
        listed.assert_status(0);
        let expected = match arguments.contains(&"prometheus") {
            true => "# HELP acmepipe_leftover_records",
            false => "",
        };
        assert!(listed.stdout.starts_with(expected), "{}", listed.stdout);
        assert_eq!(listed.stdout.is_empty(), expected.is_empty());
        assert_eq!(listed.stderr, "");
    }
    let listed = list(&workshop, &["a.example.test"]);
    listed.assert_status(2);
    assert!(listed.stderr.contains("no certificate `a.example.test`"));
}

#[test]
fn a_certificate_is_listed_with_what_its_files_and_the_last_runs_tell() {
    let workshop = Workshop::open();
    issue(&workshop, &["a.example.test", "b.example.test"]);
    issue(&workshop, &["*.c.example.test"]);
    let listed = list(&workshop, &[]);
    listed.assert_status(0);
    let lines: Vec<&str> = listed.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{}", listed.stdout);
    let head: Vec<&str> = lines[0].split_whitespace().collect();
    assert_eq!(
        head,
        [
            "NAME", "NAMES", "VALID", "UNTIL", "DUE", "KEY", "CA", "STATE"
        ]
    );
    assert!(lines[1].starts_with("_.c.example.test "), "{}", lines[1]);
    assert!(lines[2].contains("a.example.test +1"), "{}", lines[2]);
    assert!(lines[2].contains("2999-01-01 (in "), "{}", lines[2]);
    assert!(lines[2].contains("a third left"), "{}", lines[2]);

    let one = list(&workshop, &["--json", "*.c.example.test"]);
    one.assert_status(0);
    let one = one.document();
    assert_eq!(one["names"], json!(["*.c.example.test"]));
    assert_eq!(one["not_after"], "2999-01-01T00:00:00Z");
    assert_eq!(one["key_type"], "EC256");
    assert_eq!(one["health"], json!({"state": "good"}));
    assert_eq!(one["due"]["due"], false);
    assert_eq!(one["deployments"], json!([]));
    assert_eq!(one["leftovers"], json!([]));
    for member in ["directory", "version", "installed"] {
        assert!(one[member].is_string(), "{member}: {one}");
    }
    for path in [&one["account"]["key"], &one["files"]["fullchain"]] {
        assert!(fs::exists(path.as_str().unwrap()).unwrap());
    }
}

#[test]
fn what_failed_last_is_shown_and_becomes_a_metric() {
    let workshop = Workshop::open();
    issue(&workshop, &["a.example.test"]);
    let version = fs::read_link(store(&workshop).join("a.example.test")).unwrap();
    let version = version.file_name().unwrap().to_str().unwrap();
    let failure = json!({"at": "2026-01-02T00:00:00Z", "type": "acmepipe:ca:timeout", "detail": "the CA sleeps"});
    let outcome = json!({"succeeded": "2026-01-01T00:00:00Z", "failure": failure});
    set_state(&workshop, "a.example.test", "outcome.json", &outcome);
    let deployments = json!({"targets": [
        {"target": "exec:/reload \"x\"", "status": "failed", "version": version, "error": "exit status 7"},
        {"target": "install:/etc/tls", "status": "done", "version": version},
    ]});
    set_state(&workshop, "a.example.test", "deploy.json", &deployments);
    let listed = list(&workshop, &[]);
    listed.assert_status(0);
    for part in [
        "failed 2026-01-02",
        "1 of 2",
        "the CA sleeps; exec:/reload \"x\": exit status 7",
    ] {
        assert!(listed.stdout.contains(part), "{}", listed.stdout);
    }
    let file = workshop.dir().join("acmepipe.prom");
    let file_name = file.to_str().unwrap();
    let written = list(
        &workshop,
        &["--format", "prometheus", "--output", file_name],
    );
    written.assert_status(0);
    assert_eq!((&*written.stdout, &*written.stderr), ("", ""));
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o644);
    let metrics = fs::read_to_string(&file).unwrap();
    for line in [
        "# TYPE acmepipe_certificate_not_after_timestamp_seconds gauge",
        "acmepipe_certificate_not_after_timestamp_seconds{name=\"a.example.test\"} 32472144000",
        "acmepipe_certificate_healthy{name=\"a.example.test\"} 1",
        "acmepipe_certificate_last_success_timestamp_seconds{name=\"a.example.test\"} 1767225600",
        "acmepipe_certificate_last_failure_timestamp_seconds{name=\"a.example.test\",type=\"acmepipe:ca:timeout\"} 1767312000",
        "acmepipe_deployment_state{name=\"a.example.test\",target=\"exec:/reload\",status=\"failed\"} 1",
        "acmepipe_deployment_state{name=\"a.example.test\",target=\"install:/etc/tls\",status=\"failed\"} 0",
        "acmepipe_leftover_records 0",
    ] {
        assert!(metrics.lines().any(|one| one == line), "{line}\n{metrics}");
    }
    let other = workshop.dir().join("metrics");
    let written = list(
        &workshop,
        &[
            "--format",
            "prometheus",
            "--output",
            other.to_str().unwrap(),
        ],
    );
    written.assert_status(0);
    assert!(written.stderr.contains(".prom"), "{}", written.stderr);
}

#[test]
fn metrics_never_take_the_place_of_what_is_no_file() {
    let workshop = Workshop::open();
    let full = workshop.dir().join("full.prom");
    symlink("/dev/full", &full).unwrap();
    let full = full.to_str().unwrap();
    let written = list(&workshop, &["--format", "prometheus", "--output", full]);
    written.assert_status(1);
    assert!(written.stderr.contains("not a regular file"));
    assert!(fs::symlink_metadata(full).unwrap().is_symlink());
}

#[test]
fn one_that_is_broken_is_shown_as_such_and_hides_no_other() {
    let workshop = Workshop::open();
    issue(&workshop, &["a.example.test"]);
    issue(&workshop, &["b.example.test"]);
    let store = store(&workshop);
    fs::write(store.join("a.example.test/privkey.pem"), "").unwrap();
    symlink(".versions/gone/1", store.join("gone")).unwrap();
    fs::create_dir(store.join("copy")).unwrap();
    fs::write(store.join("copy/fullchain.pem"), "").unwrap();
    // What lego keeps beside is none of ours.
    fs::write(store.join("c.example.test.crt"), "").unwrap();
    let listed = list(&workshop, &["--json"]);
    listed.assert_status(1);
    let health: Vec<Value> = listed
        .documents()
        .into_iter()
        .map(|one| json!([one["name"], one["health"]["state"], one["due"]["due"]]))
        .collect();
    assert_eq!(
        health,
        [
            json!(["a.example.test", "damaged", true]),
            json!(["b.example.test", "good", false]),
            json!(["copy", "unusable", null]),
            json!(["gone", "damaged", true]),
        ]
    );
    let listed = list(&workshop, &[]);
    listed.assert_status(1);
    assert!(listed.stdout.contains("privkey.pem is empty"));
    assert!(listed.stdout.contains("gone is a link that leads nowhere"));
    list(&workshop, &["b.example.test"]).assert_status(0);
}

#[test]
fn what_is_in_a_certificate_s_place_is_named_by_acme_list_and_acme_due_alike() {
    let workshop = Workshop::open();
    issue(&workshop, &["a.example.test"]);
    let store = store(&workshop);
    fs::create_dir(store.join("empty")).unwrap();
    fs::create_dir(store.join(".versions/file")).unwrap();
    fs::write(store.join("file"), "").unwrap();
    fs::create_dir(store.join("back\\slash")).unwrap();
    symlink("circle", store.join("circle")).unwrap();
    symlink("/etc", store.join("etc")).unwrap();
    let taken = ["circle", "empty", "etc", "file"];
    let listed = list(&workshop, &["--json"]);
    listed.assert_status(1);
    let unusable = listed.documents().into_iter();
    let unusable = unusable.filter(|one| one["health"]["state"] == "unusable");
    let unusable: Vec<Value> = unusable
        .map(|one| {
            let why = one["health"]["why"].as_str().unwrap();
            assert!(why.contains("place is something else"), "{why}");
            one["name"].clone()
        })
        .collect();
    assert_eq!(unusable, taken);
    let mut command = workshop.command("acme-due");
    command.args(["--no-sleep", "--no-ari"]);
    let due = run(command, "");
    due.assert_status(1);
    let refused = due.documents().into_iter().map(|one| {
        assert_eq!(one["error"]["type"], "acmepipe:files", "{one}");
        one["name"].clone()
    });
    assert_eq!(refused.collect::<Vec<_>>(), taken);
    for said in [&listed.stderr, &due.stderr] {
        assert_eq!(
            said.matches("no certificate can have such a name").count(),
            1
        );
    }
}

#[test]
fn a_certificate_that_never_came_is_listed_with_what_failed() {
    let workshop = Workshop::open();
    let name = "a.example.test";
    let failure = json!({"at": "2026-01-02T00:00:00Z", "type": "acmepipe:ca:timeout", "detail": "the CA sleeps"});
    set_state(
        &workshop,
        name,
        "outcome.json",
        &json!({"failure": failure}),
    );
    let attempts = json!({"attempts": {"count": 9, "last": "2999-01-01T00:00:00Z"}});
    set_state(&workshop, name, "renewal.json", &attempts);
    let listed = list(&workshop, &[name]);
    listed.assert_status(0);
    for part in [
        "failed 2026-01-02",
        "none yet",
        "the CA sleeps",
        "there is no certificate yet",
    ] {
        assert!(listed.stdout.contains(part), "{}", listed.stdout);
    }
    let one = list(&workshop, &["--json"]).success().document();
    assert_eq!(one["health"], json!({"state": "new"}));
    assert_eq!(one["outcome"]["failure"]["detail"], "the CA sleeps");
    let metrics = list(&workshop, &["--format", "prometheus"])
        .success()
        .stdout;
    assert!(metrics.contains("last_failure_timestamp_seconds{name=\"a.example.test\","));
    assert!(!metrics.contains("not_after") && !metrics.contains("healthy"));
}

#[test]
fn a_record_that_cannot_be_used_is_a_remark_on_a_good_certificate() {
    let workshop = Workshop::open();
    issue(&workshop, &["a.example.test"]);
    fs::write(store(&workshop).join("a.example.test/order.json"), "{").unwrap();
    let listed = list(&workshop, &[]);
    listed.assert_status(0);
    for part in ["good", "order.json cannot be used"] {
        assert!(listed.stdout.contains(part), "{}", listed.stdout);
    }
    let one = list(&workshop, &["--json"]).success().document();
    assert_eq!(one["health"]["state"], "good");
    let metrics = list(&workshop, &["--format", "prometheus"])
        .success()
        .stdout;
    assert!(metrics.contains("healthy{name=\"a.example.test\"} 1"));
}

#[test]
fn the_configuration_says_which_certificates_and_targets_there_are_to_be() {
    let workshop = Workshop::open();
    issue(&workshop, &["a.example.test"]);
    let failed =
        |target| json!({"target": target, "status": "failed", "version": "v", "error": "no"});
    let targets = ["exec:/usr/bin/true now", "exec:/usr/bin/gone"].map(failed);
    set_state(
        &workshop,
        "a.example.test",
        "deploy.json",
        &json!({"targets": targets}),
    );
    let file = workshop.dir().join("acmepipe.toml");
    let text = "[[certificate]]\ndomains = [\"a.example.test\"]\ndeploy-hook = \"true now\"\n\
                [[certificate]]\ndomains = [\"b.example.test\", \"c.example.test\"]\n";
    fs::write(&file, text).unwrap();
    let listed = list(&workshop, &["--json", "--config", file.to_str().unwrap()]);
    listed.assert_status(0);
    let [a, b] = &listed.documents()[..] else {
        panic!("{}", listed.stdout);
    };
    let known = a["deployments"].as_array().unwrap();
    assert_eq!(known.len(), 1, "{a}");
    assert_eq!(known[0]["target"], "exec:/usr/bin/true now");
    assert_eq!(b["names"], json!(["b.example.test", "c.example.test"]));
    assert_eq!(b["health"]["state"], "new");
    assert_eq!(b["due"]["due"], true);
    let without = list(&workshop, &["--json"]).success().document();
    assert_eq!(without["deployments"].as_array().unwrap().len(), 2);
}

#[test]
fn a_certificate_of_another_ca_than_the_configuration_names_is_due() {
    let workshop = Workshop::open();
    issue(&workshop, &["a.example.test"]);
    let file = workshop.dir().join("acmepipe.toml");
    let listed = |server: &str| {
        let text =
            format!("[[certificate]]\ndomains = [\"a.example.test\"]\nserver = \"{server}\"\n");
        fs::write(&file, text).unwrap();
        list(&workshop, &["--json", "--config", file.to_str().unwrap()])
    };
    let own = list(&workshop, &["--json"]).document()["directory"].clone();
    let same = listed(own.as_str().unwrap()).success().document();
    assert_eq!(same["due"]["due"], false, "{same}");
    let other = listed("LetsEncrypt").success().document();
    let reason = other["due"]["reason"].as_str().unwrap();
    let said = "its CA in the configuration is https://acme-v02.api.letsencrypt.org/directory";
    assert!(reason.starts_with(said), "{reason}");
    let wrong = listed("letsencript");
    wrong.assert_status(2);
    assert!(wrong.stderr.contains("line 3: "), "{}", wrong.stderr);
}

#[test]
fn a_directory_that_is_named_and_not_there_is_said() {
    let workshop = Workshop::open();
    let gone = workshop.dir().join("gone");
    for program in ["acme-list", "acme-due"] {
        let mut command = workshop.command(program);
        command.arg("--path").arg(&gone);
        let ended = run(command, "");
        ended.assert_status(0);
        assert!(ended.stderr.contains("there is no /"), "{}", ended.stderr);
    }
}

#[test]
fn records_that_are_left_are_told_with_their_certificate() {
    let workshop = Workshop::open();
    issue(&workshop, &["a.example.test"]);
    let program = workshop.script("update", "exit 0");
    workshop
        .present(&program, &[], order([challenge("a.example.test", "value")]))
        .assert_status(0);
    let one = list(&workshop, &["--json"]);
    one.assert_status(0);
    assert_eq!(
        one.document()["leftovers"],
        json!(["_acme-challenge.a.example.test."])
    );
    let listed = list(&workshop, &[]);
    listed.assert_status(0);
    assert!(listed.stderr.contains("one TXT record is left"));
    let metrics = list(&workshop, &["--format", "prometheus"]);
    assert!(metrics.stdout.ends_with("acmepipe_leftover_records 1\n"));
}

#[test]
fn accounts_are_listed_with_what_is_wrong_with_one() {
    let workshop = Workshop::open();
    issue(&workshop, &["a.example.test"]);
    let listed = list(&workshop, &["--accounts", "--json"]);
    listed.assert_status(0);
    let account = listed.document();
    assert_eq!(account["key_type"], "EC256");
    let key = PathBuf::from(account["key"].as_str().unwrap());
    assert!(key.exists() && account["url"].is_string() && account["directory"].is_string());
    fs::write(&key, "junk").unwrap();
    let listed = list(&workshop, &["--accounts"]);
    listed.assert_status(1);
    assert!(listed.stdout.contains("account.key "), "{}", listed.stdout);
}

#[test]
fn options_that_make_no_sense_together_are_refused() {
    let workshop = Workshop::open();
    for (arguments, says) in [
        (
            &["--accounts", "--archives"][..],
            "--accounts and --archives",
        ),
        (&["--json", "--format", "table"], "another --format"),
        (&["--output", "x.prom"], "--format prometheus"),
        (
            &["--accounts", "--format", "prometheus"],
            "certificates alone",
        ),
        (&["--accounts", "a.test"], "accounts are listed all"),
        (&["--restore", "04", "a.test", "b.test"], "one certificate"),
        (
            &["--restore", "--path", "s"],
            "--restore takes VERSION, which is missing before --path",
        ),
    ] {
        let listed = list(&workshop, arguments);
        listed.assert_status(2);
        assert!(listed.stderr.contains(says), "{}", listed.stderr);
    }
}
