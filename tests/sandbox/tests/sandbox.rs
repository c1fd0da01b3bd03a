//! The sandbox keeps its own promises.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use sandbox::{Config, Hosts, Sandbox, Server, Zone, source, wait_for};

#[test]
fn an_update_reaches_all_servers_through_notify_and_transfer() {
    let sandbox = Sandbox::start();
    for script in ["update-dns.sh", "update-dns-knot.sh"] {
        let run = |step: &str, value: &str| {
            let mut command = sandbox.command(source(script));
            command
                .args([step, "_acme-challenge.example.test.", value])
                .env("DNS01_ZONE", "example.test.");
            sandbox.output(command, "").success();
        };
        run("present", "one");
        run("present", "two");
        wait_for("two records on three servers", || {
            sandbox.txt_records("example.test").len() == 6
        });
        run("cleanup", "one");
        wait_for("one record on three servers", || {
            sandbox.txt_records("example.test")
                == ["11", "12", "13"]
                    .map(|host| format!("198.51.100.{host} _acme-challenge.example.test. \"two\""))
        });
        run("cleanup", "two");
        sandbox.assert_nothing_left();
    }
}

#[test]
fn an_update_that_is_not_signed_is_refused() {
    let sandbox = Sandbox::start();
    let update = "server 198.51.100.11\nupdate add x.example.test 60 TXT a\nsend\n";
    let output = sandbox.sh_with("nsupdate", update);
    assert!(
        output.status != 0 && output.stderr.contains("NOTAUTH"),
        "{output:?}"
    );
}

#[test]
fn a_zone_below_another_is_found_through_its_delegation() {
    let sandbox = Sandbox::with(Config::demo());
    let traced = |name: &str, record: &str| {
        sandbox
            .run("kdig", &["+short", name, record])
            .success()
            .stdout
    };
    assert_eq!(traced("sub.example.test", "NS"), "ns4.test.\n");
    assert_eq!(traced("www.sub.example.test", "A"), "192.0.2.1\n");
    assert_eq!(
        traced("_acme-challenge.delegated.example.test", "NS"),
        "ns4.test.\n"
    );
    let lame = sandbox
        .run(
            "kdig",
            &["+norec", "@198.51.100.11", "sub.example.test", "SOA"],
        )
        .success()
        .stdout;
    assert!(
        lame.contains("Flags: qr;"),
        "the parent's server answers with authority:\n{lame}"
    );
}

#[test]
fn servers_stop_and_come_back() {
    let mut sandbox =
        Sandbox::with(Config::default().zones([Zone::new("example.test").on(Hosts::Ns4)]));
    let ask = [
        "+timeout=1",
        "+retry=0",
        "+tcp",
        "@198.51.100.21",
        "example.test",
        "SOA",
    ];
    let refused = |sandbox: &Sandbox, why: &str| {
        let output = sandbox.run("kdig", &ask);
        output.assert_status(1);
        assert!(output.stderr.contains(why), "{output:?}");
    };
    sandbox.stop(Server::Ns4);
    refused(&sandbox, "can't connect");
    sandbox.restart(Server::Ns4);
    sandbox.run("kdig", &ask).success();
    sandbox.pause(Server::Ns4);
    refused(&sandbox, "response timeout");
    sandbox.resume(Server::Ns4);
    sandbox.run("kdig", &ask).success();
}

/// In the place of Pebble, one that answers at its first port with whatever, and at its second one never.
const BLOCKED: &str = r#"
exec >/dev/null 2>&1
openssl s_server -accept 198.51.100.5:443 -cert ../server.pem -key ../server-key.pem -www &
tail -f /dev/null | openssl s_server -accept 198.51.100.5:15000 -cert ../server.pem -key ../server-key.pem
"#;

#[test]
fn a_ca_that_has_blocked_itself_is_noticed_and_ended_and_one_that_was_stopped_is_not() {
    let mut sandbox = Sandbox::start();
    sandbox.stop(Server::Ca);
    let script = sandbox.script("blocked", BLOCKED);
    let number = sandbox.dir().join("ca/pid");
    let line = format!(
        "timeout 12 tail -f /dev/null; setsid '{}' & echo $! >'{}'; wait",
        script.display(),
        number.display()
    );
    sandbox.sh(&line);
    assert!(sandbox.is_deadlocked());
}

#[test]
fn the_ca_of_debian_testing_starts_too() {
    let mut config = Config::default();
    config.pebble.testing = true;
    let directory = Sandbox::with(config)
        .sh("curl -s --cacert \"$LEGO_CA_CERTIFICATES\" \"$LEGO_SERVER\"")
        .success();
    assert!(
        directory.stdout.contains("renewalInfo"),
        "{}",
        directory.stdout
    );
}

#[test]
fn the_command_passes_on_status_and_arguments() {
    let output = Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .args(["sh", "-c", "echo \"$1\"; exit 7", "sh", "two words"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert_eq!(output.stdout, b"two words\n");
}

#[test]
fn nothing_is_left_when_its_process_is_killed() {
    let mut process = Command::new(env!("CARGO_BIN_EXE_sandbox"))
        .args([
            "sh",
            "-c",
            "echo \"$LEGO_PATH\"; readlink /proc/self/ns/net; sleep 1000",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let data = lines.next().unwrap();
    let network = lines.next().unwrap();
    let dir = Path::new(&data).parent().unwrap();
    assert!(dir.is_dir());
    assert!(in_network(&network) > 5, "servers, and a shell");

    process.kill().unwrap();
    process.wait().unwrap();
    wait_for("no process and no directory is left", || {
        in_network(&network) == 0 && !dir.exists()
    });
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(!mounts.contains("acmepipe-"), "{mounts}");
}

#[test]
fn nothing_is_left_where_all_clients_trust_its_ca() {
    let sandbox = Sandbox::start();
    for _ in 0..2 {
        sandbox.trust_for_all();
    }
    let dir = sandbox.dir().to_owned();
    drop(sandbox);
    assert!(!dir.exists());
}

/// How many processes of the machine are in a network namespace.
fn in_network(network: &str) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let is_in = |link: std::io::Result<std::path::PathBuf>| {
        link.is_ok_and(|found| found == Path::new(network))
    };
    processes
        .filter(|entry| is_in(fs::read_link(entry.path().join("ns/net"))))
        .count()
}
