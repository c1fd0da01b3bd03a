//! Whose key a certificate has, which chain, and in which files it comes.

use sandbox::{Config, Pebble, Sandbox};
use serde_json::Value;

/// The path of a file of a certificate.
fn path(sandbox: &Sandbox, below: &str) -> String {
    let work = sandbox.sh("printf %s \"$LEGO_PATH\"").success().stdout;
    format!("{work}/certificates/{below}")
}

fn certificate(document: &Value) -> &Value {
    assert_eq!(document["error"], Value::Null);
    &document["certificate"]
}

#[test]
fn several_kinds_of_key_give_a_certificate_each_that_servers_have_side_by_side() {
    let sandbox = Sandbox::start();
    let kinds = ["ec256", "Ed25519", "2048"];
    let output = sandbox
        .sh(&format!(
            "acme-issue -q -d a.example.test -k {}",
            kinds.join(" -k ")
        ))
        .success();
    let mut names: Vec<String> = output
        .documents()
        .iter()
        .map(|document| {
            assert!(certificate(document)["key"].is_string());
            document["name"].as_str().expect("a text").to_owned()
        })
        .collect();
    names.sort();
    let expected = [
        "a.example.test",
        "a.example.test.ed25519",
        "a.example.test.rsa2048",
    ];
    assert_eq!(names, expected);
    for (name, says) in expected.iter().zip(["prime256v1", "ED25519", "2048 bit"]) {
        let (key, cert) = (
            path(&sandbox, &format!("{name}/privkey.pem")),
            path(&sandbox, &format!("{name}/cert.pem")),
        );
        let text = sandbox
            .sh(&format!("openssl x509 -noout -text -in {cert}"))
            .success();
        assert!(text.stdout.contains(says), "{}", text.stdout);
        sandbox
            .sh(&format!(
                "test \"$(openssl pkey -in {key} -pubout)\" = \"$(openssl x509 -in {cert} -noout -pubkey)\""
            ))
            .success();
    }
    sandbox.assert_nothing_left();
}

#[test]
fn a_certificate_request_from_elsewhere_is_used_as_it_is_and_used_again() {
    let sandbox = Sandbox::start();
    sandbox
        .sh("openssl req -new -newkey rsa:2048 -nodes -keyout csr.key -outform DER -out request.der -subj / \
             -addext 'subjectAltName=DNS:b.example.test,DNS:*.b.example.test' \
             -addext extendedKeyUsage=serverAuth,clientAuth")
        .success();
    let output = sandbox.sh("acme-issue --csr request.der").success();
    assert!(
        output.stderr.contains("that TLS clients may use"),
        "{}",
        output.stderr
    );
    let document = output.document();
    assert_eq!(certificate(&document)["key"], Value::Null);
    assert_eq!(document["name"], "b.example.test");
    let cert = path(&sandbox, "b.example.test/cert.pem");
    let same_key = format!(
        "test \"$(openssl pkey -in csr.key -pubout)\" = \"$(openssl x509 -in {cert} -noout -pubkey)\""
    );
    sandbox.sh(&same_key).success();
    assert!(
        sandbox
            .sh("acme-list")
            .success()
            .stdout
            .contains("RSA2048  ca.test  good")
    );
    // Once the file is gone there is the copy, and the certificate is as good as any to be renewed, deployed and revoked.
    sandbox.sh("mv request.der gone").success();
    let request = sandbox
        .sh("acme-due --all -q --no-sleep")
        .success()
        .document();
    let kept = path(&sandbox, "b.example.test/request.pem");
    assert_eq!(request["options"]["csr"], kept.as_str());
    let renewed = "acme-due --all -q --no-sleep --days 3650 | acme-issue -q";
    let document = sandbox.sh(renewed).success().document();
    assert_eq!(certificate(&document)["key"], Value::Null);
    sandbox.sh(&same_key).success();
    sandbox
        .sh("acme-deploy --all --install \"$PWD/copy\"")
        .success();
    let copied = sandbox.sh("ls copy/b.example.test").success().stdout;
    assert_eq!(copied, "cert.pem\nchain.pem\nfullchain.pem\n");
    sandbox.sh("acme-revoke -y b.example.test").success();
    sandbox.assert_nothing_left();
}

#[test]
fn a_key_can_be_given_and_is_kept_where_that_is_asked_for() {
    let sandbox = Sandbox::start();
    sandbox
        .sh("openssl ecparam -genkey -name secp384r1 -noout -out own.key")
        .success();
    let key = path(&sandbox, "a.example.test/privkey.pem");
    let public = |file: &str| {
        sandbox
            .sh(&format!("openssl pkey -in {file} -pubout"))
            .success()
            .stdout
    };
    let issue = |options: &str| {
        let output = sandbox.sh(&format!("acme-issue -q -d a.example.test {options}"));
        certificate(&output.success().document());
    };
    issue("--key own.key");
    assert_eq!(public(&key), public("own.key"));
    let mode = sandbox.sh(&format!("stat -Lc %a {key}")).success().stdout;
    assert_eq!(mode, "600\n");
    issue("-k EC384 --reuse-key");
    assert_eq!(public(&key), public("own.key"));
    let renewed = "acme-due --all -q --no-sleep --days 3650 | acme-issue -q";
    certificate(&sandbox.sh(renewed).success().document());
    assert_eq!(public(&key), public("own.key"));
    issue("-k EC384");
    assert_ne!(public(&key), public("own.key"));
    sandbox.assert_nothing_left();
}

#[test]
fn the_preferred_chain_is_found_by_any_name_in_it() {
    let pebble = Pebble {
        alternate_roots: 2,
        chain_length: 2,
        ..Pebble::default()
    };
    let sandbox = Sandbox::with(Config {
        pebble,
        ..Config::default()
    });
    let roots: Vec<String> = (0..3)
        .map(|root| {
            let line = format!(
                "curl -sk https://198.51.100.5:15000/roots/{root} | openssl x509 -noout -subject -nameopt multiline | \
                 sed -n 's/ *commonName *= //p'"
            );
            sandbox.sh(&line).success().stdout.trim().to_owned()
        })
        .collect();
    for root in &roots {
        let output = sandbox.sh(&format!(
            "acme-issue -q -d a.example.test --preferred-chain '{root}' --must-staple"
        ));
        let output = output.success();
        assert_eq!(output.stderr, "");
        let document = output.document();
        let chain = certificate(&document)["chain"]
            .as_str()
            .expect("a path")
            .to_owned();
        let line = format!(
            "openssl crl2pkcs7 -nocrl -certfile {chain} | openssl pkcs7 -print_certs -noout"
        );
        let names = sandbox.sh(&line).success().stdout;
        assert!(names.contains(root.as_str()), "{root}: {names}");
    }
    let output = sandbox
        .sh("acme-issue -d a.example.test --preferred-chain Nowhere")
        .success();
    assert!(
        output
            .stderr
            .contains("no chain that the CA offers has the common name `Nowhere` in it"),
        "{}",
        output.stderr
    );
    sandbox.assert_nothing_left();
}

#[test]
fn key_and_chain_come_in_one_file_and_in_lego_s_folder_and_again_with_a_renewal() {
    let sandbox = Sandbox::start();
    let formats = [("SHA256", ""), ("DES", "-legacy"), ("RC2", "-legacy")];
    for (format, legacy) in formats {
        let name = format!("{}.example.test", format.to_ascii_lowercase());
        let line = format!(
            "acme-issue -q -d {name} -k RSA2048 --pem --pfx --pfx-format {format} --layout lego --no-bundle"
        );
        let output = sandbox
            .sh_with(&format!("LEGO_PFX_PASSWORD=secret {line}"), "")
            .success();
        let document = output.document();
        let pfx = certificate(&document)["pfx"]
            .as_str()
            .expect("a path")
            .to_owned();
        let combined = certificate(&document)["combined"]
            .as_str()
            .expect("a path")
            .to_owned();
        let read = |file: &str| {
            let line = format!("openssl pkcs12 {legacy} -in {file} -passin pass:secret -nodes");
            sandbox.sh(&line).success().stdout
        };
        let inside = read(&pfx);
        assert_eq!(inside.matches("BEGIN CERTIFICATE").count(), 2, "{inside}");
        assert_eq!(inside.matches("PRIVATE KEY--").count(), 2, "{inside}");
        let all = sandbox.sh(&format!("cat {combined}")).success().stdout;
        assert_eq!(all.matches("BEGIN ").count(), 3, "{all}");
        let lego = path(&sandbox, &name);
        read(&format!("{lego}.pfx"));
        let lines = format!(
            "cmp {lego}.crt {lego}/cert.pem && cmp {lego}.key {lego}/privkey.pem && \
             cmp {lego}.issuer.crt {lego}/chain.pem && stat -c %a {lego}.key {lego}.pem {lego}.pfx && \
             jq -r .domain {lego}.json"
        );
        let told = sandbox.sh(&lines).success().stdout;
        assert_eq!(told, format!("600\n600\n600\n{name}\n"));
    }
    let lego = path(&sandbox, "des.example.test");
    sandbox.sh(&format!("rm {lego}.*")).success();
    let renewed = "acme-due -q --no-sleep --days 3650 des.example.test | acme-issue -q";
    let document = sandbox.sh(renewed).success().document();
    let pfx = certificate(&document)["pfx"]
        .as_str()
        .expect("as before")
        .to_owned();
    for file in [pfx, format!("{lego}.pfx")] {
        sandbox
            .sh(&format!(
                "openssl pkcs12 -legacy -in {file} -passin pass:secret -nodes -noout"
            ))
            .success();
    }
    sandbox.assert_nothing_left();
}
