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

fn is_host_and_port(authority: &Authority) -> bool {
    let (all, host) = (authority.as_str(), authority.host());
    match all.strip_prefix(host) {
        Some("") => !host.is_empty(),
        Some(port) => {
            !host.is_empty() && authority.port_u16().is_some_and(|port| port > 0) && port.len() > 1
        }
        // A user, and maybe a password, which would go where it does not belong.
        None => false,
    }
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
            "https://:443/",
            &format!("{longest}b"),
        ] {
            assert!(!is_https(bad), "{bad}");
        }
    }
}
