//! Accounts whose private key is elsewhere: a program signs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use workshop::{Ended, run, wait_for};

use super::shop::Shop;

/// The example of the manual: openssl signs, and gives DER.
const OPENSSL: &str = "exec openssl dgst -sha256 -sign \"$(dirname \"$0\")/private.pem\" -binary";

/// A shop with a key that openssl has made, of which the public half stands in `public.pem`.
fn shop() -> Shop {
    let shop = Shop::open();
    for line in [
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem",
        "openssl pkey -in private.pem -pubout -out public.pem",
    ] {
        let (program, rest) = line.split_once(' ').unwrap();
        run(shop.command(program, rest), "").success();
    }
    shop
}

fn signer(shop: &Shop, text: &str) -> PathBuf {
    shop.workshop
        .script("sign", &format!("#!/bin/sh\n{text}\n"))
}

fn with(shop: &Shop, signer: &Path, program: &str, line: &str, stdin: &str) -> Ended {
    let mut command = shop.command(program, line);
    command.env("ACMEPIPE_SIGN_COMMAND", signer);
    run(command, stdin)
}

/// Registers the account of `public.pem`, and returns what is said of it.
#[track_caller]
fn register(shop: &Shop, signer: &Path) -> Value {
    let line = "register --key public.pem";
    let registered = with(shop, signer, "acme-account", line, "");
    registered.success().document()
}

#[test]
fn every_program_has_openssl_sign() {
    let shop = shop();
    let signer = signer(&shop, OPENSSL);
    let account = |line: &str| with(&shop, &signer, "acme-account", line, "");
    let registered = register(&shop, &signer);
    assert_eq!(registered["key_elsewhere"], true);
    let kept = fs::read_to_string(shop.place("default").join("account.key")).unwrap();
    assert!(kept.starts_with('{') && !kept.contains("\"d\""), "{kept}");
    let shown = account("show").success();
    assert_eq!(shown.document()["url"], registered["url"]);
    let ordered = with(&shop, &signer, "acme-order", "-d a.example.test", "").success();
    let validated = with(&shop, &signer, "acme-validate", "", &ordered.stdout).success();
    with(&shop, &signer, "acme-finalize", "", &validated.stdout);
    let jwk = shop.accounts.all()[0].jwk.clone();
    let signed = shop.ca.asked();
    let signed = signed.iter().filter(|asked| asked.method == "POST");
    assert!(signed.clone().any(|asked| asked.path == "/finalize"));
    for asked in signed {
        assert!(asked.is_signed_by(&jwk), "{}", asked.path);
    }
    // From there to a key of its own.
    account("rollover --key-type EC256").success();
    shop.account("show").success();
}

#[test]
fn that_a_private_key_is_made_here_all_the_same_is_said() {
    let shop = shop();
    let signer = signer(&shop, OPENSSL);
    let says = "the private key of the new account is made and kept here";
    let registered = with(
        &shop,
        &signer,
        "acme-account",
        "register --key public.pem",
        "",
    );
    assert!(!registered.success().stderr.contains(says));
    for line in ["-m new@example.test -d a.example.test", "-d a.example.test"] {
        let ordered = with(&shop, &signer, "acme-order", line, "").success();
        let is_new = line.contains("-m");
        assert_eq!(ordered.stderr.contains(says), is_new, "{}", ordered.stderr);
    }
}

#[test]
fn a_signature_as_jose_has_it_is_taken_too() {
    let shop = shop();
    let to_jose = "openssl dgst -sha256 -sign \"$(dirname \"$0\")/private.pem\" -binary | \
                   openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' | \
                   while read -r n; do printf '%64s' \"$n\" | tr ' ' 0; done | xxd -r -p";
    let signer = signer(&shop, to_jose);
    register(&shop, &signer);
}

#[test]
fn the_program_is_told_which_key_is_meant() {
    let shop = shop();
    let text = format!(
        "echo \"$ACMEPIPE_SIGN_ALGORITHM $ACMEPIPE_SIGN_THUMBPRINT\" >> {}/told\n{OPENSSL}",
        shop.workshop.dir().display()
    );
    let signer = signer(&shop, &text);
    let thumbprint = register(&shop, &signer)["thumbprint"].clone();
    let told = fs::read_to_string(shop.workshop.dir().join("told")).unwrap();
    let expected = format!("ES256 {}", thumbprint.as_str().unwrap());
    assert!(told.lines().all(|line| line == expected), "{told}");
}

#[test]
fn a_signature_counts_where_the_program_leaves_something_behind_that_holds_its_output() {
    let shop = shop();
    let pid = shop.workshop.dir().join("pid");
    let text = format!("sleep 1000 &\necho $! >> {}\n{OPENSSL}", pid.display());
    register(&shop, &signer(&shop, &text));
    for pid in fs::read_to_string(pid).unwrap().lines() {
        let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
        kill_process(pid, Signal::KILL).unwrap();
    }
}

#[test]
fn a_wrong_signature_is_explained_and_never_sent() {
    let shop = shop();
    let good = signer(&shop, OPENSSL);
    register(&shop, &good);
    let asked = |path: &str| {
        shop.ca
            .asked()
            .iter()
            .filter(|one| one.path == path)
            .count()
    };
    for (text, says) in [
        (
            "exec openssl dgst -sha384 -sign \"$(dirname \"$0\")/private.pem\" -binary",
            "no signature of this message",
        ),
        ("cat > /dev/null", "gave no signature"),
        (
            "echo cannot reach the token >&2; exit 3",
            "cannot reach the token",
        ),
        ("exec head -c 100000 /dev/zero", "printed more than"),
    ] {
        let signer = signer(&shop, text);
        let before = asked("/account/0");
        let shown = with(&shop, &signer, "acme-account", "show", "");
        shown.assert_status(1);
        assert!(shown.stderr.contains(says), "{says}: {shown:?}");
        assert_eq!(asked("/account/0"), before);
        let ordered = with(&shop, &signer, "acme-order", "-d a.example.test", "");
        ordered.assert_status(1);
        let error = ordered.document()["error"].clone();
        assert_eq!(error["type"], "acmepipe:account:signing", "{error}");
    }
    assert_eq!(shop.ca.count("/new-order"), 0);
}

#[test]
fn without_a_program_it_is_said_that_there_is_only_a_public_key() {
    let shop = shop();
    let good = signer(&shop, OPENSSL);
    register(&shop, &good);
    for (program, line) in [
        ("acme-account", "show"),
        ("acme-order", "-d a.example.test"),
    ] {
        let refused = run(shop.command(program, line), "");
        refused.assert_status(1);
        assert!(refused.stderr.contains("--sign-command"), "{refused:?}");
    }
    // What asks nobody to sign needs none.
    shop.account("list").success();
    let missing = with(&shop, "missing".as_ref(), "acme-account", "show", "");
    missing.assert_status(2);
    let line = with(&shop, "openssl dgst".as_ref(), "acme-account", "show", "");
    line.assert_status(2);
    assert!(line.stderr.contains("a script of its own"), "{line:?}");
}

#[test]
fn no_key_is_made_here_for_one_that_is_elsewhere_unless_somebody_says_so() {
    let shop = shop();
    let signer = signer(&shop, OPENSSL);
    let account = |line: &str| with(&shop, &signer, "acme-account", line, "");
    let registered = register(&shop, &signer);
    let refused = account("rollover");
    refused.assert_status(2);
    assert!(refused.stderr.contains("--key"), "{refused:?}");
    let shown = account("show").success().document();
    assert_eq!(shown["thumbprint"], registered["thumbprint"]);
    let made = account("rollover --key-type EC256").success().document();
    assert_ne!(made["key_elsewhere"], true);
}

#[test]
fn a_new_key_that_does_not_sign_is_not_kept() {
    let shop = shop();
    let run_line = |line: &str| run(shop.command("openssl", line), "").success();
    run_line("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out second.pem");
    run_line("pkey -in second.pem -pubout -out second-public.pem");
    // It signs with the first key whatever is asked.
    let signer = signer(&shop, OPENSSL);
    let account = |line: &str| with(&shop, &signer, "acme-account", line, "");
    register(&shop, &signer);
    let refused = account("rollover --key second-public.pem");
    refused.assert_status(1);
    assert!(
        refused.stderr.contains("ACMEPIPE_SIGN_THUMBPRINT"),
        "{refused:?}"
    );
    assert!(!shop.place("default").join("account.key.new").exists());
    let shown = account("show").success();
    assert!(!shown.stderr.contains("interrupted"), "{shown:?}");
}

#[test]
fn a_key_that_is_elsewhere_takes_the_place_of_another_such_key() {
    let shop = shop();
    let run_line = |line: &str| run(shop.command("openssl", line), "").success();
    run_line("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out second.pem");
    run_line("pkey -in second.pem -pubout -out second-public.pem");
    let one = signer(&shop, OPENSSL);
    let thumbprint = register(&shop, &one)["thumbprint"].clone();
    let both = format!(
        "case $ACMEPIPE_SIGN_THUMBPRINT in {}) key=private.pem ;; *) key=second.pem ;; esac\n\
         exec openssl dgst -sha256 -sign \"$(dirname \"$0\")/$key\" -binary",
        thumbprint.as_str().unwrap()
    );
    let both = signer(&shop, &both);
    let line = "rollover --key second-public.pem";
    run(shop.command("acme-account", line), "").assert_status(2);
    with(&shop, &both, "acme-account", line, "").success();
    let shown = with(&shop, &both, "acme-account", "show", "").success();
    assert_ne!(shown.document()["thumbprint"], thumbprint);
    assert!(!shop.place("default").join("account.key.new").exists());
}

#[test]
fn a_signature_that_nobody_waits_for_any_more_is_ended() {
    let shop = shop();
    let good = signer(&shop, OPENSSL);
    register(&shop, &good);
    let dir = shop.workshop.dir();
    let text = format!(
        "echo $$ > {0}/pid.part; mv {0}/pid.part {0}/pid; exec sleep 1000",
        dir.display()
    );
    let signer = signer(&shop, &text);
    for (program, line) in [
        ("acme-order", "-d a.example.test"),
        ("acme-account", "show"),
    ] {
        let mut command = shop.command(program, line);
        command
            .env("ACMEPIPE_SIGN_COMMAND", &signer)
            .stdout(Stdio::piped());
        let child = command.spawn().unwrap();
        wait_for("the program that signs", || dir.join("pid").exists());
        let number = i32::try_from(child.id()).unwrap();
        kill_process(Pid::from_raw(number).unwrap(), Signal::TERM).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(128 + 15), "{program}");
        if program == "acme-order" {
            let document: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(document["error"]["type"], "acmepipe:interrupted");
        }
        let pid = fs::read_to_string(dir.join("pid")).unwrap();
        wait_for("its end", || {
            !fs::exists(format!("/proc/{}", pid.trim())).unwrap()
        });
        fs::remove_file(dir.join("pid")).unwrap();
    }
}
