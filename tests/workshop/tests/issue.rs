//! `acme-issue` tells by its status what became of every name, also where a program that it runs does not.
//!
//! Needs neither CA nor name servers: the CA is at an address that refuses connections.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use workshop::{Ended, Workshop, run};

fn issue(workshop: &Workshop, program: impl Into<PathBuf>, options: &[&str]) -> Command {
    let mut command = workshop.command(program.into());
    command
        .args(options)
        .env("EXEC_PATH", "/bin/true")
        .env("LEGO_SERVER", "https://127.0.0.1:1/dir");
    command
}

/// The type of the error of each document, and its name.
fn errors(ended: &Ended) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let error = |document: &Value| (text(&document["error"]["type"]), text(&document["name"]));
    ended.documents().iter().map(error).collect()
}

#[test]
fn a_line_that_cannot_be_read_is_a_document_with_an_error() {
    let workshop = Workshop::open();
    let long = [&[b'a'; 70_000][..], b"\n"].concat();
    for (stdin, name) in [
        (&b"a.example.test\xff\n"[..], "stdin, line 1"),
        (b"\n\xff", "stdin, line 2"),
        (&long, "stdin, line 1"),
    ] {
        let ended = run(issue(&workshop, "acme-issue", &[]), stdin);
        ended.assert_status(1);
        assert_eq!(errors(&ended), [("acmepipe:names".into(), name.into())]);
    }
    let mut directory = workshop.command("sh");
    directory
        .args(["-c", "exec acme-issue -x /bin/true < /"])
        .env("LEGO_SERVER", "https://127.0.0.1:1/dir");
    let ended = run(directory, "");
    ended.assert_status(1);
    assert_eq!(errors(&ended), [("acmepipe:names".into(), "stdin".into())]);
}

#[test]
fn a_pipeline_runs_in_a_namespace_of_processes_that_its_process_group_is_outside_of() {
    let workshop = Workshop::open();
    let issue = |program: &str, arguments: &[&str]| {
        let mut command = workshop.command(program);
        command
            .args(arguments)
            .env("LEGO_SERVER", "https://127.0.0.1:1/dir");
        run(command, "")
    };
    let outside = ["--user", "--map-root-user", "--pid", "--fork"];
    let probe = issue("unshare", &[&outside[..], &["true"]].concat());
    if probe.status != 0 {
        eprintln!("NOT RUN: this machine gives no namespace: {}", probe.stderr);
        return;
    }
    let line = ["acme-issue", "-x", "/bin/true", "-d", "a.test"];
    let ended = issue("unshare", &[&outside[..], &line].concat());
    ended.assert_status(1);
    assert_eq!(
        errors(&ended),
        [("acmepipe:ca:unreachable".into(), "a.test".into())]
    );
}

#[test]
fn options_of_every_program_are_checked_before_the_first_one_works() {
    let workshop = Workshop::open();
    for (options, says) in [
        (&["-d", "a..test"][..], "acme-order: `a..test` "),
        (&["--eab"], "acme-order: "),
        (&["-s", "nowhere"], "acme-order: "),
        (&["-k", "x"], "acme-order: --key-type takes "),
        (&["-x", "/nonexistent"], "dns01-exec: /nonexistent: "),
        (&["--mode", "x"], "dns01-exec: --mode takes "),
        (&["--timeout", "x"], "dns01-exec: --timeout takes "),
        (&["--resolver", "x"], "dns-zone: --resolver `x` "),
        (&["-j", "0"], "--jobs takes a number from 1 to 100"),
    ] {
        let options = [&["-d", "a.example.test"], options].concat();
        let ended = run(issue(&workshop, "acme-issue", &options), "");
        ended.assert_status(2);
        assert!(
            ended.stderr.starts_with(&format!("acme-issue: {says}")),
            "{options:?}: {}",
            ended.stderr
        );
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert_eq!(errors(&ended), [("acmepipe:usage".into(), String::new())]);
    }
}

/// `acme-issue` in a directory with the programs, one of which is this script.
fn with_another(workshop: &Workshop, other: &str, script: &str) -> PathBuf {
    let directory = workshop.programs_with(&[(other, script)]);
    directory.join("acme-issue")
}

#[test]
fn where_a_program_does_not_come_to_its_end_the_status_says_so() {
    let workshop = Workshop::open();
    for (other, script, says) in [
        ("acme-order", "kill -9 $$", "acme-order: SIGKILL ended it"),
        (
            "dns-zone",
            "exec >&-; sleep 0.1; kill -9 $$",
            "dns-zone: SIGKILL ended it",
        ),
        (
            "dns-wait-txt",
            "exit 3",
            "dns-wait-txt: it ended with exit status: 3",
        ),
        (
            "acme-finalize",
            "kill $$",
            "acme-finalize: SIGTERM ended it",
        ),
    ] {
        let issue =
            |options: &[&str]| issue(&workshop, with_another(&workshop, other, script), options);
        for ended in [
            run(issue(&[]), ""),
            run(issue(&["-d", "a.example.test"]), ""),
        ] {
            ended.assert_status(1);
            assert!(ended.stderr.contains(says), "{other}: {}", ended.stderr);
        }
    }
    let nothing = with_another(&workshop, "dns01-exec", "exec cat > /dev/null");
    let ended = run(issue(&workshop, nothing, &["-d", "a.example.test"]), "");
    ended.assert_status(1);
}

#[test]
fn where_a_program_fails_and_no_document_says_why_the_status_does() {
    let workshop = Workshop::open();
    for status in ["1", "2"] {
        let script = format!("cat >/dev/null; exit {status}");
        for other in ["acme-order", "dns-zone", "acme-finalize"] {
            let path = with_another(&workshop, other, &script);
            let ended = run(issue(&workshop, path, &[]), "");
            ended.assert_status(1);
            assert_eq!(ended.stdout, "", "{other}");
        }
    }
}

#[test]
fn options_of_several_programs_that_contradict_each_other_are_named_before_the_first_one_works() {
    let workshop = Workshop::open();
    for (options, says) in [
        ("--csr a.csr --key key.pem", "--csr and --key:"),
        ("--csr a.csr -k EC384", "--csr and --key-type:"),
        ("--csr a.csr --reuse-key", "--csr and --reuse-key:"),
        ("--csr a.csr --must-staple", "--csr and --must-staple:"),
        ("--csr a.csr --pem", "--csr and --pem:"),
        ("--csr a.csr --pfx", "--csr and --pfx:"),
        (
            "-d a.example.test --key key.pem -k EC256",
            "--key and --key-type:",
        ),
    ] {
        let options: Vec<&str> = options.split(' ').collect();
        let ended = run(issue(&workshop, "acme-issue", &options), "");
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{options:?}: {ended:?}");
    }
}

#[test]
fn a_program_that_is_missing_is_said_before_the_first_one_works() {
    let workshop = Workshop::open();
    let issue_path = with_another(&workshop, "dns-wait-txt", "");
    fs::remove_file(issue_path.with_file_name("dns-wait-txt")).unwrap();
    let mut command = issue(&workshop, issue_path, &["-d", "a.example.test"]);
    command.env("PATH", "/usr/bin:/bin");
    let ended = run(command, "");
    ended.assert_status(2);
    assert_eq!(
        ended.stderr,
        "acme-issue: cannot run dns-wait-txt: No such file or directory (os error 2)\n"
    );
}

#[test]
fn an_order_is_placed_once_more_where_another_may_have_removed_its_record() {
    let workshop = Workshop::open();
    // An order for each line; of the first one of each name that is finalized, the CA does not find the record.
    let order = r#"while read -r name; do
        case $name in {*) name=${name#*'"name":"'}; name=${name%%'"'*} ;; esac
        echo "order $name" >>"$OLDPWD/placed"
        printf '{"version":1,"name":"%s","order":{"identifiers":[{"type":"dns","value":"%s"}]},"challenges":[' "$name" "$name"
        printf '{"fqdn":"_acme-challenge.%s.","value":"v","zone":"%s.","status":"pending"}]}\n' "$name" "${name#*.}"
    done"#;
    let refuse = r#"sed 's/"status":"pending"/"status":"invalid","error":{"type":"urn:ietf:params:acme:error:unauthorized"}/
        s/}$/,"error":{"type":"urn:ietf:params:acme:error:unauthorized"}}/'"#;
    let directory = workshop.programs_with(&[
        ("acme-order", &order.replace("$OLDPWD", &workshop.dir().display().to_string())),
        ("dns-zone", "cat"),
        ("dns-wait-txt", "cat"),
        ("acme-validate", r#"sed 's/"status":"pending"/"status":"valid"/'"#),
        (
            "acme-finalize",
            // By the orders that were placed until its input ended, not when it began.
            &format!(
                r#"cat >orders
                case $(wc -l <placed) in 3) {refuse} ;; *) sed 's/}}$/,"certificate":{{}}}}/' ;; esac <orders"#
            ),
        ),
    ]);
    for (names, placed) in [
        // Two of them are in one zone.
        ("a.one.test\nb.one.test\nc.two.test\n", 5),
        ("a.one.test\nb.two.test\nc.three.test\n", 3),
    ] {
        let _ = fs::remove_file(workshop.dir().join("placed"));
        let ended = run(issue(&workshop, directory.join("acme-issue"), &[]), names);
        let orders = fs::read_to_string(workshop.dir().join("placed")).unwrap();
        assert_eq!(orders.lines().count(), placed, "{ended:?}");
        let said = ended.stderr.contains("once more, with one record per zone");
        assert_eq!(said, placed > 3, "{}", ended.stderr);
        ended.assert_status(1);
        assert_eq!(ended.documents().len(), 3, "{}", ended.stdout);
        let issued = ended.documents();
        let issued = issued
            .iter()
            .filter(|order| order["certificate"].is_object());
        assert_eq!(issued.count(), placed - 3, "{}", ended.stdout);
    }
}

#[test]
fn a_cleanup_that_is_killed_is_run_once_more_for_the_journal_of_its_round() {
    let workshop = Workshop::open();
    let log = workshop.dir().join("cleanups");
    let script = format!(
        r#"[ $1 = cleanup ] || exec cat; echo "$@" >>'{0}'
        [ "$(wc -l <'{0}')" -gt 1 ] || kill -TERM $$; cat; echo '{{"fqdn":"left.","error":{{"type":"acmepipe:lost"}}}}'"#,
        log.display()
    );
    let directory = workshop.programs_with(&[
        (
            "acme-order",
            "cat >/dev/null; echo '{\"version\":1,\"name\":\"x\",\"challenges\":[]}'",
        ),
        ("dns-zone", "cat"),
        ("dns01-exec", &script),
        ("dns-wait-txt", "cat"),
        ("acme-finalize", "cat"),
    ]);
    let ended = run(issue(&workshop, directory.join("acme-issue"), &[]), "x\n");
    ended.assert_status(1);
    let calls = fs::read_to_string(&log).unwrap();
    let calls: Vec<_> = calls.lines().collect();
    assert!(calls.len() == 2 && calls[0] == calls[1], "{calls:?}");
    assert!(calls[0].contains("--run=acme-issue."), "{calls:?}");
    assert_eq!(ended.document()["fqdn"], "left.", "{ended:?}");
}
