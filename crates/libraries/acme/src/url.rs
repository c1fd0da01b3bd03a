//! The URLs that a CA hands out.

use crate::error::{Error, Result};
use crate::text::quote;
use urls::{LONGEST, is_https};

/// Whether a text is an absolute URL that a person can open in a browser, of plain characters only.
pub(crate) fn is_web_page(url: &str) -> bool {
    let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
    let secure = url
        .strip_prefix("http://")
        .map(|rest| format!("https://{rest}"));
    url.len() <= LONGEST && is_plain && is_https(secure.as_deref().unwrap_or(url))
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
    fn what_is_refused_is_said_with_where_it_was_found() {
        assert_eq!(require_https("the order", "https://ca.test/"), Ok(()));
        let refused = require_https("the order", "http://ca.test/");
        let says = refused.expect_err("no https URL").to_string();
        assert_eq!(says, "the order: `http://ca.test/` is not an https URL");
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
