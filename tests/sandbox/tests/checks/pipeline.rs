//! `dns01-check` as a stage of a pipeline.

use sandbox::{Host, Kind, Layout, own_servers};
use serde_json::json;

const SERVER: &str = "198.51.100.11";

#[test]
fn with_stop_what_will_fail_is_an_error_before_anything_is_presented() {
    let lines = own_servers(&[SERVER]) + "forbid CAA 0 issue \";\"\n";
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .start();
    let challenge = |name: &str| {
        json!({
            "fqdn": format!("_acme-challenge.{name}."), "value": "v", "status": "pending",
            "identifier": {"type": "dns", "value": name},
        })
    };
    let order = json!({
        "version": 1, "name": "x",
        "challenges": [challenge("example.test"), challenge("forbid.example.test")],
    });
    let stop = topology.sh_with("dns-zone | dns01-check --stop", &order.to_string());
    stop.assert_status(1);
    let document = stop.document();
    assert_eq!(document["challenges"][0]["verdict"], "ok");
    assert!(
        document["challenges"][0].get("error").is_none(),
        "{document:#}"
    );
    let error = &document["challenges"][1]["error"];
    assert_eq!(error["type"], "acmepipe:dns:will-fail");
    assert!(
        error["detail"]
            .as_str()
            .unwrap()
            .starts_with("CAA_FORBIDS: "),
        "{error:#}"
    );
    assert_eq!(document["error"]["type"], "acmepipe:dns:will-fail");
    let pass = topology.sh_with("dns-zone | dns01-check", &order.to_string());
    pass.assert_status(1);
    assert!(pass.document().get("error").is_none(), "{}", pass.stdout);
}

#[test]
fn a_request_is_judged_before_there_is_an_order() {
    let lines = own_servers(&[SERVER])
        + "forbid CAA 0 issue \";\"\n\
           own CAA 0 issue \"letsencrypt.org; validationmethods=dns-account-01\"\n";
    let topology = Layout::new()
        .delegate("example.test", &[SERVER])
        .host(Host::new(Kind::Knot, SERVER).zone("example.test", &lines))
        .start();
    let request = |names: &[&str]| {
        let names = names
            .iter()
            .map(|name| json!({"type": "dns", "value": name}));
        let identifiers: Vec<_> = names.collect();
        json!({"version": 1, "order": {"identifiers": identifiers}, "challenges": []}).to_string()
    };
    let both = request(&["*.example.test", "forbid.example.test"]);
    let told = topology.sh_with("dns01-check", &both);
    told.assert_status(1);
    let document = told.document();
    assert!(document.get("error").is_none(), "{document:#}");
    let verdicts = [0, 1].map(|index| document["challenges"][index]["verdict"].clone());
    assert_eq!(verdicts, ["ok", "will-fail"]);
    assert_eq!(document["challenges"][0]["wildcard"], true);
    // acme-order passes on what has an error, and asks no CA.
    let line = "dns01-check --stop | acme-order --accept-tos --server https://192.0.2.1/directory";
    let stopped = topology.sh_with(line, &both);
    stopped.assert_status(1);
    let document = stopped.document();
    assert_eq!(document["error"]["type"], "acmepipe:dns:will-fail");
    assert_eq!(
        document["order"]["identifiers"][0]["value"],
        "*.example.test"
    );
    topology
        .sh_with("dns01-check --stop", &request(&["example.test"]))
        .success();
    // All but the names may be missing.
    let bare = json!({"order": {"identifiers": [{"type": "dns", "value": "example.test"}]}});
    let judged = topology.sh_with("dns01-check", &bare.to_string());
    let document = judged.success().document();
    assert_eq!(document["challenges"][0]["verdict"], "ok");
    // As the request says, whatever the environment does.
    let own = json!({
        "order": {"identifiers": [{"type": "dns", "value": "own.example.test"}]},
        "options": {"server": "letsencrypt", "challenge": "dns-account-01"},
    });
    let judged = topology.sh_with("LEGO_SERVER=zerossl dns01-check", &own.to_string());
    let document = judged.success().document();
    assert_eq!(document["challenges"][0]["verdict"], "ok", "{document:#}");
}
