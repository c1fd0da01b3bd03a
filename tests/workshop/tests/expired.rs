//! What has ended (`expires` of RFC 8555 §7.1.3 and §7.1.4) is said, and neither presented nor sent to the CA.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use workshop::{
    Asked, Ended, FalseCa, Reply, Workshop, authorization, challenge, directory_object, order,
    order_object, run,
};

const NAME: &str = "a.example.test";
const EXPIRED: &str = "acmepipe:expired";
const MINUTE: i64 = 60;

/// The time in so many seconds, which may be before now.
fn time_in(seconds: i64) -> SystemTime {
    let by = Duration::from_secs(seconds.unsigned_abs());
    match seconds {
        0.. => SystemTime::now() + by,
        _ => SystemTime::now() - by,
    }
}

fn rfc3339_in(seconds: i64) -> String {
    humantime::format_rfc3339_seconds(time_in(seconds)).to_string()
}

/// What a CA does whose orders and authorizations end in so many seconds, and whose clock is ahead by so many.
fn ca_with(
    ends: i64,
    authorizations_end: i64,
    ahead: i64,
) -> impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static {
    let (order_ends, ends) = (rfc3339_in(ends), rfc3339_in(authorizations_end));
    move |asked| match asked.path.as_str() {
        "/directory" => {
            let date = httpdate::fmt_http_date(time_in(ahead));
            Some(Reply::new(200, &directory_object()).header("Date", date))
        }
        "/new-order" => {
            let mut order = order_object(&[NAME], "pending");
            order["expires"] = json!(order_ends);
            Some(Reply::new(201, &order).header("Location", "https://HERE/order"))
        }
        "/authorization/0" if asked.before == 0 => {
            let mut sent = authorization(NAME, "0", "pending");
            sent["expires"] = json!(ends);
            Some(Reply::new(200, &sent))
        }
        _ => None,
    }
}

/// An order of `NAME` at a CA of which one thing is wrong.
fn ordered(
    workshop: &Workshop,
    wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
) -> (FalseCa, Ended) {
    let ca = FalseCa::start(workshop, wrong);
    let mut command = workshop.command("acme-order");
    ca.trusted_by(command.args(["-d", NAME]));
    let ended = run(command, "").success();
    (ca, ended)
}

/// What a program of the CA's makes of a document.
fn resumed(workshop: &Workshop, ca: &FalseCa, program: &str, document: &Value) -> Ended {
    let mut command = workshop.command(program);
    ca.trusted_by(&mut command);
    run(command, document.to_string())
}

/// The error of the document or of its only challenge, by its type.
fn kind(ended: &Ended) -> Value {
    let document = ended.document();
    let error = &document["error"];
    assert!(
        error.is_null() || ended.stderr.contains(error["detail"].as_str().unwrap()),
        "{}",
        ended.stderr
    );
    error["type"].clone()
}

#[test]
fn an_order_says_when_it_ends_and_when_its_authorizations_do() {
    let workshop = Workshop::open();
    let (_, ended) = ordered(&workshop, ca_with(60 * MINUTE, 30 * MINUTE, 0));
    let document = ended.document();
    let left = |time: &Value| {
        let time = humantime::parse_rfc3339(time.as_str().unwrap()).unwrap();
        time.duration_since(SystemTime::now()).unwrap().as_secs() / 60
    };
    assert!((58..60).contains(&left(&document["order"]["expires"])));
    assert!((28..30).contains(&left(&document["challenges"][0]["expires"])));
    assert!(!ended.stderr.contains("clock"), "{}", ended.stderr);
}

#[test]
fn where_the_clocks_differ_only_those_who_ask_the_ca_can_tell_what_has_ended() {
    for ahead in [-120 * MINUTE, 120 * MINUTE] {
        let workshop = Workshop::open();
        let (ca, ended) = ordered(
            &workshop,
            ca_with(ahead + 60 * MINUTE, ahead + 60 * MINUTE, ahead),
        );
        let document = ended.document();
        assert_eq!(document["challenges"][0].get("expires"), None);
        let how = if ahead < 0 { "ahead of" } else { "behind" };
        let says = format!("s {how} that of {}/directory", ca.url());
        assert!(ended.stderr.contains(&says), "{}", ended.stderr);
        // By the CA's clock it goes on for an hour, and then it has ended.
        resumed(&workshop, &ca, "acme-validate", &document).success();
        let mut over = document.clone();
        over["order"]["expires"] = json!(rfc3339_in(ahead - MINUTE));
        let ended = resumed(&workshop, &ca, "acme-validate", &over);
        ended.assert_status(1);
        assert_eq!(kind(&ended), EXPIRED);
    }
}

#[test]
fn what_has_ended_is_not_sent_to_the_ca() {
    for program in ["acme-validate", "acme-finalize"] {
        let workshop = Workshop::open();
        let (ca, ended) = ordered(&workshop, ca_with(60 * MINUTE, 60 * MINUTE, 0));
        let mut order_ended = ended.document();
        order_ended["order"]["expires"] = json!(rfc3339_in(-20 * MINUTE));
        let ended = resumed(&workshop, &ca, program, &order_ended);
        ended.assert_status(1);
        assert_eq!(kind(&ended), EXPIRED);
        assert!(
            ended.stderr.contains("this order ended 20 minutes ago"),
            "{}",
            ended.stderr
        );
        assert_eq!(ca.count("/order"), 0, "{program}");

        let mut authorization_ended = ended.document();
        authorization_ended.as_object_mut().unwrap().remove("error");
        authorization_ended["order"]["expires"] = json!(rfc3339_in(60 * MINUTE));
        authorization_ended["challenges"][0]["expires"] = json!(rfc3339_in(-2 * MINUTE));
        let ended = resumed(&workshop, &ca, program, &authorization_ended);
        ended.assert_status(1);
        assert_eq!(kind(&ended), EXPIRED);
        let says = "its authorization ended 2 minutes ago";
        assert!(ended.stderr.contains(says), "{}", ended.stderr);
        assert_eq!(ended.challenge_error()["type"], EXPIRED);
        assert_eq!(ca.count("/challenge/0"), 0, "{program}");
    }
}

#[test]
fn a_certificate_that_was_made_before_the_order_ended_is_asked_for() {
    let workshop = Workshop::open();
    let (ca, ended) = ordered(&workshop, |asked| {
        (asked.path == "/order").then(|| Reply::new(200, &order_object(&[NAME], "valid")))
    });
    let mut document = ended.document();
    document["order"]["status"] = json!("processing");
    document["order"]["expires"] = json!(rfc3339_in(-20 * MINUTE));
    let ended = resumed(&workshop, &ca, "acme-finalize", &document);
    // The certificate of this CA is not for the name.
    assert_eq!(kind(&ended), "acmepipe:ca:reply");
    assert_eq!(ca.count("/certificate"), 1);
}

#[test]
fn nothing_is_presented_for_what_has_ended_and_what_was_is_removed() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let present = |order_ends: i64, ends: i64| {
        recorder.clear();
        let mut one = challenge(NAME, "v");
        one["expires"] = json!(rfc3339_in(ends));
        let mut document: Value = serde_json::from_str(&order([one])).unwrap();
        document["order"] = json!({"expires": rfc3339_in(order_ends)});
        workshop.present(&recorder.script, &[], document.to_string())
    };
    for (order_ends, ends) in [
        (-MINUTE, 60 * MINUTE),
        (-MINUTE, -MINUTE),
        (60 * MINUTE, -MINUTE),
    ] {
        let ended = present(order_ends, ends);
        ended.assert_status(1);
        assert_eq!(kind(&ended), EXPIRED);
        assert_eq!(recorder.calls(), []);
        assert!(ended.document()["challenges"][0].get("present").is_none());
    }
    let presented = present(60 * MINUTE, 60 * MINUTE).success();
    let mut document = presented.document();
    document["order"]["expires"] = json!(rfc3339_in(-MINUTE));
    document["challenges"][0]["expires"] = json!(rfc3339_in(-MINUTE));
    workshop
        .cleanup(&recorder.script, &[], document.to_string())
        .success();
    let last = recorder.arguments().pop().unwrap();
    assert_eq!(last[0], "cleanup");
}

#[test]
fn no_server_is_asked_for_the_value_of_what_has_ended() {
    let workshop = Workshop::open();
    let mut one = challenge(NAME, "v");
    one["expires"] = json!(rfc3339_in(-2 * MINUTE));
    // It would be asked for a minute.
    one["nameservers"] = json!([{"name": "ns.example.test.", "addresses": ["127.0.0.1:9"]}]);
    let ended = run(workshop.command("dns-wait-txt"), order([one]));
    ended.assert_status(1);
    assert_eq!(kind(&ended), EXPIRED);
    assert_eq!(ended.challenge_error()["servers"], Value::Null);
}

#[test]
fn a_wait_that_may_outlast_the_authorization_is_warned_of() {
    let workshop = Workshop::open();
    let recorder = workshop.recorder("");
    let warned = |timeout: &str| {
        let mut one = challenge(NAME, "v");
        one["expires"] = json!(rfc3339_in(61 * MINUTE));
        let command = workshop.exec(
            &recorder.script,
            &["present", "--interval=1", &format!("--timeout={timeout}")],
        );
        let presented = run(command, order([one])).success();
        assert_eq!(
            presented.document()["challenges"][0]["propagation"]["interval"],
            1
        );
        presented.stderr
    };
    assert_eq!(warned("3000"), "");
    let says = "example.test: an authorization ends in 60 minutes, and its records may be waited for 2 hours";
    let said = warned("7200");
    assert!(said.contains(says), "{said}");
}
