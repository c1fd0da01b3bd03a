//! `acme-renew` with a real CA and real name servers: what it renews, and what is left where it is killed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use sandbox::Sandbox;

/// A configuration with these names, a certificate each, and a hook that notes for which it was called.
fn configuration(sandbox: &Sandbox, names: &[&str]) -> PathBuf {
    let reload = sandbox.script("reload.sh", "echo \"$LEGO_HOOK_CERT_NAME\" >>reloaded");
    let mut text = format!(
        "email = \"me@example.test\"\naccept-tos = true\ndeploy-hook = \"{}\"\n",
        reload.display()
    );
    for name in names {
        text += &format!("[[certificate]]\ndomains = [\"{name}\"]\n");
    }
    let path = sandbox.dir().join("acmepipe.toml");
    fs::write(&path, text).expect("written");
    path
}

/// `acme-renew` with this configuration.
fn renew(sandbox: &Sandbox, configuration: &std::path::Path) -> Command {
    let path = configuration.display().to_string();
    sandbox.command("acme-renew", &["--no-sleep", "--config", &path])
}

/// The numbers of a certificate and of its key, which are the same where they belong together.
fn assert_pair(sandbox: &Sandbox, name: &str) {
    let dir = sandbox.data().join("certificates").join(name);
    let pair = format!(
        "test \"$(openssl x509 -noout -pubkey -in {0}/cert.pem)\" = \"$(openssl pkey -pubout -in {0}/privkey.pem)\"",
        dir.display()
    );
    sandbox.sh(&pair).success();
}

#[test]
fn it_gets_what_the_file_asks_for_once_and_then_is_silent() {
    let sandbox = Sandbox::start();
    let path = configuration(&sandbox, &["a.example.test", "b.example.test"]);
    let line = format!("acme-renew --no-sleep --config {}", path.display());
    let first = sandbox.sh(&line).success();
    assert_eq!(first.stdout, "");
    for name in ["a.example.test", "b.example.test"] {
        assert!(
            first
                .stderr
                .contains(&format!("acme-renew: renewed {name} until 20")),
            "{}",
            first.stderr
        );
        assert_pair(&sandbox, name);
    }
    assert!(
        first.stderr.ends_with("acme-renew: 2 due, 2 renewed\n"),
        "{}",
        first.stderr
    );
    let second = sandbox.sh(&line).success();
    assert_eq!((second.stdout.as_str(), second.stderr.as_str()), ("", ""));
    let reloaded = sandbox.sh("sort reloaded").success().stdout;
    assert_eq!(reloaded, "a.example.test\nb.example.test\n");
    sandbox.assert_nothing_left();
}

#[test]
fn two_at_once_order_once() {
    let sandbox = Sandbox::start();
    let path = configuration(&sandbox, &["once.example.test"]);
    let line = format!("acme-renew --no-sleep --config {}", path.display());
    let both = sandbox
        .sh(&format!(
            "{line} 2>first & {line} 2>second; wait $! && cat first second"
        ))
        .success();
    let renewed = both
        .stdout
        .matches("renewed once.example.test until")
        .count();
    assert_eq!(renewed, 1, "{}", both.stdout);
    let versions = sandbox
        .data()
        .join("certificates/.versions/once.example.test");
    let versions = fs::read_dir(versions).expect("versions").count();
    assert_eq!(versions, 1);
}
