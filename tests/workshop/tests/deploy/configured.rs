//! `acme-deploy` with a configuration: each of its certificates has targets of its own.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use serde_json::Value;
use workshop::{Ended, Workshop, copy_to_run, issue, run};

use super::{NAME, statuses};

/// Runs `acme-deploy` with a configuration of this text.
fn configured(workshop: &Workshop, text: &str, arguments: &[&str], stdin: &str) -> Ended {
    run(command(workshop, text, arguments), stdin)
}

fn command(workshop: &Workshop, text: &str, arguments: &[&str]) -> Command {
    let file = workshop.dir().join("acmepipe.toml");
    fs::write(&file, text).unwrap();
    let mut command = workshop.command("acme-deploy");
    command.args(arguments).arg("--config").arg(&file);
    command
}

fn state_file(workshop: &Workshop) -> PathBuf {
    let dir = workshop.dir().join("data/certificates/.state").join(NAME);
    dir.join("deploy.json")
}

/// The names of the targets in the state.
fn targets(workshop: &Workshop) -> Vec<String> {
    let state: Value = serde_json::from_slice(&fs::read(state_file(workshop)).unwrap()).unwrap();
    let targets = state["targets"].as_array().unwrap().iter();
    let targets = targets.map(|one| one["target"].as_str().unwrap().to_owned());
    targets.collect()
}

/// Runs `acme-deploy --all` where programs are found in these directories of the workshop, and counts how often the hook has
/// run by then.
fn with_path(workshop: &Workshop, text: &str, directories: &[&str]) -> usize {
    let mut command = command(workshop, text, &["--all"]);
    let directories = directories.iter().map(|one| workshop.dir().join(one));
    let system = ["/usr/bin", "/bin"].map(PathBuf::from);
    command.env("PATH", env::join_paths(directories.chain(system)).unwrap());
    let ended = run(command, "").success();
    assert_eq!(ended.stderr, "");
    let ran = fs::read_to_string(workshop.dir().join("ran"));
    ran.unwrap_or_default().lines().count()
}

/// A hook `myreload` in two directories.
fn in_two_directories(workshop: &Workshop) {
    let script = workshop.script("myreload", "echo ran >> ran");
    for directory in ["one", "two"] {
        let directory = workshop.dir().join(directory);
        fs::create_dir(&directory).unwrap();
        copy_to_run(&[&script], &directory).unwrap();
    }
    fs::remove_file(script).unwrap();
}

#[test]
fn a_program_that_is_found_elsewhere_or_not_at_all_for_one_run_is_the_same_target() {
    let workshop = Workshop::open();
    issue(&workshop, &[NAME]);
    in_two_directories(&workshop);
    let text = format!("deploy-hook = 'myreload'\n[[certificate]]\ndomains = '{NAME}'\n");
    for directories in [&["one", "two"][..], &["two", "one"], &[], &["one"]] {
        assert_eq!(with_path(&workshop, &text, directories), 1);
        assert_eq!(targets(&workshop), ["exec:myreload"]);
    }
}

#[test]
fn what_an_earlier_release_knows_by_the_path_of_a_program_is_not_deployed_again() {
    let workshop = Workshop::open();
    issue(&workshop, &[NAME]);
    in_two_directories(&workshop);
    let text = format!("deploy-hook = 'myreload'\n[[certificate]]\ndomains = '{NAME}'\n");
    assert_eq!(with_path(&workshop, &text, &["one"]), 1);
    let state = fs::read_to_string(state_file(&workshop)).unwrap();
    let path = workshop.dir().join("one/myreload");
    let earlier = state.replace("exec:myreload", &format!("exec:{}", path.display()));
    assert_ne!(earlier, state);
    fs::write(state_file(&workshop), earlier).unwrap();
    for directories in [&["one"][..], &["two"]] {
        assert_eq!(with_path(&workshop, &text, directories), 1);
        assert_eq!(targets(&workshop), ["exec:myreload"]);
    }
}

#[test]
fn a_relative_program_counts_from_the_directory_of_the_file() {
    let workshop = Workshop::open();
    issue(&workshop, &[NAME]);
    let recorder = workshop.recorder("");
    let script = workshop.dir().join("re load.sh");
    fs::rename(&recorder.script, &script).unwrap();
    // For all, and for one.
    for text in [
        format!("deploy-hook = './re load.sh'\n[[certificate]]\ndomains = '{NAME}'\n"),
        format!("[[certificate]]\ndomains = '{NAME}'\ndeploy-hook = './re load.sh'\n"),
    ] {
        let mut command = command(&workshop, &text, &["--all"]);
        command.current_dir("/");
        run(command, "").success();
        assert_eq!(targets(&workshop), [format!("exec:{}", script.display())]);
        assert_eq!(recorder.calls().len(), 1);
    }
}

#[test]
fn a_user_or_group_of_the_configuration_who_is_not_there_fails_for_its_copies_alone() {
    let workshop = Workshop::open();
    issue(&workshop, &[NAME]);
    let install = format!("install = '{}'\n", workshop.dir().join("tls").display());
    for (text, says) in [
        (
            format!("[[certificate]]\ndomains = '{NAME}'\n{install}owner = 'no-such-user'\n"),
            "line 5: there is no user `no-such-user`",
        ),
        (
            format!("{install}group = 'no-such-group'\n[[certificate]]\ndomains = '{NAME}'\n"),
            "line 3: there is no group `no-such-group`",
        ),
    ] {
        let text = format!("deploy-hook = '/bin/true'\n{text}");
        let ended = configured(&workshop, &text, &["--all"], "");
        ended.assert_status(1);
        assert_eq!(statuses(&ended.document()), ["done", "failed"]);
        assert_eq!(ended.stderr.matches(says).count(), 1, "{}", ended.stderr);
    }
}

#[test]
fn what_is_about_targets_that_the_configuration_no_longer_has_is_forgotten() {
    let workshop = Workshop::open();
    issue(&workshop, &[NAME]);
    let run_with = |hooks: &str, arguments: &[&str]| {
        let text = format!("[[certificate]]\ndomains = '{NAME}'\ndeploy-hook = [{hooks}]\n");
        configured(&workshop, &text, arguments, "")
    };
    let targets = || targets(&workshop);
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
    let said = format!("{NAME}: deployed to exec:{}, at try 2\n", missing.display());
    assert_eq!(ended.stderr, format!("acme-deploy: {said}"));
    // Nothing is said of one that is missing where there is nothing to do.
    fs::remove_file(&missing).unwrap();
    let ended = configured(&workshop, &text, &["--all", NAME], "").success();
    assert_eq!(ended.stderr, "");
}

#[test]
fn what_is_missing_is_said_once_with_its_line() {
    let workshop = Workshop::open();
    issue(&workshop, &[NAME]);
    let text = format!("[[certificate]]\ndomains = '{NAME}'\ndeploy-hook = '/no/such'\n");
    fs::write(workshop.dir().join("acmepipe.toml"), text).unwrap();
    let script = "touch journal && export JOURNAL_STREAM=$(stat -Lc %d:%i journal)\n\
                  acme-deploy --all --config acmepipe.toml 2>>journal >/dev/null; cat journal";
    let mut command = workshop.command("sh");
    command.args(["-c", script]);
    let said = run(command, "").success().stdout;
    let begins = format!("<3>acme-deploy: {NAME}: not deployed to exec:/no/such: ");
    assert!(said.starts_with(&begins), "{said}");
    let expected = "line 3: `deploy-hook`: /no/such: ";
    assert_eq!(said.matches(expected).count(), 1, "{said}");
    assert_eq!(said.lines().count(), 2, "with a hint: {said}");
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
