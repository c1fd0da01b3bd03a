//! `dns01-exec` and a program that cannot be run at all.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use workshop::{Ended, Workshop, challenge, order, run};

#[test]
fn a_program_that_cannot_be_run_is_said_before_anything_is() {
    let workshop = Workshop::open();
    let plain = workshop.dir().join("plain");
    fs::write(&plain, "#!/bin/sh\n").unwrap();
    for (program, says) in [
        (workshop.dir().join("missing"), "No such file"),
        (plain, "not executable"),
        (workshop.dir().to_owned(), "not a file"),
        ("no-such-program-in-path".into(), "not found in PATH"),
    ] {
        for command in ["present", "cleanup", "timeout"] {
            let ended = run(
                workshop.exec(&program, &[command]),
                order([challenge("example.test", "v")]),
            );
            ended.assert_status(2);
            assert!(ended.stderr.contains(says), "{ended:?}");
            // What stands behind it in the pipeline has something to undo, maybe.
            let passed_on: Vec<_> = ended
                .documents()
                .iter()
                .map(|document| document["error"]["type"].clone())
                .collect();
            let expected: &[&str] = match command {
                "timeout" => &[],
                _ => &["acmepipe:usage"],
            };
            assert_eq!(passed_on, expected, "{command}");
        }
    }
    let ended = run(
        {
            let mut command = workshop.command("dns01-exec");
            command.arg("present");
            command
        },
        "",
    );
    ended.assert_status(2);
    assert!(ended.stderr.contains("EXEC_PATH"), "{ended:?}");
}

/// A file with these bytes that may be executed.
fn executable(workshop: &Workshop, bytes: &[u8]) -> PathBuf {
    let path = workshop.dir().join("program");
    fs::write(&path, bytes).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// The beginning of a program for 64-bit machines of this kind, with a loader that does not exist.
fn compiled(machine: u8) -> Vec<u8> {
    let mut bytes = vec![0; 120];
    for (at, byte) in [
        (16, 2),
        (18, machine),
        (20, 1),
        (32, 64),
        (52, 64),
        (54, 56),
        (56, 1),
    ] {
        bytes[at] = byte;
    }
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    for (at, byte) in [(64, 3), (68, 4), (72, 120), (96, 11), (104, 11)] {
        bytes[at] = byte;
    }
    bytes.extend_from_slice(b"/no/loader\0");
    bytes
}

/// What is said of a program that cannot be run: before anything is done; or, where the system may have a handler for it
/// that it does not show, as in a container, when it is called first.
fn assert_nothing_done(ended: &Ended, says: &[&str]) {
    let document = ended.document();
    let error = match ended.status {
        2 => &document["error"],
        _ => &document["challenges"][0]["error"],
    };
    let kind = error["type"].as_str().unwrap();
    assert!(
        matches!(
            (ended.status, kind),
            (2, "acmepipe:usage") | (1, "acmepipe:exec:start")
        ),
        "{ended:?}"
    );
    for text in says {
        assert!(ended.stderr.contains(text), "{text}: {ended:?}");
    }
    assert!(!ended.stderr.contains("trying again"), "{ended:?}");
}

#[test]
fn what_is_wrong_with_a_file_is_said_and_nothing_is_done() {
    let mine = match std::env::consts::ARCH {
        "aarch64" => 183,
        _ => 62,
    };
    let foreign = if mine == 62 { 183 } else { 62 };
    for (bytes, says) in [
        (
            b"#!/bin/sh\r\nexit 0\r\n".to_vec(),
            &["CR LF", r"sed -i 's/\r$//' /"][..],
        ),
        (
            b"#!/usr/bin/env sh\r\nexit 0\r\n".to_vec(),
            &["CR LF", r"sed -i 's/\r$//' /"],
        ),
        (b"#!\nexit 0\n".to_vec(), &["names no interpreter"]),
        (
            b"\xef\xbb\xbf#!/bin/sh\nexit 0\n".to_vec(),
            &["a byte order mark", r"sed -i '1s/^\xEF\xBB\xBF//' /"],
        ),
        (
            b"\xff\xfe#\0!\0/\0b\0i\0n\0/\0s\0h\0\n\0".to_vec(),
            &["in UTF-16", "saved as UTF-8"],
        ),
        (
            b"#!/no/such/sh -e\nexit 0\n".to_vec(),
            &["the interpreter /no/such/sh,"],
        ),
        (b"".to_vec(), &["it is empty"]),
        // A shell would run it, the system does not, and neither does lego.
        (b"exit 0\n".to_vec(), &["`#!/bin/sh`"]),
        (compiled(mine), &["the loader /no/loader,"]),
        (compiled(foreign), &["is a program for "]),
    ] {
        let workshop = Workshop::open();
        let program = executable(&workshop, &bytes);
        let stdin = order([challenge("example.test", "v")]);
        let presented = workshop.present(&program, &[], &stdin);
        assert_nothing_done(&presented, says);
        let listed = run(workshop.exec(&program, &["list"]), "");
        assert!(listed.assert_status(0).documents().is_empty(), "{listed:?}");
        let batch = workshop.present(&program, &["--batch"], &stdin);
        assert_nothing_done(&batch, says);
    }
}

#[test]
fn a_file_that_breaks_before_it_is_removed_with_is_not_tried_again_and_again() {
    let workshop = Workshop::open();
    let program = executable(&workshop, b"#!/bin/sh\n");
    let stdin = order([challenge("example.test", "v")]);
    let presented = workshop.present(&program, &[], stdin);
    presented.assert_status(0);
    executable(&workshop, b"#!/bin/sh\r\n");
    // This one does not look at the program before it calls it: the journal names it.
    let left = run(workshop.exec(&program, &["cleanup", "--leftovers"]), "");
    left.assert_status(1);
    let error = &left.document()["error"];
    assert_eq!(error["type"], "acmepipe:exec:start");
    assert!(
        error["hint"].as_str().unwrap().contains("sed -i"),
        "{error}"
    );
    assert!(!left.stderr.contains("trying again"), "{left:?}");
    executable(&workshop, b"#!/bin/sh\n");
    run(workshop.exec(&program, &["cleanup", "--leftovers"]), "").assert_status(0);
}

#[test]
fn what_was_meant_by_a_path_that_leads_to_no_program_is_said() {
    let workshop = Workshop::open();
    let script = workshop.script("x.sh", "exit 0");
    let script = script.display();
    for (path, says) in [
        (
            format!("{script} --flag"),
            "a program with arguments needs a script of its own",
        ),
        (format!("{script}\n"), "it ends with a newline"),
        (
            format!("sh {script}"),
            "a program with arguments needs a script of its own",
        ),
        ("x.sh".to_owned(), "a program in this directory is ./x.sh"),
    ] {
        let stdin = order([challenge("example.test", "v")]);
        let refused = workshop.present(path.as_ref(), &[], stdin);
        refused.assert_status(2);
        assert!(refused.stderr.contains(says), "{refused:?}");
        let detail = refused.document()["error"]["detail"].clone();
        assert!(detail.as_str().unwrap().contains(says), "{detail}");
    }
}
