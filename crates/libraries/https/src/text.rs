//! Text of others, as it may be shown.

/// The text as it may be shown inside a message: its control characters made visible, and not too long.
pub(crate) fn quote(text: &str) -> String {
    const MOST: usize = 100;
    let shown = text.escape_debug().to_string();
    match shown.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &shown[..end]),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_without_control_characters_and_cut_between_characters() {
        assert_eq!(quote("a\u{1b}\n"), "a\\u{1b}\\n");
        let long = quote(&"ä".repeat(101));
        assert_eq!(long, format!("{}…", "ä".repeat(100)));
    }
}
