//! `dns01-rfc2136` as it reads words, variables and files; what it does at servers is among the tests with servers.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use workshop::{Ended, Programs, Workshop, challenge, run};

const SECRET: &str = "c2VjcmV0IG9mIGEga2V5";
const NAME: &str = "_acme-challenge.example.test.";

/// `dns01-rfc2136` with these words and variables, and with these challenges on stdin.
fn call_with(
    workshop: &Workshop,
    words: &[&str],
    variables: &[(&str, &str)],
    stdin: &str,
) -> Ended {
    let mut command = workshop.command("dns01-rfc2136");
    command.args(words).env("RFC2136_NAMESERVER", "192.0.2.1");
    command.envs(variables.iter().copied());
    let ended = run(command, stdin);
    for printed in [&ended.stdout, &ended.stderr] {
        assert!(!printed.contains(SECRET), "{words:?}: {printed}");
    }
    ended
}

/// What a dry run prints with these variables: it asks nobody where the zone is told.
fn dry(workshop: &Workshop, variables: &[(&str, &str)]) -> Ended {
    let words = [
        "present",
        "--dry-run",
        "--zone=example.test",
        "--",
        NAME,
        "-v",
    ];
    call_with(workshop, &words, variables, "")
}

fn script(key: &str) -> String {
    format!(
        "server 192.0.2.1 53\n{key}zone example.test.\nprereq nxrrset {NAME} IN CNAME\nupdate add {NAME} 0 IN TXT \"-v\"\nsend\n"
    )
}

#[test]
fn a_key_is_taken_from_variables_files_and_credentials_and_its_secret_is_shown_nowhere() {
    let workshop = Workshop::open();
    let write = |name: &str, text: String| {
        let path = workshop.dir().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let bind = write(
        "bind.key",
        format!("key \"acme\" {{ algorithm hmac-sha256; secret \"{SECRET}\"; }};\n"),
    );
    let with_others = write(
        "named.conf",
        format!(
            "\u{feff}key \"old\" {{\r\n algorithm hmac-md5;\r\n secret \"{SECRET}\"; }};\r\n\
             key \"acme\" {{ algorithm hmac-sha256; secret \"{SECRET}\"; }};\r\n"
        ),
    );
    let file = write("secret", format!("{SECRET}\n"));
    let marked = write("marked-secret", format!("\u{feff}{SECRET}\r\n"));
    write("of-secret/RFC2136_TSIG_SECRET", SECRET.to_owned());
    write(
        "of-file/RFC2136_TSIG_FILE",
        format!("hmac-sha256:acme:{SECRET}\n"),
    );
    let directory = |name: &str| workshop.dir().join(name).to_string_lossy().into_owned();
    let (of_secret, of_file) = (directory("of-secret"), directory("of-file"));
    // As dnssec-keygen made keys until BIND 9.13.
    let private = format!(
        "Private-key-format: v1.3\nAlgorithm: 163 (HMAC_SHA256)\nKey: {SECRET}\nBits: AAA=\n"
    );
    let of_keygen = write("Kacme.+163+01234.private", private.clone());
    let renamed = write("key.private", private);
    let line = format!("acme:{SECRET}");
    let name = ("RFC2136_TSIG_KEY", "acme");
    let algorithm = ("RFC2136_TSIG_ALGORITHM", "HMAC-SHA256.");
    for variables in [
        &[("RFC2136_TSIG_FILE", &*bind)][..],
        &[("DNSUPDATE_TSIG_FILE", &*bind)],
        &[("RFC2136_TSIG_FILE", &*bind), ("RFC2136_TSIG_KEY", "ACME.")],
        &[name, algorithm, ("RFC2136_TSIG_SECRET", SECRET)],
        &[("RFC2136_TSIG_FILE", &*with_others)],
        &[("RFC2136_TSIG_FILE", &*with_others), name],
        &[("RFC2136_TSIG_FILE", &*of_keygen)],
        &[("RFC2136_TSIG_FILE", &*of_keygen), name],
        &[("RFC2136_TSIG_FILE", &*renamed), name],
        &[name, algorithm, ("RFC2136_TSIG_SECRET_FILE", &file)],
        &[name, algorithm, ("RFC2136_TSIG_SECRET_FILE", &marked)],
        &[name, algorithm, ("CREDENTIALS_DIRECTORY", &of_secret)],
        &[("CREDENTIALS_DIRECTORY", &of_file)],
        &[("RFC2136_TSIG_SECRET", &*line)],
        &[
            ("DNSUPDATE_TSIG_KEY", "acme"),
            ("DNSUPDATE_TSIG_ALGORITHM", "hmac-sha256"),
            ("DNSUPDATE_TSIG_SECRET", SECRET),
            // Lego 5 has its own names first.
            ("RFC2136_TSIG_KEY", "other"),
        ],
    ] {
        let shown = dry(&workshop, variables).success().stdout;
        assert_eq!(
            shown,
            script("key hmac-sha256:acme. ***\n"),
            "{variables:?}"
        );
    }
    let lego = [name, ("RFC2136_TSIG_SECRET", SECRET)];
    let shown = dry(&workshop, &lego).success().stdout;
    assert_eq!(shown, script("key hmac-sha1:acme. ***\n"));
    assert_eq!(dry(&workshop, &[]).success().stdout, script(""));
}

#[test]
fn a_setting_that_is_wrong_is_named_and_timeout_answers_with_it() {
    let workshop = Workshop::open();
    fs::write(workshop.dir().join("empty.key"), "# none\n").unwrap();
    fs::write(
        workshop.dir().join("two.key"),
        format!("key a {{ algorithm hmac-sha256; secret {SECRET}; }}; key b {{ algorithm hmac-sha256; secret {SECRET}; }};"),
    )
    .unwrap();
    let of_zone =
        "Private-key-format: v1.3\nAlgorithm: 13 (ECDSAP256SHA256)\nPrivateKey: c2VjcmV0\n";
    fs::write(workshop.dir().join("Kzone.+013+1.private"), of_zone).unwrap();
    let name = ("RFC2136_TSIG_KEY", "acme");
    for (variables, says) in [
        (
            &[("RFC2136_NAMESERVER", "")][..],
            "no server that takes updates",
        ),
        (
            &[("RFC2136_NAMESERVER", "ns1:dns")],
            "RFC2136_NAMESERVER: `ns1:dns` has `dns` for a port",
        ),
        (
            &[name],
            "RFC2136_TSIG_KEY names a TSIG key, and its secret is missing",
        ),
        (
            &[("RFC2136_TSIG_SECRET", SECRET)],
            "and not the TSIG key's name",
        ),
        (
            &[name, ("RFC2136_TSIG_SECRET", "no base64!")],
            "RFC2136_TSIG_SECRET: the secret of the TSIG key acme is not base64",
        ),
        (
            &[
                name,
                ("RFC2136_TSIG_SECRET", SECRET),
                ("RFC2136_TSIG_SECRET_FILE", "x"),
            ],
            "both RFC2136_TSIG_SECRET and RFC2136_TSIG_SECRET_FILE are set",
        ),
        (
            &[
                name,
                ("RFC2136_TSIG_SECRET", SECRET),
                ("RFC2136_TSIG_ALGORITHM", "hmac-md5"),
            ],
            "RFC2136_TSIG_ALGORITHM: a key of hmac-md5 is too weak",
        ),
        (
            &[("RFC2136_TSIG_FILE", "missing.key")],
            "RFC2136_TSIG_FILE: missing.key: No such file",
        ),
        (
            &[("RFC2136_TSIG_FIL", "two.key")],
            "RFC2136_TSIG_FIL is set: did you mean RFC2136_TSIG_FILE?",
        ),
        (
            &[name, ("RFC2136_TSIG_SECRT", SECRET)],
            "RFC2136_TSIG_SECRT is set: did you mean RFC2136_TSIG_SECRET?",
        ),
        (
            &[name, ("RFC2136_TSIG_SECRET_FILE", "two.key")],
            "RFC2136_TSIG_SECRET_FILE: the secret of the TSIG key acme is not base64; a file with a whole key is for \
             RFC2136_TSIG_FILE",
        ),
        (
            &[("RFC2136_TSIG_SECRET_FILE", "two.key")],
            "RFC2136_TSIG_SECRET_FILE is set, and not the TSIG key's name: set DNSUPDATE_TSIG_KEY or RFC2136_TSIG_KEY; a \
             file with a whole key is for RFC2136_TSIG_FILE",
        ),
        (
            &[("RFC2136_TSIG_FILE", "/dev/zero")],
            "/dev/zero: not a regular file",
        ),
        (
            &[("RFC2136_TSIG_FILE", "empty.key")],
            "empty.key: no TSIG key in it",
        ),
        (
            &[("RFC2136_TSIG_FILE", "two.key")],
            "it has several TSIG keys (a, b): say which in RFC2136_TSIG_KEY (--key-name)",
        ),
        (
            &[("RFC2136_TSIG_FILE", "two.key"), name],
            "no TSIG key `acme` in it: it has a, b",
        ),
        (&[("DNS01_ZONE", "a b")], "DNS01_ZONE holds ' '"),
        (
            &[("RFC2136_DNS_TIMEOUT", "0")],
            "RFC2136_DNS_TIMEOUT: a server needs 1 second at least",
        ),
        (
            &[("RFC2136_TSIG_FILE", "Kzone.+013+1.private")],
            "Kzone.+013+1.private: it is a private key of DNSSEC (13 (ECDSAP256SHA256)), not a TSIG key",
        ),
    ] {
        for words in [
            &["present", NAME, "v"][..],
            &["timeout"],
            &["timeout", "--generate", "check"],
        ] {
            let ended = call_with(&workshop, words, variables, "");
            ended.assert_status(2);
            assert!(
                ended.stderr.contains(says),
                "{variables:?}: {}",
                ended.stderr
            );
            if words == ["timeout"] {
                let answer = ended.document();
                assert!(answer["error"].as_str().unwrap().contains(says), "{answer}");
            }
        }
    }
    // What was presented is to be removed all the same.
    let none = [("RFC2136_DNS_TIMEOUT", "0")];
    let ended = call_with(&workshop, &["cleanup", NAME, "v"], &none, "");
    assert!(!ended.stderr.contains("1 second"), "{ended:?}");
}

#[test]
fn a_credential_that_is_misspelt_is_named() {
    let workshop = Workshop::open();
    let directory = workshop.dir().join("credentials");
    fs::create_dir(&directory).unwrap();
    let variables = [
        ("CREDENTIALS_DIRECTORY", directory.to_str().unwrap()),
        ("RFC2136_TSIG_KEY", "acme"),
    ];
    // What is of another program, or named rightly, is no mistake.
    for (name, is_named) in [
        ("RFC2136_TSIG_SECRT", true),
        ("OTHER_TSIG_SECRET", false),
        ("RFC2136_TSIG_SECRET", false),
    ] {
        let file = directory.join(name);
        fs::write(&file, SECRET).unwrap();
        let said = dry(&workshop, &variables).stderr;
        let says = format!("{name} is in CREDENTIALS_DIRECTORY: did you mean RFC2136_TSIG_SECRET?");
        assert_eq!(said.contains(&says), is_named, "{said}");
        fs::remove_file(file).unwrap();
    }
}

/// A key that all users can read is one for all records, and so is a variable that is no number.
#[test]
fn a_setting_is_warned_of_once_in_a_run() {
    let workshop = Workshop::open();
    let key = workshop.dir().join("open.key");
    fs::write(&key, format!("hmac-sha256:acme:{SECRET}\n")).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let program = Programs::build().unwrap().dir.join("dns01-rfc2136");
    let values = ["1", "2", "3"].map(|value| challenge("example.test", value));
    let documents = values.map(|one| format!("{one}\n")).concat();
    for words in [
        &["present"][..],
        &["present", "--timeout=1", "--interval=1"],
    ] {
        let mut command = workshop.exec(&program, words);
        command
            .env("RFC2136_NAMESERVER", "127.0.0.1:1")
            .env("RFC2136_TTL", "none")
            .env("RFC2136_TSIG_FILE", &key);
        let said = run(command, &documents).stderr;
        // Not as a part of an error, which quotes what was said.
        let own = said
            .lines()
            .filter(|line| line.starts_with("dns01-rfc2136: "));
        let own: Vec<&str> = own.collect();
        for says in ["all users can read it", "counts as not set"] {
            let times = own.iter().filter(|line| line.contains(says)).count();
            assert_eq!(times, 1, "{words:?} {says}: {said}");
        }
        assert!(said.matches("cannot be reached").count() >= 3, "{said}");
    }
    // Whoever calls it otherwise is warned each time.
    let path = key.to_str().unwrap();
    for _ in 0..2 {
        let said = dry(&workshop, &[("RFC2136_TSIG_FILE", path)]).stderr;
        assert!(said.contains("all users can read it"), "{said}");
    }
}

#[test]
fn a_server_that_does_not_answer_is_asked_once_in_a_batch() {
    let workshop = Workshop::open();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = socket.local_addr().unwrap().to_string();
    let line = |zone: &str, more: Value| {
        let mut line = json!({"fqdn": format!("_acme-challenge.{zone}"), "value": "v"});
        line["zone"] = more;
        format!("{line}\n")
    };
    let zones = ["a.test.", "b.test.", "c.test."];
    let told = zones.map(|zone| line(zone, zone.into())).concat();
    let untold = zones.map(|zone| line(zone, Value::Null)).concat();
    let batches = [told, untold];
    for lines in &batches {
        let variables = [
            ("RFC2136_NAMESERVER", &*server),
            ("RFC2136_DNS_TIMEOUT", "1"),
        ];
        let ended = call_with(&workshop, &["present-batch"], &variables, lines);
        ended.assert_status(0);
        assert_eq!(
            ended.stdout.lines().count(),
            lines.lines().count(),
            "{ended:?}"
        );
    }
    // All tries for one message are of its ID.
    socket.set_nonblocking(true).unwrap();
    let mut ids = std::collections::BTreeSet::new();
    let mut buffer = [0; 512];
    while let Ok(length) = socket.recv(&mut buffer) {
        assert!(length > 12);
        ids.insert([buffer[0], buffer[1]]);
    }
    assert_eq!(ids.len(), batches.len());
}

/// `dns01-exec` takes the challenges that no line names for done, unless the status says otherwise.
#[test]
fn the_status_of_a_batch_says_where_a_line_names_no_record() {
    let workshop = Workshop::open();
    let good = format!(r#"{{"fqdn":"{NAME}","value":"v"}}"#);
    let no_name = format!("{good}\n{}\n", r#"{"fqdn":"a b","value":"v"}"#);
    for (lines, status) in [
        (good.as_str(), 0),
        (no_name.as_str(), 0),
        ("a.test v", 1),
        (r#"{"value":"v"}"#, 1),
    ] {
        for word in ["present-batch", "cleanup-batch"] {
            let words = [word, "--dry-run", "--zone=example.test"];
            call_with(&workshop, &words, &[], lines).assert_status(status);
        }
    }
    // What is too much is not read, and that is said: blanks are as many bytes as challenges.
    let much = good + &" ".repeat(64 << 20) + "{}";
    let words = ["present-batch", "--dry-run", "--zone=example.test"];
    let ended = call_with(&workshop, &words, &[], &much);
    ended.assert_status(1);
    let says = "the batch is larger than 64 MiB, and what comes after them was not read";
    assert!(ended.stdout.contains(says), "{}", ended.stdout);
}

#[test]
fn timeout_answers_as_lego_understands_its_variables() {
    let workshop = Workshop::open();
    for (variables, timeout, interval, says) in [
        (&[][..], json!(60), json!(2), ""),
        (
            &[
                ("RFC2136_PROPAGATION_TIMEOUT", "90"),
                ("RFC2136_POLLING_INTERVAL", "5"),
            ],
            json!(90),
            json!(5),
            "",
        ),
        (
            &[
                ("DNSUPDATE_PROPAGATION_TIMEOUT", "30"),
                ("RFC2136_PROPAGATION_TIMEOUT", "90"),
            ],
            json!(30),
            json!(2),
            "",
        ),
        (&[("RFC2136_TIMEOUT", "7")], json!(7), json!(2), ""),
        (
            &[("RFC2136_POLLING_INTERVAL", "2m")],
            json!(60),
            json!(2),
            "it counts as not set",
        ),
        (
            &[("RFC2136_TTL", "an hour")],
            json!(60),
            json!(2),
            "it counts as not set",
        ),
    ] {
        let ended = call_with(&workshop, &["timeout"], variables, "");
        let answer = ended.document();
        assert_eq!(
            answer,
            json!({"timeout": timeout, "interval": interval, "batch": true})
        );
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
    }
    let shown = dry(&workshop, &[("RFC2136_TTL", "300")]).success().stdout;
    assert!(shown.contains(" 300 IN TXT "), "{shown}");
}

#[test]
fn words_that_are_no_record_are_refused() {
    let workshop = Workshop::open();
    for (words, says) in [
        (&["present"][..], "are FQDN and VALUE, not 0 words"),
        (&["present", NAME], "are FQDN and VALUE, not 1 word"),
        (
            &["present", "--", "example.test", "-token", "auth"],
            "in RAW mode",
        ),
        (
            &["present", "--", NAME, "v", "--dry-run"],
            "options belong before `--`",
        ),
        (&["present", "*.example.test", "v"], "FQDN holds '*'"),
        (&["present", NAME, "v w"], "VALUE is not 1 to 255"),
        (&["timeout", "now"], "takes options only"),
        (
            &["present-batch", NAME],
            "has its challenges on standard input",
        ),
        (&["remove", NAME, "v"], "no command `remove`"),
    ] {
        let ended = call_with(&workshop, words, &[], "");
        ended.assert_status(2);
        assert!(ended.stderr.contains(says), "{words:?}: {}", ended.stderr);
    }
    let outside = [
        "present",
        "--dry-run",
        "--zone=example.org",
        "--",
        NAME,
        "v",
    ];
    let ended = call_with(&workshop, &outside, &[], "");
    ended.assert_status(1);
    let says = format!("{NAME} is not in the zone example.org.");
    assert!(ended.stderr.contains(&says), "{}", ended.stderr);
}

#[test]
fn a_batch_has_one_update_for_each_zone_that_its_challenges_say() {
    let workshop = Workshop::open();
    let challenges = concat!(
        "{\"fqdn\":\"a.one.test\",\"value\":\"1\",\"zone\":\"one.test.\"}\n",
        "{\"fqdn\":\"a.two.test\",\"value\":\"2\",\"zone\":\"two.test.\"}\n",
        "{\"fqdn\":\"x.test\",\"effective_fqdn\":\"b.one.test\",\"value\":\"3\",\"zone\":\"one.test.\"}\n",
        "{\"fqdn\":\"a.one.test\",\"value\":\"1\",\"zone\":\"one.test.\"}\n",
        "{\"fqdn\":\"no name\",\"value\":\"4\",\"zone\":\"one.test.\"}\n",
    );
    let ended = call_with(&workshop, &["cleanup-batch", "--dry-run"], &[], challenges).success();
    let expected = "server 192.0.2.1 53\nzone one.test.\nupdate delete a.one.test. IN TXT \"1\"\n\
                    update delete b.one.test. IN TXT \"3\"\nsend\n\
                    server 192.0.2.1 53\nzone two.test.\nupdate delete a.two.test. IN TXT \"2\"\nsend\n";
    let (shown, report) = ended.stdout.split_at(expected.len());
    assert_eq!(shown, expected);
    let report: serde_json::Value = serde_json::from_str(report).unwrap();
    assert_eq!(
        (&report["fqdn"], &report["value"]),
        (&json!("no name"), &json!("4"))
    );
}
