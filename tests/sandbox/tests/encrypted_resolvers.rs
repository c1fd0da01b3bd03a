//! Resolvers are asked over TLS and HTTPS: Unbound's own, with a certificate of the sandbox's CA.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;

use sandbox::{Certificate, Sandbox};

/// The address that `ca.test` has, for which the sandbox's CA has signed a certificate as well.
const ADDRESS: &str = "198.51.100.5";

/// A sandbox with an Unbound that speaks TLS and HTTPS at [`ADDRESS`], and nothing in the clear.
fn with_encrypted_resolver() -> Sandbox {
    let sandbox = Sandbox::start();
    let dir = sandbox.dir().display();
    let config = format!(
        r#"server:
    directory: ""
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    interface: {ADDRESS}@853
    interface: {ADDRESS}@8443
    tls-port: 853
    https-port: 8443
    http-endpoint: "/ask"
    tls-service-key: "{dir}/server-key.pem"
    tls-service-pem: "{dir}/server.pem"
    access-control: 0.0.0.0/0 allow
    do-not-query-localhost: no
    local-zone: "test." nodefault
    module-config: "iterator"
forward-zone:
    name: "."
    forward-addr: 127.0.0.1
"#
    );
    fs::write(sandbox.work().join("encrypted.conf"), config).unwrap();
    // It goes into the background as soon as it listens, and ends with the namespace.
    sandbox
        .sh("unbound -c encrypted.conf >encrypted.log 2>&1")
        .success();
    sandbox
}

/// Sets the sandbox up with these resolvers.
fn set_up(sandbox: &Sandbox, resolv_conf: &str) {
    // In place: the file is mounted over the system's.
    fs::write(sandbox.dir().join("etc/resolv.conf"), resolv_conf).unwrap();
}

#[test]
fn a_resolver_is_asked_over_tls_and_https_by_its_name_or_its_address() {
    let sandbox = with_encrypted_resolver();
    for resolver in [
        "tls://ca.test",
        "tls://198.51.100.5",
        "tls://198.51.100.5:853#ca.test",
        "https://ca.test:8443/ask",
        "https://198.51.100.5:8443/ask#ca.test",
        "tcp://127.0.0.1",
        "udp://127.0.0.1",
    ] {
        let output = sandbox.sh(&format!(
            "dns-zone --resolver '{resolver}' www.example.test"
        ));
        let output = output.success();
        assert_eq!(output.document()["zone"], "example.test.", "{resolver}");
        assert_eq!(output.stderr, "", "{resolver}");
        let output = sandbox.sh(&format!(
            "dns01-check --json --resolver '{resolver}' www.example.test"
        ));
        let document = output.document();
        assert!(document["verdict"].is_string(), "{resolver}: {document:#}");
    }
}

#[test]
fn one_resolver_that_works_is_enough() {
    let sandbox = with_encrypted_resolver();
    let output = sandbox.sh(
        "LEGO_DNS_RESOLVERS=tls://198.51.100.5#other.test,tls://198.51.100.6,https://ca.test:8443/ask \
         dns-zone www.example.test",
    );
    assert_eq!(output.success().document()["zone"], "example.test.");
}

#[test]
fn a_certificate_is_issued_once_a_resolver_over_tls_has_the_value_too() {
    let sandbox = with_encrypted_resolver();
    let output = sandbox.sh(
        "acme-issue -d example.test --resolver tls://ca.test --recursive --at-least 2 --settle 0.2",
    );
    let document = output.success().document();
    Certificate::of(&sandbox, &document);
    let resolvers = &document["challenges"][0]["propagated"]["resolvers"];
    assert_eq!(resolvers[0]["resolver"], "tls://ca.test", "{document:#}");
    assert_eq!(resolvers[0]["state"], "serving");
}

#[test]
fn a_value_is_waited_for_through_a_resolver_over_https_too() {
    let sandbox = with_encrypted_resolver();
    let resolver = "--resolver https://ca.test:8443/ask";
    // Whoever is asked alone is asked where the servers have it: else it would remember that there was nothing.
    let output = sandbox.sh(&format!(
        "acme-order -d example.test | dns-zone {resolver} | dns01-exec present |
         dns-wait-txt {resolver} --recursive | tee waited.json |
         dns-wait-txt {resolver} --recursive-only | dns01-exec cleanup"
    ));
    let alone = output.success().document();
    let waited = sandbox.sh("cat waited.json").success().document();
    for document in [waited, alone] {
        let resolvers = &document["challenges"][0]["propagated"]["resolvers"];
        assert_eq!(resolvers[0]["state"], "serving", "{document:#}");
        assert_eq!(resolvers[0]["resolver"], "https://ca.test:8443/ask");
    }
    let ended = sandbox.sh(&format!(
        "dns-wait-txt {resolver} --recursive-only --timeout 0 -- _acme-challenge.example.test other"
    ));
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "acmepipe:dns:not-propagated", "{error:#}");
}

#[test]
fn a_resolver_that_is_not_who_it_should_be_is_refused() {
    let sandbox = with_encrypted_resolver();
    // A server with the right certificate that speaks TLS and nothing over it.
    let dir = sandbox.dir().display();
    let files = format!("-cert {dir}/server.pem -key {dir}/server-key.pem");
    sandbox
        .sh(&format!(
            "openssl s_server -quiet -accept 198.51.100.5:8444 {files} </dev/null >s_server.log 2>&1 &
             until openssl s_client -connect 198.51.100.5:8444 </dev/null >s_client.log 2>&1; do :; done"
        ))
        .success();
    for (resolver, says) in [
        (
            "tls://198.51.100.5#other.test",
            "its certificate is not accepted: ",
        ),
        (
            "https://198.51.100.5:8443/ask#other.test",
            "its certificate is not accepted: ",
        ),
        (
            "https://ca.test:8443/elsewhere",
            "it answers with the HTTP status 404",
        ),
        (
            "https://198.51.100.5:8444/ask#ca.test",
            "it does not speak HTTP/2",
        ),
        ("tls://198.51.100.11:53#ca.test", "no TLS with it"),
        // Each at a port where another protocol is spoken. A server may first
        // say something in that one, which is then the beginning of an answer.
        ("tls://198.51.100.5:8443", "it closes the connection "),
        ("tcp://198.51.100.5:853", "it closes the connection "),
        ("https://198.51.100.5:853/ask", "it does not speak HTTP/2"),
        (
            "tls://198.51.100.5:1#ca.test",
            "nothing listens on its port",
        ),
        (
            "tls://nowhere.test",
            "its address is not to be found: 127.0.0.1 knows none of nowhere.test.",
        ),
    ] {
        let output = sandbox.sh(&format!(
            "dns-zone --resolver '{resolver}' www.example.test"
        ));
        output.assert_status(1);
        let error = &output.document()["error"];
        let detail = error["detail"].to_string();
        assert!(detail.contains(says), "{resolver}: {detail}");
        assert!(detail.contains(resolver), "{resolver}: {detail}");
        assert_eq!(error["type"], "acmepipe:dns:resolver");
        // What to do about a certificate is said where one is not accepted.
        let hint = error["hint"].to_string();
        let is_about_certificate = hint.contains("LEGO_CA_CERTIFICATES");
        assert_eq!(is_about_certificate, says.contains("certificate"), "{hint}");
        // No server was asked in its place.
        assert!(!output.stderr.contains("lead to the zone"), "{output:?}");
    }
    // Without the CA that has signed its certificate it is nobody.
    let output = sandbox.sh(
        "unset LEGO_CA_CERTIFICATES; SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
         dns-zone --resolver tls://ca.test www.example.test",
    );
    let says = output.stdout + &output.stderr;
    assert!(
        says.contains("UnknownIssuer") || says.contains("no CA certificates"),
        "{says}"
    );
    let output =
        sandbox.sh("dns01-check --json --resolver tls://198.51.100.5#other.test www.example.test");
    output.assert_status(2);
    let says =
        "the resolver tls://198.51.100.5#other.test is of no use: its certificate is not accepted";
    assert!(output.stderr.contains(says), "{output:?}");
}

#[test]
fn where_port_53_is_closed_all_goes_over_tls() {
    let sandbox = Sandbox::start();
    let dir = sandbox.dir().display();
    let config = format!(
        r#"server:
    directory: ""
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    interface: {ADDRESS}@853
    tls-port: 853
    tls-service-key: "{dir}/server-key.pem"
    tls-service-pem: "{dir}/server.pem"
    access-control: 0.0.0.0/0 allow
    module-config: "iterator"
    local-zone: "hidden.test." static
    local-data: "hidden.test. SOA ns.hidden.test. x.hidden.test. 7 3600 600 86400 60"
    local-data: "hidden.test. NS ns.hidden.test."
    local-data: "ns.hidden.test. A 192.0.2.1"
    local-data: "_acme-challenge.hidden.test. TXT value"
"#
    );
    fs::write(sandbox.work().join("closed.conf"), config).unwrap();
    sandbox
        .sh("unbound -c closed.conf >closed.log 2>&1")
        .success();
    // Nobody is there.
    set_up(&sandbox, "nameserver 127.0.0.99\n");
    let resolver = "--recursive-only --resolver tls://198.51.100.5#ca.test";
    let ended = sandbox.sh(&format!(
        "dns-zone {resolver} _acme-challenge.hidden.test | jq -c '.value = \"value\"' |
         dns-wait-txt {resolver} --timeout 0"
    ));
    let ended = ended.success();
    assert_eq!(ended.stderr, "");
    let document = ended.document();
    assert_eq!(document["zone"], "hidden.test.");
    assert_eq!(document["serial"], 7);
    let resolvers = &document["propagated"]["resolvers"];
    assert_eq!(resolvers[0]["resolver"], "tls://198.51.100.5#ca.test");
    // By its name it is not to be found there.
    let ended = sandbox.sh("dns-zone --resolver tls://ca.test _acme-challenge.hidden.test");
    ended.assert_status(1);
    let error = &ended.document()["error"];
    let detail = error["detail"].to_string();
    assert!(
        detail.contains("its address is not to be found: 127.0.0.99: "),
        "{detail}"
    );
}
