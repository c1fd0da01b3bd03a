//! Text of others, cut to a bounded length.

/// The text cut to `most` characters, with an ellipsis where something is missing.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The text as it may be shown inside a message: its control characters made visible, and not too long.
pub(crate) fn quote(text: &str) -> String {
    const MOST: usize = 100;
    shorten(&text.escape_debug().to_string(), MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        for (text, short) in [("äöü", "äö…"), ("äö", "äö"), ("", "")] {
            assert_eq!(shorten(text, 2), short);
        }
        assert_eq!(quote("a\u{1b}\n"), "a\\u{1b}\\n");
        assert_eq!(quote(&"ä".repeat(101)).chars().count(), 101);
    }
}
