//! Each limit of a CA's is told from the others, and when it is over.

use serde_json::json;
use workshop::{FalseCa, Reply, Workshop};

use super::{only, order};

const UNPAUSE: &str = "https://sfe.letsencrypt.org/sfe/v1/unpause?jwt=eyJh.eyJp.c2ln";

#[test]
fn a_limit_is_named_with_the_time_when_it_is_over() {
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, |asked| {
        only(asked, "/new-order", || {
            Reply::problem(
                429,
                "rateLimited",
                "too many new orders (300) from this account in the last 3h0m0s, retry after 2100-01-01 00:18:15 UTC: \
                 see https://letsencrypt.org/docs/rate-limits/#new-orders-per-account",
            )
        })
    });
    let ended = order(&workshop, &ca, &["-d", "a.test"]);
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "urn:ietf:params:acme:error:rateLimited");
    assert_eq!(error["limit"], "orders");
    let wait = error["retry_after"].as_u64().unwrap();
    assert!(wait > 365 * 86_400, "{wait}");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("from 2100-01-01T00:18:1"), "{hint}");
    assert!(ended.stderr.contains(hint), "{}", ended.stderr);
    assert_eq!(ca.count("/new-order"), 1);
}

#[test]
fn a_paused_account_is_its_own_type_and_the_url_is_whole_and_alone_on_a_line() {
    let url = format!("{UNPAUSE}{}", "x".repeat(1900));
    let detail = format!(
        "Your account is temporarily prevented from requesting certificates for a.test and possibly others. Please \
         visit: {url}"
    );
    let workshop = Workshop::open();
    let ca = FalseCa::start(&workshop, move |asked| {
        only(asked, "/new-order", || {
            Reply::problem(429, "rateLimited", &detail).header("Retry-After", "1")
        })
    });
    let ended = order(&workshop, &ca, &["-d", "a.test"]);
    ended.assert_status(1);
    let error = &ended.document()["error"];
    assert_eq!(error["type"], "acmepipe:ca:paused");
    assert_eq!(error["unpause_url"], json!(url));
    assert_eq!(error.get("retry_after"), None);
    assert!(
        ended.stderr.lines().any(|line| line == url),
        "{}",
        ended.stderr
    );
    // Waiting does not help, so it is not waited.
    assert_eq!(ca.count("/new-order"), 1);
}
