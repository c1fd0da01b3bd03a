//! Runs that begin while what is left is removed: what they need is left alone.

use super::*;
use std::process::{Child, Command, Stdio};

/// A run that presents in a pipeline and waits for a file `go`; its document is in `FILE`.
fn run_that_waits(workshop: &Workshop, program: &Path, file: &str, value: &str) -> Child {
    let stdin = order([challenge("example.test", value)]);
    fs::write(workshop.dir().join(file), stdin).unwrap();
    let line = format!(
        "until_it_may_go() {{ while [ ! -e go ] && [ -e {file} ]; do sleep 0.01; done; }}; \
         {{ cat {file}; until_it_may_go; }} | dns01-exec present | {{ read -r held; until_it_may_go; echo \"$held\"; }} \
         | dns01-exec cleanup"
    );
    let mut pipeline = workshop.pipeline(program, &line);
    pipeline.stdin(Stdio::null()).stdout(Stdio::null());
    pipeline.spawn().unwrap()
}

/// Presents as the program's answer to `timeout` says.
fn present_as_it_says(workshop: &Workshop, program: &Path) {
    let order = order([challenge("example.test", "v")]);
    run(workshop.exec(program, &["present"]), order).assert_status(0);
}

fn in_use(workshop: &Workshop, program: &Path) -> usize {
    let entries = workshop.list(program).into_iter();
    entries.filter(|entry| entry["in_use"] == true).count()
}

fn leftovers(workshop: &Workshop) -> Command {
    let mut command = workshop.command("dns01-exec");
    command
        .args(["cleanup", "--leftovers"])
        .env_remove("EXEC_PATH")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::from(
            fs::File::create(workshop.dir().join("said")).unwrap(),
        ));
    command
}

/// What came out of the removal, and what it said.
fn ended(workshop: &Workshop, removal: Child) -> (Vec<Value>, String) {
    let output = removal.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let out = String::from_utf8(output.stdout).unwrap();
    let documents = out.lines().map(|line| serde_json::from_str(line).unwrap());
    let said = fs::read_to_string(workshop.dir().join("said")).unwrap();
    (documents.collect(), said)
}

fn end(workshop: &Workshop, runs: Vec<Child>) {
    fs::write(workshop.dir().join("go"), "").unwrap();
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
}

#[test]
fn a_record_that_a_run_needs_which_began_meanwhile_is_not_tried_again() {
    let workshop = Workshop::open();
    let file = |name: &str| workshop.dir().join(name);
    let one = workshop.script(
        "one.sh",
        "echo $* >>calls; [ $1 = cleanup ] && ! [ -e failed ] || exit 0; touch failed; \
         until [ -e has-begun ]; do sleep 0.01; done; exit 1",
    );
    present(&workshop, &one);
    let removal = leftovers(&workshop).spawn().unwrap();
    wait_for("the first try", || file("failed").exists());
    let run = run_that_waits(&workshop, &one, "order", "v");
    wait_for("the run", || in_use(&workshop, &one) > 0);
    fs::write(file("has-begun"), "").unwrap();
    let (documents, said) = ended(&workshop, removal);
    assert!(documents.is_empty(), "{documents:?}");
    assert!(
        said.contains("1 record left alone: a run that has begun meanwhile"),
        "{said}"
    );
    let calls = fs::read_to_string(file("calls")).unwrap();
    assert_eq!(calls.matches("cleanup").count(), 1, "{calls}");
    end(&workshop, vec![run]);
    assert!(workshop.list(&one).is_empty());
}

#[test]
fn a_record_that_a_run_needs_which_began_while_its_zone_was_waited_for_is_not_removed() {
    for batch in ["", "-batch"] {
        let workshop = Workshop::open();
        let file = |name: &str| workshop.dir().join(name);
        let one = workshop.script(
            "one.sh",
            &format!(
                "case $1 in timeout) [ '{batch}' ] && echo '{{\"batch\":true}}'; exit ;; esac\n\
                 echo $1 >>calls; if [ '{batch}' ]; then cat >asked; else echo $3 >asked; fi\n\
                 if grep -q other asked && [ $1 = present{batch} ]; then until [ -e has-begun ]; do sleep 0.01; done; fi"
            ),
        );
        present_as_it_says(&workshop, &one);
        // It holds the zone.
        let first = run_that_waits(&workshop, &one, "first", "other");
        wait_for("the first run", || {
            let calls = fs::read_to_string(file("calls")).unwrap();
            calls.matches("present").count() == 2
        });
        let removal = leftovers(&workshop).spawn().unwrap();
        wait_for("a look at the journal", || {
            fs::read_to_string(file("said"))
                .unwrap()
                .contains("left alone: a living run")
        });
        let second = run_that_waits(&workshop, &one, "second", "v");
        wait_for("the second run", || in_use(&workshop, &one) > 1);
        fs::write(file("has-begun"), "").unwrap();
        let (documents, said) = ended(&workshop, removal);
        assert!(documents.is_empty(), "{batch} {documents:?} {said}");
        let calls = fs::read_to_string(file("calls")).unwrap();
        assert!(!calls.contains("cleanup"), "{batch} {calls} {said}");
        end(&workshop, vec![first, second]);
        assert!(workshop.list(&one).is_empty());
    }
}

#[test]
fn what_a_program_that_is_named_said_of_itself_holds_for_a_record_that_is_named_by_hand() {
    let workshop = Workshop::open();
    let script = "case $1 in timeout) echo '{\"batch\":true}' ;; *-batch) cat >/dev/null; echo $1 >>calls ;; *) exit 64 ;; esac";
    let one = workshop.script("one.sh", script);
    let alone = format!("{}\n", json!({"fqdn": NAME, "value": "v"}));
    for (words, stdin) in [
        (&["cleanup", "--", NAME, "v"][..], ""),
        (&["cleanup"], &*alone),
    ] {
        present_as_it_says(&workshop, &one);
        run(workshop.exec(&one, words), stdin).assert_status(0);
        assert!(workshop.list(&one).is_empty());
    }
    let calls = fs::read_to_string(workshop.dir().join("calls")).unwrap();
    assert_eq!(calls, "present-batch\ncleanup-batch\n".repeat(2));
}
