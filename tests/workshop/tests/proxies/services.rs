//! The programs for DNS services over HTTP use the proxy, too.

use serde_json::json;
use workshop::{Ended, Proxy, WebRequest, WebServer, Workshop, run};

const NAME: &str = "_acme-challenge.example.test.";

/// What has the programs ask, each with the variable of its server's URL.
const PROGRAMS: [(&[&str], &str); 3] = [
    (&["dns01-pdns", "present", NAME, "v"], "PDNS_API_URL"),
    (&["dns01-httpreq", "present", NAME, "v"], "HTTPREQ_ENDPOINT"),
    (
        &["dns01-acme-dns", "register", "example.test"],
        "ACME_DNS_API_BASE",
    ),
];

/// A server that is asked, and serves nothing; and its CA.
fn server(workshop: &Workshop) -> (WebServer, String) {
    let server = WebServer::with_tls(workshop, |_: &WebRequest| (503, json!({}).to_string()));
    let root = server.root().unwrap().display().to_string();
    (server, root)
}

/// What a program does that is called with these variables, in which `SERVER` stands for the server's host and port.
fn call(
    (words, url): (&[&str], &str),
    server: &WebServer,
    root: &str,
    variables: &[(&str, &str)],
) -> Ended {
    let workshop = Workshop::open();
    let mut command = workshop.command(words[0]);
    let (_, target) = server.url().split_once("://").unwrap();
    command
        .args(&words[1..])
        .env(url, server.url())
        .env("PDNS_API_KEY", "key")
        .env("ACME_DNS_STORAGE_PATH", workshop.dir().join("accounts"))
        .env("DNS01_ZONE", "example.test.")
        .env("LEGO_CA_CERTIFICATES", root);
    for (name, value) in variables {
        command.env(name, value.replace("SERVER", target));
    }
    run(command, "")
}

#[test]
fn a_service_over_https_is_asked_through_the_proxy_and_no_other_is() {
    let workshop = Workshop::open();
    let (server, root) = server(&workshop);
    let (_, target) = server.url().split_once("://").unwrap();
    let plain = WebServer::start(|_| (503, String::new()));
    for program in PROGRAMS {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            let proxy = Proxy::start();
            let count = server.asked().len();
            call(program, &server, &root, &[(name, proxy.address())]);
            let asked = proxy.asked();
            assert!(!asked.is_empty(), "{program:?} {name}");
            for head in asked {
                assert_eq!(head.split(' ').nth(1), Some(target), "{program:?} {name}");
            }
            assert!(server.asked().len() > count, "{program:?} {name}");
        }
        let proxy = Proxy::start();
        let address = proxy.address();
        for variables in [
            &[("HTTP_PROXY", address), ("http_proxy", address)][..],
            &[("HTTPS_PROXY", address), ("NO_PROXY", "SERVER")],
            &[("ALL_PROXY", address), ("no_proxy", "127.0.0.0/8")],
        ] {
            let count = server.asked().len();
            call(program, &server, &root, variables);
            assert!(server.asked().len() > count, "{program:?} {variables:?}");
        }
        // What is asked over http is next door.
        let count = plain.asked().len();
        let variables = [("HTTPS_PROXY", address), ("ALL_PROXY", address)];
        call(program, &plain, &root, &variables);
        assert!(plain.asked().len() > count, "{program:?}");
        assert!(proxy.asked().is_empty(), "{program:?}");
    }
}

#[test]
fn a_proxy_that_does_not_serve_is_named_and_its_password_is_not_shown() {
    let workshop = Workshop::open();
    let (server, root) = server(&workshop);
    for program in PROGRAMS {
        let proxy = Proxy::that(|_| Some("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
        for (address, status, says) in [
            (proxy.address(), 1, "it answered 407"),
            ("127.0.0.1:1", 1, "Connection refused"),
            ("127.0.0.1:x", 2, "HTTPS_PROXY names no proxy: "),
        ] {
            let value = format!("http://user:secret@{address}");
            let ended = call(program, &server, &root, &[("HTTPS_PROXY", &value)]);
            ended.assert_status(status);
            let stderr = &ended.stderr;
            assert!(
                stderr.contains(says) && stderr.contains("HTTPS_PROXY"),
                "{program:?} {address}: {stderr}"
            );
            assert!(!stderr.contains("secret"), "{program:?}: {stderr}");
        }
        assert!(server.asked().is_empty(), "{program:?}");
    }
}
