//! The files by which a system runs `acme-renew` by itself.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use workshop::{Workshop, root, run};

fn system(name: &str) -> PathBuf {
    root().join("crates/programs/acme-renew/system").join(name)
}

#[test]
fn systemd_understands_the_units() {
    let version = Command::new("systemd-analyze").arg("--version").output();
    if !version.is_ok_and(|output| output.status.success()) {
        eprintln!("NOT RUN: this machine has no systemd-analyze");
        return;
    }
    let workshop = Workshop::open();
    // Where it is not installed, there is no such program, nor page.
    let service = fs::read_to_string(system("acmepipe.service")).unwrap();
    let service = service
        .replace("ExecStart=acme-renew", "ExecStart=/bin/true")
        .lines()
        .filter(|line| !line.starts_with("Documentation="))
        .collect::<Vec<_>>()
        .join("\n");
    let path = workshop.dir().join("acmepipe.service");
    fs::write(&path, service).unwrap();
    let mut command = Command::new("systemd-analyze");
    command.arg("verify").arg(&path);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let ours: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("acmepipe"))
        .collect();
    assert!(output.status.success() && ours.is_empty(), "{said}");
}

#[test]
fn the_example_of_a_configuration_is_read() {
    let workshop = Workshop::open();
    let text = fs::read_to_string(system("acmepipe.toml.example")).unwrap();
    // What a machine has to have for it.
    let text = text
        .replace("/etc/acmepipe/update-dns.sh", "/bin/true")
        .replace("systemctl reload nginx.service", "true");
    let path = workshop.dir().join("acmepipe.toml");
    // What is there to be taken up has no blank after its `#`.
    let all = text.lines().map(|line| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => setting,
        _ => line,
    });
    fs::write(&path, all.collect::<Vec<_>>().join("\n")).unwrap();
    fs::create_dir(workshop.dir().join("acmepipe")).unwrap();
    fs::write(workshop.dir().join("acmepipe/dns.env"), "A=b\n").unwrap();
    let mut command = workshop.command("acme-due");
    command.arg("--generate=check").arg("--config").arg(&path);
    let ended = run(command, "");
    ended.assert_status(0);
    assert_eq!(ended.stderr, "");
}

#[test]
fn in_a_service_lines_have_priorities_and_files_hold_what_is_secret() {
    let workshop = Workshop::open();
    // A service's stderr is a file of this device and inode.
    let script = r#"export JOURNAL_STREAM=$(stat -Lc %d:%i journal)
        acme-order -d a..test 2>>journal; cat journal"#;
    fs::write(workshop.dir().join("journal"), "").unwrap();
    let ended = run(workshop.shell(script), "");
    let lines: Vec<&str> = ended.stdout.lines().collect();
    let line = lines
        .iter()
        .find(|line| line.contains("a..test") && line.starts_with('<'));
    assert!(
        line.is_some_and(|line| line.starts_with("<3>acme-order: ")),
        "{lines:?}"
    );

    let state = workshop.dir().join("state");
    let secret = workshop.dir().join("LEGO_EAB_HMAC");
    fs::write(&secret, "not base64url!\nsecond line\n").unwrap();
    let order = |variables: &[(&str, &str)]| {
        let mut command = workshop.command("acme-order");
        command
            .args(["-d", "a.test", "--eab", "-s", "https://127.0.0.1:1/dir"])
            .env_remove("LEGO_PATH")
            .env("STATE_DIRECTORY", format!("{}:/elsewhere", state.display()))
            .env("LEGO_EAB_KID", "kid")
            .envs(variables.iter().copied());
        run(command, "")
    };
    let (dir, secret) = (workshop.dir().to_str().unwrap(), secret.to_str().unwrap());
    for (variables, says) in [
        (&[][..], "--eab needs --kid and --hmac"),
        (
            &[("LEGO_EAB_HMAC_FILE", "/nowhere")],
            "LEGO_EAB_HMAC_FILE: /nowhere: No such file",
        ),
        (
            &[("LEGO_EAB_HMAC_FILE", secret), ("LEGO_EAB_HMAC", "x")],
            "both LEGO_EAB_HMAC and LEGO_EAB_HMAC_FILE",
        ),
    ] {
        let ended = order(variables);
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    for variables in [
        ("LEGO_EAB_HMAC_FILE", secret),
        ("CREDENTIALS_DIRECTORY", dir),
    ] {
        let ended = order(&[variables]);
        // It is taken, and is no key.
        ended.assert_status(2);
        assert!(!ended.stderr.contains("--eab needs"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("base64url!"), "{}", ended.stderr);
    }
    fs::write(secret, "c2VjcmV0c2VjcmV0\n").unwrap();
    let ended = order(&[("LEGO_EAB_HMAC_FILE", secret)]);
    ended.assert_status(1);
    assert!(state.is_dir(), "{}", ended.stderr);
}
