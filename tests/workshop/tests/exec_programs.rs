//! Records that several programs or runs presented: each program removes its own, and each run is left what it needs.

#![allow(clippy::unwrap_used)]

mod meanwhile;
mod numbered;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use workshop::{Ended, Workshop, challenge, order, run, wait_for};

const NAME: &str = "_acme-challenge.example.test.";

/// A program that notes its calls, and keeps its records apart from those of the others.
fn program(workshop: &Workshop, name: &str) -> PathBuf {
    let script = format!(
        "echo \"{name} $*\" >>calls; mkdir -p {name}; \
         case $1 in present) touch \"{name}/$3\" ;; cleanup) rm -f \"{name}/$3\" ;; *) exit 64 ;; esac"
    );
    workshop.script(&format!("{name}.sh"), &script)
}

fn unnamed(workshop: &Workshop, words: &[&str], stdin: impl AsRef<[u8]>) -> Ended {
    let mut command = workshop.command("dns01-exec");
    command.args(words).env_remove("EXEC_PATH");
    run(command, stdin)
}

fn present(workshop: &Workshop, program: &Path) -> String {
    let presented = workshop.present(program, &[], order([challenge("example.test", "v")]));
    presented.assert_status(0);
    presented.stdout
}

/// A pipeline in which `one` presents and then `two`, up to its end. `program` is there, and not named to that.
fn through_both(workshop: &Workshop, program: &Path, end: &str) -> Ended {
    let stdin = order([challenge("example.test", "v")]);
    fs::write(workshop.dir().join("order"), stdin).unwrap();
    let both = "dns01-exec present --exec ./one.sh <order | dns01-exec present --exec ./two.sh";
    let mut pipeline = workshop.pipeline(program, &format!("{both} | {end}"));
    pipeline.env_remove("EXEC_PATH");
    run(pipeline, "")
}

/// What the programs were called with to remove.
fn removed(workshop: &Workshop) -> Vec<String> {
    let calls = fs::read_to_string(workshop.dir().join("calls")).unwrap_or_default();
    let removed = calls.lines().filter(|line| line.contains(" cleanup "));
    let mut removed: Vec<_> = removed.map(str::to_owned).collect();
    removed.sort();
    removed
}

fn call(name: &str) -> String {
    format!("{name} cleanup {NAME} v")
}

#[test]
fn each_program_removes_its_own_of_what_is_left() {
    let workshop = Workshop::open();
    let [one, two] = ["one", "two"].map(|name| program(&workshop, name));
    for words in [
        &["cleanup", "--leftovers"][..],
        &["cleanup", "--", NAME, "v"],
    ] {
        for program in [&one, &two, &one] {
            present(&workshop, program);
        }
        unnamed(&workshop, words, "").assert_status(0);
        assert_eq!(removed(&workshop), [call("one"), call("two")], "{words:?}");
        assert!(workshop.list(&one).is_empty());
        fs::remove_file(workshop.dir().join("calls")).unwrap();
    }
}

#[test]
fn each_program_removes_its_own_of_what_a_pipeline_lost() {
    let workshop = Workshop::open();
    let [one, two] = ["one", "two"].map(|name| program(&workshop, name));
    through_both(
        &workshop,
        &one,
        "sh -c 'cat >/dev/null' | dns01-exec cleanup",
    );
    assert_eq!(removed(&workshop), [call("one"), call("two")]);
    assert!(workshop.list(&two).is_empty());
}

#[test]
fn a_document_that_two_programs_presented_is_cleaned_up_by_both() {
    let workshop = Workshop::open();
    let two = program(&workshop, "two");
    program(&workshop, "one");
    for cleanup in [
        "dns01-exec cleanup",
        "dns01-exec cleanup --exec ./two.sh",
        "dns01-exec cleanup --exec ./two.sh | dns01-exec cleanup --exec ./one.sh",
    ] {
        let ended = through_both(&workshop, &two, cleanup);
        ended.assert_status(0);
        assert_eq!(ended.documents().len(), 1, "{ended:?}");
        assert!(!ended.stderr.contains("did not arrive"), "{ended:?}");
        assert_eq!(removed(&workshop), [call("one"), call("two")], "{cleanup}");
        assert!(workshop.list(&two).is_empty());
        fs::remove_file(workshop.dir().join("calls")).unwrap();
    }
}

#[test]
fn a_program_that_is_named_leaves_the_journal_what_another_presented_that_is_there() {
    let workshop = Workshop::open();
    let [one, two] = ["one", "two"].map(|name| program(&workshop, name));
    let moved = workshop.dir().join("moved.sh");
    fs::copy(&one, &moved).unwrap();
    let programs = |workshop: &Workshop| -> Vec<Value> {
        let entries = workshop.list(&two).into_iter();
        let programs = entries.map(|entry| entry["present"]["program"].clone());
        programs.collect()
    };
    let alone = format!("{}\n", json!({"fqdn": NAME, "value": "v"}));
    let by_hand = ["cleanup", "--", NAME, "v"];
    for (words, stdin, is_first) in [
        (&["cleanup"][..], None, false),
        (&["cleanup"], None, true),
        (&["cleanup"], Some(&*alone), false),
        (&["cleanup"], Some(&alone), true),
        (&by_hand, Some(""), false),
        (&by_hand, Some(""), true),
    ] {
        present(&workshop, &moved);
        fs::rename(&moved, workshop.dir().join("gone.sh")).unwrap();
        let first = is_first.then(|| present(&workshop, &two));
        present(&workshop, &one);
        let documents = first.unwrap_or_else(|| present(&workshop, &two));
        let stdin = stdin.unwrap_or(&documents);
        run(workshop.exec(&two, words), stdin).assert_status(0);
        assert_eq!(programs(&workshop), [json!(one)], "{words:?} {is_first}");
        unnamed(&workshop, &["cleanup", "--leftovers"], "").assert_status(0);
        assert_eq!(removed(&workshop), [call("one"), call("two")], "{words:?}");
        assert!(programs(&workshop).is_empty());
        fs::remove_file(workshop.dir().join("calls")).unwrap();
        fs::rename(workshop.dir().join("gone.sh"), &moved).unwrap();
    }
}

#[test]
fn each_call_that_is_under_way_is_waited_for() {
    let workshop = Workshop::open();
    let file = |name: &str| workshop.dir().join(name);
    let two = program(&workshop, "two");
    let slow = workshop.script(
        "slow.sh",
        "case $1 in present) touch began; until [ -e go ]; do sleep 0.01; done; sleep 0.5; touch record ;; \
         cleanup) rm -f record ;; esac; touch ended",
    );
    let words = ["present", "--timeout=1", "--interval=1", "--", NAME, "v"];
    let mut killed = workshop.exec(&slow, &words).spawn().unwrap();
    wait_for("the call has begun", || file("began").exists());
    killed.kill().unwrap();
    killed.wait().unwrap();
    present(&workshop, &two);
    fs::write(file("go"), "").unwrap();
    let alone = format!("{}\n", json!({"fqdn": NAME, "value": "v"}));
    unnamed(&workshop, &["cleanup"], alone).assert_status(0);
    wait_for("the call has ended", || file("ended").exists());
    assert!(!file("record").exists());
    assert!(workshop.list(&two).is_empty());
}

#[test]
fn with_a_program_that_is_named_by_hand_nothing_is_given_up_that_another_may_still_remove() {
    let workshop = Workshop::open();
    let [one, two] = ["one", "two"].map(|name| program(&workshop, name));
    let by_hand = |program: &str| {
        let words = ["cleanup", "--exec", program, "--", NAME, "v"];
        unnamed(&workshop, &words, "").assert_status(0);
    };
    // It presented the record, too.
    present(&workshop, &one);
    present(&workshop, &two);
    by_hand("./two.sh");
    assert_eq!(workshop.list(&one).len(), 1);
    by_hand("true");
    assert!(workshop.list(&one).is_empty());
    // A run that lives needs it.
    let status = while_another_run_needs_it(&workshop, &one, || {
        by_hand("./two.sh");
        assert_eq!(workshop.list(&one).len(), 1);
    });
    assert_eq!(status, "0\n");
    assert!(workshop.list(&one).is_empty());
}

#[test]
fn one_program_that_is_named_leaves_nothing_in_the_journal_while_another_run_lives() {
    let workshop = Workshop::open();
    let one = program(&workshop, "one");
    let line = format!(
        "{{ echo; until [ -e go ]; do sleep 0.01; done; }} | dns01-exec present >/dev/null & \
         dns01-exec present --timeout=1 --interval=1 -- {NAME} v >/dev/null; \
         dns01-exec cleanup -- {NAME} v >/dev/null; dns01-exec list >listed; touch go; wait"
    );
    run(workshop.pipeline(&one, &line), "");
    assert_eq!(
        fs::read_to_string(workshop.dir().join("listed")).unwrap(),
        ""
    );
    assert_eq!(removed(&workshop), [call("one")]);
}

#[test]
fn a_program_that_was_moved_stands_in_for_what_cannot_be_run_alone() {
    let workshop = Workshop::open();
    let [one, two] = ["one", "two"].map(|name| program(&workshop, name));
    present(&workshop, &one);
    present(&workshop, &two);
    fs::rename(&one, workshop.dir().join("moved.sh")).unwrap();
    let words = ["cleanup", "--leftovers", "--exec", "./moved.sh"];
    unnamed(&workshop, &words, "").assert_status(0);
    assert_eq!(removed(&workshop), [call("one"), call("two")]);
    assert!(workshop.list(&two).is_empty());
}

#[test]
fn a_challenge_alone_is_removed_by_each_program_wherever_it_is() {
    let workshop = Workshop::open();
    let [one, two] = ["one", "two"].map(|name| program(&workshop, name));
    let dead = workshop.script(
        "dead.sh",
        "case $1 in cleanup) exit 78 ;; timeout) exit 64 ;; esac",
    );
    let alone = json!({"fqdn": NAME, "value": "v", "zone": "example.test."});
    let present = || {
        for program in [&one, &two, &one] {
            present(&workshop, program);
        }
        let mut led = alone.clone();
        led["effective_fqdn"] = json!("b.example.test.");
        workshop
            .present(&one, &[], format!("{led}\n"))
            .assert_status(0);
    };
    let led = "one cleanup b.example.test. v".to_owned();
    let all = [call("one"), led, call("two")];
    let line = format!("{alone}\n");
    for (words, stdin) in [
        (&["cleanup"][..], &*line),
        (&["cleanup", "--", NAME, "v"], ""),
    ] {
        present();
        let cleaned = unnamed(&workshop, words, stdin);
        cleaned.assert_status(0);
        assert_eq!(cleaned.documents().len(), 1, "{cleaned:?}");
        assert_eq!(removed(&workshop), all, "{words:?}");
        assert!(workshop.list(&one).is_empty(), "{words:?}");
        fs::remove_file(workshop.dir().join("calls")).unwrap();
    }
    // One that fails is what counts, and keeps the others from nothing.
    workshop.present(&dead, &[], &line).assert_status(0);
    present();
    unnamed(&workshop, &["cleanup"], &line).assert_status(1);
    assert_eq!(removed(&workshop), all);
    assert_eq!(workshop.list(&one).len(), 1);
}

#[test]
fn a_document_that_names_no_file_is_removed_by_the_program_that_it_names() {
    let workshop = Workshop::open();
    let [one, two] = ["one", "two"].map(|name| program(&workshop, name));
    let without = |documents: &str, member: &str| {
        let mut document: Value = serde_json::from_str(documents).unwrap();
        let present = document["challenges"][0]["present"].as_object_mut();
        present.unwrap().remove(member);
        document
    };
    for second_first in [false, true] {
        let first = without(&present(&workshop, &one), "journal");
        let second = present(&workshop, &two);
        let documents = match second_first {
            true => format!("{second}{first}\n"),
            false => format!("{first}\n{second}"),
        };
        unnamed(&workshop, &["cleanup"], documents).assert_status(0);
        assert_eq!(removed(&workshop), [call("one"), call("two")]);
        assert!(workshop.list(&two).is_empty());
        fs::remove_file(workshop.dir().join("calls")).unwrap();
    }
    // Nor any program.
    let mut document = without(&present(&workshop, &one), "journal");
    document["challenges"][0]["present"] = json!({});
    unnamed(&workshop, &["cleanup"], format!("{document}\n")).assert_status(0);
    assert_eq!(removed(&workshop), [call("one")]);
}

#[test]
fn documents_of_one_record_that_are_removed_at_once_leave_no_error() {
    let workshop = Workshop::open();
    let script = workshop.script("nothing.sh", "exit 0");
    let many = order([challenge("example.test", "v")]).repeat(12);
    for _ in 0..4 {
        let presented = workshop.present(&script, &["-j12"], &many);
        let cleaned = workshop.cleanup(&script, &["-j12"], &presented.stdout);
        cleaned.assert_status(0);
        assert!(workshop.list(&script).is_empty());
    }
}

#[test]
fn a_program_that_cannot_remove_its_record_keeps_no_other_from_removing_its_own() {
    let workshop = Workshop::open();
    let one = program(&workshop, "one");
    let dead = workshop.script(
        "dead.sh",
        "case $1 in cleanup) exit 78 ;; timeout) exit 64 ;; esac",
    );
    for (first, second) in [(&dead, &one), (&one, &dead)] {
        let _ = fs::remove_file(workshop.dir().join("calls"));
        present(&workshop, first);
        present(&workshop, second);
        unnamed(&workshop, &["cleanup", "--leftovers"], "").assert_status(1);
        assert_eq!(removed(&workshop), [call("one")]);
        let left = workshop.list(&one);
        assert_eq!(left.len(), 1, "{left:?}");
        assert_eq!(left[0]["present"]["program"], json!(dead));
        let words = ["cleanup", "--exec", "true", "--", NAME, "v"];
        unnamed(&workshop, &words, "").assert_status(0);
    }
}

/// Presents in a pipeline that goes on until there is a file `go`.
fn while_another_run_needs_it(workshop: &Workshop, program: &Path, test: impl FnOnce()) -> String {
    let file = |name: &str| workshop.dir().join(name);
    fs::write(file("order"), order([challenge("example.test", "v")])).unwrap();
    // It ends with its directory where the test fails.
    let line = "until_it_may_go() { while [ ! -e go ] && [ -e order ]; do sleep 0.01; done; }; \
                { cat order; until_it_may_go; } | dns01-exec present \
                | { read -r held; touch is-held; until_it_may_go; echo \"$held\"; } \
                | env -u EXEC_PATH dns01-exec cleanup; echo $? >status";
    let mut other = workshop.pipeline(program, line).spawn().unwrap();
    wait_for("another run has presented", || file("is-held").exists());
    test();
    fs::write(file("go"), "").unwrap();
    other.wait().unwrap();
    fs::read_to_string(file("status")).unwrap()
}

#[test]
fn a_cleanup_leaves_another_run_what_it_takes_to_clean_up() {
    let workshop = Workshop::open();
    let one = program(&workshop, "one");
    let first = present(&workshop, &one);
    let status = while_another_run_needs_it(&workshop, &one, || {
        unnamed(&workshop, &["cleanup"], &first).assert_status(0);
        assert_eq!(workshop.list(&one).len(), 1);
    });
    assert_eq!(status, "0\n");
    assert_eq!(removed(&workshop), [call("one"), call("one")]);
    assert!(workshop.list(&one).is_empty());
}

#[test]
fn what_was_removed_before_is_said_not_to_be_known_and_no_other_program_is_called() {
    let workshop = Workshop::open();
    let [one, two] = ["one", "two"].map(|name| program(&workshop, name));
    let first = present(&workshop, &one);
    let status = while_another_run_needs_it(&workshop, &two, || {
        unnamed(&workshop, &["cleanup"], &first).assert_status(0);
        let again = unnamed(&workshop, &["cleanup"], &first);
        again.assert_status(1);
        let error = &again.document()["challenges"][0]["cleanup"]["error"];
        let detail = error["detail"].as_str().unwrap();
        assert!(
            detail.contains("it was removed, or presented elsewhere"),
            "{detail}"
        );
        assert_eq!(
            error["hint"],
            "Say with --dns, --exec or EXEC_PATH which program is to remove it."
        );
        assert_eq!(removed(&workshop), [call("one")]);
        // In one run it is as with a program that is named.
        let third = present(&workshop, &one);
        unnamed(&workshop, &["cleanup"], third.clone() + &third).assert_status(0);
        assert_eq!(removed(&workshop), [call("one"), call("one"), call("one")]);
    });
    assert_eq!(status, "0\n");
    assert!(
        workshop
            .dir()
            .join("two")
            .read_dir()
            .unwrap()
            .next()
            .is_none()
    );
}

#[test]
fn what_was_presented_later_is_left_to_a_cleanup_of_its_own() {
    let workshop = Workshop::open();
    let one = program(&workshop, "one");
    let first = present(&workshop, &one);
    let second = present(&workshop, &one);
    unnamed(&workshop, &["cleanup"], first).assert_status(0);
    unnamed(&workshop, &["cleanup"], second).assert_status(0);
    assert!(workshop.list(&one).is_empty());
}

#[test]
fn a_challenge_alone_is_removed_where_the_journal_says_that_it_is() {
    let workshop = Workshop::open();
    let one = program(&workshop, "one");
    let alone = json!({"fqdn": NAME, "value": "v", "zone": "example.test."});
    let mut led = alone.clone();
    led["effective_fqdn"] = json!("b.example.test.");
    workshop
        .present(&one, &[], format!("{led}\n"))
        .assert_status(0);
    unnamed(&workshop, &["cleanup"], format!("{alone}\n")).assert_status(0);
    assert_eq!(removed(&workshop), ["one cleanup b.example.test. v"]);
    assert!(workshop.list(&one).is_empty());
}

#[test]
fn in_raw_mode_a_record_is_found_by_its_token_and_one_that_is_not_known_needs_all_words() {
    let workshop = Workshop::open();
    let script = workshop.script("raw.sh", "echo \"raw $*\" >>calls");
    let stdin = order([challenge("example.test", "v")]);
    let raw = |words: &[&str], path: Option<&Path>| -> Ended {
        let mut command = workshop.command("dns01-exec");
        command.args(words).env("EXEC_MODE", "RAW");
        match path {
            Some(path) => command.env("EXEC_PATH", path),
            None => command.env_remove("EXEC_PATH"),
        };
        run(command, "")
    };
    let key_authorization = "-token-v.thumb_print";
    let words = [
        "cleanup",
        "--",
        "Example.test",
        "-token-v",
        key_authorization,
    ];
    for path in [None, Some(&*script)] {
        workshop
            .present(&script, &["--mode=RAW"], &stdin)
            .assert_status(0);
        raw(&words, path).assert_status(0);
        assert!(workshop.list(&script).is_empty());
    }
    let call = format!("raw cleanup -- example.test -token-v {key_authorization}");
    assert_eq!(removed(&workshop), [call.clone(), call]);
    let refused = raw(&["cleanup", "--", NAME, "unknown"], Some(&script));
    refused.assert_status(2);
    assert!(
        refused.stderr.contains("are DOMAIN, TOKEN and KEYAUTH"),
        "{refused:?}"
    );
}

#[test]
fn where_a_program_has_gone_it_is_said_what_removes_its_record_or_gives_it_up() {
    let workshop = Workshop::open();
    let one = program(&workshop, "one");
    let presented = present(&workshop, &one);
    fs::rename(&one, workshop.dir().join("moved")).unwrap();
    let failed = unnamed(&workshop, &["cleanup"], &presented);
    failed.assert_status(1);
    let error: &Value = &failed.document()["challenges"][0]["cleanup"]["error"];
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("say with --exec where it is now"), "{hint}");
    assert!(
        hint.contains("`dns01-exec cleanup --exec true --path "),
        "{hint}"
    );
    unnamed(&workshop, &["cleanup", "--exec", "./moved"], &presented).assert_status(0);
    assert!(workshop.list(&one).is_empty());
}

#[test]
fn what_another_program_presented_is_not_removed_where_nobody_takes_the_documents() {
    let workshop = Workshop::open();
    let one = program(&workshop, "one");
    let inner = program(&workshop, "two");
    let waits = format!(
        "[ $1 = cleanup ] || {{ touch began; until [ -e gone ]; do sleep 0.01; done; }}\nexec {} \"$@\"",
        inner.display()
    );
    let two = workshop.script("waits.sh", &waits);
    // One zone, so one document waits until the call for the other has ended.
    let orders = ["v", "w"].map(|value| order([challenge("example.test", value)]));
    let orders = orders.concat();
    let presented = workshop.present(&one, &[], orders);
    fs::write(workshop.dir().join("presented"), presented.stdout).unwrap();
    let pipeline = "dns01-exec present <presented | { until [ -e began ]; do sleep 0.01; done; exec <&-; touch gone; }";
    run(workshop.pipeline(&two, pipeline), "");
    let calls = fs::read_to_string(workshop.dir().join("calls")).unwrap();
    let by_two = |word: &str| -> Vec<String> {
        let word = format!("two {word} ");
        let calls = calls.lines().filter_map(|call| call.strip_prefix(&word));
        let mut calls: Vec<String> = calls.map(str::to_owned).collect();
        calls.sort();
        calls
    };
    assert_eq!(by_two("cleanup"), by_two("present"), "{calls}");
    let programs = workshop.list(&one).into_iter();
    let programs: Vec<Value> = programs
        .map(|entry| entry["present"]["program"].clone())
        .collect();
    assert_eq!(programs, [json!(one), json!(one)]);
}

#[test]
fn what_a_program_presented_that_cannot_be_run_now_stays_in_the_journal() {
    let workshop = Workshop::open();
    let [one, two] = ["one", "two"].map(|name| program(&workshop, name));
    present(&workshop, &one);
    let documents = present(&workshop, &two);
    let mode = |mode| fs::set_permissions(&one, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o600);
    run(workshop.exec(&two, &["cleanup"]), documents).assert_status(0);
    mode(0o700);
    unnamed(&workshop, &["cleanup", "--leftovers"], "").assert_status(0);
    assert_eq!(removed(&workshop), [call("one"), call("two")]);
}
