//! The resolvers of the system, and those that are named, are asked, and no others.

#![allow(
    clippy::unwrap_used,
    reason = "what a test cannot go on from is its failure"
)]

use std::fs;

use sandbox::Sandbox;

/// Sets the sandbox up with these resolvers.
fn set_up(sandbox: &Sandbox, resolv_conf: &str) {
    // In place: the file is mounted over the system's.
    fs::write(sandbox.dir().join("etc/resolv.conf"), resolv_conf).unwrap();
}

#[test]
fn a_bad_word_in_resolv_conf_sends_no_question_elsewhere() {
    let sandbox = Sandbox::start();
    for resolv_conf in [
        "search a..b -\nnameserver 127.0.0.1\n",
        "nameserver ns1.test\noptions ndots:x\nnameserver ::1 # here\n",
        // glibc asks 127.0.0.1 here.
        "nameserver ns1.test\n",
        " nameserver 192.0.2.1\n",
    ] {
        set_up(&sandbox, resolv_conf);
        let output = sandbox.sh("dns-zone www.example.test");
        let document = output.success().document();
        assert_eq!(document["zone"], "example.test.", "{resolv_conf:?}");
    }
}

#[test]
fn a_resolver_may_be_at_a_link_local_address() {
    let sandbox = Sandbox::start();
    let config = r#"server:
    directory: ""
    chroot: ""
    username: ""
    pidfile: ""
    use-syslog: no
    interface: fe80::53%void
    access-control: ::/0 allow
    do-not-query-localhost: no
    local-zone: "test." nodefault
    module-config: "iterator"
forward-zone:
    name: "."
    forward-addr: 127.0.0.1
"#;
    fs::write(sandbox.work().join("link-local.conf"), config).unwrap();
    // It goes into the background as soon as it listens, and ends with the namespace.
    sandbox
        .sh("ip address add fe80::53/64 dev void nodad && unbound -c link-local.conf >link-local.log 2>&1")
        .success();

    let number = sandbox.sh("ip -o link show void | cut -d: -f1");
    let number = number.success().stdout;
    let by_number = format!("--resolver fe80::53%{}", number.trim());
    for option in [
        "--resolver fe80::53%void",
        "--resolver [fe80::53%void]:53",
        &by_number,
    ] {
        let output = sandbox.sh(&format!("dns-zone {option} www.example.test"));
        assert_eq!(
            output.success().document()["zone"],
            "example.test.",
            "{option}"
        );
    }
    set_up(&sandbox, "nameserver fe80::53%void\n");
    let output = sandbox.sh("dns-zone www.example.test");
    assert_eq!(output.success().document()["zone"], "example.test.");

    let output = sandbox.sh("dns-zone --resolver [fe80::53%void]:5353 www.example.test");
    output.assert_status(1);
    let detail = output.document()["error"]["detail"].to_string();
    assert!(detail.contains("[fe80::53%void]:5353"), "{detail}");
    let output = sandbox.sh("dns-zone --resolver fe80::53%none www.example.test");
    output.assert_status(2);
    let says = "resolver `fe80::53%none` is at an interface that this system lacks: `none`";
    assert!(output.stderr.contains(says), "{output:?}");
}
