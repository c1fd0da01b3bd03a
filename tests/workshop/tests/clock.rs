//! A clock that is wrong makes the CA's certificate look as if it were not valid yet, or had expired: every program that
//! talks to the CA says so, and does not send people to look for another issuer.

use serde_json::Value;
use workshop::{Ended, FalseCa, Workshop, run};

/// An order that an honest CA has taken, and its account's key.
fn order(workshop: &Workshop) -> (FalseCa, String) {
    let honest = FalseCa::start(workshop, |_| None);
    let mut command = workshop.command("acme-order");
    honest.trusted_by(command.args(["-d", "a.example.test"]));
    let ordered = run(command, "").success();
    (honest, ordered.stdout)
}

/// Every program that talks to the CA meets this one, with what it reads.
fn meet<'a>(
    workshop: &'a Workshop,
    ca: &'a FalseCa,
    order: &'a str,
) -> impl Iterator<Item = (&'static str, Ended)> + 'a {
    let programs = [
        ("acme-order", "a.example.test\n"),
        ("acme-issue", "a.example.test\n"),
        ("acme-validate", order),
        ("acme-finalize", order),
    ];
    programs.into_iter().map(|(program, stdin)| {
        let mut command = workshop.command(program);
        ca.trusted_by(command.env("EXEC_PATH", "/bin/true"));
        (program, run(command, stdin))
    })
}

#[track_caller]
fn error(program: &str, ended: &Ended) -> Value {
    ended.assert_status(1);
    let document = ended.document();
    let error = match &document["challenges"][0]["error"] {
        Value::Null => &document["error"],
        error => error,
    };
    assert_eq!(
        error["type"], "acmepipe:ca:unreachable",
        "{program}: {error}"
    );
    error.clone()
}

#[test]
fn a_certificate_that_is_not_valid_by_the_clock_leads_to_the_clock_and_to_no_other_issuer() {
    let workshop = Workshop::open();
    let (honest, order) = order(&workshop);
    for (from, until, says) in [
        (
            2040,
            2041,
            "the server's certificate is valid from 2040-01-01T00:00:00Z",
        ),
        (
            2019,
            2020,
            "the server's certificate was valid until 2020-01-01T00:00:00Z",
        ),
    ] {
        let ca = FalseCa::with_certificate(&workshop, |certificate| {
            certificate.not_before = rcgen::date_time_ymd(from, 1, 1);
            certificate.not_after = rcgen::date_time_ymd(until, 1, 1);
        });
        let order = order.replace(honest.url(), ca.url());
        for (program, ended) in meet(&workshop, &ca, &order) {
            let error = error(program, &ended);
            let detail = error["detail"].as_str().unwrap_or_default();
            assert!(
                detail.contains("the system's clock says 20"),
                "{program}: {error}"
            );
            assert!(detail.ends_with(says), "{program}: {error}");
            let hint = error["hint"].as_str().unwrap_or_default();
            assert!(
                hint.starts_with("If the clock is wrong, set it"),
                "{program}: {error}"
            );
            assert!(
                !ended.stderr.contains("LEGO_CA_CERTIFICATES"),
                "{}",
                ended.stderr
            );
        }
    }
}

#[test]
fn a_certificate_of_an_issuer_that_is_not_known_leads_to_the_issuer() {
    let workshop = Workshop::open();
    let (honest, order) = order(&workshop);
    let ca = FalseCa::start(&workshop, |_| None);
    let mut command = workshop.command("acme-finalize");
    ca.trusted_by(&mut command)
        .env("LEGO_CA_CERTIFICATES", honest.root());
    let ended = run(command, order.replace(honest.url(), ca.url()));
    let hint = error("acme-finalize", &ended)["hint"].to_string();
    assert!(hint.contains("LEGO_CA_CERTIFICATES"), "{hint}");
}
