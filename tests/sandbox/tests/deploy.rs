//! A certificate of a real CA comes to the services that use it.

use sandbox::Sandbox;

/// The serial number of the certificate that servers read, as OpenSSL says it.
fn serial(sandbox: &Sandbox, name: &str) -> String {
    let cert = sandbox
        .data()
        .join("certificates")
        .join(name)
        .join("cert.pem");
    let line = format!("openssl x509 -noout -serial -in '{}'", cert.display());
    sandbox.sh(&line).success().stdout
}

#[test]
fn a_deploy_that_fails_twice_works_the_third_time_without_a_new_certificate() {
    let sandbox = Sandbox::start();
    let reload = sandbox.script(
        "reload.sh",
        "openssl x509 -noout -serial -in \"$LEGO_HOOK_CERT_PATH\" >>serials\n\
         [ \"$ACMEPIPE_DEPLOY_TRY\" -ge 3 ]",
    );
    let reload = reload.display();
    let deployed = sandbox.sh(&format!(
        "acme-order -d example.test | {} | {} | acme-deploy -x '{reload}' --install tls",
        Sandbox::PREPARE,
        Sandbox::FINISH
    ));
    deployed.assert_status(1);
    let document = deployed.document();
    let status = |document: &serde_json::Value, target: usize| {
        document["deploy"][target]["status"]
            .as_str()
            .map(str::to_owned)
    };
    assert_eq!(status(&document, 0).as_deref(), Some("failed"));
    assert_eq!(status(&document, 1).as_deref(), Some("done"));
    assert_eq!(document["error"]["type"], "acmepipe:exec:status");
    sandbox.assert_nothing_left();
    let first = serial(&sandbox, "example.test");

    for (expected, exit) in [("failed", 1), ("done", 0)] {
        let again = sandbox.sh(&format!(
            "acme-deploy -x '{reload}' --install tls </dev/null"
        ));
        again.assert_status(exit);
        assert_eq!(status(&again.document(), 0).as_deref(), Some(expected));
        assert_eq!(
            again.document()["certificate"]["serial"],
            document["certificate"]["serial"]
        );
    }
    assert_eq!(serial(&sandbox, "example.test"), first);
    assert_eq!(sandbox.sh("cat serials").success().stdout, first.repeat(3));
    // The copy is a pair, and a server would take it.
    let pair = "test \"$(openssl x509 -noout -pubkey -in tls/example.test/fullchain.pem)\" = \
                \"$(openssl pkey -pubout -in tls/example.test/privkey.pem)\"";
    sandbox.sh(pair).success();
}

#[test]
fn what_was_issued_by_a_run_that_was_killed_before_it_deployed_comes_with_all() {
    let sandbox = Sandbox::start();
    sandbox.issue("-d killed.example.test").success();
    let reload = sandbox.script("reload.sh", "echo \"$LEGO_HOOK_CERT_NAME\" >>reloaded");
    let reload = reload.display();
    let known = sandbox
        .sh(&format!("acme-deploy -x '{reload}' </dev/null"))
        .success();
    assert_eq!(known.stdout, "");
    sandbox
        .sh(&format!("acme-deploy --all -x '{reload}' </dev/null"))
        .success();
    let reloaded = sandbox.sh("cat reloaded").success().stdout;
    assert_eq!(reloaded, "killed.example.test\n");
}
