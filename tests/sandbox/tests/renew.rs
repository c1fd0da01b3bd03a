//! `acme-renew` with a real CA and real name servers: what it renews, and what is left where it is killed.

use std::fs;
use std::path::{Path, PathBuf};

use sandbox::Sandbox;

/// A configuration with these names, a certificate each, and a hook that notes for which it was called. Where there is a file
/// `kill-WORD`, the hooks and the program of the sandbox kill the run at the moment of that name, once.
fn configuration(sandbox: &Sandbox, names: &[&str]) -> PathBuf {
    let kill = "if [ -e kill-$word ]; then\n\
                rm kill-$word; kill -9 $(cut -d' ' -f2 \"$LEGO_PATH/renew.lock\")\n\
                fi";
    let reload = format!("word=deploy\n{kill}\necho \"$LEGO_HOOK_CERT_NAME\" >>reloaded");
    let reload = sandbox.script("reload.sh", &reload);
    let before = sandbox.script("before.sh", &format!("word=$1\n{kill}"));
    let dns = format!("word=$1\n{kill}\nexec \"$UPDATE_DNS\" \"$@\"");
    let dns = sandbox.script("kill-dns.sh", &dns);
    let mut text = format!(
        "email = \"me@example.test\"\naccept-tos = true\ndeploy-hook = \"{}\"\npre-hook = \"{} before\"\nexec = \"{}\"\n",
        reload.display(),
        before.display(),
        dns.display(),
    );
    for name in names {
        text += &format!("[[certificate]]\ndomains = [\"{name}\"]\n");
    }
    let path = sandbox.dir().join("acmepipe.toml");
    fs::write(&path, text).expect("written");
    path
}

/// The line that renews by this configuration.
fn line(configuration: &Path) -> String {
    let path = configuration.display();
    format!("UPDATE_DNS=$EXEC_PATH acme-renew --no-sleep --config {path}")
}

/// Asserts that a certificate and its key belong together.
#[track_caller]
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
    let line = line(&path);
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
    let line = line(&path);
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

#[test]
fn after_a_kill_the_next_run_heals_what_is_not_as_it_should_be() {
    let sandbox = Sandbox::start();
    for moment in ["before", "present", "cleanup", "deploy"] {
        let name = format!("{moment}.example.test");
        let path = configuration(&sandbox, &[&name]);
        sandbox.sh(&format!("touch kill-{moment}")).success();
        // What it started holds stderr too, so this waits until all has ended.
        let killed = sandbox.sh(&line(&path));
        killed.assert_status(137);
        let certificate = sandbox.data().join("certificates").join(&name);
        if certificate.exists() {
            assert_pair(&sandbox, &name);
        }
        // As if the minute had passed for which a renewal that failed is held back.
        let state = sandbox.data().join("certificates/.state").join(&name);
        let _ = fs::remove_file(state.join("renewal.json"));
        let healed = sandbox.sh(&line(&path)).success();
        assert!(certificate.exists(), "{moment}: {}", healed.stderr);
        assert_pair(&sandbox, &name);
        let reloaded = sandbox.sh("cat reloaded").success().stdout;
        assert!(
            reloaded.lines().any(|one| one == name),
            "{moment}: {reloaded}"
        );
        sandbox.assert_nothing_left();
    }
}
