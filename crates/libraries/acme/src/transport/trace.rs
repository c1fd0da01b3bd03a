//! Requests and replies as text for a person: readable, bounded, and without secrets. What goes over the wire has no private
//! key. Tokens, with which others could make what proves control, are left out, and so is the binding of an external account,
//! since a guess at a weak key could be checked against it.

use crate::objects::Jws;
use crate::text::shorten;
use crate::transport::reply::Reply;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::fmt::Write as _;

/// The longest body that is taken apart, in bytes, and how much of it is shown, in characters.
const LARGEST: usize = 256 * 1024;
const LONGEST: usize = 16 * 1024;
/// The longest text in it, and the longest certificate request, in characters.
const LONGEST_TEXT: usize = 1000;
const LONGEST_CSR: usize = 64;
/// How many headers with links are shown.
const MOST_LINKS: usize = 20;
/// Members that are left out.
const SECRET: [&str; 6] = [
    "token",
    "keyAuthorization",
    "externalAccountBinding",
    "jwk",
    "signature",
    "eab_hmac_key",
];

/// A request without a body.
pub(super) fn request(method: &str, url: &str, user_agent: &str) -> String {
    let mut text = format!("> {method} {url}");
    lines(&mut text, ">", &format!("User-Agent: {user_agent}"));
    text
}

/// A signed request: what is protected, and the payload.
pub(super) fn signed(url: &str, user_agent: &str, jws: &Jws, payload: &str) -> String {
    let protected = URL_SAFE_NO_PAD.decode(&jws.protected).unwrap_or_default();
    let mut text = request("POST", url, user_agent);
    lines(&mut text, ">", &format!("protected: {}", body(&protected)));
    let payload = match payload {
        "" => "nothing (POST-as-GET)".to_owned(),
        payload => body(payload.as_bytes()),
    };
    lines(&mut text, ">", &format!("payload: {payload}"));
    text
}

/// A reply.
pub(super) fn reply(url: &str, reply: &Reply) -> String {
    let mut text = format!("< {} {url}", reply.status);
    let wait = reply
        .retry_after
        .map(|wait| format!("{} s", wait.as_secs()));
    let headers = [
        ("Content-Type", &reply.media_type),
        ("Location", &reply.location),
        ("Replay-Nonce", &reply.nonce),
        ("Retry-After", &wait),
    ];
    let headers = headers
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?)));
    let links = reply.links.iter().take(MOST_LINKS);
    for (name, value) in headers.chain(links.map(|link| ("Link", link))) {
        let value = shorten(value, LONGEST_TEXT);
        lines(&mut text, "<", &format!("{name}: {value}"));
    }
    lines(&mut text, "<", &body(reply.body.bytes()));
    text
}

fn lines(text: &mut String, mark: &str, more: &str) {
    for line in more.lines() {
        let _ = write!(text, "\n{mark} {line}");
    }
}

/// A body: JSON on many lines, and all else as it is.
fn body(bytes: &[u8]) -> String {
    if bytes.len() > LARGEST {
        return format!("({} bytes, not shown)", bytes.len());
    }
    let text = match serde_json::from_slice::<Value>(bytes) {
        Ok(mut value) => {
            leave_out(&mut value);
            serde_json::to_string_pretty(&value).unwrap_or_default()
        }
        Err(_) => {
            let text = String::from_utf8_lossy(bytes);
            let has = |name: &&str| text.contains(&format!("\"{name}\""));
            if SECRET.iter().any(has) {
                return "(no JSON, and not shown: it may have secrets)".to_owned();
            }
            text.into_owned()
        }
    };
    shorten(&text, LONGEST)
}

fn leave_out(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if SECRET.contains(&name.as_str()) {
                    *value = "(not shown)".into();
                } else if let (Value::String(text), "csr") = (&*value, name.as_str()) {
                    *value = shorten(text, LONGEST_CSR).into();
                } else {
                    leave_out(value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(leave_out),
        Value::String(text) => *text = shorten(text, LONGEST_TEXT),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::body::Received;
    use serde_json::json;
    use std::time::Duration;
    use ureq::http::StatusCode;

    #[test]
    fn a_request_shows_what_is_protected_and_the_payload_and_no_secret() {
        let protected = json!({"alg": "ES256", "jwk": {"x": "SECRET"}, "nonce": "n", "url": "https://ca.test/1"});
        let jws = Jws {
            protected: URL_SAFE_NO_PAD.encode(protected.to_string()),
            payload: "SECRET".into(),
            signature: "SECRET".into(),
        };
        let payload = json!({
            "contact": ["mailto:me@a.test"], "externalAccountBinding": {"signature": "SECRET", "payload": "SECRET"},
            "csr": format!("{}SECRET", "x".repeat(LONGEST_CSR)),
        });
        let text = signed("https://ca.test/1", "x/1", &jws, &payload.to_string());
        assert!(!text.contains("SECRET"), "{text}");
        for line in [
            "> POST https://ca.test/1",
            "> User-Agent: x/1",
            "> protected: {",
            ">   \"alg\": \"ES256\",",
            ">   \"nonce\": \"n\",",
            "> payload: {",
            ">     \"mailto:me@a.test\"",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
        }
        let text = signed("https://ca.test/1", "x/1", &jws, "");
        assert!(text.ends_with("> payload: nothing (POST-as-GET)"), "{text}");
    }

    fn shown(body: &[u8]) -> String {
        reply(
            "https://ca.test/1",
            &Reply {
                status: StatusCode::OK,
                nonce: Some("n".into()),
                location: None,
                retry_after: Some(Duration::from_secs(7)),
                date: None,
                media_type: Some("application/json".into()),
                links: vec!["<https://ca.test/2>;rel=\"alternate\"".into()],
                body: Received::from(body.to_vec()),
            },
        )
    }

    #[test]
    fn a_reply_shows_its_headers_and_its_body_up_to_a_bound_and_no_token() {
        let authorization = json!({"challenges": [{"type": "dns-01", "token": "SECRET",
                                                   "keyAuthorization": "SECRET.x"}]});
        let text = shown(authorization.to_string().as_bytes());
        assert!(!text.contains("SECRET"), "{text}");
        for line in [
            "< 200 OK https://ca.test/1",
            "< Content-Type: application/json",
            "< Replay-Nonce: n",
            "< Retry-After: 7 s",
            "< Link: <https://ca.test/2>;rel=\"alternate\"",
            "<       \"type\": \"dns-01\",",
        ] {
            assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
        }
        assert!(!shown(b"{\"token\": \"SECRET\"").contains("SECRET"));
        // What only looks like one, as the text of a certificate may.
        assert!(shown(b"MIIjwktoken").ends_with("MIIjwktoken"));
        assert!(shown(b"<html>\n<p>").ends_with("\n< <html>\n< <p>"));
        let bound = LONGEST + 1000;
        assert!(shown(&vec![b'x'; LARGEST]).chars().count() < bound);
        assert!(shown(&vec![b'x'; LARGEST + 1]).contains("not shown"));
        let long = json!({"detail": "x".repeat(5000)}).to_string();
        assert!(shown(long.as_bytes()).len() < 1500);
    }
}
