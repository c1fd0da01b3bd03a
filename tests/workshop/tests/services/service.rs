//! The program of a service, by its name: what it answers, and what is missing.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use workshop::{FalseCa, Programs, Workshop, copy_to_run};

use super::{acme_sh, call, prepared, service};

#[test]
fn timeout_says_what_the_variables_of_the_service_say() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    for (variables, expected) in [
        (&[][..], json!({"timeout": 120, "interval": 2, "jobs": 8})),
        (
            &[
                ("CLOUDFLARE_PROPAGATION_TIMEOUT", "30"),
                ("CLOUDFLARE_POLLING_INTERVAL", "0.5"),
            ],
            json!({"timeout": 30, "interval": 0.5, "jobs": 8}),
        ),
        (
            &[("CLOUDFLARE_PROPAGATION_TIMEOUT", "soon")],
            json!({"timeout": 120, "interval": 2, "jobs": 8}),
        ),
    ] {
        let mut command = service(&workshop, "cloudflare");
        command
            .env("CF_DNS_API_TOKEN", "token")
            .envs(variables.iter().copied());
        let ended = call(command, &["timeout"]);
        ended.assert_status(0);
        let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(answer, expected, "{variables:?}");
    }
}

#[test]
fn a_time_that_is_no_number_counts_as_not_set_and_a_warning_says_so_once() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    for (code, name) in [
        ("cloudflare", "CLOUDFLARE_TTL"),
        ("cloudflare", "CLOUDFLARE_POLLING_INTERVAL"),
        ("pdns", "PDNS_TTL"),
    ] {
        let mut command = service(&workshop, code);
        command
            .env("CF_DNS_API_TOKEN", "token")
            .env("PDNS_API_URL", "http://127.0.0.1:8081")
            .env("PDNS_API_KEY", "a-key")
            .env(name, "abc");
        let ended = call(command, &["timeout"]);
        ended.assert_status(0);
        let says = format!("{name} takes a number ");
        assert_eq!(ended.stderr.matches(&says).count(), 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(", not `abc`; it counts as not set"));
    }
}

#[test]
fn what_is_missing_is_said_before_anything_is_ordered() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    acme_sh(&workshop, ":");
    let nothing = Path::new("/nonexistent").as_os_str();
    for (code, variable, value, says) in [
        (
            "cloudfare",
            "X",
            "x".as_ref(),
            "--dns `cloudfare` is no DNS service; did you mean `cloudflare`?",
        ),
        (
            "cloudflare",
            "X",
            "x".as_ref(),
            "Cloudflare needs CF_DNS_API_TOKEN, or CF_API_EMAIL and CF_API_KEY",
        ),
        (
            "cloudflare",
            "CLOUDFLARE_DNS_API_TOKN",
            "x".as_ref(),
            "CLOUDFLARE_DNS_API_TOKN is set: did you mean CLOUDFLARE_DNS_API_TOKEN?",
        ),
        (
            "linode",
            "X",
            "x".as_ref(),
            "use linodev4, with LINODE_TOKEN",
        ),
        ("bindman", "X", "x".as_ref(), "see dns01-exec(1)"),
        (
            "gcloud",
            "GCE_SERVICE_ACCOUNT_FILE",
            nothing,
            "the file that GCE_SERVICE_ACCOUNT_FILE names: No such file or directory",
        ),
        (
            "transip",
            "TRANSIP_PRIVATE_KEY_PATH",
            nothing,
            "the file that TRANSIP_PRIVATE_KEY_PATH names: No such file or directory",
        ),
        (
            "digitalocean",
            "DO_AUTH_TOKEN",
            "x".as_ref(),
            "has no provider dns_dgon: install a newer one",
        ),
        (
            "cloudflare",
            "LE_WORKING_DIR",
            nothing,
            "Cloudflare needs CF_DNS_API_TOKEN",
        ),
    ] {
        for program in ["acme-issue", "acme-renew"] {
            let mut command = prepared(&workshop, workshop.command(program));
            ca.trusted_by(&mut command);
            command.env(variable, value).args(["--dns", code]);
            let words: &[&str] = match program {
                "acme-issue" => &["-d", "example.test", "--accept-tos"],
                _ => &["--no-sleep"],
            };
            let ended = call(command, words);
            ended.assert_status(2);
            assert!(
                ended.stderr.contains(says),
                "{program} {code} {variable}: {}",
                ended.stderr
            );
        }
    }
    let command = prepared(&workshop, workshop.command("acme-issue"));
    let ended = call(
        command,
        &["--dns", "cloudflare", "-x", "/bin/true", "-d", "a.test"],
    );
    ended.assert_status(2);
    assert!(
        ended.stderr.contains("--dns and --exec exclude each other"),
        "{}",
        ended.stderr
    );
    assert!(ca.asked().is_empty(), "{:?}", ca.asked());
}

#[test]
fn a_collection_that_is_not_installed_is_named_with_what_to_install() {
    let workshop = Workshop::open();
    let mut command = service(&workshop, "cloudflare");
    command
        .env("CF_DNS_API_TOKEN", "token")
        .env("HOME", workshop.dir());
    let ended = call(command, &["timeout"]);
    // Where this machine has acme.sh there is nothing to see.
    if ended.status != 0 {
        ended.assert_status(2);
        assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
        assert!(
            ended.stderr.contains("install the package acme.sh"),
            "{}",
            ended.stderr
        );
        let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert!(answer["error"].is_string(), "{answer}");
    }
}

#[test]
fn what_a_program_of_this_package_lacks_is_said_before_an_order_however_it_is_named() {
    let workshop = Workshop::open();
    let link = Programs::build()
        .unwrap()
        .path("../libexec/acmepipe/dns/duckdns");
    for (program, says) in [
        (
            "dns01-rfc2136",
            "dns01-rfc2136: no server that takes updates",
        ),
        (
            "dns01-acmesh",
            "dns01-acmesh: no provider: DNS01_ACMESH names one",
        ),
        (
            "dns01-lexicon",
            "dns01-lexicon: no provider: DNS01_LEXICON names one",
        ),
        (
            link.to_str().unwrap(),
            "duckdns: Duck DNS needs DUCKDNS_TOKEN",
        ),
    ] {
        let mut command = workshop.command("acme-issue");
        // No CA: it does not come to that.
        command.env("LEGO_SERVER", "https://127.0.0.1:1/dir");
        let ended = call(command, &["-d", "a.example.test", "--exec", program]);
        ended.assert_status(2);
        let said = format!("acme-issue: dns01-exec: {says}");
        assert!(ended.stderr.contains(&said), "{ended:?}");
    }
}

#[test]
fn a_script_beside_the_programs_of_this_package_need_not_know_what_they_know() {
    let workshop = Workshop::open();
    let programs = Programs::build().unwrap();
    // A copy of the program, beside which a user's own script lies, as in /usr/local/bin.
    let copy = workshop.dir().join("dns01-exec");
    copy_to_run(&[programs.path("dns01-exec")], &copy).unwrap();
    for (name, script) in [
        ("own.sh", "test $1 = present"),
        (
            "dns01-own",
            "test $1 != timeout || { echo usage; exit 64; }",
        ),
    ] {
        let script = workshop.script(name, script);
        let mut command = std::process::Command::new(&copy);
        command
            .env("LEGO_PATH", workshop.dir().join("data"))
            .args(["present", "--exec"])
            .arg(&script)
            .args(["--", "_acme-challenge.a.test.", "v"]);
        let ended = call(command, &[]);
        ended.assert_status(0);
        assert_eq!(ended.stderr, "");
    }
}

#[test]
fn what_a_service_is_called_elsewhere_is_understood() {
    let workshop = Workshop::open();
    for (code, says) in [
        ("dnsupdate", "did you mean `rfc2136`?"),
        ("dns_cf", "did you mean `cloudflare`?"),
        ("desec", "acme.sh or lexicon may have it"),
    ] {
        let ended = call(workshop.command("dns01-exec"), &["present", "--dns", code]);
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{ended:?}");
    }
}

#[test]
fn all_services_are_shown_by_each_program_that_takes_one() {
    let workshop = Workshop::open();
    let mut shown = Vec::new();
    for words in [
        &["dns01-exec", "--dns", "list"][..],
        &["dns01-exec", "present", "--dns", "list"],
        &["acme-issue", "--dns=list"],
        &["acme-renew", "--dns=list"],
        &["dns01-service", "list"],
        &["dns01-service", "--dns=list"],
    ] {
        let ended = call(workshop.command(words[0]), &words[1..]);
        ended.assert_status(0);
        shown.push(ended.stdout);
    }
    assert!(shown[0].contains("cloudflare    Cloudflare: acme.sh or lexicon\n"));
    assert!(shown.iter().all(|one| *one == shown[0]), "{shown:?}");
}

#[test]
fn a_configuration_names_a_service_and_its_line_is_said_where_it_lacks_something() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    let file = workshop.dir().join("acmepipe.toml");
    let renew = |text: &str| {
        let rest = "[[certificate]]\ndomains = [\"a.example.test\"]\n";
        fs::write(&file, format!("{text}\n{rest}")).unwrap();
        let mut command = prepared(&workshop, workshop.command("acme-renew"));
        // No CA: it is not come to that, or it cannot be reached.
        command
            .env("LEGO_SERVER", "https://127.0.0.1:1/dir")
            .arg("--config")
            .arg(&file);
        call(command, &["--no-sleep"])
    };
    for (text, says) in [
        (
            "strict = true\ndns = \"cloudfare\"",
            "line 2: acme-issue: dns01-exec: --dns `cloudfare` is no DNS service",
        ),
        (
            "dns = \"cloudflare\"",
            "line 1: acme-issue: dns01-exec: --dns cloudflare: Cloudflare needs CF_DNS_API_TOKEN",
        ),
    ] {
        let ended = renew(text);
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    let ended =
        renew("accept-tos = true\ndns = \"cloudflare\"\n[env]\nCF_DNS_API_TOKEN = \"topsecret\"\n");
    ended.assert_status(1);
    assert!(ended.stderr.contains("127.0.0.1:1"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("topsecret"), "{}", ended.stderr);
}

#[test]
fn what_a_service_can_is_asked_of_its_program() {
    let workshop = Workshop::open();
    acme_sh(&workshop, ":");
    for (code, variable, expected) in [
        (
            "cloudflare",
            "CF_DNS_API_TOKEN",
            json!({"timeout": 120, "interval": 2, "jobs": 8}),
        ),
        (
            "duckdns",
            "DUCKDNS_TOKEN",
            json!({"timeout": 120, "interval": 2, "one_per_name": true}),
        ),
    ] {
        let home = workshop.dir().join("acme.sh/dnsapi");
        fs::copy(home.join("dns_cf.sh"), home.join("dns_duckdns.sh")).unwrap();
        let mut command = prepared(&workshop, workshop.command("dns01-exec"));
        command.env(variable, "token");
        let ended = call(command, &["timeout", "--dns", code]);
        ended.assert_status(0);
        let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(answer, expected, "{code}");
    }
}
