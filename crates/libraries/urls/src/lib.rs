//! Which texts are https URLs. An ACME client asks them (RFC 8555 §6.1), and the store keeps that of the CA.

use http::Uri;
use http::uri::Authority;

/// The longest URL that a CA's objects may hold, in bytes.
pub const LONGEST: usize = 2048;

/// Whether a text is an absolute https URL with a host, and without a user. Requests go nowhere else (RFC 8555 §6.1).
pub fn is_https(url: &str) -> bool {
    url.len() <= LONGEST
        && url.parse::<Uri>().is_ok_and(|uri| {
            uri.scheme_str() == Some("https") && uri.authority().is_some_and(is_host_and_port)
        })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_https_url_has_a_host_and_no_user() {
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
            "https://ca.test@ca.test/",
            "https://ca.test:x@ca.test:443/",
            "https://ca.test:+443/",
            "https://:443/",
            &format!("{longest}b"),
        ] {
            assert!(!is_https(bad), "{bad}");
        }
    }
}
