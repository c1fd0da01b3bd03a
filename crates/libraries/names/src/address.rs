//! Addresses of e-mail, by which a CA knows an account.

/// Why a text is no e-mail address, where it certainly is none.
pub fn not_an_address(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        Some("is empty")
    } else if text.contains(char::is_whitespace) {
        Some("has a blank in it")
    } else if text.contains(char::is_control) {
        Some("has a control character in it")
    } else if text.starts_with("mailto:") {
        Some("begins with `mailto:`, which is added to it")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_certainly_no_address_is_refused() {
        for (text, why) in [
            ("me@x.test", None),
            ("o'n+x@example.com", None),
            ("ü@bücher.example", None),
            ("", Some("is empty")),
            (" ", Some("has a blank in it")),
            ("me@x.test ", Some("has a blank in it")),
            ("me@x.test\n", Some("has a blank in it")),
            ("me\u{a0}@x.test", Some("has a blank in it")),
            ("me\u{1b}@x.test", Some("has a control character in it")),
            ("me\0@x.test", Some("has a control character in it")),
            (
                "mailto:me@x.test",
                Some("begins with `mailto:`, which is added to it"),
            ),
        ] {
            assert_eq!(not_an_address(text), why, "{text:?}");
        }
    }
}
