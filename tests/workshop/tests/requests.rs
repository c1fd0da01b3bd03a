//! Request documents: what a CA is asked for them, what becomes of one that it refuses, and of one that is wrong.

#![allow(clippy::unwrap_used)]

use std::fs;

use serde_json::{Value, json};
use workshop::{
    Asked, Ended, FalseCa, Issuer, Reply, Workshop, directory_object, order_object, run,
};

/// A certificate by the id of its renewal.
const OLD: &str = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";

/// The least that asks for a certificate.
fn least(name: &str) -> Value {
    json!({"version": 1, "name": name, "order": {"identifiers": [{"type": "dns", "value": name}]}})
}

fn replacing(name: &str) -> Value {
    let mut request = least(name);
    request["order"]["replaces"] = json!(OLD);
    request
}

/// Runs `acme-order` with these requests on stdin.
fn order(workshop: &Workshop, ca: &FalseCa, options: &[&str], stdin: impl AsRef<[u8]>) -> Ended {
    let mut command = workshop.command("acme-order");
    ca.trusted_by(&mut command);
    command.args(options);
    run(command, stdin)
}

/// What a CA was asked in its orders.
fn orders(ca: &FalseCa) -> Vec<Value> {
    let asked = ca.asked().into_iter();
    let orders = asked.filter(|one| one.path == "/new-order");
    orders.map(|one| one.payload).collect()
}

fn names(order: &Value) -> Vec<&str> {
    let identifiers = order["identifiers"].as_array().unwrap();
    identifiers
        .iter()
        .map(|one| one["value"].as_str().unwrap())
        .collect()
}

#[test]
fn what_a_request_says_is_asked_for_and_goes_on_with_it() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let request = json!({
        "version": 1, "name": "web", "ticket": 4711,
        "order": {"identifiers": [{"type": "dns", "value": "B.test."}, {"type": "dns", "value": "ä.test"}],
                  "profile": "short", "replaces": OLD, "mine": 1},
        "options": {"server": format!("{}/directory", ca.url()), "email": "me@x.test", "key-type": "EC384"},
        "due": {"due": true, "reason": "r"},
    });
    let mut command = workshop.command("acme-order");
    ca.trusted_by(&mut command);
    command
        .env("LEGO_SERVER", "https://127.0.0.1:1/dir")
        .args(["--email=you@x.test", "--profile=long"]);
    let ended = run(command, request.to_string());
    ended.assert_status(0);
    assert_eq!(
        orders(&ca),
        [
            json!({"identifiers": [{"type": "dns", "value": "b.test"}, {"type": "dns", "value": "xn--4ca.test"}],
                   "profile": "short", "replaces": OLD})
        ]
    );
    let placed = ended.document();
    assert_eq!(
        (&placed["name"], &placed["ticket"]),
        (&json!("web"), &json!(4711))
    );
    // The CA tells of a profile also where none was asked for, so the options say that one was.
    let mut options = request["options"].clone();
    options["profile"] = json!("short");
    assert_eq!(
        (&placed["options"], &placed["due"]),
        (&options, &request["due"])
    );
    assert_eq!(placed["order"]["replaces"], OLD);
    assert_eq!(placed["order"].get("mine"), None);
    let key = placed["account"]["key"].as_str().unwrap();
    assert!(key.ends_with("/me@x.test/account.key"), "{key}");
    assert_eq!(placed["challenges"].as_array().map(Vec::len), Some(2));
}

#[test]
fn names_stay_in_the_sequence_in_which_they_are_asked_for_however_a_ca_sorts_them() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |asked| {
        let sorted = order_object(&["a.test", "m.test", "z.test"], "pending");
        let is_hit = asked.path == "/new-order";
        is_hit.then(|| Reply::new(201, &sorted).header("Location", "https://HERE/order"))
    });
    let names = ["z.test", "a.test", "m.test"];
    let identifiers = names.map(|name| json!({"type": "dns", "value": name}));
    let request = json!({"order": {"identifiers": identifiers}, "challenges": []});
    let ended = order(&workshop, &ca, &[], request.to_string());
    ended.assert_status(0);
    assert_eq!(ended.document()["order"]["identifiers"], json!(identifiers));
}

#[test]
fn what_a_request_lacks_is_taken_from_the_command_line() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let options = ["--email=you@x.test", "--profile=long"];
    let request = json!({"order": {"identifiers": [{"type": "dns", "value": "*.a.test"}]}});
    let ended = order(&workshop, &ca, &options, request.to_string());
    ended.assert_status(0);
    assert_eq!(orders(&ca)[0]["profile"], "long");
    let placed = ended.document();
    assert_eq!(placed["options"], json!({"profile": "long"}));
    assert_eq!(placed["name"], "_.a.test");
    let key = placed["account"]["key"].as_str().unwrap();
    assert!(key.ends_with("/you@x.test/account.key"), "{key}");
}

#[test]
fn documents_and_lines_of_names_stand_in_one_stream() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let placed = json!({"version": 1, "name": "placed", "order": {"url": "https://ca.test/1"}, "challenges": []});
    let failed = json!({"version": 1, "name": "failed", "error": {"type": "t"}});
    let stdin = format!(
        "a.test\n{:#}\n{placed}\n{{\"broken\": }}\nb.test\n{failed}\n# nothing\n",
        least("c.test")
    );
    let ended = order(&workshop, &ca, &["--jobs=1"], stdin);
    ended.assert_status(1);
    let mut ordered: Vec<String> = orders(&ca)
        .iter()
        .map(|order| names(order).join(" "))
        .collect();
    ordered.sort();
    assert_eq!(ordered, ["a.test", "b.test", "c.test"]);
    let documents = ended.documents();
    assert!(documents.contains(&placed) && documents.contains(&failed));
    assert_eq!(documents.len(), 6, "{documents:#?}");
}

#[test]
fn a_ca_without_renewal_information_is_not_told_what_is_replaced() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |asked: &Asked| {
        let mut directory = directory_object();
        directory.as_object_mut().unwrap().remove("renewalInfo");
        (asked.path == "/directory").then(|| Reply::new(200, &directory))
    });
    let ended = order(&workshop, &ca, &[], replacing("a.test").to_string());
    ended.assert_status(0);
    assert_eq!(orders(&ca)[0].get("replaces"), None);
    assert_eq!(ended.document()["order"].get("replaces"), None);
}

#[test]
fn an_order_that_cannot_replace_is_placed_once_more_without_that_and_it_is_said() {
    for (status, kind, detail) in [
        (409, "alreadyReplaced", "no"),
        (
            404,
            "malformed",
            "Could not validate ARI 'replaces' field :: path contained an unknown key",
        ),
        (
            403,
            "unauthorized",
            "requester account did not request the certificate being replaced by this order",
        ),
    ] {
        let workshop = Workshop::open();
        let ca = FalseCa::start(&workshop, move |asked: &Asked| {
            let replaces = asked.path == "/new-order" && asked.payload["replaces"].is_string();
            replaces.then(|| Reply::problem(status, kind, detail))
        });
        let ended = order(&workshop, &ca, &[], replacing("a.test").to_string());
        ended.assert_status(0);
        let asked: Vec<bool> = orders(&ca)
            .iter()
            .map(|order| order["replaces"].is_string())
            .collect();
        assert_eq!(asked, [true, false], "{kind}");
        assert_eq!(ended.document()["order"].get("replaces"), None);
        let said = "a.test: ordered once more, as a certificate that replaces none: ";
        assert!(ended.stderr.contains(said), "{}", ended.stderr);
    }
}

#[test]
fn an_order_that_is_refused_for_another_reason_is_not_placed_twice() {
    for (status, kind, detail) in [
        (429, "rateLimited", "too many certificates: replace fewer"),
        (400, "rejectedIdentifier", "no replacement for a.test"),
        (400, "malformed", "cannot parse"),
        (403, "unauthorized", "the account is deactivated"),
    ] {
        let workshop = Workshop::open();
        let ca = FalseCa::start(&workshop, move |asked: &Asked| {
            (asked.path == "/new-order").then(|| Reply::problem(status, kind, detail))
        });
        let ended = order(&workshop, &ca, &[], replacing("a.test").to_string());
        ended.assert_status(1);
        assert_eq!(orders(&ca).len(), 1, "{kind}");
        let error = &ended.document()["error"];
        assert_eq!(error["type"], format!("urn:ietf:params:acme:error:{kind}"));
        // What could not be ordered is no order.
        assert_eq!(ended.document().get("order"), None);
    }
}

#[test]
fn several_accounts_are_found_once_each_and_one_whose_key_is_there_is_used_as_it_is() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let first = order(
        &workshop,
        &ca,
        &["--email=me@x.test"],
        least("a.test").to_string(),
    );
    let key = first.document()["account"]["key"].clone();
    let registered = ca.count("/account");
    // The CA knows the order that was placed last only, so all are for the same name.
    let named = |name: &str| {
        let mut request = least("a.test");
        request["name"] = json!(name);
        request
    };
    let known = |name: &str| {
        let mut request = named(name);
        request["account"] = json!({"url": format!("{}/account/7", ca.url()), "key": key});
        request["options"] = json!({"email": "nobody@x.test"});
        request
    };
    let of = |name: &str, email: &str| {
        let mut request = named(name);
        request["options"] = json!({"email": email});
        // Its key is gone.
        let gone = workshop.dir().join("gone/account.key");
        request["account"] = json!({"url": format!("{}/account/8", ca.url()), "key": gone});
        request
    };
    let requests = [
        known("b"),
        known("c"),
        of("d", "d@x.test"),
        of("e", "d@x.test"),
        of("f", "f@x.test"),
    ];
    let stdin = requests.map(|request| request.to_string()).join("\n");
    let ended = order(&workshop, &ca, &[], stdin);
    ended.assert_status(0);
    assert_eq!(ca.count("/account") - registered, 2, "{}", ended.stderr);
    for placed in ended.documents() {
        let account = &placed["account"];
        let is_known = ["b", "c"].contains(&placed["name"].as_str().unwrap());
        assert_eq!(account["key"] == key, is_known, "{account}");
        let number = if is_known { 7 } else { 1 };
        assert_eq!(account["url"], format!("{}/account/{number}", ca.url()));
    }
}

#[test]
fn a_key_that_is_no_account_s_signs_nothing() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let key = workshop.dir().join("server.key");
    fs::write(&key, "a key").unwrap();
    let mut request = least("a.test");
    request["account"] = json!({"url": "https://ca.test/1", "key": key});
    let ended = order(&workshop, &ca, &[], request.to_string());
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "acmepipe:document");
    assert!(error["detail"].as_str().unwrap().contains("`account.key`"));
    assert_eq!(ca.asked().len(), 0);
}

#[test]
fn a_request_that_is_wrong_is_told_so_and_asks_the_ca_nothing() {
    let whole = || {
        let mut request = replacing("a.test");
        request["directory"] = json!("https://127.0.0.1:1/dir");
        request["order"]["profile"] = json!("p");
        request["account"] = json!({"url": "https://ca.test/1", "key": "/k"});
        request["options"] = json!({"server": "letsencrypt", "email": "m@x.test", "key-type": "EC256", "profile": "p"});
        request
    };
    let long = json!("x".repeat(1 << 20));
    let many = json!(vec![json!({"type": "dns", "value": "a.test"}); 50_000]);
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let mut stdin = String::new();
    let mut members = Vec::new();
    for (pointer, member) in [
        ("/name", "`name`"),
        ("/directory", "`directory`"),
        ("/account", "`account`"),
        ("/account/key", "`account.key`"),
        ("/account/url", "`account.url`"),
        ("/order", "`order`"),
        ("/order/identifiers", "`order.identifiers"),
        ("/order/identifiers/0", "`order.identifiers[0]`"),
        ("/order/identifiers/0/value", "`order.identifiers[0]`"),
        ("/order/profile", "`order.profile`"),
        ("/order/replaces", "`order.replaces`"),
        ("/options", "`options`"),
        ("/options/server", "`options.server`"),
        ("/options/email", "`options.email`"),
        ("/options/key-type", "`options.key-type`"),
        ("/options/profile", "`options.profile`"),
    ] {
        for wrong in [json!(7), json!(true), deep.clone()] {
            let mut request = whole();
            *request.pointer_mut(pointer).unwrap() = wrong;
            request["number"] = json!(members.len());
            stdin += &format!("{request}\n");
            members.push(member);
        }
    }
    for (pointer, wrong, member) in [
        ("/name", long.clone(), "`name`"),
        ("/order/identifiers", many, "`order.identifiers`"),
        (
            "/order/identifiers/0/value",
            long.clone(),
            "is not a DNS name",
        ),
        (
            "/order/identifiers/0/type",
            json!("ip"),
            "`order.identifiers[0].type`",
        ),
        ("/order/profile", long.clone(), "`order.profile`"),
        ("/order/replaces", long.clone(), "`order.replaces`"),
        ("/options/server", long.clone(), "`options.server`"),
        ("/options/email", long.clone(), "`options.email`"),
        ("/options/key-type", long.clone(), "`options.key-type`"),
        ("/account/key", long, "`account.key`"),
    ] {
        let mut request = whole();
        *request.pointer_mut(pointer).unwrap() = wrong;
        request["number"] = json!(members.len());
        stdin += &format!("{request}\n");
        members.push(member);
    }
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let ended = order(&workshop, &ca, &[], stdin);
    ended.assert_status(1);
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    assert_eq!(ca.asked().len(), 0);
    let documents = ended.documents();
    assert_eq!(documents.len(), members.len());
    for document in documents {
        let number = usize::try_from(document["number"].as_u64().unwrap()).unwrap();
        let detail = document["error"]["detail"].as_str().unwrap();
        assert!(
            detail.contains(members[number]),
            "{}: {detail}",
            members[number]
        );
    }
}

/// Places an order for this request, and gets its certificate with these options.
fn issue(workshop: &Workshop, ca: &FalseCa, request: &Value, options: &[&str]) -> Ended {
    let ordered = order(workshop, ca, &[], request.to_string());
    ordered.assert_status(0);
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(command.args(options));
    run(command, ordered.stdout)
}

#[test]
fn a_certificate_has_the_kind_of_key_that_its_request_says_and_its_record_says_the_same_again() {
    let workshop = Workshop::open();
    let issuer = Issuer::new(&["a.test"], 1, |_| {});
    let ca = FalseCa::start(&workshop, move |asked| issuer.reply(asked));
    let mut request = least("a.test");
    request["name"] = json!("web");
    let options = json!({"server": format!("{}/directory", ca.url()), "email": "me@x.test",
                         "key-type": "ec256", "profile": "short"});
    request["options"] = options.clone();
    // Its name is none of its names, and it takes its own place when it is renewed.
    for _ in 0..2 {
        issue(&workshop, &ca, &request, &["--key-type=RSA2048"]).assert_status(0);
        let record = workshop.dir().join("data/certificates/web/order.json");
        let record: Value = serde_json::from_slice(&fs::read(record).unwrap()).unwrap();
        assert_eq!(record["key_type"], "EC256");
        let mut expected = options.clone();
        expected["key-type"] = json!("EC256");
        assert_eq!(record["options"], expected);
    }
}

#[test]
fn a_kind_of_key_that_is_not_known_is_named_before_the_order_is_looked_at() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let mut placed = order(&workshop, &ca, &[], least("a.test").to_string()).document();
    placed["options"] = json!({"key-type": "ED448"});
    let before = ca.asked().len();
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(&mut command);
    let ended = run(command, placed.to_string());
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "acmepipe:document");
    let detail = error["detail"].as_str().unwrap();
    assert!(detail.contains("`options.key-type`"), "{detail}");
    assert_eq!(ca.asked().len(), before);
}

#[test]
fn a_kind_of_key_that_the_ca_does_not_take_is_refused_before_it_is_asked_for_anything() {
    let workshop = Workshop::open();
    let mut command = workshop.command("acme-order");
    // Nothing is sent, so it does not matter that no network is there.
    command.args(["-d", "a.test", "-s", "letsencrypt", "-k", "rsa8192"]);
    let ended = run(command, "");
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "acmepipe:certificate:key");
    let hint = error["hint"].as_str().unwrap();
    assert!(
        hint.contains("EC256, EC384, RSA2048, RSA3072, RSA4096."),
        "{hint}"
    );
}

#[test]
fn an_order_that_the_ca_gives_for_another_key_as_well_is_left_for_later() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |_| None);
    let stdin = format!("{}\n", least("a.test"));
    let ended = order(&workshop, &ca, &["-a", "-k", "EC256,RSA2048"], stdin);
    ended.assert_status(1);
    let mut documents = ended.documents();
    documents.sort_by_key(|document| document["name"].to_string().len());
    let said: Vec<[&Value; 3]> = documents
        .iter()
        .map(|one| {
            [
                &one["name"],
                &one["options"]["key-type"],
                &one["error"]["type"],
            ]
        })
        .collect();
    let shared = &json!("acmepipe:order:shared");
    // Whichever comes first has the order.
    let is_shared = |one: &&[&Value; 3]| one[2] == shared;
    assert_eq!(said.iter().filter(is_shared).count(), 1, "{said:?}");
    assert_eq!(said[0][..2], [&json!("a.test"), &json!("EC256")]);
    assert_eq!(said[1][..2], [&json!("a.test.rsa2048"), &json!("RSA2048")]);
    // acme-issue makes the same request of it once more.
    let left = documents
        .iter()
        .find(|one| &one["error"]["type"] == shared)
        .unwrap();
    assert_eq!(left["order"]["identifiers"][0]["value"], "a.test");
    assert_eq!(left["order"]["url"], Value::Null);
}
