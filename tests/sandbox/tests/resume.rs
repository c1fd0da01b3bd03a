//! A finalization that was cut off goes on where it was, when it is run again with the same document.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use sandbox::{Certificate, Sandbox, Server};
use serde_json::Value;

/// An order whose records are in place, as a document in `name`.json.
fn ready(sandbox: &Sandbox, name: &str) -> Value {
    sandbox
        .sh(&format!(
            "acme-order -d {name} | {} | tee {name}.json",
            Sandbox::PREPARE
        ))
        .success()
        .document()
}

/// Runs `acme-finalize` with the document of `ready`, and kills it and all that is in its session at a moment.
fn killed(sandbox: &Sandbox, name: &str, moment: impl FnOnce()) {
    let mut command = sandbox.command("sh");
    command.args([
        "-c",
        &format!("echo $$ >{name}.pid; exec acme-finalize <{name}.json >/dev/null"),
    ]);
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    moment();
    // It may have ended before.
    sandbox.sh(&format!("kill -KILL \"$(cat {name}.pid)\""));
    child.wait().unwrap();
}

/// The same order comes to its end, with a certificate that belongs to its key.
#[track_caller]
fn goes_on(sandbox: &Sandbox, name: &str, before: &Value) -> Certificate {
    let order = sandbox
        .sh(&format!("cat {name}.json | {}", Sandbox::FINISH))
        .success()
        .document();
    assert_eq!(
        order["order"]["url"], before["order"]["url"],
        "it started over"
    );
    Certificate::of(sandbox, &order)
}

#[test]
fn killed_before_it_reached_the_ca() {
    let sandbox = Sandbox::start();
    let before = ready(&sandbox, "example.test");
    sandbox.pause(Server::Ca);
    killed(&sandbox, "example.test", || {
        thread::sleep(Duration::from_millis(50))
    });
    sandbox.resume(Server::Ca);
    goes_on(&sandbox, "example.test", &before);
    sandbox.assert_nothing_left();
}

#[test]
fn killed_when_its_key_was_on_disk() {
    let sandbox = Sandbox::start();
    let before = ready(&sandbox, "example.test");
    killed(&sandbox, "example.test", || {
        let began = Instant::now();
        while private_keys(&sandbox).is_empty() && began.elapsed() < Duration::from_secs(10) {
            thread::yield_now();
        }
    });
    let keys = private_keys(&sandbox);
    assert!(!keys.is_empty(), "no key on disk");
    goes_on(&sandbox, "example.test", &before);
    sandbox.assert_nothing_left();
}

#[test]
fn killed_at_any_moment() {
    let sandbox = Sandbox::start();
    // How long an undisturbed one takes, then moments all over that time.
    let before = ready(&sandbox, "first.example.test");
    let began = Instant::now();
    goes_on(&sandbox, "first.example.test", &before);
    let whole = began.elapsed();
    for part in 1..=12 {
        let name = format!("n{part}.example.test");
        let before = ready(&sandbox, &name);
        killed(&sandbox, &name, || thread::sleep(whole * part / 12));
        goes_on(&sandbox, &name, &before);
    }
    sandbox.assert_nothing_left();
}

#[test]
fn killed_after_it_was_done() {
    let sandbox = Sandbox::start();
    let before = ready(&sandbox, "example.test");
    let done = sandbox
        .sh("acme-finalize <example.test.json")
        .success()
        .document();
    let first = Certificate::of(&sandbox, &done);
    let again = goes_on(&sandbox, "example.test", &before);
    assert_eq!(again.serial, first.serial);
    assert_eq!(again.public_key, first.public_key);
    sandbox.assert_nothing_left();
}

#[test]
fn a_reader_of_the_files_sees_key_and_chain_that_belong_together_at_any_moment() {
    let sandbox = Sandbox::start();
    let order = sandbox.issue("-d example.test").success().document();
    let dir = Certificate::of(&sandbox, &order).dir;
    let (stop, looks) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                belong_together(&dir);
                looks.fetch_add(1, Ordering::Relaxed);
            }
        });
        // A busy machine gives the reader few looks meanwhile.
        let mut renewals = 0;
        while !reader.is_finished() && (renewals < 5 || looks.load(Ordering::Relaxed) <= 10) {
            sandbox.issue("-d example.test").success();
            renewals += 1;
        }
        stop.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
}

/// As a server does: opens the directory once, then reads both files from it.
fn belong_together(dir: &Path) {
    let script = "cd -P \"$0\" && openssl pkey -in privkey.pem -pubout && openssl x509 -in fullchain.pem -noout -pubkey";
    let output = Command::new("sh")
        .args(["-c", script])
        .arg(dir)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (key, certificate) = text.split_at(text.len() / 2);
    assert!(
        output.status.success() && key == certificate,
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// All private keys of certificates, under whatever names they are kept.
fn private_keys(sandbox: &Sandbox) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut dirs = vec![sandbox.data().join("certificates")];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => dirs.push(entry.path()),
                Ok(kind)
                    if kind.is_file()
                        && entry.file_name().to_string_lossy().contains("privkey") =>
                {
                    found.push(entry.path());
                }
                _ => {}
            }
        }
    }
    found
}
