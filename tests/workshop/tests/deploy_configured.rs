//! `acme-deploy` with a configuration: each of its certificates has targets of its own.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;

use serde_json::Value;
use workshop::{Ended, Workshop, issue, run};

const NAME: &str = "a.example.test";

/// Runs `acme-deploy` with a configuration of this text.
fn configured(workshop: &Workshop, text: &str, arguments: &[&str], stdin: &str) -> Ended {
    let file = workshop.dir().join("acmepipe.toml");
    fs::write(&file, text).unwrap();
    let mut command = workshop.command("acme-deploy");
    command.args(arguments).arg("--config").arg(&file);
    run(command, stdin)
}

fn statuses(document: &Value) -> Vec<&str> {
    let deployments = document["deploy"].as_array().unwrap().iter();
    deployments
        .map(|one| one["status"].as_str().unwrap())
        .collect()
}

#[test]
fn what_is_about_targets_that_the_configuration_no_longer_has_is_forgotten() {
    let workshop = Workshop::open();
    issue(&workshop, &[NAME]);
    let run_with = |hooks: &str, arguments: &[&str]| {
        let text = format!("[[certificate]]\ndomains = '{NAME}'\ndeploy-hook = [{hooks}]\n");
        configured(&workshop, &text, arguments, "")
    };
    let targets = || {
        let dir = workshop.dir().join("data/certificates/.state").join(NAME);
        let state: Value =
            serde_json::from_slice(&fs::read(dir.join("deploy.json")).unwrap()).unwrap();
        let targets = state["targets"].as_array().unwrap().iter();
        let targets = targets.map(|one| one["target"].as_str().unwrap().to_owned());
        targets.collect::<Vec<_>>()
    };
    run_with("'/bin/false', '/bin/true x'", &["--all"]).assert_status(1);
    assert_eq!(targets(), ["exec:/bin/false", "exec:/bin/true x"]);
    // What the command line names instead is for this run.
    let one_run = ["-x", "/bin/true y", NAME];
    let mut command = workshop.command("acme-deploy");
    command.args(["-x", "/bin/true", NAME]);
    run(command, "").success();
    assert_eq!(targets().len(), 3);
    run_with("'/bin/true x'", &one_run).assert_status(0);
    assert_eq!(targets().len(), 3);
    run_with("'/bin/true x'", &[]).assert_status(0);
    assert_eq!(targets(), ["exec:/bin/true x"]);
    run_with("", &[]).assert_status(0);
    assert!(targets().is_empty());
}

#[test]
fn a_program_of_the_configuration_that_is_missing_fails_for_its_certificates_alone() {
    let workshop = Workshop::open();
    let issued = issue(&workshop, &[NAME]);
    issue(&workshop, &["b.example.test"]);
    let missing = workshop.dir().join("missing.sh");
    // For all, for one, and one that is no program.
    let text = format!(
        "deploy-hook = ['{missing}', '/bin/true']\n[[certificate]]\ndomains = '{NAME}'\n\
         [[certificate]]\ndomains = 'b.example.test'\ndeploy-hook = ['/bin/true', '/etc/passwd x']\n",
        missing = missing.display(),
    );
    let ended = configured(&workshop, &text, &["--all"], &issued.stdout);
    ended.assert_status(1);
    let documents = ended.documents();
    assert_eq!(statuses(&documents[0]), ["failed", "done"]);
    assert_eq!(documents[0]["error"]["type"], "acmepipe:exec:start");
    assert_eq!(statuses(&documents[1]), ["done", "failed"]);
    let said = format!("line 1: `deploy-hook`: {}: No such file", missing.display());
    assert_eq!(ended.stderr.matches(&said).count(), 1, "{}", ended.stderr);
    assert!(
        ended
            .stderr
            .contains("line 6: `deploy-hook`: /etc/passwd: not executable"),
        "{}",
        ended.stderr
    );
    let recorder = workshop.recorder("");
    fs::rename(&recorder.script, &missing).unwrap();
    let ended = configured(&workshop, &text, &["--all", NAME], "").success();
    assert_eq!(statuses(&ended.document()), ["done", "done"]);
    assert_eq!(ended.document()["deploy"][0]["tries"], 2);
    assert_eq!(
        ended.stderr.matches("missing.sh").count(),
        0,
        "{}",
        ended.stderr
    );
}

#[test]
fn a_program_that_vanishes_after_the_start_fails_for_what_it_has_not_deployed() {
    let workshop = Workshop::open();
    for name in [NAME, "b.example.test"] {
        issue(&workshop, &[name]);
    }
    let script = workshop.script("once.sh", "rm \"$0\"");
    let hooks = format!("deploy-hook = ['{}', '/bin/true']\n", script.display());
    let text = format!(
        "{hooks}[[certificate]]\ndomains = '{NAME}'\n[[certificate]]\ndomains = 'b.example.test'\n"
    );
    let ended = configured(&workshop, &text, &["--all"], "");
    ended.assert_status(1);
    let documents = ended.documents();
    let mut all: Vec<_> = documents.iter().map(statuses).collect();
    all.sort_unstable();
    assert_eq!(all, [["done", "done"], ["failed", "done"]]);
}

#[test]
fn copies_that_cannot_be_made_are_mistakes_of_the_configuration() {
    let workshop = Workshop::open();
    fs::create_dir_all(workshop.dir().join("data")).unwrap();
    let inside = workshop.dir().join("data/certificates/tls");
    let inside = inside.display();
    let certificate = format!("[[certificate]]\ndomains = '{NAME}'\n");
    for (text, says) in [
        (
            format!("{certificate}install = '/d'\nowner = 'no-such-user'\n"),
            "line 4: there is no user `no-such-user`",
        ),
        (
            format!("install = '/d'\ngroup = 'no-such-group'\n{certificate}"),
            "line 2: there is no group `no-such-group`",
        ),
        (
            format!("owner = 'no-such-user'\n{certificate}group = '0'\ninstall = '/d'\n"),
            "line 1: there is no user `no-such-user`",
        ),
        (
            format!("{certificate}install = '{inside}'\n"),
            "line 3: `install`: ",
        ),
        (
            format!("key-mode = '0600'\n{certificate}"),
            "line 1: `key-mode` is of use with `install` only",
        ),
    ] {
        let ended = configured(&workshop, &text, &[], "");
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{says}: {}", ended.stderr);
    }
    // The command line is no line of the file.
    let text = format!("{certificate}install = '/d'\n");
    let ended = configured(&workshop, &text, &["--owner=no-such-user"], "");
    ended.assert_status(2);
    assert_eq!(
        ended.stderr,
        "acme-deploy: there is no user `no-such-user`\n"
    );
}
