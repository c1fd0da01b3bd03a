//! What is wrong with a key of the configuration is named by each program that uses the key, and by all where certificates are
//! made of it: in the same words, with its line.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;

use workshop::{Workshop, run};

/// The programs that read the file, and what they are told besides.
const PROGRAMS: [(&str, &[&str]); 5] = [
    ("acme-due", &["--check", "--timeout=0.1"]),
    ("acme-renew", &["-x", "/bin/true", "--no-sleep"]),
    ("acme-deploy", &["--all"]),
    ("acme-list", &[]),
    ("acme-revoke", &["--yes", "a.example.test"]),
];

const ALL: &[&str] = &[
    "acme-due",
    "acme-renew",
    "acme-deploy",
    "acme-list",
    "acme-revoke",
];
const RENEW: &[&str] = &["acme-renew"];
const DUE: &[&str] = &["acme-due", "acme-renew", "acme-list"];

/// Each key, a wrong value, the programs that name that, and what they say.
const CASES: [(&str, &str, &[&str], &str); 70] = [
    ("accept-tos", "1", RENEW, "is true or false"),
    ("accounts", "1", RENEW, "is a text in quotes"),
    ("allow-tld", "1", RENEW, "is true or false"),
    ("at-least", "0", RENEW, "is a number from 1 to 128"),
    ("batch", "1", RENEW, "is true or false"),
    (
        "challenge",
        "1",
        ALL,
        "is a text in quotes, or a list of them",
    ),
    (
        "challenge",
        "[\"dns-01\", \"http-01\"]",
        &["acme-due", "acme-renew"],
        "`challenge`: `http-01` is none of dns-01,dns-account-01",
    ),
    ("days", "0", DUE, "is a number from 1 to 3650"),
    ("deactivate-authorizations", "1", RENEW, "is true or false"),
    (
        "deploy-hook",
        "1",
        ALL,
        "is a text in quotes, or a list of them",
    ),
    ("deploy-hook", "\"'a\"", ALL, ": the quote ' is not closed"),
    ("dns", "1", RENEW, "is a text in quotes"),
    ("dns", "\"list\"", RENEW, "and `list` is none"),
    ("double-dash", "1", RENEW, "is true or false"),
    ("eab", "1", RENEW, "is true or false"),
    ("email", "\"a b@c\"", ALL, "has a blank in it"),
    ("exec", "1", RENEW, "is a text in quotes"),
    ("follow-wildcard-cname", "1", RENEW, "is true or false"),
    ("group", "1", ALL, "is a text in quotes"),
    ("hmac", "1", RENEW, "is a text in quotes"),
    (
        "hook-timeout",
        "\"1\"",
        &["acme-renew", "acme-deploy"],
        "is a number of seconds, at most a year",
    ),
    ("install", "\"relative\"", ALL, "is an absolute path"),
    (
        "interval",
        "\"1\"",
        RENEW,
        "is a number of seconds, at most a year",
    ),
    ("ipv4", "1", RENEW, "is true or false"),
    ("ipv6", "1", RENEW, "is true or false"),
    ("jobs", "0", RENEW, "is a number from 1 to 100"),
    ("keep-versions", "0", RENEW, "is a number from 1 to 1000"),
    (
        "key-mode",
        "\"0777\"",
        ALL,
        "is an octal number such as 0o640",
    ),
    (
        "key-type",
        "\"RSA\"",
        ALL,
        "is one of EC256, EC384, RSA2048",
    ),
    ("kid", "1", RENEW, "is a text in quotes"),
    ("layout", "1", RENEW, "is a text in quotes"),
    ("mode", "1", RENEW, "is a text in quotes"),
    ("must-staple", "1", ALL, "is true or false"),
    ("no-ari", "1", DUE, "is true or false"),
    ("no-bundle", "1", RENEW, "is true or false"),
    ("no-cname", "1", RENEW, "is true or false"),
    (
        "no-sleep",
        "1",
        &["acme-due", "acme-renew"],
        "is true or false",
    ),
    ("not-after", "1", RENEW, "is a text in quotes"),
    (
        "not-after",
        "\"90d\"",
        RENEW,
        "--not-after: `90d` is neither a time",
    ),
    ("not-before", "1", RENEW, "is a text in quotes"),
    ("one-per-name", "1", RENEW, "is true or false"),
    ("one-per-zone", "1", RENEW, "is true or false"),
    ("owner", "1", ALL, "is a text in quotes"),
    (
        "overall-request-limit",
        "0",
        &["acme-due", "acme-renew"],
        "is a number from 1 to",
    ),
    ("path", "1", ALL, "is a text in quotes"),
    ("pem", "1", RENEW, "is true or false"),
    ("pfx", "1", RENEW, "is true or false"),
    ("pfx-format", "1", RENEW, "is a text in quotes"),
    ("pfx-pass", "1", RENEW, "is a text in quotes"),
    ("post-hook", "1", RENEW, "is a text in quotes"),
    (
        "post-hook",
        "\"no-such-program x\"",
        RENEW,
        ": no-such-program: not found",
    ),
    ("pre-hook", "1", RENEW, "is a text in quotes"),
    ("preferred-chain", "1", ALL, "is a text in quotes"),
    ("profile", "\"\"", ALL, "is empty"),
    (
        "program-timeout",
        "\"1\"",
        RENEW,
        "is a number of seconds, at most a year",
    ),
    ("recursive", "1", RENEW, "is true or false"),
    ("recursive-only", "1", RENEW, "is true or false"),
    (
        "resolver",
        "1",
        RENEW,
        "is a text in quotes, or a list of them",
    ),
    ("reuse-key", "1", ALL, "is true or false"),
    (
        "sequence-interval",
        "\"1\"",
        RENEW,
        "is a number of seconds, at most a year",
    ),
    (
        "sign-command",
        "1",
        &["acme-renew", "acme-revoke"],
        "is a text in quotes",
    ),
    ("server", "1", ALL, "is a text in quotes"),
    // acme-deploy asks no CA, and knows none.
    (
        "server",
        "\"nosuchca\"",
        &["acme-due", "acme-renew", "acme-list", "acme-revoke"],
        "nosuchca",
    ),
    (
        "settle",
        "\"1\"",
        RENEW,
        "is a number of seconds, at most a year",
    ),
    ("strict", "1", RENEW, "is true or false"),
    (
        "timeout",
        "\"1\"",
        RENEW,
        "is a number of seconds, at most a year",
    ),
    (
        "user-agent",
        "1",
        &["acme-due", "acme-renew"],
        "is a text in quotes",
    ),
    ("env", "1", ALL, "is a table: [env]"),
    (
        "env-file",
        "1",
        ALL,
        "is a text in quotes, or a list of them",
    ),
    ("emial", "1", ALL, "`emial`; did you mean `email`?"),
];

#[test]
fn what_a_program_of_the_run_finds_wrong_is_named_with_the_line_that_says_it() {
    let workshop = Workshop::open();
    fs::create_dir(workshop.dir().join("data")).unwrap();
    let file = workshop.dir().join("acmepipe.toml");
    for (text, line, says) in [
        (
            "mode = \"wild\"",
            1,
            "acme-issue: dns01-exec: --mode takes RAW",
        ),
        (
            "strict = true\nresolver = \"x\"",
            2,
            "acme-issue: dns-zone: --resolver `x` is neither an IP address",
        ),
        (
            "strict = true\nexec = \"/no/such\"",
            2,
            "acme-issue: dns01-exec: /no/such: ",
        ),
        ("eab = true", 1, "acme-issue: acme-order: --eab needs --kid"),
    ] {
        let program = match text.contains("exec") {
            true => "",
            false => "exec = \"/bin/true\"\n",
        };
        let rest = "[[certificate]]\ndomains = [\"a.example.test\"]\n";
        fs::write(&file, format!("{text}\n{program}{rest}")).unwrap();
        let renew = |arguments: &[&str]| {
            let mut command = workshop.command("acme-renew");
            command.arg("--no-sleep").args(arguments);
            command.arg("--config").arg(&file);
            run(command, "")
        };
        let ended = renew(&[]);
        ended.assert_status(2);
        let said = format!("acme-renew: {}: line {line}: {says}", file.display());
        assert!(ended.stderr.starts_with(&said), "{}", ended.stderr);
        // What the command line says is not on a line of the file.
        let ended = renew(&["--mode", "odd", "--resolver", "odd", "-x", "/none"]);
        ended.assert_status(2);
        let is_of_file = text.contains("eab");
        assert_eq!(
            ended.stderr.contains(": line "),
            is_of_file,
            "{text}: {}",
            ended.stderr
        );
    }
}

#[test]
fn each_program_names_what_it_uses_and_what_certificates_are_made_of_in_the_same_words() {
    let known = CASES.map(|(key, ..)| key);
    let keys = include_str!("../../../crates/libraries/configuration/src/keys.rs");
    let (_, keys) = keys.split_once("KEYS: &[&str] = &[").unwrap();
    let (keys, _) = keys.split_once("];").unwrap();
    let keys: Vec<&str> = keys.split('"').skip(1).step_by(2).collect();
    assert!(keys.contains(&"accept-tos") && keys.contains(&"timeout"));
    for key in keys {
        assert!(known.contains(&key), "{key}");
    }
    let workshop = Workshop::open();
    fs::create_dir(workshop.dir().join("data")).unwrap();
    let file = workshop.dir().join("acmepipe.toml");
    for (key, value, programs, says) in CASES {
        // A CA that nobody asks.
        let server = match key {
            "server" => "",
            _ => "server = \"https://127.0.0.1:1/directory\"\n",
        };
        let rest = "[[certificate]]\ndomains = [\"a.example.test\"]\ninstall = \"/nowhere\"\n";
        fs::write(&file, format!("{key} = {value}\n{server}{rest}")).unwrap();
        let begins = format!("{}: line 1: ", file.display());
        let mut said: Vec<String> = Vec::new();
        for (program, arguments) in PROGRAMS {
            let mut command = workshop.command(program);
            command.args(arguments).arg("--config").arg(&file);
            // Whatever else it does or finds wrong counts for nothing here.
            let ended = run(command, "");
            let begins = format!("{program}: {begins}");
            let mut lines = ended.stderr.lines();
            let line = lines.find_map(|line| line.strip_prefix(&*begins));
            let names_it = programs.contains(&program);
            assert_eq!(line.is_some(), names_it, "{key}, {program}: {ended:?}");
            if let Some(line) = line {
                ended.assert_status(2);
                assert!(line.contains(says), "{key}: {line}");
                said.push(line.to_owned());
            }
        }
        assert_eq!(said.len(), programs.len(), "{key}");
        said.dedup();
        assert_eq!(said.len(), 1, "{key}: {said:?}");
    }
}
