//! What is presented is known, from before it is there until it is gone.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;
use workshop::{Ended, Random, Workshop, orders, run, wait_for};

/// A DNS that is a directory: a file per record.
const FILES: &str = "mkdir -p zone; case $1 in present) touch \"zone/$3\"; sleep 0.02;; cleanup) rm -f \"zone/$3\";; esac";

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
    assert_eq!(workshop.records().len(), 8 * 4 * 3);
    assert_eq!(workshop.list(&script).len(), 8 * 4 * 3);
    // Half of them are cleaned up by their documents, from all ends at once.
    thread::scope(|scope| {
        for ended in &presented[..4] {
            let (workshop, script) = (&workshop, &script);
            scope.spawn(move || {
                run(workshop.exec(script, &["cleanup", "-j8"]), &ended.stdout).assert_status(0);
            });
        }
    });
    assert_eq!(workshop.list(&script).len(), 4 * 4 * 3);
    let removed = run(
        workshop.exec(&script, &["cleanup", "--leftovers", "-j8"]),
        "",
    );
    assert_eq!(removed.assert_status(0).documents().len(), 4 * 4 * 3);
    assert!(workshop.records().is_empty() && workshop.list(&script).is_empty());
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
    for round in 0..30 {
        let workshop = Workshop::open();
        let script = workshop.script("files.sh", FILES);
        let mut command = workshop.pipeline(&script,
            "dns01-exec present --timeout=1 --interval=1 -j4 | { cat; sleep 0.05; } | dns01-exec cleanup -j4 >done",
        );
        command.stdin(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(orders("p", 4).as_bytes()).unwrap();
        drop(stdin);
        // On a machine that is busy the first record may take longer than all of the moments.
        if round % 2 == 0 {
            wait_for("a record is presented", || {
                !workshop.records().is_empty() || child.try_wait().unwrap().is_some()
            });
        }
        thread::sleep(Duration::from_micros(random.below(300_000)));
        // Everything at once, the programs that it runs too.
        let mark = workshop.dir().join("data");
        kill_all(child.id(), &mark);
        child.wait().unwrap();
        let (records, listed) = (workshop.records(), workshop.list(&script));
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
        assert_eq!(workshop.records(), Vec::<String>::new());
        assert!(workshop.list(&script).is_empty());
    }
    eprintln!("{left} had records left, {none} had not");
    assert!(left > 2, "the moments were not well chosen");
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
    let mut command = workshop.pipeline(
        &script,
        "dns01-exec present --timeout=1 --interval=1 | { cat; touch up; } | dns-wait-txt",
    );
    // Its stdin stays open: the order is presented, and more may come.
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(orders("p", 1).as_bytes()).unwrap();
    let began = Instant::now();
    while workshop.records().len() < 3 {
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "nothing was presented"
        );
        thread::sleep(Duration::from_millis(5));
    }
    let removed = run(workshop.exec(&script, &["cleanup", "--leftovers"]), "");
    assert!(removed.assert_status(0).documents().is_empty());
    assert!(
        workshop
            .list(&script)
            .iter()
            .all(|entry| entry["in_use"] == true)
    );
    assert_eq!(workshop.records().len(), 3);
    kill_all(child.id(), &workshop.dir().join("data"));
    child.wait().unwrap();
    drop(stdin);
    run(workshop.exec(&script, &["cleanup", "--leftovers"]), "").assert_status(0);
    assert!(workshop.records().is_empty());
}

#[test]
fn what_a_pipeline_beside_or_before_presented_is_left_alone() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    let order = |prefix: &str| {
        let path = workshop.dir().join(prefix);
        fs::write(&path, orders(prefix, 1)).unwrap();
    };
    for other in [
        // One that has ended, and whose order is still to be finalized.
        "dns01-exec present <a | cat >a.json",
        // One that goes on, and writes to where the script's own output goes.
        "dns01-exec present <a | (sleep 3; cat) & sleep 0.2",
        // One that goes on.
        "dns01-exec present <a | (sleep 3; cat) >a.json & sleep 0.2",
    ] {
        order("a");
        order("b");
        let line = format!("{other}\ndns01-exec present <b | dns01-exec cleanup; echo $? >status");
        let command = workshop.pipeline(&script, &line);
        let ended = run(command, "");
        assert!(
            ended.documents().iter().any(|one| one["name"] == "b0"),
            "{other}: {ended:?}"
        );
        assert!(
            !ended.stderr.contains("did not arrive"),
            "{other}: {ended:?}"
        );
        let status = fs::read_to_string(workshop.dir().join("status")).unwrap();
        assert_eq!(status, "0\n", "{other}: {ended:?}");
        assert_eq!(workshop.records(), ["a-0-0", "a-0-1", "a-0-2"], "{other}");
        wait_for("the other has ended", || {
            workshop
                .list(&script)
                .iter()
                .all(|one| one["in_use"] == json!(false))
        });
        run(workshop.exec(&script, &["cleanup", "--leftovers"]), "").assert_status(0);
    }
}

#[test]
fn what_was_presented_in_a_batch_and_lost_is_removed_in_a_batch() {
    let workshop = Workshop::open();
    let script = workshop.script(
        "batch.sh",
        "mkdir -p zone; case $1 in present-batch) jq -r .value | (cd zone && xargs touch) ;; \
         cleanup-batch) jq -r .value | (cd zone && xargs rm) ;; *) exit 64 ;; esac",
    );
    let presented = run(
        workshop.exec(&script, &["present", "--batch"]),
        orders("p", 2),
    );
    presented.assert_status(0);
    assert_eq!(workshop.records().len(), 6);
    let moved = workshop.dir().join("moved.sh");
    fs::rename(&script, &moved).unwrap();
    let options = ["cleanup", "--leftovers", "-x", "./moved.sh"];
    run(workshop.exec(&moved, &options), "").assert_status(0);
    assert_eq!(workshop.records(), [""; 0]);
}

#[test]
fn what_a_batch_wrote_before_it_failed_is_known_though_a_signal_keeps_its_documents_from_calls_of_their_own()
 {
    let workshop = Workshop::open();
    // The first call lasts until the journal knows all documents. The first one that is for several of them fails, after
    // the signal: one that comes into the journal last may be too late for it.
    let script = workshop.script(
        "batch.sh",
        "mkdir -p zone; case $1 in cleanup-batch) jq -r .value | (cd zone && xargs rm) ; exit ;; timeout) exit 64 ;; esac; \
         values=$(jq -r .value); (cd zone && touch $values); \
         if mkdir first; then until [ \"$(ls data/journal/*.jsonl | wc -l)\" = 5 ]; do sleep 0.01; done; fi; \
         set -- $values; [ $# -gt 3 ] || exit 0; \
         touch began; until [ -e go ]; do sleep 0.01; done; exit 1",
    );
    let mut child = workshop
        .exec(&script, &["present", "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let file = |name: &str| workshop.dir().join(name);
    let documents = orders("p", 5);
    let (first, others) = documents.split_at(documents.find('\n').unwrap() + 1);
    stdin.write_all(first.as_bytes()).unwrap();
    // What comes before the first call is a part of it.
    wait_for("the first call", || file("first").exists());
    stdin.write_all(others.as_bytes()).unwrap();
    wait_for("the call for several", || file("began").exists());
    let pid = child.id().to_string();
    assert!(Command::new("kill").arg(&pid).status().unwrap().success());
    let heard = || {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        status
            .lines()
            .any(|line| line.starts_with("ShdPnd:") && line.ends_with("0000"))
    };
    wait_for("the signal is heard", heard);
    fs::write(file("go"), "").unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    assert!(workshop.records().len() >= 9);
    assert_eq!(workshop.list(&script).len(), workshop.records().len());
    run(
        workshop.exec(&script, &["cleanup", "--batch"]),
        output.stdout,
    );
    assert_eq!(workshop.records(), [""; 0]);
    assert!(workshop.list(&script).is_empty());
}

#[test]
fn a_record_removed_by_hand_is_removed_with_all_that_is_known_of_it() {
    let workshop = Workshop::open();
    let script = workshop.script(
        "knows.sh",
        "case $1 in present) echo id-7 ;; cleanup) echo \"$DNS01_ZONE $DNS01_PRESENT_OUTPUT\" >known ;; esac",
    );
    // Tried twice, as one does who looks for a fault.
    for _ in 0..2 {
        run(workshop.exec(&script, &["present"]), orders("p", 1)).assert_status(0);
    }
    for value in ["p-0-0", "p-0-1", "p-0-2"] {
        let options = ["cleanup", "--", "_ACME-challenge.example.test", value];
        run(workshop.exec(&script, &options), "").assert_status(0);
        let known = fs::read_to_string(workshop.dir().join("known")).unwrap();
        assert_eq!(known, "example.test. id-7\n");
    }
    assert_eq!(workshop.list(&script).len(), 0);
}

#[test]
fn words_that_a_command_does_not_take_are_refused_and_nothing_is_done() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    run(workshop.exec(&script, &["present"]), orders("p", 1)).assert_status(0);
    for (words, says) in [
        (
            &["cleanup", "--leftovers", "--", "a.test.", "v"][..],
            "`a.test.` is no option; --leftovers names no record",
        ),
        (&["list", "extra"], "`extra` is no option; `list`"),
        (&["timeout", "extra"], "`extra` is no option; `timeout`"),
    ] {
        let refused = run(workshop.exec(&script, words), "");
        refused.assert_status(2);
        assert!(refused.stderr.contains(says), "{refused:?}");
        assert_eq!(refused.stdout, "", "{words:?}");
    }
    assert_eq!(workshop.records().len(), 3);
}

#[test]
fn what_is_left_is_listed_and_removed_though_the_environment_names_a_program_that_is_missing() {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    run(workshop.exec(&script, &["present"]), orders("p", 1)).assert_status(0);
    let missing = workshop.dir().join("missing");
    assert_eq!(workshop.list(&missing).len(), 3);
    // It runs nothing, so nothing that is said of the program matters.
    let mut command = workshop.exec(&missing, &["list", "--exec", "no-such-program"]);
    command.env("EXEC_MODE", "wrong");
    let listed = run(command, "");
    assert_eq!(listed.assert_status(0).documents().len(), 3);

    let leftovers = ["cleanup", "--leftovers", "-x", "no-such-program"];
    let refused = run(workshop.exec(&script, &leftovers), "");
    refused.assert_status(2);
    assert!(refused.stderr.contains("no-such-program: not found"));
    run(workshop.exec(&missing, &leftovers[..2]), "").assert_status(0);
    assert_eq!(workshop.records(), [""; 0]);
}

#[test]
fn in_raw_mode_a_record_removed_by_hand_is_the_one_that_was_named() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let call = |command: &str, token: &str| {
        let authorization = format!("{token}.key");
        let options = [command, "--mode=RAW", "--timeout=1", "--interval=1", "--"];
        let operands = ["example.test", token, authorization.as_str()];
        run(
            workshop.exec(&recorder.script, &[&options[..], &operands[..]].concat()),
            "",
        )
        .assert_status(0);
    };
    call("present", "one");
    call("present", "two");
    call("cleanup", "one");
    assert_eq!(recorder.arguments().last().unwrap()[3], "one");
    assert_eq!(workshop.list(&recorder.script).len(), 1);
}

#[test]
fn more_leftovers_than_a_document_has_challenges_are_removed() {
    let workshop = Workshop::open();
    let script = workshop.script("nothing.sh", "cat >/dev/null");
    let presented = run(
        workshop.exec(&script, &["present", "--batch", "-q"]),
        orders("p", 1400),
    );
    presented.assert_status(0);
    let removed = run(
        workshop.exec(&script, &["cleanup", "--leftovers", "-q"]),
        "",
    );
    removed.assert_status(0);
    assert_eq!(removed.documents().len(), 4200);
    assert_eq!(workshop.list(&script).len(), 0);
}

#[test]
fn what_a_program_prints_that_is_no_utf_8_can_be_given_back_to_it() {
    let workshop = Workshop::open();
    let script = workshop.script(
        "bytes.sh",
        "mkdir -p zone; case $1 in present) touch zone/$3; head -c 65536 /dev/zero | tr '\\0' '\\377' ;; \
         cleanup) rm zone/$3 ;; esac",
    );
    let presented = run(workshop.exec(&script, &["present"]), orders("p", 1));
    run(workshop.exec(&script, &["cleanup"]), presented.stdout).assert_status(0);
    assert_eq!(workshop.records(), [""; 0]);
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
    assert!(workshop.records().is_empty());
}

#[test]
fn what_was_presented_and_cannot_be_handed_on_is_removed() {
    let workshop = Workshop::open();
    // The reader goes away while the first calls are under way.
    let waits = "[ $1 = cleanup ] || { touch began; until [ -e gone ] || [ ! -e began ]; do sleep 0.01; done; }";
    let script = workshop.script("files.sh", &format!("{FILES}\n{waits}"));
    let command = workshop.pipeline(
        &script,
        "dns01-exec present --timeout=1 --interval=1 -j4 \
         | { until [ -e began ]; do sleep 0.01; done; exec <&-; cp -r zone seen; touch gone; }",
    );
    run(command, orders("p", 3));
    assert!(fs::read_dir(workshop.dir().join("seen")).unwrap().count() > 0);
    // A shell waits for all of a pipeline, and this one did.
    assert_eq!(workshop.records(), Vec::<String>::new());
    assert!(workshop.list(&script).is_empty());
}

#[test]
fn what_cannot_be_handed_on_and_not_be_removed_is_named() {
    let workshop = Workshop::open();
    let script = workshop.script(
        "fails.sh",
        "[ $1 != cleanup ] || exit 3; touch began; until [ -e go ]; do sleep 0.01; done",
    );
    let command = workshop.pipeline(
        &script,
        "dns01-exec present --timeout=1 --interval=1 \
         | { until [ -e began ]; do sleep 0.01; done; exec <&-; touch go; }",
    );
    let ended = run(command, orders("p", 1));
    let left = workshop.list(&script);
    assert!(!left.is_empty());
    for left in left {
        let value = left["value"].as_str().unwrap();
        let says = format!("TXT \"{value}\" may still be there");
        assert!(ended.stderr.contains(&says), "{ended:?}");
    }
}

#[test]
fn a_record_that_is_added_after_dns01_exec_was_killed_is_removed() {
    let workshop = Workshop::open();
    let waits = "[ $1 = cleanup ] || { touch began; until [ -e go ] || [ ! -e began ]; do sleep 0.01; done; }";
    let script = workshop.script("files.sh", &format!("{waits}\n{FILES}"));
    let mut command = workshop.pipeline(&script,
        "sh -c 'echo $$ >pid; exec dns01-exec present --timeout=1 --interval=1' | dns01-exec cleanup",
    );
    command.stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(orders("p", 1).as_bytes()).unwrap();
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
    assert_eq!(workshop.records(), Vec::<String>::new());
    assert!(workshop.list(&script).is_empty());
}
