//! A record that was presented is removed again, whatever happens.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sandbox::{Config, Ended, Output, Sandbox, Server, Workshop, run};
use serde_json::{Value, json};

/// No record on any name server, no process, nothing in the journal.
#[track_caller]
fn assert_nothing_left(sandbox: &Sandbox) {
    let began = Instant::now();
    loop {
        let processes = processes(sandbox);
        if processes.is_empty() {
            break;
        }
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "processes are left: {processes:?}"
        );
        thread::sleep(Duration::from_millis(20));
    }
    let journal = sandbox.sh("dns01-exec list");
    assert!(
        journal.stdout.is_empty(),
        "the journal is not empty: {}",
        journal.stdout
    );
    sandbox.assert_nothing_left();
}

/// The programs of pipelines, and what they start, that run in the sandbox.
fn processes(sandbox: &Sandbox) -> Vec<String> {
    let all = sandbox.sh("cat /proc/[0-9]*/stat 2>/dev/null").stdout;
    let ours = [
        "acme-",
        "dns-",
        "dns01-",
        "update-dns",
        "nsupdate",
        "fails.sh",
        "sleep",
    ];
    let runs = all.lines().filter(|line| !line.contains(") Z "));
    runs.filter(|line| ours.iter().any(|name| line.contains(&format!("({name}"))))
        .map(str::to_owned)
        .collect()
}

/// A pipeline whose status and document are looked at.
#[track_caller]
fn pipeline(sandbox: &Sandbox, line: &str) -> (Output, Vec<Value>) {
    let output = sandbox.sh(line);
    let documents = output.documents();
    (output, documents)
}

fn script(sandbox: &Sandbox, name: &str, text: &str) -> PathBuf {
    let path = sandbox.dir().join(name);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    assert!(
        Command::new("chmod")
            .arg("755")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    path
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
    assert_nothing_left(&sandbox);

    let (output, documents) = pipeline(
        &sandbox,
        &format!("acme-order -d a.example.test | {PIPELINE}"),
    );
    output.assert_status(1);
    assert_eq!(documents.len(), 1);
    assert!(documents[0]["error"].is_object());
    assert_nothing_left(&sandbox);

    // It comes back, and knows neither account nor order any more.
    sandbox.restart(Server::Ca);
    assert_nothing_left(&sandbox);
}

#[test]
fn nothing_is_left_when_the_ca_says_no_to_the_order_and_the_other_order_is_issued() {
    let sandbox = Sandbox::start();
    let order = "printf 'x.blocked.test\\nb.example.test\\n' | acme-order";
    let (output, documents) = pipeline(&sandbox, &format!("{order} | {PIPELINE}"));
    output.assert_status(1);
    let failed: Vec<bool> = documents
        .iter()
        .map(|document| document["error"].is_object())
        .collect();
    assert!(
        failed == [true, false] || failed == [false, true],
        "{documents:?}"
    );
    assert!(
        documents
            .iter()
            .any(|document| document["certificate"]["serial"].is_string())
    );
    assert_nothing_left(&sandbox);
}

#[test]
fn nothing_is_presented_when_the_zone_of_one_name_is_not_found() {
    let sandbox = Sandbox::start();
    let order = "acme-order -d c.example.test -d d.nowhere.invalid";
    let (output, documents) = pipeline(&sandbox, &format!("{order} | {PIPELINE}"));
    output.assert_status(1);
    assert_eq!(
        documents[0]["error"]["program"], "dns-zone",
        "{:#}",
        documents[0]["error"]
    );
    for challenge in documents[0]["challenges"].as_array().unwrap() {
        assert!(challenge.get("present").is_none());
    }
    assert_nothing_left(&sandbox);
}

#[test]
fn nothing_is_left_when_the_program_fails_for_one_name_of_ten() {
    let sandbox = Sandbox::start();
    let fails = script(
        &sandbox,
        "fails.sh",
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
        assert_nothing_left(&sandbox);
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
    assert_nothing_left(&sandbox);
}

#[test]
fn nothing_is_left_when_the_ca_finds_another_value() {
    let sandbox = Sandbox::start();
    let wrong = script(
        &sandbox,
        "wrong.sh",
        "exec \"$UPDATE\" \"$1\" \"$2\" \"wrong-$3\"",
    );
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
    assert_nothing_left(&sandbox);
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
    assert_eq!(output.document()["error"]["program"], "acme-finalize");
    assert_nothing_left(&sandbox);
}

#[test]
fn nothing_is_left_when_the_disk_is_full_or_the_directory_cannot_be_written() {
    let sandbox = Sandbox::start();
    sandbox.issue("-d first.example.test").success();
    for (number, options) in ["ro", "size=4k,nr_inodes=3"].into_iter().enumerate() {
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
        assert_nothing_left(&sandbox);

        // The same for the journal: then nothing is presented at all.
        let fails = script(&sandbox, "fails.sh", "echo called >>called");
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
    assert_nothing_left(&sandbox);
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
        // `true` at the end may be gone only after all was written: then what is left is in the journal, and
        // nobody was there to remove it.
        if rest.contains("acme-finalize | true") && !rest.contains("cleanup") {
            sandbox.sh("dns01-exec cleanup --leftovers").success();
        }
        let began = Instant::now();
        while !processes(&sandbox).is_empty() && began.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(10));
        }
        let journal = sandbox.sh("dns01-exec list").stdout;
        assert!(journal.is_empty(), "{rest}: {journal}\n{}", output.stderr);
        sandbox.assert_nothing_left();
    }
}

#[test]
fn a_cleanup_that_fails_at_first_is_tried_again() {
    let sandbox = Sandbox::start();
    let fails = script(
        &sandbox,
        "fails.sh",
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
    assert_nothing_left(&sandbox);
}

#[test]
fn a_cleanup_that_fails_for_ever_names_what_is_left_and_how_to_remove_it() {
    let sandbox = Sandbox::start();
    let fails = script(
        &sandbox,
        "fails.sh",
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
    assert_nothing_left(&sandbox);
}

/// Runs `$1` with random interruptions: `$2` is the program to hit or `group`, `$3` the signal, `$4` when.
const DRIVER: &str = r#"
dir=$PWD/$1; mkdir -p "$dir"
stage() { n=$1; shift; exec 2>>"$dir/stderr"; echo $BASHPID >"$dir/$n"; exec "$@"; }
set -m
(
    trap : INT TERM HUP
    stage 1 acme-order -d "$1.example.test" -d "*.$1.example.test" </dev/null \
        | stage 2 dns-zone | stage 3 dns01-exec present | stage 4 dns-wait-txt | stage 5 acme-finalize \
        | stage 6 dns01-exec cleanup >"$dir/out"
    echo "${PIPESTATUS[@]}" >"$dir/status"
) &
group=$!
sleep "$4"
if [ "$2" = group ]; then
    kill -"$3" -- -$group
else
    kill -"$3" "$(cat "$dir/$2")"
fi 2>/dev/null && touch "$dir/hit"
while [ ! -s "$dir/status" ]; do wait $group || sleep 0.01; done
for n in 1 2 3 4 5 6; do
    # One that was interrupted before it said its number never ran a program.
    pid=$(cat "$dir/$n" 2>/dev/null) && [ -n "$pid" ] || continue
    stat=$(cat /proc/"$pid"/stat 2>/dev/null) && case $stat in *') Z '*) ;; *) echo "$n still runs: $stat";; esac
done
"#;

/// What became of one interrupted run.
#[derive(Debug)]
struct Interrupted {
    name: String,
    target: String,
    signal: &'static str,
    statuses: Vec<i32>,
    documents: Vec<Value>,
    stderr: String,
    hit: bool,
    running: String,
}

#[test]
fn nothing_is_left_after_hundreds_of_interruptions_at_random_moments() {
    let number = |name: &str, default: u64| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    };
    let clock = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_micros() as u64;
    let seed = number("ACMEPIPE_TEST_SEED", clock);
    let runs = number("ACMEPIPE_TEST_RUNS", 200) as usize;
    eprintln!("ACMEPIPE_TEST_SEED={seed}");
    let sandbox = Sandbox::start();
    sandbox.issue("-d first.example.test").success();

    const WORKERS: usize = 4;
    let mut random = Random(seed);
    let mut plan = Vec::new();
    for index in 0..runs {
        let (target, signal) = match random.below(20) {
            0 | 1 => ("group".to_owned(), "INT"),
            kind => (
                (1 + (kind - 2) / 3).to_string(),
                ["TERM", "HUP", "KILL"][((kind - 2) % 3) as usize],
            ),
        };
        plan.push((
            format!("r{index}"),
            target,
            signal,
            random.below(1_000_000) as f64 / 1e6,
        ));
    }
    // How long one takes when so many run: what is random is the moment within it.
    let calm = |index: usize| interrupt(&sandbox, &format!("calm{index}"), "group", "CONT", 0.0).1;
    let span = thread::scope(|scope| {
        let runs: Vec<_> = (0..WORKERS)
            .map(|index| scope.spawn(move || calm(index)))
            .collect();
        runs.into_iter()
            .map(|run| run.join().unwrap())
            .min()
            .unwrap()
            .as_secs_f64()
            * 0.8
    });

    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                while let Some((name, target, signal, when)) =
                    plan.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let run = interrupt(&sandbox, name, target, signal, when * span).0;
                    done.lock().unwrap().push(run);
                }
            });
        }
    });
    let done = done.into_inner().unwrap();
    eprintln!(
        "{runs} runs in {:.0} s, the moments within {span:.2} s",
        began.elapsed().as_secs_f64()
    );
    let (mut issued, mut failed, mut hit) = (0, 0, 0);
    for run in &done {
        hit += usize::from(run.hit);
        match check(run) {
            true => issued += 1,
            false => failed += 1,
        }
    }
    eprintln!("{hit} were hit; {issued} certificates, {failed} without");
    assert!(
        hit > runs / 3 && failed > runs / 5,
        "the moments were not well chosen"
    );

    // What is left may be of runs of which the very program was killed that removes it.
    let journal = sandbox.sh("dns01-exec list").success();
    for entry in journal.documents() {
        let fqdn = entry["fqdn"].as_str().unwrap();
        let of = done
            .iter()
            .find(|run| fqdn == format!("_acme-challenge.{}.example.test.", run.name))
            .unwrap();
        assert!(
            of.target == "6" && of.signal == "KILL" && of.hit,
            "left without need: {of:#?}\n{entry:#}"
        );
    }
    for record in sandbox.txt_records("example.test") {
        assert!(
            journal.stdout.contains(record.split(' ').nth(1).unwrap()),
            "{record} is left, and the journal does not know"
        );
    }
    sandbox.sh("dns01-exec cleanup --leftovers").success();
    assert_nothing_left(&sandbox);
}

fn interrupt(
    sandbox: &Sandbox,
    name: &str,
    target: &str,
    signal: &'static str,
    seconds: f64,
) -> (Interrupted, Duration) {
    let began = Instant::now();
    let mut command = sandbox.command("bash");
    command.args([
        "-c",
        DRIVER,
        "driver",
        name,
        target,
        signal,
        &format!("{seconds:.4}"),
    ]);
    let output = sandbox.output(command, "");
    let dir = sandbox.work().join(name);
    let read = |file: &str| fs::read_to_string(dir.join(file)).unwrap_or_default();
    let run = Interrupted {
        name: name.to_owned(),
        target: target.to_owned(),
        signal,
        statuses: read("status")
            .split_whitespace()
            .filter_map(|status| status.parse().ok())
            .collect(),
        documents: read("out")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect(),
        stderr: read("stderr"),
        hit: dir.join("hit").exists(),
        running: output.stdout,
    };
    (run, began.elapsed())
}

/// Whether there is a certificate, after it has been seen that the exit status tells so.
#[track_caller]
fn check(run: &Interrupted) -> bool {
    assert!(run.running.is_empty(), "processes still run: {run:#?}");
    assert!(!run.stderr.contains("panicked"), "{run:#?}");
    let [.., last] = run.statuses[..] else {
        panic!("no status: {run:#?}");
    };
    assert_eq!(run.statuses.len(), 6);
    let number = match run.signal {
        "INT" => 130,
        "HUP" => 129,
        "TERM" => 143,
        _ => 137,
    };
    for (index, status) in run.statuses.iter().enumerate() {
        let aimed = run.target == "group" || run.target == (index + 1).to_string();
        // 141: it wrote to a program that was killed.
        let allowed = matches!(status, 0 | 1 | 141) || (aimed && *status == number);
        assert!(allowed, "program {} exited {status}: {run:#?}", index + 1);
    }
    let own = |challenge: &&Value| {
        challenge["fqdn"]
            .as_str()
            .is_some_and(|fqdn| fqdn.contains(&run.name))
    };
    let certificate = run
        .documents
        .iter()
        .any(|document| document["certificate"]["serial"].is_string());
    let failed = run
        .documents
        .iter()
        .any(|document| document["error"].is_object());
    let killed_cleanup = run.target == "6" && last == 137;
    if failed || (certificate && run.documents.len() > 1) {
        assert!(last != 0, "a document has an error: {run:#?}");
    }
    if !certificate {
        assert!(
            run.statuses.iter().any(|status| *status != 0),
            "no certificate, and no status says so: {run:#?}"
        );
    }
    // Everything that was presented came to the end, or the end knew of it.
    for document in &run.documents {
        let challenges = document["challenges"]
            .as_array()
            .into_iter()
            .flatten()
            .chain([document]);
        for challenge in challenges
            .filter(own)
            .filter(|challenge| challenge["present"].is_object())
        {
            assert!(
                killed_cleanup || challenge["cleanup"]["at"].is_string(),
                "not cleaned up: {run:#?}"
            );
        }
    }
    certificate
}

/// Numbers that look random and that a seed tells: splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// A DNS that is a directory: a file per record.
const FILES: &str = "mkdir -p zone; case $1 in present) touch \"zone/$3\"; sleep 0.02;; cleanup) rm -f \"zone/$3\";; esac";

fn orders(prefix: &str, orders: usize) -> String {
    let order = |n: usize| {
        let values = (0..3).map(|value| {
            json!({"fqdn": "_acme-challenge.example.test.", "value": format!("{prefix}-{n}-{value}"), "zone": "example.test."})
        });
        format!(
            "{}\n",
            json!({"name": format!("{prefix}{n}"), "challenges": values.collect::<Vec<_>>()})
        )
    };
    (0..orders).map(order).collect()
}

fn records(workshop: &Workshop) -> Vec<String> {
    let files = fs::read_dir(workshop.dir().join("zone"))
        .into_iter()
        .flatten()
        .flatten();
    let mut records: Vec<_> = files
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .collect();
    records.sort();
    records
}

fn list(workshop: &Workshop, script: &Path) -> Vec<Value> {
    let listed = run(workshop.exec(script, &["list"]), "");
    listed.assert_status(0).documents()
}

#[test]
fn many_that_present_at_once_share_the_journal() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    let presented: Vec<Ended> = thread::scope(|scope| {
        let runs: Vec<_> = (0..8)
            .map(|n| {
                let (workshop, script) = (&workshop, &script);
                scope.spawn(move || {
                    let stdin = orders(&format!("p{n}"), 4);
                    run(
                        workshop.exec(script, &["present", "-j8", "--timeout=1", "--interval=1"]),
                        stdin,
                    )
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert_eq!(records(&workshop).len(), 8 * 4 * 3);
    assert_eq!(list(&workshop, &script).len(), 8 * 4 * 3);
    // Half of them are cleaned up by their documents, from all ends at once.
    thread::scope(|scope| {
        for ended in &presented[..4] {
            let (workshop, script) = (&workshop, &script);
            scope.spawn(move || {
                run(workshop.exec(script, &["cleanup", "-j8"]), &ended.stdout).assert_status(0);
            });
        }
    });
    assert_eq!(list(&workshop, &script).len(), 4 * 4 * 3);
    let removed = run(
        workshop.exec(&script, &["cleanup", "--leftovers", "-j8"]),
        "",
    );
    assert_eq!(removed.assert_status(0).documents().len(), 4 * 4 * 3);
    assert!(records(&workshop).is_empty() && list(&workshop, &script).is_empty());
    assert_eq!(
        fs::read_dir(workshop.dir().join("data/journal"))
            .unwrap()
            .count(),
        0
    );
}

#[test]
fn after_a_power_loss_at_any_moment_the_journal_knows_every_record() {
    let clock = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_micros() as u64;
    let mut random = Random(clock);
    eprintln!("seed {clock}");
    let (mut left, mut none) = (0, 0);
    for _ in 0..30 {
        let workshop = Workshop::open();
        let script = workshop.script("files.sh", FILES);
        let mut command = workshop.shell(
            "dns01-exec present --timeout=1 --interval=1 -j4 | { cat; sleep 0.05; } | dns01-exec cleanup -j4 >done",
        );
        command
            .env("EXEC_PATH", &script)
            .stdin(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, orders("p", 4).as_bytes()).unwrap();
        drop(stdin);
        thread::sleep(Duration::from_micros(random.below(300_000)));
        // Everything at once, the programs that it runs too.
        let mark = workshop.dir().join("data");
        kill_all(child.id(), &mark);
        child.wait().unwrap();
        let (records, listed) = (records(&workshop), list(&workshop, &script));
        for record in &records {
            assert!(
                listed.iter().any(|entry| entry["value"] == **record),
                "{record} is unknown: {listed:?}"
            );
        }
        if records.is_empty() {
            none += 1
        } else {
            left += 1
        }
        assert!(
            listed.iter().all(|entry| entry["in_use"] == false),
            "{listed:?}"
        );
        run(
            workshop.exec(&script, &["cleanup", "--leftovers", "-j8"]),
            "",
        )
        .assert_status(0);
        assert_eq!(self::records(&workshop), Vec::<String>::new());
        assert!(list(&workshop, &script).is_empty());
    }
    eprintln!("{left} had records left, {none} had not");
    assert!(left > 5, "the moments were not well chosen");
}

/// Kills every process with this in its environment: those of one workshop.
fn kill_all(leader: u32, data: &Path) {
    let line = format!("LEGO_PATH={}", data.display());
    for _ in 0..3 {
        let mut pids = vec![leader.to_string()];
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let environment = fs::read(process.path().join("environ")).unwrap_or_default();
            if environment
                .split(|byte| *byte == 0)
                .any(|each| each == line.as_bytes())
            {
                pids.push(process.file_name().to_string_lossy().into_owned());
            }
        }
        let _ = Command::new("kill")
            .arg("-KILL")
            .args(pids)
            .stderr(Stdio::null())
            .status();
    }
}

#[test]
fn leftovers_of_a_run_that_still_lives_are_left_alone() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    let mut command = workshop
        .shell("dns01-exec present --timeout=1 --interval=1 | { cat; touch up; } | dns-wait-txt");
    // Its stdin stays open: the order is presented, and more may come.
    command
        .env("EXEC_PATH", &script)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, orders("p", 1).as_bytes()).unwrap();
    let began = Instant::now();
    while records(&workshop).len() < 3 {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "nothing was presented"
        );
        thread::sleep(Duration::from_millis(5));
    }
    let removed = run(workshop.exec(&script, &["cleanup", "--leftovers"]), "");
    assert!(removed.assert_status(0).documents().is_empty());
    assert!(
        list(&workshop, &script)
            .iter()
            .all(|entry| entry["in_use"] == true)
    );
    assert_eq!(records(&workshop).len(), 3);
    kill_all(child.id(), &workshop.dir().join("data"));
    child.wait().unwrap();
    drop(stdin);
    run(workshop.exec(&script, &["cleanup", "--leftovers"]), "").assert_status(0);
    assert!(records(&workshop).is_empty());
}

#[test]
fn a_journal_that_cannot_be_written_is_an_error_before_anything_is_presented() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    fs::write(workshop.dir().join("data"), "a file in the way").unwrap();
    let ended = run(
        workshop.exec(&script, &["present", "--timeout=1", "--interval=1"]),
        orders("p", 1),
    );
    ended.assert_status(1);
    assert_eq!(ended.document()["error"]["type"], "acmepipe:journal");
    assert!(records(&workshop).is_empty());
}

#[test]
fn what_was_presented_and_cannot_be_handed_on_is_removed() {
    let workshop = Workshop::open();
    // The reader goes away while the first calls are under way.
    let waits = "[ $1 = cleanup ] || { touch began; until [ -e gone ] || [ ! -e began ]; do sleep 0.01; done; }";
    let script = workshop.script("files.sh", &format!("{FILES}\n{waits}"));
    let mut command = workshop.shell(
        "dns01-exec present --timeout=1 --interval=1 -j4 \
         | { until [ -e began ]; do sleep 0.01; done; exec <&-; cp -r zone seen; touch gone; }",
    );
    command.env("EXEC_PATH", &script);
    run(command, orders("p", 3));
    assert!(fs::read_dir(workshop.dir().join("seen")).unwrap().count() > 0);
    // A shell waits for all of a pipeline, and this one did.
    assert_eq!(records(&workshop), Vec::<String>::new());
    assert!(list(&workshop, &script).is_empty());
}

#[test]
fn a_record_that_is_added_after_dns01_exec_was_killed_is_removed() {
    let workshop = Workshop::open();
    let waits = "[ $1 = cleanup ] || { touch began; until [ -e go ] || [ ! -e began ]; do sleep 0.01; done; }";
    let script = workshop.script("files.sh", &format!("{waits}\n{FILES}"));
    let mut command = workshop.shell(
        "sh -c 'echo $$ >pid; exec dns01-exec present --timeout=1 --interval=1' | dns01-exec cleanup",
    );
    command.env("EXEC_PATH", &script).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, orders("p", 1).as_bytes()).unwrap();
    let began = Instant::now();
    while !workshop.dir().join("began").exists() {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "the program was not called"
        );
        thread::sleep(Duration::from_millis(5));
    }
    let pid = fs::read_to_string(workshop.dir().join("pid")).unwrap();
    let killed = Command::new("kill").args(["-KILL", pid.trim()]).status();
    assert!(killed.unwrap().success());
    // It would be over by now, had it not to wait for the program that still runs.
    let killed = Instant::now();
    while killed.elapsed() < Duration::from_millis(700) {
        assert!(child.try_wait().unwrap().is_none(), "cleanup did not wait");
        thread::sleep(Duration::from_millis(5));
    }
    fs::write(workshop.dir().join("go"), "").unwrap();
    child.wait().unwrap();
    assert_eq!(records(&workshop), Vec::<String>::new());
    assert!(list(&workshop, &script).is_empty());
}
