//! What requests say of whom they come from, how many there are, and how a person sees them.

use std::time::Duration;

use serde_json::json;
use workshop::{FalseCa, Reply, Workshop, run};

use super::{only, order};

/// What the User-Agent of each request says.
fn user_agents(ca: &FalseCa) -> Vec<String> {
    let asked = ca.asked();
    let header = |header: &str| {
        let lines = header.lines();
        let mut values = lines.filter_map(|line| line.trim().strip_prefix("user-agent: "));
        values.next().map(str::to_owned)
    };
    asked
        .iter()
        .map(|one| header(&one.header).unwrap())
        .collect()
}

#[test]
fn each_program_says_its_name_and_version_and_what_is_to_be_added() {
    let workshop = Workshop::open();
    let version = env!("CARGO_PKG_VERSION");
    for (words, added) in [
        (&[][..], String::new()),
        (
            &["--user-agent=https://a.test/ (ops)"],
            " (+https://a.test/ \\(ops\\))".to_owned(),
        ),
    ] {
        let ca = FalseCa::start(&workshop, |_| None);
        let placed = order(&workshop, &ca, &[&["-d", "a.test"], words].concat());
        placed.assert_status(0);
        let mut command = workshop.command("acme-validate");
        ca.trusted_by(command.args(words));
        run(command, placed.stdout).assert_status(0);
        let all = user_agents(&ca);
        for program in ["acme-order", "acme-validate"] {
            let expected = format!("{program}/{version} acmepipe/{version}{added}");
            assert!(all.contains(&expected), "{all:?}");
        }
        assert!(
            all.iter()
                .all(|one| one.ends_with(&format!("acmepipe/{version}{added}"))),
            "{all:?}"
        );
    }
    let ca = FalseCa::start(&workshop, |_| None);
    let wrong = order(&workshop, &ca, &["-d", "a.test", "--user-agent=a\u{1b}b"]);
    wrong.assert_status(2);
    assert!(
        wrong.stderr.contains("--user-agent has something else"),
        "{}",
        wrong.stderr
    );
}

#[test]
fn a_limit_of_requests_counts_also_for_a_ca_next_door() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let ended = order(
        &workshop,
        &ca,
        &["-d", "a.test", "--overall-request-limit=2"],
    );
    ended.assert_status(0);
    // Two of five requests are in each second.
    assert_eq!(ca.asked().len(), 5);
    assert!(
        ended.elapsed >= Duration::from_secs(2),
        "{:?}",
        ended.elapsed
    );
}

#[test]
fn requests_and_replies_are_shown_without_secrets_where_somebody_asks_for_them() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |asked| {
        only(asked, "/account", || {
            Reply::new(
                201,
                &json!({"status": "valid", "note": "a\u{202e}b\u{9b}31mc", "token": "SECRET"}),
            )
            .header("Location", "https://HERE/account/1")
        })
    });
    let eab = [
        "--eab",
        "--kid=kid-1",
        "--hmac=c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
    ];
    let shown = |number: usize, words: &[&str], variable: Option<&str>| {
        let mut command = workshop.command("acme-order");
        command
            .args(["-d", "a.test", &format!("--email=n{number}@a.test")])
            .args(eab)
            .args(words);
        command.envs(variable.map(|value| ("LEGO_DEBUG_ACME_HTTP_CLIENT", value)));
        ca.trusted_by(&mut command);
        let ended = run(command, "");
        ended.assert_status(0);
        ended.stderr
    };
    for (number, words, variable) in [
        (1, &["-vv"][..], None),
        (2, &["--verbose", "--verbose"], None),
        (3, &[], Some("true")),
        (4, &["-q"], Some("1")),
    ] {
        let said = shown(number, words, variable);
        for line in [
            "acme-order: >   \"alg\": \"ES256\",",
            "acme-order: >   \"externalAccountBinding\": \"(not shown)\"",
            "acme-order: >   \"jwk\": \"(not shown)\",",
            "acme-order: > payload: nothing (POST-as-GET)",
            "acme-order: <   \"note\": \"a\\u{202e}b\\u{9b}31mc\",",
            "acme-order: <       \"token\": \"(not shown)\"",
        ] {
            assert!(said.lines().any(|shown| shown == line), "{line}\n{said}");
        }
        for part in [
            "/new-order",
            "< 201 Created",
            "Location: https://127.0.0.1",
            "Replay-Nonce: ",
            "mailto:n",
        ] {
            assert!(said.contains(part), "{part}\n{said}");
        }
        for secret in [
            "SECRET", "token-0", "c2VjcmV0", "\"x\":", "\u{202e}", "\u{9b}",
        ] {
            assert!(!said.contains(secret), "{secret}\n{said}");
        }
    }
    for (number, words) in [(5, &["-v"][..]), (6, &["-q"]), (7, &[])] {
        let said = shown(number, words, Some("false"));
        assert!(!said.contains("POST"), "{said}");
    }
}
