//! Text of others, cut to a bounded length, and durations in words.

use std::time::Duration;

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

/// A duration in words.
pub(crate) fn seconds(duration: Duration) -> String {
    match duration.as_secs_f64().round() as u64 {
        0 => "less than a second".to_owned(),
        seconds => format!("{seconds} s"),
    }
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

    #[test]
    fn no_wait_is_said_to_last_no_second() {
        for (millis, text) in [
            (0, "less than a second"),
            (499, "less than a second"),
            (501, "1 s"),
            (4996, "5 s"),
        ] {
            assert_eq!(seconds(Duration::from_millis(millis)), text);
        }
    }
}
