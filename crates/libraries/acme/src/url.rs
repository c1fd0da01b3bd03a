//! The URLs that a CA hands out.

use crate::error::{Error, Result};
use crate::text::quote;
use ureq::http::Uri;
use ureq::http::uri::Authority;

/// The longest URL that a CA's objects may hold, in bytes.
pub(crate) const LONGEST: usize = 2048;

/// Whether a text is an absolute https URL with a host, and without a user. Requests go nowhere else (RFC 8555 §6.1).
pub fn is_https(url: &str) -> bool {
    url.len() <= LONGEST
        && url.parse::<Uri>().is_ok_and(|uri| {
            uri.scheme_str() == Some("https") && uri.authority().is_some_and(is_host_and_port)
        })
}

/// Whether a text is an absolute URL that a person can open in a browser, of plain characters only.
pub(crate) fn is_web_page(url: &str) -> bool {
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
    let secure = url
        .strip_prefix("http://")
        .map(|rest| format!("https://{rest}"));
    url.len() <= LONGEST && is_plain && is_https(secure.as_deref().unwrap_or(url))
}

/// Whether there is nothing but a host and maybe a port: a user, and maybe a password, would go where it does not belong.
fn is_host_and_port(authority: &Authority) -> bool {
    let host = authority.host();
    match authority.as_str().strip_prefix(host) {
        Some("") => !host.is_empty(),
        Some(rest) => !host.is_empty() && rest.strip_prefix(':').is_some_and(is_port),
        None => false,
    }
}

fn is_port(text: &str) -> bool {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    is_number && text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// Refuses what is no https URL; `what` says where it was found.
pub(crate) fn require_https(what: &str, url: &str) -> Result<()> {
    if is_https(url) {
        return Ok(());
    }
    Err(Error::Reply {
        what: what.to_owned(),
        why: format!("`{}` is not an https URL", quote(url)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_urls_are_asked() {
        let longest = format!("https://a/{}", "b".repeat(LONGEST - 10));
        for good in ["https://ca.test:14000/dir?a=b", "https://[::1]/", &longest] {
            assert!(is_https(good), "{good}");
            assert_eq!(require_https("the order", good), Ok(()));
        }
        for bad in [
            "http://ca.test/",
            "https://",
            "/dir",
            "ftp://a/",
            "https:///dir",
            "",
            "https://a b/",
            "https://ca.test:99999/",
            "https://ca.test:0/",
            "https://ca.test:/",
            "https://user:secret@ca.test/",
            "https://user@ca.test/",
            "https://ca.test@ca.test/",
            "https://ca.test:x@ca.test:443/",
            "https://ca.test:+443/",
            "https://:443/",
            &format!("{longest}b"),
        ] {
            assert!(!is_https(bad), "{bad}");
            let refused = require_https("the order", bad);
            let says = refused.expect_err(bad).to_string();
            assert!(says.starts_with("the order: `") && says.ends_with("` is not an https URL"));
        }
    }

    #[test]
    fn a_page_for_people_may_be_unencrypted_and_has_nothing_that_steers_a_terminal() {
        for good in [
            "https://ca.test/a?b#c",
            "http://ca.test/",
            "HTTPS://ca.test",
        ] {
            assert!(is_web_page(good), "{good}");
        }
        for bad in [
            "",
            "ca.test",
            "javascript:alert(1)",
            "http://",
            "https://ca.test/\u{1b}[2J",
            "https://ca.test/\u{202e}x",
            "https://ca.test/ x",
            &format!("http://a/{}", "b".repeat(LONGEST)),
        ] {
            assert!(!is_web_page(bad), "{bad}");
        }
    }
}
