//! Requests go through the proxy that the variables name, and an error says where a proxy is on the way.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use workshop::{Ended, FalseCa, Proxy, Reply, Workshop, run};

mod services;

/// Runs `acme-order` with an honest CA and these variables, in which `CA` stands for the CA's host and port.
fn order(variables: &[(&str, &str)]) -> (FalseCa, Ended) {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let host = ca.url().trim_start_matches("https://").to_owned();
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", "a.example.test"]));
    command.env("LEGO_DEBUG_ACME_HTTP_CLIENT", "true");
    for (name, value) in variables {
        command.env(name, value.replace("CA", &host));
    }
    let ended = run(command, "");
    (ca, ended)
}

/// The error of the only document, which has no password in it, and neither has the trace.
#[track_caller]
fn error(ended: &Ended) -> Value {
    ended.assert_status(1);
    for shown in [&ended.stdout, &ended.stderr] {
        assert!(!shown.contains("secret"), "{shown}");
        assert!(!shown.contains("c2VjcmV0"), "{shown}");
    }
    ended.document()["error"].clone()
}

#[track_caller]
fn assert_says(error: &Value, member: &str, words: &str) {
    let text = error[member].as_str().unwrap_or_default();
    assert!(text.contains(words), "{words}: {error:#}");
}

#[test]
fn requests_go_through_the_proxy() {
    for scheme in ["", "http://", "socks5://", "socks5h://"] {
        let proxy = Proxy::start();
        let value = format!("{scheme}{}", proxy.address());
        let (ca, ended) = order(&[("HTTPS_PROXY", &value)]);
        ended.assert_status(0);
        assert_eq!(ca.count("/new-order"), 1);
        let target = ca.url().trim_start_matches("https://").to_owned();
        let asked = proxy.asked();
        assert!(!asked.is_empty(), "{scheme}");
        for head in asked {
            assert_eq!(head.split(' ').nth(1), Some(&*target), "{head}");
        }
    }
}

#[test]
fn the_proxy_gets_user_and_password_and_nobody_else_does() {
    let proxy = Proxy::start();
    let value = format!("http://us%40er:sec%72et%3A@{}/", proxy.address());
    let (_, ended) = order(&[("all_proxy", &value)]);
    ended.assert_status(0);
    // `us@er:secret:` in base64.
    let header = "\r\nProxy-Authorization: Basic dXNAZXI6c2VjcmV0Og==\r\n";
    for head in proxy.asked() {
        assert!(head.contains(header), "{head}");
    }
    for part in ["secret", "sec%72et", "dXNAZXI6"] {
        assert!(!ended.stderr.contains(part), "{}", ended.stderr);
        assert!(!ended.stdout.contains(part), "{}", ended.stdout);
    }
}

#[test]
fn hosts_that_need_no_proxy_are_asked_directly() {
    for list in ["*", "127.0.0.1", "b.test, 127.0.0.0/8", "CA"] {
        let proxy = Proxy::start();
        let (ca, ended) = order(&[("HTTPS_PROXY", proxy.address()), ("NO_PROXY", list)]);
        ended.assert_status(0);
        assert_eq!(ca.count("/new-order"), 1, "{list}");
        assert!(proxy.asked().is_empty(), "{list}");
    }
    let proxy = Proxy::start();
    let list = "127.0.0.1:1,127.0.0.2,localhost";
    let (_, ended) = order(&[("HTTPS_PROXY", proxy.address()), ("no_proxy", list)]);
    ended.assert_status(0);
    assert!(!proxy.asked().is_empty());
}

#[test]
fn a_proxy_for_http_or_an_empty_one_means_nothing() {
    let proxy = Proxy::start();
    for (name, value) in [
        ("HTTP_PROXY", proxy.address()),
        ("http_proxy", proxy.address()),
        ("HTTP_PROXY", "\"\""),
        ("HTTPS_PROXY", ""),
        ("ALL_PROXY", ""),
    ] {
        let (_, ended) = order(&[(name, value)]);
        ended.assert_status(0);
    }
    assert!(proxy.asked().is_empty());
}

#[test]
fn each_host_has_its_own_proxy_or_none() {
    // The directory's host is asked directly, and leads to one that is not.
    let workshop = Workshop::open();
    let behind = FalseCa::start(&workshop, |_| None);
    let url = behind.url().to_owned();
    let front = FalseCa::start(&workshop, move |asked| {
        let there = |path: &str| json!(format!("{url}{path}"));
        let directory = json!({"newNonce": there("/nonce"), "newAccount": there("/account"),
            "newOrder": there("/new-order"), "meta": {"termsOfService": there("/terms")}});
        (asked.path == "/directory").then(|| Reply::new(200, &directory))
    });
    let both = workshop.dir().join("both.pem");
    let roots = [front.root(), behind.root()].map(|root| std::fs::read_to_string(root).unwrap());
    std::fs::write(&both, roots.concat()).unwrap();
    let proxy = Proxy::start();
    let mut command = workshop.command("acme-order");
    front.trusted_by(command.args(["-d", "a.example.test"]));
    command
        .env("LEGO_CA_CERTIFICATES", both)
        .env("HTTPS_PROXY", proxy.address())
        .env("NO_PROXY", front.url().trim_start_matches("https://"));
    run(command, "").assert_status(0);
    assert_eq!(behind.count("/new-order"), 1);
    let target = behind.url().trim_start_matches("https://");
    let asked = proxy.asked();
    assert!(!asked.is_empty());
    for head in asked {
        assert_eq!(head.split(' ').nth(1), Some(target), "{head}");
    }
}

#[test]
fn a_value_that_names_no_proxy_is_no_direct_connection() {
    for (name, value, why) in [
        (
            "HTTPS_PROXY",
            "\"http://u:secret@a:1\"",
            "it has quotes around it",
        ),
        (
            "HTTPS_PROXY",
            " http://u:secret@a:1",
            "it has a blank in it",
        ),
        (
            "https_proxy",
            "gopher://u:secret@a:1",
            "its scheme is none of",
        ),
        (
            "https_proxy",
            "http://u:secret%@a:1",
            "is not percent-encoded UTF-8",
        ),
        ("ALL_PROXY", "http://u:secret@", "it has no host"),
        ("all_proxy", "http://u:secret@a:x", "its port is none"),
    ] {
        let (ca, ended) = order(&[(name, value)]);
        ended.assert_status(2);
        let words = format!("{name} names no proxy: ");
        assert!(ended.stderr.contains(&words), "{}", ended.stderr);
        assert!(ended.stderr.contains(why), "{}", ended.stderr);
        assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
        assert_eq!(ca.count("/directory"), 0);
    }
}

#[test]
fn a_proxy_that_is_down_is_named() {
    let address = "127.0.0.1:1";
    let value = format!("http://user:secret@{address}");
    let (ca, ended) = order(&[("HTTPS_PROXY", &value)]);
    let error = error(&ended);
    assert_eq!(error["type"], "acmepipe:ca:unreachable");
    let words =
        format!("the proxy {address} (HTTPS_PROXY): {address}: Connection refused (os error 111)");
    assert_says(&error, "detail", &words);
    assert_says(&error, "hint", "Check HTTPS_PROXY");
    assert_eq!(ca.count("/directory"), 0);
}

#[test]
fn a_proxy_without_an_address_is_named() {
    let (_, ended) = order(&[("https_proxy", "user:secret@proxy.invalid:3128")]);
    let error = error(&ended);
    assert_says(
        &error,
        "detail",
        "the proxy proxy.invalid:3128 (https_proxy): ",
    );
    assert_says(&error, "hint", "Check https_proxy");
}

#[test]
fn what_a_proxy_answers_is_said_with_its_name_and_it_is_not_asked_again() {
    for (answer, words) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            "it answered 407 Proxy Authentication Required",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\n\r\n",
            "it answered 403 Forbidden",
        ),
        ("SSH-2.0-OpenSSH_9.2\r\n", "its reply is not HTTP"),
    ] {
        let proxy = Proxy::that(move |_| Some(answer));
        let value = format!("http://user:secret@{}", proxy.address());
        let (_, ended) = order(&[("ALL_PROXY", &value)]);
        let error = error(&ended);
        let words = format!("the proxy {} (ALL_PROXY): {words}", proxy.address());
        assert_says(&error, "detail", &words);
        assert_says(&error, "hint", "Check ALL_PROXY");
        assert_eq!(proxy.asked().len(), 1);
    }
}

#[test]
fn a_proxy_may_speak_tls() {
    let (ca, ended) = order(&[("HTTPS_PROXY", "https://CA")]);
    ended.assert_status(0);
    assert!(ca.count(ca.url().trim_start_matches("https://")) > 0);
    assert_eq!(ca.count("/new-order"), 1);
}

#[test]
fn a_proxy_that_speaks_tls_has_to_be_the_one_that_is_named() {
    // Its certificate is for 127.0.0.1.
    let variables = [
        ("HTTPS_PROXY", "https://CA"),
        ("LEGO_CA_SERVER_NAME", "ca.test"),
    ];
    let (ca, ended) = order(&variables);
    let failed = error(&ended);
    assert_says(&failed, "detail", "through the proxy 127.0.0.1:");
    assert!(ca.count(ca.url().trim_start_matches("https://")) > 0);
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let port = ca.url().rsplit(':').next().unwrap().to_owned();
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", "a.example.test"]));
    command.env("HTTPS_PROXY", format!("https://localhost:{port}"));
    let failed = error(&run(command, ""));
    let words = format!(": the proxy localhost:{port} (HTTPS_PROXY): ");
    assert_says(&failed, "detail", &words);
    assert_says(&failed, "detail", "not valid for name");
}

#[test]
fn a_proxy_that_closes_the_connection_is_named_and_asked_again() {
    let proxy = Proxy::that(|_| Some(""));
    let (_, ended) = order(&[("ALL_PROXY", proxy.address())]);
    let error = error(&ended);
    let words = format!("the proxy {} (ALL_PROXY): it closed", proxy.address());
    assert_says(&error, "detail", &words);
    assert_eq!(proxy.asked().len(), 3);
}

#[test]
fn a_failure_of_the_ca_behind_a_proxy_says_that_there_is_one() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let other = FalseCa::start(&workshop, |_| None);
    let proxy = Proxy::start();
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", "a.example.test"]));
    command
        .env("LEGO_CA_CERTIFICATES", other.root())
        .env("HTTPS_PROXY", proxy.address());
    let error = error(&run(command, ""));
    let words = format!("through the proxy {} (HTTPS_PROXY): ", proxy.address());
    assert_says(&error, "detail", &words);
    assert_says(&error, "hint", "If the proxy opens TLS");
}

#[test]
fn large_headers_are_read_and_still_larger_ones_are_said_to_be() {
    for (size, status) in [(9_000, 0), (60_000, 0), (66_000, 1)] {
        let workshop = Workshop::open();
        let ca = FalseCa::start(&workshop, move |asked| {
            let directory = json!({"newNonce": "https://HERE/nonce",
                "newAccount": "https://HERE/account", "newOrder": "https://HERE/new-order"});
            (asked.path == "/directory")
                .then(|| Reply::new(200, &directory).header("X-Long", "x".repeat(size)))
        });
        let mut command = workshop.command("acme-order");
        ca.trusted_by(command.args(["-d", "a.example.test"]));
        let ended = run(command, "");
        ended.assert_status(status);
        if status == 1 {
            let error = error(&ended);
            assert_eq!(error["type"], "acmepipe:ca:reply");
            let words = "the reply has more than 64 kB of headers";
            assert_says(&error, "detail", words);
        }
    }
}
