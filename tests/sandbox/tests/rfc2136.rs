//! `dns01-rfc2136` at the servers that people have: BIND, Knot and PowerDNS take its updates, NSD says that it takes none.

#![allow(clippy::unwrap_used)]

use std::fs;

use sandbox::{Config, Ended, Host, Kind, Layout, Sandbox, Tools, Topology, own_servers};
use serde_json::Value;

mod clock;
mod killed;

const BIND: &str = "198.51.100.11";
const KNOT: &str = "198.51.100.12";
const POWERDNS: &str = "198.51.100.13";
const NSD: &str = "198.51.100.14";

/// Of 64 octets, so that no server finds it too short for its algorithm.
const SECRET: &str =
    "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==";

/// All four, each with a zone of its own and a key `acme`, and a CA.
fn servers() -> Topology {
    let more = "alias CNAME elsewhere.test.\ncut NS ns.elsewhere.test.\n";
    let zone = |server: &str| own_servers(&[server]) + more;
    let bind = format!(
        "}};\nkey \"acme\" {{ algorithm hmac-sha1; secret \"{SECRET}\"; }};\nkey \"other\" {{ algorithm hmac-sha256; \
         secret \"{SECRET}\";"
    );
    let policy = "update-policy { grant acme subdomain bind.test TXT; grant other name _acme-challenge.bind.test TXT; };";
    let knot = format!(
        "key:\n  - id: acme\n    algorithm: hmac-sha512\n    secret: {SECRET}\n  - id: some\n    algorithm: hmac-sha256\n    \
         secret: {SECRET}\nacl:\n  - id: acme\n    key: acme\n    action: update\n  - id: some\n    key: some\n    \
         action: update\n    update-owner: name\n    update-owner-match: equal\n    \
         update-owner-name: [_acme-challenge.a, _acme-challenge.b]\n"
    );
    let topology = Layout::new()
        .with_ca()
        .delegate("bind.test", &[BIND])
        .delegate("knot.test", &[KNOT])
        .delegate("pdns.test", &[POWERDNS])
        .delegate("nsd.test", &[NSD])
        .host(
            Host::new(Kind::Bind, BIND)
                .config(&bind)
                .zone_config(policy)
                .zone("bind.test", &zone(BIND)),
        )
        .host(
            Host::new(Kind::Knot, KNOT)
                .config(&knot)
                .zone_config("    acl: [acme, some]\n")
                .zone("knot.test", &zone(KNOT)),
        )
        .host(
            Host::new(Kind::PowerDns, POWERDNS)
                .config("gsqlite3-dnssec=yes\ndnsupdate=yes\nallow-dnsupdate-from=0.0.0.0/0\n")
                .zone("pdns.test", &zone(POWERDNS)),
        )
        .host(Host::new(Kind::Nsd, NSD).zone("nsd.test", &zone(NSD)))
        .start();
    topology.sql(
        POWERDNS,
        &format!(
            "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ('acme', 'hmac-sha224', '{SECRET}');\n\
             INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, 'TSIG-ALLOW-DNSUPDATE', 'acme' FROM domains;\n"
        ),
    );
    for (name, text) in [
        (
            "bind.key",
            format!("key \"acme\" {{ algorithm hmac-sha1; secret \"{SECRET}\"; }};"),
        ),
        ("knot.key", format!("# hmac-sha512:acme:{SECRET}\n")),
        ("some.key", format!("some:{SECRET}\n")),
        (
            "pdns.key",
            format!("key:\n- id: acme\n  algorithm: HMAC-SHA224.\n  secret: {SECRET}\n"),
        ),
    ] {
        fs::write(topology.work().join(name), text).unwrap();
    }
    topology.sh("chmod 600 *.key").success();
    topology
}

/// What `dns01-rfc2136` says when it is called so, with the key of a file.
fn call(topology: &Topology, server: &str, key: &str, line: &str) -> Ended {
    topology.sh(&format!(
        "RFC2136_NAMESERVER={server} RFC2136_TSIG_FILE={key} dns01-rfc2136 {line}"
    ))
}

/// The TXT values at a name, sorted.
fn values(topology: &Topology, server: &str, name: &str) -> Vec<String> {
    let shown = topology.sh(&format!("kdig +short +norec @{server} {name} TXT"));
    let mut values: Vec<String> = shown.success().stdout.lines().map(str::to_owned).collect();
    values.sort();
    values
}

#[test]
fn each_server_gives_a_certificate_for_apex_and_wildcard_and_has_no_record_left() {
    let topology = servers();
    for (server, zone, key) in [
        (BIND, "bind.test", "bind.key"),
        (KNOT, "knot.test", "knot.key"),
        (POWERDNS, "pdns.test", "pdns.key"),
    ] {
        for options in ["", "-j 8", "--batch"] {
            let names = format!("-d {zone} -d '*.{zone}' -d a.{zone} -d b.{zone} -d c.{zone}");
            let ended = topology.sh(&format!(
                "RFC2136_NAMESERVER={server} RFC2136_TSIG_FILE={key} \
                 acme-issue -q -x dns01-rfc2136 {options} {names} -k ec256 --force"
            ));
            let order = ended.success().document();
            assert!(
                order["certificate"].is_object(),
                "{zone} {options}: {order}"
            );
            for name in ["", "a.", "b.", "c."] {
                let name = format!("_acme-challenge.{name}{zone}");
                assert_eq!(values(&topology, server, &name), [] as [&str; 0], "{name}");
            }
        }
    }
}

#[test]
fn single_values_come_and_go_beside_others_and_doing_it_twice_is_fine() {
    let topology = servers();
    for (server, zone, key) in [
        (BIND, "bind.test", "bind.key"),
        (KNOT, "knot.test", "knot.key"),
        (POWERDNS, "pdns.test", "pdns.key"),
    ] {
        let name = format!("_acme-challenge.{zone}.");
        for (line, expected) in [
            ("present NAME -one", &["\"-one\""][..]),
            ("present NAME -one", &["\"-one\""]),
            ("present -- NAME two", &["\"-one\"", "\"two\""]),
            ("cleanup NAME -one", &["\"two\""]),
            ("cleanup NAME -one", &["\"two\""]),
            ("present --dry-run -- NAME three", &["\"two\""]),
            ("cleanup NAME two", &[]),
        ] {
            let ended = call(&topology, server, key, &line.replace("NAME", &name)).success();
            assert!(!ended.stdout.contains(SECRET), "{}", ended.stdout);
            assert_eq!(values(&topology, server, &name), expected, "{zone} {line}");
        }
        // More than one datagram takes, and more than one message.
        for (count, word) in [
            (100, "present"),
            (100, "cleanup"),
            (900, "present"),
            (900, "cleanup"),
        ] {
            let line = format!(
                r#"{{"fqdn":"_acme-challenge.%s.{zone}.","value":"{}"}}\n"#,
                "v".repeat(43)
            );
            let ended = topology.sh(&format!(
                "seq {count} | xargs -n 1 printf '{line}' | RFC2136_NAMESERVER={server} RFC2136_TSIG_FILE={key} \
                 dns01-rfc2136 {word}-batch --zone {zone}"
            ));
            assert_eq!(ended.success().stdout, "");
            let last = values(
                &topology,
                server,
                &format!("_acme-challenge.{count}.{zone}"),
            );
            assert_eq!(
                last.len(),
                usize::from(word == "present"),
                "{zone} {count} {word}"
            );
        }
    }
}

#[test]
fn what_a_server_refuses_is_said_with_the_server_and_what_can_be_done() {
    let topology = servers();
    let wrong = SECRET.replace("MDEy", "MDIy");
    for (name, text) in [
        ("wrong.key", format!("hmac-sha1:acme:{wrong}")),
        ("unknown.key", format!("hmac-sha256:nobody:{SECRET}")),
        ("other.key", format!("other:{SECRET}")),
    ] {
        fs::write(topology.work().join(name), text).unwrap();
    }
    topology.sh("chmod 600 *.key").success();
    for (server, key, zone, name, says, hint) in [
        (
            BIND,
            "wrong.key",
            "",
            "bind.test",
            "NOTAUTH with BADSIG",
            "Copy the secret",
        ),
        (
            BIND,
            "unknown.key",
            "",
            "bind.test",
            "NOTAUTH with BADKEY",
            "the algorithm have to be",
        ),
        (
            BIND,
            "other.key",
            "",
            "a.bind.test",
            "REFUSED",
            "grant other name _acme-challenge.a.bind.test. TXT",
        ),
        (
            BIND,
            "bind.key",
            "",
            "example.org",
            "holds no zone with",
            "--zone",
        ),
        (
            BIND,
            "bind.key",
            "org",
            "example.org",
            "NOTAUTH",
            "primary server",
        ),
        (
            KNOT,
            "knot.key",
            "",
            "example.org",
            "holds no zone with",
            "--zone",
        ),
        (
            KNOT,
            "wrong.key",
            "",
            "knot.test",
            "NOTAUTH with BAD",
            "have to be",
        ),
        (
            KNOT,
            "some.key",
            "knot.test",
            "knot.test",
            "NOTAUTH and BADKEY, and knows the TSIG key some.",
            "no acl lets the key change the record",
        ),
        // It is asked for the zone first, and no answer is believed that is not signed.
        (
            NSD,
            "bind.key",
            "",
            "nsd.test",
            "NOTAUTH with BADKEY",
            "have to be",
        ),
        (
            NSD,
            "bind.key",
            "nsd.test",
            "nsd.test",
            "NOTIMP",
            "does not implement dynamic updates",
        ),
        (
            "192.0.2.1",
            "bind.key",
            "test",
            "a.test",
            "cannot be reached",
            "Look at RFC2136_NAMESERVER (--server)",
        ),
        (
            "nowhere.test",
            "bind.key",
            "test",
            "a.test",
            "cannot be found",
            "Look at RFC2136_NAMESERVER (--server)",
        ),
    ] {
        let zone = match zone {
            "" => String::new(),
            zone => format!("--zone {zone}"),
        };
        let line = format!("present {zone} -- _acme-challenge.{name}. v");
        let ended = call(&topology, server, key, &line);
        ended.assert_status(1);
        let stderr = &ended.stderr;
        assert!(
            stderr.contains(says) && stderr.contains(server),
            "{key} {line}: {stderr}"
        );
        let hints = stderr.lines().filter(|text| text.contains("  hint: "));
        assert!(
            hints.clone().any(|text| text.contains(hint)),
            "{key} {line}: {stderr}"
        );
        assert_eq!(hints.count(), 1, "{stderr}");
        assert!(!stderr.contains(SECRET), "{stderr}");
        let is_in_vain = ["BADSIG", "BADKEY", "NOTIMP"]
            .iter()
            .any(|fault| stderr.contains(fault));
        let line = line.replace("present", "cleanup");
        let ended = call(&topology, server, key, &line);
        ended.assert_status(if is_in_vain { 78 } else { 1 });
    }
    // The next server takes what the first does not.
    let both = format!("nowhere.test,{NSD},{BIND}");
    call(
        &topology,
        &both,
        "bind.key",
        "present _acme-challenge.bind.test. v",
    )
    .success();
    assert_eq!(
        values(&topology, BIND, "_acme-challenge.bind.test"),
        ["\"v\""]
    );
}

#[test]
fn in_a_batch_each_record_that_is_refused_is_named_and_the_others_are_there() {
    let topology = servers();
    fs::write(topology.work().join("other.key"), format!("other:{SECRET}")).unwrap();
    let challenge =
        |name: &str| format!(r#"{{"fqdn":"_acme-challenge.{name}bind.test.","value":"v"}}"#);
    let line = format!(
        "chmod 600 other.key; RFC2136_NAMESERVER={BIND} RFC2136_TSIG_FILE=other.key dns01-rfc2136 present-batch"
    );
    let ended = topology.sh_with(&line, &format!("{}\n{}\n", challenge("a."), challenge("")));
    let reports = ended.success().documents();
    let [report] = &reports[..] else {
        panic!("{reports:?}")
    };
    assert_eq!(report["fqdn"], "_acme-challenge.a.bind.test.");
    assert!(
        report["error"].as_str().unwrap().contains("REFUSED"),
        "{report}"
    );
    assert_eq!(
        values(&topology, BIND, "_acme-challenge.bind.test"),
        ["\"v\""]
    );
}

/// Knot refuses all of a message with NOTAUTH and BADKEY where its acl takes one of the names out.
#[test]
fn a_name_that_knot_lets_the_key_not_change_hinders_no_other() {
    let topology = servers();
    let challenge = |name: &str| {
        let fqdn = format!("_acme-challenge.{name}.knot.test.");
        format!(r#"{{"fqdn":"{fqdn}","value":"v","zone":"knot.test."}}"#) + "\n"
    };
    let challenges = ["a", "b", "c"].map(challenge).concat();
    let settings = format!("export RFC2136_NAMESERVER={KNOT} RFC2136_TSIG_FILE=some.key;");
    let assert_values = |expected: &[&str]| {
        for name in ["a", "b"] {
            let name = format!("_acme-challenge.{name}.knot.test");
            assert_eq!(values(&topology, KNOT, &name), expected, "{name}");
        }
    };
    for (word, expected) in [
        ("present-batch", &["\"v\""][..]),
        ("cleanup-batch", &[][..]),
    ] {
        let line = format!("{settings} dns01-rfc2136 {word}");
        let reports = topology.sh_with(&line, &challenges).success().documents();
        let [report] = &reports[..] else {
            panic!("{reports:?}")
        };
        assert_eq!(report["fqdn"], "_acme-challenge.c.knot.test.", "{report}");
        assert_values(expected);
    }
    let exec = |word: &str| format!("{settings} dns01-exec {word} -x dns01-rfc2136 --batch");
    let presented = topology.sh_with(&exec("present"), &challenges);
    presented.assert_status(1);
    assert_values(&["\"v\""]);
    let cleaned = topology.sh_with(&exec("cleanup"), &presented.stdout);
    cleaned.assert_status(1);
    assert_values(&[]);
    for ended in [presented, cleaned] {
        let error = |document: &Value| document["error"]["detail"].as_str().map(str::to_owned);
        let failed: Vec<String> = ended.documents().iter().filter_map(error).collect();
        assert_eq!(failed.len(), 1, "{failed:?}");
        let says = "NOTAUTH and BADKEY, and knows the TSIG key some.";
        assert!(failed[0].contains(says), "{failed:?}");
    }
}

#[test]
fn lego_gets_a_certificate_with_it_as_its_program() {
    if let Err(error) = Tools::fetch(&["peers"]) {
        eprintln!("lego is not at hand, so it did not run: {error}");
        return;
    }
    let sandbox = Sandbox::with(Config::demo());
    let ended = sandbox.sh(
        "export EXEC_PATH=$(command -v dns01-rfc2136) RFC2136_NAMESERVER=ns1.test RFC2136_TSIG_FILE=$DNS_KEY \
         EXEC_POLLING_INTERVAL=1 EXEC_PROPAGATION_TIMEOUT=20 EXEC_SEQUENCE_INTERVAL=0; \
         lego --server \"$LEGO_SERVER\" --accept-tos --email \"$LEGO_EMAIL\" --path lego --dns exec \
         --dns.resolvers 127.0.0.1:53 -d example.test -d '*.example.test' -d www.example.test run",
    );
    ended.success();
    let shown = sandbox
        .sh("openssl x509 -noout -ext subjectAltName -in lego/certificates/example.test.crt");
    assert!(
        shown.stdout.contains("DNS:*.example.test"),
        "{}",
        shown.stdout
    );
    sandbox.assert_nothing_left();
}

#[test]
fn a_setting_that_is_missing_is_known_before_anything_is_ordered() {
    let topology = servers();
    let ended = topology.sh(
        "RFC2136_TSIG_FILE=bind.key acme-issue -x dns01-rfc2136 -d bind.test -q; dns01-exec list",
    );
    assert!(
        ended.stderr.contains("no server that takes updates"),
        "{}",
        ended.stderr
    );
    let documents = ended.documents();
    let error: &Value = &documents[0]["error"];
    assert_eq!(error["type"], "acmepipe:usage", "{documents:?}");
    assert_eq!(error["program"], "acme-issue", "{documents:?}");
    assert!(documents[0].get("order").is_none(), "{documents:?}");
    assert_eq!(documents.len(), 1, "{documents:?}");
}

#[test]
fn no_success_is_said_where_a_record_would_be_hidden_or_left_out() {
    let topology = servers();
    for (server, zone, key) in [
        (BIND, "bind.test", "bind.key"),
        (KNOT, "knot.test", "knot.key"),
        (POWERDNS, "pdns.test", "pdns.key"),
    ] {
        for (name, says) in [
            ("_acme-challenge.x.cut", "delegates cut."),
            ("alias", "has a CNAME at alias."),
        ] {
            let present = format!("present {name}.{zone}. v");
            let ended = call(&topology, server, key, &present);
            ended.assert_status(1);
            assert!(ended.stderr.contains(says), "{zone}: {ended:?}");
            assert!(ended.stderr.contains("hint: "), "{ended:?}");
        }
        // The others of a batch are added.
        let batch = format!(
            "printf '%s\\n' '{{\"fqdn\":\"alias.{zone}.\",\"value\":\"v\"}}' '{{\"fqdn\":\"well.{zone}.\",\"value\":\"v\"}}' | \
             RFC2136_NAMESERVER={server} RFC2136_TSIG_FILE={key} dns01-rfc2136 present-batch --zone {zone}"
        );
        let reports = topology.sh(&batch).success().stdout;
        assert_eq!(reports.lines().count(), 1, "{reports}");
        assert!(reports.contains("CNAME"), "{reports}");
        assert_eq!(
            values(&topology, server, &format!("well.{zone}")),
            ["\"v\""]
        );
    }
}
