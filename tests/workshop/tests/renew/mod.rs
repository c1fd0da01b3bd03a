//! `acme-renew` runs the programs that it is made of, in its order and between the hooks, whatever becomes of each. Those that
//! speak to a CA are scripts here.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Stdio};

use rustix::fs::{FileType, Mode, mknodat};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use workshop::{Workshop, run, wait_for};

mod configured;
mod programs;

use programs::{FAILED, ISSUED, Programs, REQUEST};

#[test]
fn where_nothing_is_due_it_deploys_what_is_left_and_says_nothing() {
    let programs = Programs::with("", "");
    let ended = programs.run(&[]);
    ended.assert_status(0);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    assert_eq!(programs.ran(), ["due", "deploy"]);
}

#[test]
fn what_is_due_is_ordered_between_the_hooks_and_deployed() {
    let programs = Programs::with(REQUEST, &format!("echo '{ISSUED}'"));
    let ended = programs.run(&["--days=20", "a.test"]);
    ended.assert_status(0);
    assert_eq!(ended.stdout, "");
    let said: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(
        said,
        [
            "acme-renew: renewed a.test until 2027-01-01T00:00:00Z",
            "acme-renew: 1 due, 1 renewed",
        ]
    );
    let mut ran = programs.ran();
    // These two run side by side.
    ran[2..4].sort();
    assert_eq!(ran, ["due", "pre", "deploy", "issue", "post"]);
    assert!(
        programs.line("due").ends_with("-- a.test"),
        "{}",
        programs.line("due")
    );
    assert!(
        programs.line("due").contains("--no-sleep --days=20"),
        "{}",
        programs.line("due")
    );
    assert!(
        programs
            .line("deploy")
            .contains("--all --deploy-hook=/bin/true")
    );
    assert_eq!(programs.line("pre"), "pre a b a.test");
    let requests = fs::read_to_string(programs.workshop.dir().join("log.requests")).unwrap();
    let request: Value = serde_json::from_str(&requests).unwrap();
    assert_eq!(request, serde_json::from_str::<Value>(REQUEST).unwrap());
}

#[test]
fn names_on_the_command_line_are_those_that_are_looked_at_and_deployed() {
    let programs = Programs::with("", "");
    programs.run(&["a.test", "b.test"]).assert_status(0);
    for program in ["due", "deploy"] {
        let line = programs.line(program);
        assert!(line.ends_with(" -- a.test b.test"), "{line}");
    }
    assert!(programs.line("due").contains(" --failing "));
}

#[test]
fn the_program_of_the_environment_removes_what_the_journal_says_of_an_old_one() {
    // As lego calls it, and as by itself.
    for options in [&["--no-sleep"][..], &["--no-sleep", "--dns=exec"]] {
        let programs = Programs::with("", "");
        let dir = programs.workshop.dir();
        let add = |arguments: &[&str], program: &Path| {
            run(programs.workshop.exec(program, arguments), "")
        };
        let old = programs.workshop.script("old", "exit 0");
        add(&["present", "--", "_acme-challenge.a.test.", "value"], &old).assert_status(0);
        fs::remove_file(&old).unwrap();
        let called = dir.join("called");
        let now = format!("echo \"$@\" >> {}", called.display());
        let now = programs.workshop.script("now", &now);
        let mut command = programs.workshop.command(&programs.renew);
        command.args(options).env("EXEC_PATH", &now);
        run(command, "").assert_status(0);
        assert_eq!(
            fs::read_to_string(called).unwrap(),
            "cleanup _acme-challenge.a.test. value\n"
        );
    }
}

#[test]
fn a_failure_is_said_once_and_the_documents_come_where_they_are_asked_for() {
    let said = "acme-order: a.test: nobody answers";
    let programs = Programs::with(
        REQUEST,
        &format!("echo '{said}' >&2; echo '{FAILED}'; exit 1"),
    );
    let ended = programs.run(&["--json"]);
    ended.assert_status(1);
    assert_eq!(ended.documents()[0]["error"]["detail"], "nobody answers");
    let lines: Vec<&str> = ended.stderr.lines().collect();
    assert_eq!(lines, [said, "acme-renew: 1 due, 0 renewed, 1 failed"]);
    assert_eq!(programs.ran().last().unwrap(), "post");
}

#[test]
fn a_command_line_that_says_something_else_than_the_request_orders_nothing() {
    let programs = Programs::with(REQUEST, "true");
    for options in [["--email", "you@x.test"], ["-k", "EC256"]] {
        let ended = programs.run(&options);
        assert_eq!(ended.status, 2, "{ended:?}");
        let says = format!(
            "says `{}`, and the certificate is to be renewed with",
            options[1]
        );
        assert!(ended.stderr.contains(&says), "{ended:?}");
        assert!(!programs.ran().contains(&"issue".to_owned()));
        assert!(ended.stderr.contains("1 due, 0 renewed, 1 failed"));
        // It counts as no try, and how it went is kept.
        assert!(programs.has_taken_back("a.test"));
        assert_eq!(
            programs.failures().last().unwrap()["type"],
            "acmepipe:usage"
        );
    }
    // What the request leaves open is for the command line to say.
    let ended = programs.run(&["--email", "me@x.test", "--profile", "p"]);
    assert!(!ended.stderr.contains("says `"), "{ended:?}");
    assert!(programs.ran().contains(&"issue".to_owned()));
}

#[test]
fn where_something_was_renewed_the_status_is_not_that_of_a_wrong_command_line() {
    let other = REQUEST.replace("a.test", "b.test").replace("me@", "you@");
    let programs = Programs::with(
        &format!("{REQUEST}\n{other}\n"),
        &format!("echo '{ISSUED}'; grep '\"error\"' log.requests"),
    );
    let ended = programs.run(&["-m", "me@x.test"]);
    ended.assert_status(1);
    let sum = "acme-renew: 2 due, 1 renewed, 1 failed";
    assert!(ended.stderr.contains(sum), "{}", ended.stderr);
    let failures = programs.failures();
    assert!(
        failures
            .iter()
            .any(|error| error["type"] == "acmepipe:usage"),
        "{failures:?}"
    );
}

#[test]
fn after_a_pre_hook_that_fails_nothing_is_ordered() {
    let other = REQUEST.replace("a.test", "b.test");
    for (due, which) in [
        (format!("{REQUEST}\n{other}\n"), "a.test and 1 more"),
        (REQUEST.to_owned(), "a.test"),
    ] {
        let programs = Programs::with(&due, "");
        programs.workshop.script("pre", "exit 7");
        let ended = programs.run(&[]);
        let said = format!("acme-renew: {which}: the pre-hook failed, so nothing is ordered: ");
        assert!(ended.stderr.starts_with(&said), "{}", ended.stderr);
        let count = ended.stderr.matches("the pre-hook").count();
        assert_eq!(count, 1, "{}", ended.stderr);
    }
    let programs = Programs::with(REQUEST, &format!("echo '{ISSUED}'"));
    programs.workshop.script("pre", "exit 7");
    let ended = programs.run(&[]);
    ended.assert_status(1);
    let sum = "1 due, 0 renewed, 1 failed";
    assert!(ended.stderr.contains(sum), "{}", ended.stderr);
    assert_eq!(programs.ran(), ["due", "deploy", "due", "post"]);
    assert!(programs.has_taken_back("a.test"));
    // It keeps how each certificate's last run went.
    assert_eq!(programs.failures()[0]["type"], "acmepipe:exec:status");
}

#[test]
fn a_signal_before_the_order_leaves_no_try_that_counts() {
    let programs = Programs::with("", "");
    let log = programs.workshop.dir().join("log");
    // It goes on until the signal is handed on to it.
    let due = format!(
        "#!/bin/sh\ncase \"$1\" in --generate=*) exit ;; esac\n\
         trap 'exit 143' TERM\necho due \"$@\" >> {}\n\
         case \"$*\" in *--not-tried*) exit ;; esac\n\
         echo '{REQUEST}'\nkill -TERM $PPID\nwhile :; do sleep 0.01; done\n",
        log.display()
    );
    fs::write(programs.renew.with_file_name("acme-due"), due).unwrap();
    let ended = programs.run(&[]);
    ended.assert_status(143);
    assert_eq!(programs.ran(), ["due", "due"]);
    assert!(programs.has_taken_back("a.test"));
}

#[test]
fn an_order_of_which_nothing_comes_back_is_a_failure() {
    let programs = Programs::with(REQUEST, "kill -9 $$");
    let ended = programs.run(&[]);
    ended.assert_status(1);
    assert!(
        ended.stderr.contains("acme-issue: SIGKILL ended it"),
        "{}",
        ended.stderr
    );
    let said = "acme-renew: a.test: nothing came back of its order";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert_eq!(programs.failures()[0]["type"], "acmepipe:lost");
}

#[test]
fn what_was_renewed_before_a_program_was_killed_is_not_lost() {
    let keep = "mkdir -p data/certificates/.versions/a.test/new && \
                ln -s .versions/a.test/new data/certificates/a.test";
    let programs = Programs::with(REQUEST, keep);
    let ended = programs.run(&[]).success();
    let said = "acme-renew: renewed a.test\nacme-renew: 1 due, 1 renewed\n";
    assert_eq!(ended.stderr, said);
    let mut ran = programs.ran();
    // These two start side by side.
    ran[2..4].sort();
    assert_eq!(ran, ["due", "pre", "deploy", "issue", "deploy", "post"]);
}

#[test]
fn a_certificate_that_is_only_deployed_was_not_renewed() {
    let failed = REQUEST.replace(
        "\"challenges\"",
        r#""error":{"type":"acmepipe:ca:timeout","detail":"no answer"},"challenges""#,
    );
    let programs = Programs::with(REQUEST, &format!("echo '{failed}'"));
    // An earlier one of the same name is still to be deployed.
    let deploy = programs.renew.with_file_name("acme-deploy");
    let text = fs::read_to_string(&deploy).unwrap();
    let older = r#"{"version":1,"name":"a.test","certificate":{"not_after":"2026-12-01T00:00:00Z"},"challenges":[]}"#;
    fs::write(
        &deploy,
        text.replace("exec tee -a", &format!("echo '{older}'; exec tee -a")),
    )
    .unwrap();
    let ended = programs.run(&[]);
    ended.assert_status(1);
    assert_eq!(ended.stderr, "acme-renew: 1 due, 0 renewed, 1 failed\n");
}

#[test]
fn a_document_that_is_not_to_be_ordered_is_no_reason_for_hooks() {
    let programs = Programs::with(FAILED, "");
    let ended = programs.run(&[]);
    ended.assert_status(1);
    assert_eq!(programs.ran(), ["due", "deploy"]);
}

#[test]
fn certificates_that_wait_for_their_ca_fail_and_are_no_lines_of_their_own() {
    let waits = r#"{"version":1,"name":"a.test","challenges":[],"error":{"type":"acmepipe:renewal:ca-down","detail":"no"}}"#;
    let programs = Programs::with(waits, "");
    let ended = programs.run(&["--server=https://ca.test/directory"]);
    ended.assert_status(1);
    assert_eq!(
        ended.stderr, "acme-renew: 1 due, 0 renewed, 1 failed\n",
        "acme-due has said why"
    );
    assert_eq!(programs.ran(), ["due", "deploy"]);
    // How it went is kept.
    assert_eq!(programs.failures()[0]["type"], "acmepipe:renewal:ca-down");
    assert!(
        programs
            .line("due")
            .contains("--server=https://ca.test/directory")
    );
}

#[test]
fn options_of_every_program_are_checked_before_the_first_one_works() {
    let workshop = Workshop::open();
    for (options, says) in [
        (&[][..], "acme-issue: no program"),
        (
            &["-x", "/bin/true", "--mode", "x"],
            "acme-issue: dns01-exec: --mode takes ",
        ),
        (
            &["-x", "/bin/true", "--days", "0"],
            "acme-due: --days takes ",
        ),
        (
            &["-x", "/bin/true", "--deploy-hook", "/nowhere"],
            "acme-deploy: ",
        ),
        (
            &["-x", "/bin/true", "--pre-hook", "/nowhere"],
            "--pre-hook: /nowhere",
        ),
        (&["-x", "/bin/true", "--config", "/nowhere"], "/nowhere: "),
    ] {
        let mut command = workshop.command("acme-renew");
        command.args(options);
        let ended = run(command, "");
        ended.assert_status(2);
        let expected = format!("acme-renew: {says}");
        assert!(
            ended.stderr.starts_with(&expected),
            "{options:?}: {}",
            ended.stderr
        );
        // Programs that keep something make the directory before they give up rights.
        let kept = fs::read_dir(workshop.dir().join("data"));
        assert_eq!(kept.into_iter().flatten().count(), 0, "{options:?}");
    }
}

#[test]
fn names_that_are_too_many_for_a_variable_are_left_out_and_that_is_said() {
    let (before, after) = REQUEST.split_once(r#""name":"a.test""#).unwrap();
    let request = format!(r#"{before}"name":"%d.{}"{after}"#, "a".repeat(200));
    let many =
        format!("i=0; while [ $i -lt 700 ]; do printf '{request}\\n' $i; i=$((i + 1)); done");
    let programs = Programs::with("", "");
    let due = programs.renew.with_file_name("acme-due");
    let text = fs::read_to_string(&due).unwrap();
    fs::write(&due, format!("{text}\n{many}\n")).unwrap();
    let dir = programs.workshop.dir();
    let names = "echo ${ACMEPIPE_CERT_NAMES-none} > names";
    programs.workshop.script("pre", names);
    let ended = programs.run(&[]);
    assert_eq!(fs::read_to_string(dir.join("names")).unwrap(), "none\n");
    let said =
        "the pre-hook: ACMEPIPE_CERT_NAMES is not set, since it would be longer than 120 KiB";
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

/// A run that stands in the middle of `acme-issue`, until `go on` is opened for writing.
fn in_the_middle(programs: &Programs) -> Child {
    let dir = programs.workshop.dir();
    for pipe in ["began", "go-on"] {
        let path = dir.join(pipe);
        mknodat(
            rustix::fs::CWD,
            &path,
            FileType::Fifo,
            Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
    }
    let mut command = programs.command(&[]);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    // Opens as soon as the script does.
    let mut text = String::new();
    fs::File::open(dir.join("began"))
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    // A signal before its trap is set would end it, and what comes of the order with it.
    wait_for("acme-deploy", || {
        programs.ran().contains(&"deploy".to_owned())
    });
    child
}

const WAITS: &str = "trap 'exit 143' TERM\necho > began; read line < go-on";

#[test]
fn a_second_run_says_who_is_at_work_and_leaves() {
    let programs = Programs::with(REQUEST, &format!("{WAITS}\necho '{ISSUED}'"));
    let mut first = in_the_middle(&programs);
    let second = programs.run(&[]);
    second.assert_status(0);
    let said = second.stderr.trim();
    let is_said = said.starts_with("acme-renew: another run is under way: process ");
    assert!(is_said && said.contains(" since 20"), "{said}");
    // It does not pause: it is in the middle.
    assert!(said.ends_with("Z; --wait waits for its end"), "{said}");
    fs::write(programs.workshop.dir().join("go-on"), "\n").unwrap();
    assert!(first.wait().unwrap().success());
    // It was the first that ran all of these.
    assert_eq!(programs.ran().iter().filter(|one| *one == "due").count(), 1);
}

#[test]
fn a_signal_reaches_the_programs_and_the_post_hook_runs() {
    let programs = Programs::with(REQUEST, WAITS);
    let mut child = in_the_middle(&programs);
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::TERM).unwrap();
    let mut said = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143), "{said}");
    assert_eq!(programs.ran().last().unwrap(), "post", "{said}");
    // Nothing came back, so its order may have been placed.
    assert!(!programs.has_taken_back("a.test"));
}

#[test]
fn an_order_that_was_placed_before_a_signal_counts_as_a_try() {
    let placed = |url: &str| {
        REQUEST
            .replace("\"order\":{", &format!("\"order\":{{{url}"))
            .replace(
                "\"challenges\"",
                r#""error":{"type":"acmepipe:interrupted","detail":"signal 15"},"challenges""#,
            )
    };
    for (url, is_taken_back) in [("", true), ("\"url\":\"https://ca.test/1\",", false)] {
        let waits = format!(
            "trap \"echo '{}'; exit 143\" TERM\necho > began; read line < go-on",
            placed(url).replace('"', "\\\"")
        );
        let programs = Programs::with(REQUEST, &waits);
        let mut child = in_the_middle(&programs);
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        let mut said = String::new();
        let mut stderr = child.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(143), "{said}");
        assert_eq!(
            programs.has_taken_back("a.test"),
            is_taken_back,
            "{url}: {said}"
        );
        assert!(said.contains("1 due, 0 renewed, 1 failed"), "{said}");
    }
}

#[test]
fn who_says_that_what_failed_is_mended_has_it_ordered_at_once() {
    for (words, is_forced) in [(&["--retry"][..], true), (&[], false)] {
        let programs = Programs::with(REQUEST, &format!("echo '{ISSUED}'"));
        programs.run(words).assert_status(0);
        let issue = programs.line("issue");
        assert_eq!(issue.contains(" --force"), is_forced, "{issue}");
    }
}
