//! Profiles, and how many names an order has: said before an order is placed.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use workshop::{Asked, Ended, FalseCa, Reply, Workshop, directory_object, order_object, run};

/// Runs `acme-order` with these words at this CA.
fn order(workshop: &Workshop, ca: &FalseCa, words: &[&str], stdin: &str) -> Ended {
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(words));
    run(command, stdin)
}

/// A CA that says this of its profiles.
fn ca_with(workshop: &Workshop, profiles: Value) -> FalseCa {
    FalseCa::start(workshop, move |asked: &Asked| {
        let mut directory = directory_object();
        directory["meta"]["profiles"] = profiles.clone();
        (asked.path == "/directory").then(|| Reply::new(200, &directory))
    })
}

/// The names of each certificate that came out, by the name that it is kept under.
fn certificates(ended: &Ended) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<_> = ended
        .documents()
        .iter()
        .map(|document| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let identifiers = document["order"]["identifiers"].as_array().unwrap();
            let names = identifiers.iter().map(|one| text(&one["value"]));
            (text(&document["name"]), names.collect())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn a_profile_that_the_ca_does_not_have_is_refused_with_those_that_it_has() {
    let workshop = Workshop::open();
    let ca = ca_with(
        &workshop,
        json!({"classic": "As ever", "odd\n": "x\u{1b}", "plain": 7}),
    );
    let words = ["-d", "a.example.test", "--profile", "tlsclient"];
    let ended = order(&workshop, &ca, &words, "");
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "acmepipe:profile");
    let says = r"has no profile `tlsclient`, only: `classic` (As ever); `odd\n` (x\u{1b}); `plain`";
    assert!(error["detail"].as_str().unwrap().contains(says), "{error}");
    assert!(error["hint"].is_string());
    assert_eq!(ca.count("/new-order"), 0);
    // A request that names one is no other.
    let request =
        json!({"order": {"identifiers": [{"type": "dns", "value": "a.test"}], "profile": "x"}});
    let ended = order(&workshop, &ca, &[], &request.to_string());
    assert_eq!(ended.document()["error"]["type"], "acmepipe:profile");
    order(&workshop, &ca, &["-d", "a.test", "--profile=classic"], "").success();
}

#[test]
fn a_ca_without_profiles_is_said_to_have_none() {
    for profiles in [json!(null), json!({})] {
        let workshop = Workshop::open();
        let ca = ca_with(&workshop, profiles);
        let ended = order(&workshop, &ca, &["-d", "a.example.test", "--profile=p"], "");
        ended.assert_status(1);
        let error = &ended.document()["error"];
        assert_eq!(error["type"], "acmepipe:profile");
        let says = "has no profiles, and so no `p`";
        assert!(error["detail"].as_str().unwrap().contains(says), "{error}");
        assert_eq!(ca.count("/new-order"), 0);
    }
}

/// An order for `a.test` with this profile.
fn order_with(profile: &Value, status: &str) -> Value {
    let mut order = order_object(&["a.test"], status);
    order["profile"] = profile.clone();
    order
}

#[test]
fn an_order_with_another_profile_than_was_asked_for_is_none_of_ours() {
    let words = ["-d", "a.test", "--profile=short"];
    let huge = "y".repeat(900_000);
    for (profile, says) in [
        (json!("long"), "`long`, and `short` was ordered"),
        (json!("\u{1b}[31m"), r"`\u{1b}[31m`, and"),
        (json!(huge), "yyy…`, and `short` was ordered"),
    ] {
        let workshop = Workshop::open();
        let sent = order_with(&profile, "pending");
        let ca = FalseCa::start(&workshop, move |asked: &Asked| {
            (asked.path == "/new-order")
                .then(|| Reply::new(201, &sent).header("Location", "https://HERE/order"))
        });
        let ended = order(&workshop, &ca, &words, "");
        ended.assert_status(1);
        let error = &ended.document()["error"];
        assert_eq!(error["type"], "acmepipe:ca:reply");
        assert!(error["detail"].as_str().unwrap().contains(says), "{error}");
        assert_eq!(ca.count("/authorization/0"), 0);
        // Whoever asks for none gets what the CA takes.
        order(&workshop, &ca, &["-d", "a.test"], "").success();
    }
    // It changes afterwards.
    let workshop = Workshop::open();
    let changed = order_with(&json!("long"), "pending");
    let ca = FalseCa::start(&workshop, move |asked: &Asked| {
        (asked.path == "/order").then(|| Reply::new(200, &changed))
    });
    let placed = order(&workshop, &ca, &words, "").success();
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(&mut command);
    let ended = run(command, placed.stdout);
    ended.assert_status(1);
    assert_eq!(ended.document()["error"]["type"], "acmepipe:ca:reply");
    assert_eq!(ca.count("/challenge/0"), 0);
}

#[test]
fn more_names_than_the_ca_takes_are_refused_before_it_is_asked() {
    let workshop = Workshop::open();
    let names = |count: usize| {
        let names = (0..count).map(|number| format!("n{number}.example.test"));
        names.collect::<Vec<_>>().join(",")
    };
    for (profile, count, most) in [(None, 101, "100"), (Some("--profile=tlsserver"), 26, "25")] {
        let mut command = workshop.command("acme-order");
        // Nobody is asked: there is nothing at this proxy.
        command.env("HTTPS_PROXY", "http://127.0.0.1:9");
        command
            .args(["-s", "letsencrypt", "-d", &names(count)])
            .args(profile);
        let ended = run(command, "");
        ended.assert_status(1);
        let error = &ended.document()["error"];
        assert_eq!(error["type"], "acmepipe:names:too-many");
        let detail = error["detail"].as_str().unwrap();
        let takes = format!(
            "{count} names, and https://acme-v02.api.letsencrypt.org/directory takes {most} "
        );
        assert!(detail.starts_with(&takes), "{detail}");
        let hint = error["hint"].as_str().unwrap();
        assert!(hint.contains(&format!("--split {most} ")), "{hint}");
    }
}

#[test]
fn a_long_list_becomes_several_orders_with_names_that_stay() {
    let workshop = Workshop::open();
    // Its orders are those that were asked for, whichever comes first.
    let ca = FalseCa::start(&workshop, |asked| {
        let order = json!({"status": "valid", "identifiers": asked.payload["identifiers"],
                           "authorizations": [], "finalize": "https://HERE/finalize"});
        let location = format!("https://HERE/order/{}", asked.before);
        (asked.path == "/new-order").then(|| Reply::new(201, &order).header("Location", location))
    });
    let expected = |lists: &[(&str, &[&str])]| {
        let lists = lists.iter().map(|(name, names)| {
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            ((*name).to_owned(), names)
        });
        lists.collect::<Vec<(String, Vec<String>)>>()
    };
    let names = "a.test,b.test,*.b.test,c.test,d.test";
    let ended = order(&workshop, &ca, &["-d", names, "--split=2"], "").success();
    let of_command_line = expected(&[
        ("a.test", &["a.test"]),
        ("a.test-2", &["b.test", "*.b.test"]),
        ("a.test-3", &["c.test", "d.test"]),
    ]);
    assert_eq!(certificates(&ended), of_command_line);
    let lines = "a.test b.test c.test\nz.test\n";
    let ended = order(&workshop, &ca, &["--split=2"], lines).success();
    let of_lines = expected(&[
        ("a.test", &["a.test", "b.test"]),
        ("a.test-2", &["c.test"]),
        ("z.test", &["z.test"]),
    ]);
    assert_eq!(certificates(&ended), of_lines);
    // A request is a certificate that has its name.
    let identifiers =
        ["a.test", "b.test", "c.test"].map(|name| json!({"type": "dns", "value": name}));
    let request = json!({"order": {"identifiers": identifiers}});
    let ended = order(&workshop, &ca, &["--split=2"], &request.to_string()).success();
    assert_eq!(certificates(&ended).len(), 1);
    // Names that stay together and have no room.
    let ended = order(&workshop, &ca, &["-d", "*.b.test,b.test", "--split=1"], "");
    ended.assert_status(2);
    let ended = order(&workshop, &ca, &["--split=1"], "*.b.test b.test\n");
    assert_eq!(ended.document()["error"]["type"], "acmepipe:names");
}
