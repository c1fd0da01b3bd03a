//! A program in the middle of a pipeline dies, and its documents with it: the `cleanup` at the end removes the records of
//! its own pipeline, and says so, however the pipeline is written; and leaves those of others alone.

#![allow(clippy::unwrap_used)]

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::json;
use workshop::{Ended, FILES, Workshop, run, target_dir};

/// What is killed in the middle of a pipeline, once a document is there.
const KILLED: &str = "head -c 1 >/dev/null; kill -9 $$";

/// A workshop with the orders `a` and `b`, of a record each, and a program `killed`.
fn workshop() -> (Workshop, PathBuf) {
    let workshop = Workshop::open();
    let script = workshop.script("files.sh", FILES);
    workshop.script("killed", KILLED);
    for name in ["a", "b"] {
        let challenge = json!({
            "fqdn": format!("_acme-challenge.{name}.test."), "value": name, "zone": format!("{name}.test."),
        });
        let order = json!({"name": name, "challenges": [challenge]});
        fs::write(workshop.dir().join(name), format!("{order}\n")).unwrap();
    }
    (workshop, script)
}

fn is_there(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a line in a shell, and its pipeline's status with it.
fn shell<S: AsRef<OsStr>>(
    workshop: &Workshop,
    script: &PathBuf,
    shell: &[S],
    name: &str,
    line: &str,
) -> Ended {
    let mut command = workshop.command(&shell[0]);
    command
        .args(&shell[1..])
        .args(["-c", line])
        .env("EXEC_PATH", script)
        .env("P", "dns01-exec present --timeout=1 --interval=1")
        .env("C", "dns01-exec cleanup");
    if !name.is_empty() {
        command.env("ACMEPIPE_RUN", name);
    }
    run(command, "")
}

/// What people write pipelines in.
const SHELLS: [&[&str]; 6] = [
    &["sh"],
    &["bash"],
    &["dash"],
    &["busybox", "sh"],
    // It makes several words of a variable where it is told to.
    &["zsh", "-o", "shwordsplit"],
    &["ksh93"],
];

/// The shells that the machine has, or that `tests/fetch-servers` has fetched as its set `shells`; with
/// ACMEPIPE_EVERY_SHELL in the environment, as in `.ci/run`, none may be missing.
fn shells() -> Vec<Vec<String>> {
    let fetched = target_dir().unwrap().join("sandbox/root/bin");
    let mut shells = Vec::new();
    for words in SHELLS {
        let path = fetched.join(words[0]).to_string_lossy().into_owned();
        let found = [words[0].to_owned(), path].into_iter().find(|program| {
            let arguments = [&words[1..], &["-c", "true"]].concat();
            is_there(program, &arguments)
        });
        match found {
            Some(program) => {
                let rest = words[1..].iter().map(|word| (*word).to_owned());
                shells.push(std::iter::once(program).chain(rest).collect());
            }
            None if std::env::var_os("ACMEPIPE_EVERY_SHELL").is_some() => {
                panic!("no {}: tests/fetch-servers has not fetched it", words[0])
            }
            None => eprintln!("not tested: this machine has no {}", words[0]),
        }
    }
    shells
}

#[test]
fn records_whose_documents_were_lost_are_removed_however_the_pipeline_is_written() {
    let (workshop, script) = workshop();
    let lines = [
        "$P <a | ./killed | $C",
        "timeout 60 $P <a | ./killed | $C",
        "$P <a | ./killed | timeout 60 $C",
        "timeout 60 $P <a | timeout 60 ./killed | timeout 60 $C",
        "./in-session $P <a | ./killed | $C",
        "$P <a | ./killed | ./in-session $C",
        "nice $P <a | ./killed | $C",
        "sh -c \"$P; true\" <a | sh -c './killed; true' | sh -c \"$C; exit \\$?\"",
        "present() { $P; }; cleanup() { $C; }; present <a | ./killed | cleanup",
        "if true; then $P; fi <a | ./killed | if true; then $C; fi",
        "( $P <a | ./killed ) | $C",
        "( $P <a ) | ( ./killed | cat ) | $C",
        "{ $P <a; } | ./killed | { $C; }",
        "$P <a | { cat >taken; false; } | $C",
        "mkfifo fifo 2>/dev/null; $P <a | ./killed >fifo & $C <fifo",
    ];
    // Busybox has a setsid of its own, that does not wait.
    workshop.script("in-session", "exec setsid -w \"$@\"");
    let with_substitution = "$C < <($P <a | ./killed)";
    for shell_words in shells() {
        let knows = ["bash", "zsh", "ksh93"]
            .iter()
            .any(|name| shell_words[0].ends_with(name));
        let more = knows.then_some(&with_substitution);
        // It connects programs by sockets, and of those /proc does not say where they lead.
        let names = match shell_words[0].ends_with("ksh93") {
            true => &["a run"][..],
            false => &["", "a run"],
        };
        for line in lines.iter().chain(more) {
            for name in names {
                let ended = shell(&workshop, &script, &shell_words, name, line);
                let what = format!("{shell_words:?} {name:?} {line}: {ended:?}");
                assert_eq!(ended.status, 1, "{what}");
                assert!(ended.stderr.contains("removing 1 record of this"), "{what}");
                assert_eq!(workshop.records(), [""; 0], "{what}");
                let lost = &ended.document();
                assert_eq!(lost["error"]["type"], "acmepipe:lost", "{what}");
            }
        }
    }
}

#[test]
fn a_present_in_another_namespace_is_told_by_its_pipe_or_by_the_name_of_the_run() {
    let (workshop, script) = workshop();
    let unshare = ["--user", "--map-root-user", "--pid", "--fork"];
    if !is_there("unshare", &[&unshare[..], &["true"]].concat()) {
        eprintln!("not tested: this system gives no namespace");
        return;
    }
    let line = format!("unshare {} $P <a | ./killed | $C", unshare.join(" "));
    let ended = shell(&workshop, &script, &["bash"], "", &line);
    ended.assert_status(1);
    // It cannot see who reads its pipe, so where the cleanup has not seen that either, nothing tells.
    let is_said = ended
        .stderr
        .contains("1 record may be of this pipeline, and stay");
    let is_removed = ended.stderr.contains("removing 1 record of this pipeline");
    assert_eq!(
        (is_said, is_removed),
        (!workshop.records().is_empty(), !is_said),
        "{ended:?}"
    );
    // Another record: the first, where it stayed, may be in use by a run that cannot be seen from here.
    let line = line.replace("<a", "<b");
    let named = shell(&workshop, &script, &["bash"], "a run", &line);
    named.assert_status(1);
    assert!(!workshop.records().contains(&"b".to_owned()), "{named:?}");
}

#[test]
fn what_present_cannot_hand_on_it_removes_itself() {
    let (workshop, script) = workshop();
    for line in [
        "$P <a | no-such-program | $C",
        "timeout 60 $P <a | no-such-program | $C",
    ] {
        shell(&workshop, &script, &["sh"], "", line);
        assert_eq!(workshop.records(), [""; 0], "{line}");
    }
}

#[test]
fn where_nothing_tells_whose_a_record_is_it_is_said_and_stays() {
    let (workshop, files) = workshop();
    // A program's number, and when it started, in hundredths of a second.
    workshop.script(
        "at",
        "echo $$ $(cut -d' ' -f22 /proc/$$/stat) >\"$1.new\"; mv \"$1.new\" \"$1\"; shift; exec \"$@\"",
    );
    // What presents is there until the cleanup has looked for it, and waits for its input.
    let looked = "read -r pid start <2 && grep -qx dns01-exec /proc/$pid/comm && grep -q '^State:.S' /proc/$pid/status";
    let script = workshop.script(
        "after-cleanup-has-looked",
        &format!(
            "case $1 in present) until {looked}; do sleep 0.01; done 2>/dev/null ;; esac; exec {} \"$@\"",
            files.display()
        ),
    );
    for line in [
        "rm -f 1 2; ./at 1 $P <a | cat >/dev/null | ./at 2 $C",
        "rm -f 1 2; timeout 60 ./at 1 $P <a | cat >/dev/null | ./at 2 $C",
    ] {
        // It goes by starts within half a second, and a busy machine takes longer now and then.
        let mut tries = 0;
        let ended = loop {
            tries += 1;
            assert!(tries < 50, "the machine is too busy");
            let ended = shell(&workshop, &script, &["sh"], "", line);
            let at = |file| -> u64 {
                let text = fs::read_to_string(workshop.dir().join(file)).unwrap();
                text.trim().rsplit(' ').next().unwrap().parse().unwrap()
            };
            if at("1").abs_diff(at("2")) < 50 {
                break ended;
            }
            shell(&workshop, &script, &["sh"], "", "$C --leftovers").assert_status(0);
        };
        ended.assert_status(1);
        let said = "1 record may be of this pipeline, and stay";
        assert!(ended.stderr.contains(said), "{line}: {ended:?}");
        assert_eq!(workshop.records(), ["a"], "{line}");
        let left = shell(&workshop, &script, &["sh"], "", "$C --leftovers");
        assert_eq!(left.document()["value"], "a", "{left:?}");
        assert_eq!(workshop.records(), [""; 0], "{line}");
        let named = shell(&workshop, &script, &["sh"], "a run", line);
        named.assert_status(1);
        assert!(
            named.stderr.contains("removing 1 record of this"),
            "{line}: {named:?}"
        );
        assert_eq!(workshop.records(), [""; 0], "{line}");
    }
}

#[test]
fn who_is_cut_off_and_has_not_ended_yet_keeps_no_record() {
    let (workshop, script) = workshop();
    // Each reads the document, and learns only later that nobody reads from it any more.
    for line in [
        "$P <a | { read -r d; echo x; sleep 0.7; echo \"$d\"; } | ./killed | $C",
        "$P <a | { read -r d; sleep 0.7; echo \"$d\"; } | false | $C",
    ] {
        let ended = shell(&workshop, &script, &["sh"], "", line);
        assert_eq!(ended.document()["error"]["type"], "acmepipe:lost", "{line}");
        assert_eq!(workshop.records(), [""; 0], "{line}: {ended:?}");
    }
}

#[test]
fn a_present_that_the_shell_has_not_started_yet_is_waited_for() {
    let (workshop, script) = workshop();
    // As on a machine that is so busy that the shell's child becomes the program only later.
    let busy = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
    let line = format!(
        "{{ {busy}; exec $P <a; }} | {{ read -r d; sleep 0.7; echo \"$d\"; }} | false | $C"
    );
    let ended = shell(&workshop, &script, &["sh"], "", &line);
    assert_eq!(ended.document()["error"]["type"], "acmepipe:lost");
    assert_eq!(workshop.records(), [""; 0], "{ended:?}");
}

#[test]
fn what_a_pipeline_beside_has_stays_untouched() {
    let (workshop, script) = workshop();
    // The other one holds its record until there is a file `go`, and this one has lost its document.
    let hold = "sh -c 'cat >held; while [ ! -e go ]; do sleep 0.01; done; cat held'";
    for (first, second) in [("", ""), ("timeout 60 ", ""), ("", "timeout 60 ")] {
        let line = format!(
            "( {second}$P <b | {hold} | {second}$C >b.out; echo $? >b.status ) &\n\
             while [ ! -s held ]; do sleep 0.01; done\n\
             {first}$P <a | ./killed | {first}$C; echo $? >a.status\n\
             ls zone >between; touch go; wait; rm -f go held"
        );
        let ended = shell(&workshop, &script, &["bash"], "", &line);
        let read = |file: &str| fs::read_to_string(workshop.dir().join(file)).unwrap();
        assert_eq!(read("between"), "b\n", "{line}: {ended:?}");
        assert_eq!(
            (&*read("a.status"), &*read("b.status")),
            ("1\n", "0\n"),
            "{line}: {ended:?}"
        );
        assert_eq!(ended.document()["error"]["type"], "acmepipe:lost");
        assert_eq!(workshop.records(), [""; 0], "{line}");
    }
}

#[test]
fn the_first_cleanup_of_two_rounds_leaves_what_the_second_presents() {
    let (workshop, script) = workshop();
    for name in ["", "a run"] {
        // `b` comes in behind the first cleanup, which ends while the second round still holds it.
        let line = "$P <a | ./killed | { $C; echo done >first; } | { cat b - ; } | $P | \
                    sh -c 'cat >held; while [ ! -e first ]; do sleep 0.01; done; ls zone >between; cat held' | $C";
        let ended = shell(&workshop, &script, &["bash"], name, line);
        let between = fs::read_to_string(workshop.dir().join("between")).unwrap();
        assert_eq!(between, "b\n", "{ended:?}");
        assert_eq!(workshop.records(), [""; 0]);
        fs::remove_file(workshop.dir().join("first")).unwrap();
    }
}

#[test]
fn documents_that_others_have_are_not_lost() {
    let (workshop, script) = workshop();
    let line = |file: &str| workshop.dir().join(file);
    fs::write(
        line("both"),
        ["a", "b"]
            .map(|name| fs::read_to_string(line(name)).unwrap())
            .concat(),
    )
    .unwrap();
    // Each holds what it reads, for a while or until something has come to pass, and notes what is in DNS when it hands that
    // on.
    workshop.script(
        "hold",
        "cat >\"read.$1\"; mv \"read.$1\" \"held.$1\"
         case $2 in
         a-is-held) until [ -e held.a ]; do sleep 0.01; done; sleep 0.3 ;;
         b-is-removed) until [ -e held.b ] && [ ! -e zone/b ]; do sleep 0.01; done; sleep 0.3 ;;
         *) sleep \"$2\" ;;
         esac
         ls zone >>between; cat \"held.$1\"",
    );
    for (line, records_then) in [
        // A program of the user's reads what the present of each prints, in turn. `b` has no reader any more when it begins.
        (
            "exec 3< <(exec $P <a); mkfifo gone; { read -r x <gone; exec $P <b; } | { exec <&-; echo >gone; } | $C; rm gone\n\
             read -r d <&3; echo \"$d\" | ./hold a 0 | $C",
            &["a\n"][..],
        ),
        // A cleanup for each document that a loop reads.
        (
            "finish() { printf '%s\\n' \"$1\" | ./hold x 0.1; }\n\
             $P <both | while read -r d; do finish \"$d\" | $C; done",
            &["a\nb\na\n", "a\nb\nb\n"],
        ),
        // Two branches, each with a cleanup. All programs of the one have started when the other's are done.
        (
            "mkfifo fa fb; $P <both | tee fa >fb &\n\
             grep '\"a\"' <fa | ./hold a b-is-removed | $C & grep '\"b\"' <fb | ./hold b a-is-held | $C; wait\n\
             rm fa fb",
            &["a\nb\na\n"],
        ),
        // A FIFO that is made anew, where the file system may give the same number.
        (
            "mkfifo f; $P <a >f &\n\
             (x=$(cat f); rm f; until [ -e done ]; do sleep 0.01; done; printf '%s\\n' \"$x\") | ./hold a 0 | $C &\n\
             while [ -e f ]; do sleep 0.01; done; mkfifo g; $P <b >g & $C <g; rm g; touch done; wait",
            &["a\n"],
        ),
        // Two pipelines beside each other, in a run with one name.
        (
            "export ACMEPIPE_RUN=x\n\
             $P <a | ./hold a b-is-removed | $C & $P <b | ./hold b a-is-held | $C; wait",
            &["a\nb\na\n"],
        ),
    ] {
        for file in ["between", "held.a", "held.b"] {
            let _ = fs::remove_file(workshop.dir().join(file));
        }
        let ended = shell(&workshop, &script, &["bash"], "", line);
        let between = fs::read_to_string(workshop.dir().join("between")).unwrap();
        assert!(
            records_then.contains(&&*between),
            "{line}: {between} {ended:?}"
        );
        assert!(!ended.stderr.contains("removing"), "{line}: {ended:?}");
        assert_eq!(workshop.records(), [""; 0], "{line}");
    }
}
