//! Secrets that no message shows, whoever printed them: what a server answers may quote what it was sent.

use std::borrow::Cow;
use std::sync::{PoisonError, RwLock};

/// What stands in place of a secret.
const MASK: &str = "***";
/// The shortest secret that is masked, in bytes. What is shorter would be found in words that have nothing to do with it.
const SHORTEST: usize = 4;

static SECRETS: RwLock<Vec<String>> = RwLock::new(Vec::new());

/// Keeps a secret out of all messages from now on, as it is and as JSON, XML and URLs have it.
pub fn hide(secret: &str) {
    let mut secrets = SECRETS.write().unwrap_or_else(PoisonError::into_inner);
    for secret in spellings(secret) {
        if secret.len() >= SHORTEST && !secrets.contains(&secret) {
            secrets.push(secret);
        }
    }
    // One that is a part of another comes after it, or the rest of that would be shown.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
}

/// The ways to write a secret.
fn spellings(secret: &str) -> Vec<String> {
    let in_json = secret.replace('\\', "\\\\").replace('"', "\\\"");
    let in_json = in_json.replace('\n', "\\n").replace('\t', "\\t");
    let in_xml = secret.replace('&', "&amp;");
    let in_xml = in_xml.replace('<', "&lt;").replace('>', "&gt;");
    let mut spellings = vec![secret.to_owned(), in_json.replace('/', "\\/")];
    let in_script = in_json.replace('&', "\\u0026");
    spellings.push(in_script.replace('<', "\\u003c").replace('>', "\\u003e"));
    spellings.push(in_json);
    for in_xml in [in_xml.replace('"', "&quot;"), in_xml] {
        let apostrophes = ["&apos;", "&#39;", "&#x27;"];
        spellings.extend(apostrophes.map(|written| in_xml.replace('\'', written)));
        spellings.push(in_xml);
    }
    // What is kept as it is: nothing, by most; by others the path, what JavaScript keeps, or all that a URL may have.
    for kept in ["", "/", "!*'()", "!#$&'()*+,/:;=?@[]"] {
        for space in ["%20", "+"] {
            spellings.push(in_url(secret, kept, space, |octet| format!("%{octet:02X}")));
            spellings.push(in_url(secret, kept, space, |octet| format!("%{octet:02x}")));
        }
    }
    spellings
}

/// The text percent-encoded (RFC 3986 §2.1), without what is kept.
fn in_url(text: &str, kept: &str, space: &str, encode: impl Fn(u8) -> String) -> String {
    let mut url = String::new();
    for octet in text.bytes() {
        let character = char::from(octet);
        match character {
            ' ' => url.push_str(space),
            'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '.' | '_' | '~' => url.push(character),
            _ if kept.contains(character) => url.push(character),
            _ => url.push_str(&encode(octet)),
        }
    }
    url
}

/// The text with `***` in place of each secret.
pub fn masked(text: &str) -> Cow<'_, str> {
    let secrets = SECRETS.read().unwrap_or_else(PoisonError::into_inner);
    mask(text, &secrets)
}

fn mask<'a>(text: &'a str, secrets: &[String]) -> Cow<'a, str> {
    let mut masked = Cow::Borrowed(text);
    for secret in secrets {
        if masked.contains(secret.as_str()) {
            masked = Cow::Owned(masked.replace(secret.as_str(), MASK));
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_wherever_it_stands_and_a_word_too_short_to_be_one_is_not() {
        for secret in [
            "tops",
            "topsecret",
            "k-9/=",
            "abc",
            r#"q"u\o/te"#,
            "p@s <é>'&",
        ] {
            hide(secret);
        }
        for (text, expected) in [
            ("Bearer topsecret; topsecrets", "Bearer ***; ***s"),
            ("tops and k-9/=", "*** and ***"),
            (
                r#"q"u\o/te "q\"u\\o/te" "q\"u\\o\/te""#,
                r#"*** "***" "***""#,
            ),
            (
                "p%40s%20%3C%C3%A9%3E%27%26 p%40s+%3c%c3%a9%3e%27%26 p@s%20%3C%C3%A9%3E'&",
                "*** *** ***",
            ),
            ("p@s &lt;é&gt;'&amp; p@s &lt;é&gt;&#39;&amp;", "*** ***"),
            (r"p@s \u003cé\u003e'\u0026", "***"),
            ("abc top", "abc top"),
            ("", ""),
        ] {
            assert_eq!(masked(text), expected, "{text}");
        }
    }
}
