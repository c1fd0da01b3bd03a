//! The files by which a system runs `acme-renew` by itself.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use workshop::{Workshop, root, run};

fn system(name: &str) -> PathBuf {
    root().join("crates/programs/acme-renew/system").join(name)
}

/// How exposed the service may be, by what `systemd-analyze security` counts: from 0, nothing, to 100.
const EXPOSURE: u32 = 20;

/// Whether a tool of systemd is there; it is said where it is not.
fn has(tool: &str) -> bool {
    let version = Command::new(tool).arg("--version").output();
    let is_there = version.is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("NOT RUN: this machine has no {tool}");
    }
    is_there
}

/// The units in a directory of their own. Where it is not installed, there is no such program, nor page.
fn units(workshop: &Workshop) -> [PathBuf; 2] {
    ["acmepipe.service", "acmepipe.timer"].map(|name| {
        let text = fs::read_to_string(system(name)).unwrap();
        let text = text.replace("ExecStart=acme-renew", "ExecStart=/bin/true");
        let lines = text
            .lines()
            .filter(|line| !line.starts_with("Documentation="));
        let path = workshop.dir().join(name);
        fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
        path
    })
}

#[test]
fn systemd_understands_the_units() {
    if !has("systemd-analyze") {
        return;
    }
    let workshop = Workshop::open();
    let mut command = Command::new("systemd-analyze");
    command.arg("verify").args(units(&workshop));
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let ours: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("acmepipe"))
        .collect();
    assert!(output.status.success() && ours.is_empty(), "{said}");
}

#[test]
fn the_service_has_few_rights() {
    if !has("systemd-analyze") {
        return;
    }
    let workshop = Workshop::open();
    let [service, _] = units(&workshop);
    let mut command = Command::new("systemd-analyze");
    command
        .args(["security", "--no-pager", "--offline=true"])
        .arg(format!("--threshold={EXPOSURE}"))
        .arg(service);
    let output = command.output().unwrap();
    let (said, wrong) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    if wrong.contains("--offline") {
        eprintln!("NOT RUN: this systemd-analyze judges no unit offline");
        return;
    }
    assert!(output.status.success(), "{wrong}{said}");
}

#[test]
fn every_user_and_directory_that_is_made_belongs_to_somebody_and_what_root_has_stays_roots() {
    if !has("systemd-sysusers") || !has("systemd-tmpfiles") {
        return;
    }
    let workshop = Workshop::open();
    // As root of a namespace at most: the files are its own, and what it makes would be another user's.
    let script = "set -e; mkdir -p root/etc root/var/lib/acmepipe\n\
                  systemd-sysusers --root=$PWD/root \"$0\"; cut -d: -f1 root/etc/passwd >users\n\
                  [ $(id -u) = 0 ] || exit 0\n\
                  touch root/etc/acmepipe.toml; systemd-tmpfiles --root=$PWD/root --create \"$1\"\n\
                  ids() { stat -c %u:%a \"root$1\"; }; uid() { sed -n \"s/^$1:[^:]*:\\([0-9]*\\):.*/\\1/p\" root/etc/passwd; }\n\
                  [ $(ids /var/lib/acmepipe-dns) = $(uid acmepipe-dns):700 ]\n\
                  [ $(stat -c %u root/var/lib/acmepipe) = 0 ]\n\
                  [ $(ids /etc/acmepipe.toml) = 0:640 ]";
    let mut command = workshop.command("sh");
    command
        .args(["-ec", script])
        .args(["acmepipe.sysusers", "acmepipe.tmpfiles"].map(system));
    run(command, "").success();
    let users = fs::read_to_string(workshop.dir().join("users")).unwrap();
    for user in ["acmepipe", "acmepipe-dns"] {
        assert!(users.lines().any(|one| one == user), "{users}");
    }
}

/// Runs what a system without systemd is given, on a machine with or without a configuration and systemd; returns the
/// arguments of the `acme-renew` that it started.
fn without_systemd(text: &str, has_configuration: bool, has_systemd: bool) -> Option<String> {
    let workshop = Workshop::open();
    let dir = workshop.dir().display();
    let stub = workshop.dir().join("bin");
    fs::create_dir(&stub).unwrap();
    workshop.script("bin/acme-renew", &format!("echo \"$@\" >{dir}/called"));
    let text = text
        .replace("/usr/local/sbin", &stub.display().to_string())
        .replace("/etc/acmepipe.toml", &format!("{dir}/acmepipe.toml"))
        .replace("/run/systemd/system", &format!("{dir}/systemd"));
    let made = [
        (has_configuration, "acmepipe.toml"),
        (has_systemd, "systemd"),
    ];
    for (_, name) in made.iter().filter(|(is_there, _)| *is_there) {
        fs::create_dir(workshop.dir().join(name)).unwrap();
    }
    let script = workshop.dir().join("script");
    fs::write(&script, text).unwrap();
    // What runs it has hardly a PATH.
    let mut command = workshop.command("sh");
    command.arg(&script).env("PATH", "/usr/bin:/bin");
    let ended = run(command, "").success();
    assert_eq!((&*ended.stdout, &*ended.stderr), ("", ""));
    let called = fs::read_to_string(workshop.dir().join("called")).ok()?;
    Some(called.trim().replace(&dir.to_string(), ""))
}

#[test]
fn the_script_of_a_system_without_systemd_renews_where_there_is_a_configuration() {
    let text = fs::read_to_string(system("acmepipe.periodic")).unwrap();
    let called = without_systemd(&text, true, false);
    assert_eq!(called.as_deref(), Some("--config /acmepipe.toml"));
    assert_eq!(without_systemd(&text, false, false), None);
}

#[test]
fn the_line_of_cron_renews_where_there_is_a_configuration_and_no_timer() {
    let text = fs::read_to_string(system("acmepipe.cron")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let (settings, jobs): (Vec<_>, Vec<_>) =
        lines.partition(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    let mut words = jobs[0].splitn(7, ' ');
    let [minute, rest @ ..] = [(); 6].map(|()| words.next().unwrap());
    let minute: u32 = minute.parse().unwrap();
    assert!(!minute.is_multiple_of(5), "many begin at minute {minute}");
    assert_eq!(rest, ["*", "*", "*", "*", "root"]);
    let path = settings.iter().find(|line| line.starts_with("PATH="));
    let job = format!(
        "{}\nexport PATH\n{} || :",
        path.unwrap(),
        words.next().unwrap()
    );
    let called = without_systemd(&job, true, false);
    assert_eq!(called.as_deref(), Some("--config /acmepipe.toml"));
    for (has_configuration, has_systemd) in [(false, false), (true, true), (false, true)] {
        assert_eq!(without_systemd(&job, has_configuration, has_systemd), None);
    }
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
