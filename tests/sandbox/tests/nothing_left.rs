//! A record that was presented is removed again, whatever fails.

#![allow(clippy::unwrap_used)]

use std::fs;

use sandbox::{Config, Ended, Sandbox, Server};
use serde_json::{Value, json};

/// A pipeline whose status and document are looked at.
#[track_caller]
fn pipeline(sandbox: &Sandbox, line: &str) -> (Ended, Vec<Value>) {
    let output = sandbox.sh(line);
    let documents = output.documents();
    (output, documents)
}

const PIPELINE: &str =
    "dns-zone | dns01-exec present | dns-wait-txt | acme-finalize | dns01-exec cleanup";

#[test]
fn nothing_is_left_when_the_ca_is_unreachable_from_the_start_or_in_the_middle() {
    let mut sandbox = Sandbox::start();
    sandbox.issue("-d first.example.test").success();
    let pid = sandbox.dir().join("ca/pid");
    let kill = format!(
        "sh -c 'IFS= read -r order; kill -KILL $(cat {}); echo \"$order\"'",
        pid.display()
    );
    let (output, documents) = pipeline(
        &sandbox,
        &format!(
            "acme-order -d a.example.test | {} | {kill} | {}",
            Sandbox::PREPARE,
            Sandbox::FINISH
        ),
    );
    output.assert_status(1);
    assert!(
        documents[0]["error"]["detail"]
            .as_str()
            .unwrap()
            .contains("ca.test"),
        "{:#}",
        documents[0]["error"]
    );
    assert!(
        documents[0]["challenges"][0]["cleanup"]["at"].is_string(),
        "{:#}\n{}",
        documents[0],
        output.stderr
    );
    sandbox.assert_no_trace();

    let (output, documents) = pipeline(
        &sandbox,
        &format!("acme-order -d a.example.test | {PIPELINE}"),
    );
    output.assert_status(1);
    assert_eq!(documents.len(), 1);
    assert_eq!(documents[0]["error"]["type"], "acmepipe:ca:unreachable");
    sandbox.assert_no_trace();

    // It comes back, and knows neither account nor order any more.
    sandbox.restart(Server::Ca);
    sandbox.assert_no_trace();
}

#[test]
fn nothing_is_left_when_the_ca_says_no_to_the_order_and_the_other_order_is_issued() {
    let sandbox = Sandbox::start();
    let order = "printf 'x.blocked.test\\nb.example.test\\n' | acme-order";
    let (output, documents) = pipeline(&sandbox, &format!("{order} | {PIPELINE}"));
    output.assert_status(1);
    let mut errors: Vec<&Value> = documents
        .iter()
        .map(|document| &document["error"]["type"])
        .collect();
    errors.sort_by_key(|error| error.is_null());
    assert_eq!(
        errors,
        [
            &json!("urn:ietf:params:acme:error:rejectedIdentifier"),
            &Value::Null
        ],
        "{documents:?}"
    );
    assert!(
        documents
            .iter()
            .any(|document| document["certificate"]["serial"].is_string())
    );
    sandbox.assert_no_trace();
}

#[test]
fn nothing_is_presented_when_the_zone_of_one_name_is_not_found() {
    let sandbox = Sandbox::start();
    let order = "acme-order -d c.example.test -d d.nowhere.invalid";
    let (output, documents) = pipeline(&sandbox, &format!("{order} | {PIPELINE}"));
    output.assert_status(1);
    let error = &documents[0]["error"];
    assert_eq!(error["program"], "dns-zone", "{error:#}");
    assert_eq!(error["type"], "acmepipe:dns:no-zone", "{error:#}");
    for challenge in documents[0]["challenges"].as_array().unwrap() {
        assert!(challenge.get("present").is_none());
    }
    sandbox.assert_no_trace();
}

#[test]
fn nothing_is_left_when_the_program_fails_for_one_name_of_ten() {
    let sandbox = Sandbox::start();
    let fails = sandbox.script("fails.sh",
        "case $1$2 in present_acme-challenge.n5.*) \"$UPDATE\" \"$@\"; echo no >&2; exit 1;; esac; exec \"$UPDATE\" \"$@\"",
    );
    let names: Vec<String> = (0..10).map(|n| format!("-d n{n}.example.test")).collect();
    for jobs in ["", "-j 4"] {
        let (output, documents) = pipeline(
            &sandbox,
            &format!(
                "export UPDATE=\"$EXEC_PATH\"; acme-order {} | dns-zone | dns01-exec present {jobs} -x {fails} \
                 | dns-wait-txt | acme-finalize | dns01-exec cleanup {jobs} -x {fails}",
                names.join(" "),
                fails = fails.display()
            ),
        );
        output.assert_status(1);
        let error = &documents[0]["error"];
        assert_eq!(error["type"], "acmepipe:exec:status");
        assert!(
            error["detail"]
                .as_str()
                .unwrap()
                .contains("n5.example.test"),
            "{error:#}"
        );
        sandbox.assert_no_trace();
    }
}

#[test]
fn nothing_is_left_when_propagation_times_out() {
    let sandbox = Sandbox::with(Config {
        notify_ns3: false,
        ..Config::default()
    });
    let (output, documents) = pipeline(
        &sandbox,
        "acme-order -d e.example.test -d '*.e.example.test' | dns-zone | dns01-exec present \
         | dns-wait-txt --timeout 0.2 | acme-finalize | dns01-exec cleanup",
    );
    output.assert_status(1);
    let error = &documents[0]["error"];
    assert_eq!(error["type"], "acmepipe:dns:not-propagated", "{error:#}");
    sandbox.assert_no_trace();
}

#[test]
fn nothing_is_left_when_the_ca_finds_another_value() {
    let sandbox = Sandbox::start();
    let wrong = sandbox.script("wrong.sh", "exec \"$UPDATE\" \"$1\" \"$2\" \"wrong-$3\"");
    let (output, documents) = pipeline(
        &sandbox,
        &format!(
            "export UPDATE=\"$EXEC_PATH\" EXEC_PATH={}; \
             acme-order -d f.example.test | dns-zone | dns01-exec present | acme-finalize | dns01-exec cleanup",
            wrong.display()
        ),
    );
    output.assert_status(1);
    let error = &documents[0]["error"];
    assert!(
        error["type"]
            .as_str()
            .unwrap()
            .starts_with("urn:ietf:params:acme:error:"),
        "{error:#}"
    );
    assert_eq!(documents[0]["challenges"][0]["status"], "invalid");
    sandbox.assert_no_trace();
}

#[test]
fn nothing_is_left_when_the_ca_refuses_to_finalize() {
    let mut sandbox = Sandbox::start();
    let prepared = sandbox
        .sh(&format!(
            "acme-order -d g.example.test | {}",
            Sandbox::PREPARE
        ))
        .success();
    // A CA that has forgotten its orders.
    sandbox.stop(Server::Ca);
    sandbox.restart(Server::Ca);
    let output = sandbox.sh_with(Sandbox::FINISH, &prepared.stdout);
    output.assert_status(1);
    let error = &output.document()["error"];
    assert_eq!(error["program"], "acme-finalize", "{error:#}");
    assert_eq!(
        error["type"], "urn:ietf:params:acme:error:accountDoesNotExist",
        "{error:#}"
    );
    sandbox.assert_no_trace();
}

#[test]
fn nothing_is_left_when_the_disk_is_full_or_the_directory_cannot_be_written() {
    let sandbox = Sandbox::start();
    sandbox.issue("-d first.example.test").success();
    for (number, options) in ["ro,mode=700", "size=4k,nr_inodes=3,mode=700"]
        .into_iter()
        .enumerate()
    {
        let dir = sandbox.dir().join(format!("mounted-{number}"));
        let dir = dir.display();
        sandbox
            .sh(&format!(
                "mkdir {dir} && mount -t tmpfs -o {options} tmpfs {dir}"
            ))
            .success();
        let (output, documents) = pipeline(
            &sandbox,
            &format!(
                "acme-order -d h.example.test | {} | acme-finalize --path {dir} | dns01-exec cleanup",
                Sandbox::PREPARE
            ),
        );
        output.assert_status(1);
        let error = &documents[0]["error"];
        assert!(
            error["type"].as_str().unwrap().starts_with("acmepipe:"),
            "{error:#}"
        );
        assert!(
            error["detail"].as_str().unwrap().contains("mounted-"),
            "{error:#}"
        );
        assert_eq!(
            documents[0]["order"]["status"], "pending",
            "the CA was asked before the disk was"
        );
        sandbox.assert_no_trace();

        // The same for the journal: then nothing is presented at all.
        let fails = sandbox.script("fails.sh", "[ $1 = timeout ] || echo called >>called");
        let (output, documents) = pipeline(
            &sandbox,
            &format!(
                "acme-order -d h.example.test | dns-zone | dns01-exec present --path {dir} -x {} \
                 | dns-wait-txt | acme-finalize | dns01-exec cleanup",
                fails.display()
            ),
        );
        output.assert_status(1);
        assert_eq!(
            documents[0]["error"]["type"], "acmepipe:journal",
            "{:#}",
            documents[0]["error"]
        );
        assert!(
            !sandbox.work().join("called").exists(),
            "the program was run without a journal"
        );
    }
    sandbox.assert_no_trace();
}

#[test]
fn nothing_is_left_when_a_program_in_the_middle_goes_away() {
    let sandbox = Sandbox::start();
    sandbox.issue("-d first.example.test").success();
    let order = "acme-order -d i.example.test -d '*.i.example.test' -d j.example.test";
    for rest in [
        "dns-zone | dns01-exec present | acme-finalize --no-such-option",
        "dns-zone | dns01-exec present | acme-finalize --no-such-option | dns01-exec cleanup",
        "dns-zone | dns01-exec present | head -c 0 | dns01-exec cleanup",
        "dns-zone | dns01-exec present | dns-wait-txt | head -c 0 | dns01-exec cleanup",
        "dns-zone | dns01-exec present | dns-wait-txt | acme-finalize | true",
        "dns-zone | dns01-exec present | dns-wait-txt | acme-finalize | true | dns01-exec cleanup",
        "dns-zone | true | dns01-exec present | dns01-exec cleanup",
        "dns-zone | dns01-exec present | head -c 700 | dns-wait-txt | acme-finalize | dns01-exec cleanup",
        "dns-zone | dns01-exec present | dns-wait-txt | acme-finalize | dns01-exec cleanup | true",
    ] {
        let mut command = sandbox.command("bash");
        command.args([
            "-c",
            &format!("{order} | {rest}; echo \"${{PIPESTATUS[*]}}\" >&2"),
        ]);
        let output = sandbox.output(command, "");
        let statuses = output.stderr.lines().last().unwrap_or_default().to_owned();
        let cut_off = rest.contains("head") || rest.contains("no-such");
        assert!(
            !cut_off || statuses.split(' ').any(|status| status != "0"),
            "{rest}: {statuses}"
        );
        // Without a `cleanup` at the end, what was handed on is in the journal, and nobody was there to remove it.
        if !rest.contains("cleanup") {
            sandbox.sh("dns01-exec cleanup --leftovers").success();
        }
        eprintln!("{rest}\n{}", output.stderr);
        sandbox.assert_no_trace();
    }
}

#[test]
fn a_cleanup_that_fails_at_first_is_tried_again() {
    let sandbox = Sandbox::start();
    let fails = sandbox.script("fails.sh",
        "[ $1 != cleanup ] || [ -e again ] || { touch again; echo 'try later' >&2; exit 1; }; exec \"$UPDATE\" \"$@\"",
    );
    let (output, documents) = pipeline(
        &sandbox,
        &format!(
            "export UPDATE=\"$EXEC_PATH\" EXEC_PATH={}; acme-order -d k.example.test | {PIPELINE}",
            fails.display()
        ),
    );
    output.assert_status(0);
    assert!(
        output.stderr.contains("trying again"),
        "{}\n{}",
        output.stderr,
        output.stdout
    );
    assert!(
        documents[0]["challenges"][0]["cleanup"]
            .get("error")
            .is_none()
    );
    sandbox.assert_no_trace();
}

#[test]
fn a_cleanup_that_fails_for_ever_names_what_is_left_and_how_to_remove_it() {
    let sandbox = Sandbox::start();
    let fails = sandbox.script("fails.sh",
        "[ $1 != cleanup ] || [ ! -e down ] || { date +%s.%N >>tries; echo 'no route' >&2; exit 1; }; exec \"$UPDATE\" \"$@\"",
    );
    fs::write(sandbox.work().join("down"), "").unwrap();
    let (output, documents) = pipeline(
        &sandbox,
        &format!(
            "export UPDATE=\"$EXEC_PATH\" EXEC_PATH={}; acme-order -d l.example.test | {PIPELINE}",
            fails.display()
        ),
    );
    output.assert_status(1);
    let tries = fs::read_to_string(sandbox.work().join("tries")).unwrap();
    let tries: Vec<f64> = tries.lines().map(|line| line.parse().unwrap()).collect();
    let pauses: Vec<f64> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(
        pauses.len() >= 3 && pauses.windows(2).all(|pair| pair[0] < pair[1]),
        "pauses do not grow: {pauses:?}"
    );
    let challenge = &documents[0]["challenges"][0];
    let value = challenge["value"].as_str().unwrap();
    let error = &challenge["error"];
    for word in ["_acme-challenge.l.example.test.", value, "no route"] {
        assert!(
            error["detail"].as_str().unwrap().contains(word),
            "{error:#}"
        );
        assert!(output.stderr.contains(word), "{}", output.stderr);
    }
    assert!(
        error["hint"]
            .as_str()
            .unwrap()
            .contains("cleanup --leftovers"),
        "{error:#}"
    );
    assert!(
        documents[0]["certificate"]["serial"].is_string(),
        "the certificate is there all the same"
    );

    let listed = sandbox.sh("dns01-exec list").success().document();
    assert_eq!(
        (&listed["value"], &listed["in_use"]),
        (&json!(value), &json!(false))
    );
    assert_eq!(sandbox.txt_records("example.test").len(), 3);
    fs::remove_file(sandbox.work().join("down")).unwrap();
    sandbox
        .sh("export UPDATE=\"$EXEC_PATH\"; dns01-exec cleanup --leftovers")
        .success();
    sandbox.assert_no_trace();
}

#[test]
fn a_program_that_fails_where_the_record_is_gone_already_has_not_failed() {
    let sandbox = Sandbox::start();
    // It removes all values at the name, and fails where there is none.
    let script = sandbox.script(
        "strict.sh",
        r#"case $1 in
present) change="update add $2 1 TXT \"$3\"" ;;
cleanup) change="prereq yxrrset $2 TXT
update delete $2 TXT" ;;
*) exit 64 ;;
esac
nsupdate -k "$DNS_KEY" <<END
server $DNS_SERVER
$change
send
END
"#,
    );
    for (options, name) in [("", "a.example.test"), ("--batch", "b.example.test")] {
        // With --batch it fails for all of them, whatever it is asked.
        let script = match options {
            "" => script.clone(),
            _ => sandbox.script(
                "batch.sh",
                r#"sed 's/.*"fqdn":"\([^"]*\)".*"value":"\([^"]*\)".*/\1 \2/' | {
while read -r name value; do
    echo "server $DNS_SERVER"
    case $1 in
    present-batch) echo "update add $name 1 TXT \"$value\"" ;;
    cleanup-batch) echo "update delete $name TXT" ;;
    esac
    echo send
done; } | nsupdate -k "$DNS_KEY"
test "$1" = present-batch
"#,
            ),
        };
        let ended = sandbox
            .sh(&format!(
                "acme-issue -d {name} -d '*.{name}' {options} -x '{}'",
                script.display()
            ))
            .success();
        let told = "no name server has the value any more, although";
        assert!(ended.stderr.contains(told), "{options}: {}", ended.stderr);
        sandbox.assert_no_trace();
    }
}

#[test]
fn dns_wait_txt_tells_when_a_value_is_gone() {
    let sandbox = Sandbox::start();
    let order = sandbox
        .sh(&format!(
            "acme-order -d example.test | {} | dns01-exec cleanup | dns-wait-txt --gone",
            Sandbox::PREPARE
        ))
        .success()
        .document();
    let gone = &order["challenges"][0]["gone"];
    assert!(gone["seconds"].is_number(), "{order:#}");
    let servers = gone["servers"].as_array().expect("servers");
    assert!(
        servers.iter().all(|one| one["state"] == "waiting"),
        "{gone}"
    );
    // While it is there, that is said.
    let added = "dns01-exec present -- _acme-challenge.example.test. value | dns-wait-txt >added";
    sandbox.sh(added).success();
    let asked = "dns-wait-txt --gone --timeout 0 -- _acme-challenge.example.test. value";
    let there = sandbox.sh(asked);
    there.assert_status(1);
    assert_eq!(
        there.document()["error"]["type"],
        "acmepipe:dns:still-there"
    );
    sandbox.sh("dns01-exec cleanup <added").success();
    sandbox.sh(&asked.replace("--timeout 0", "")).success();
    sandbox.assert_no_trace();
}
