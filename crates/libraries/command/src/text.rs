//! Text for people, whatever it came from.

use std::fmt::Write as _;

/// The text with its control characters made visible, and those that turn the direction of writing, so that it can
/// neither steer a terminal nor look like another.
pub fn clean(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for character in text.chars() {
        let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character == '\t' || !(character.is_control() || turns) {
            cleaned.push(character);
        } else {
            let _ = write!(cleaned, "{}", character.escape_default());
        }
    }
    cleaned
}

/// The text cut to `most` characters, with an ellipsis where something is missing.
pub fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The text as one word of a shell's command line, with control characters made visible.
pub fn shell_word(text: &str) -> String {
    let text = clean(text);
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@:,=%".contains(c);
    if text.chars().all(is_plain) && !text.starts_with('-') {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The text with a capital letter at its start.
pub fn capitalized(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// The text with a stop at its end, for another sentence to follow: a program may say `hint: fix it`.
pub fn sentence(text: &str) -> String {
    let text = text.trim_end();
    match text.trim_end_matches(['"', '\'', ')']) {
        "" => text.to_owned(),
        words if words.ends_with(['.', '!', '?', ':', ';', '…']) => text.to_owned(),
        _ => format!("{text}."),
    }
}

/// Writes a text between words in lines of at most `width` characters, each after `indent`.
pub fn fold(to: &mut String, indent: &str, text: &str, width: usize) {
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            to.push('\n');
            column = 0;
        }
        let gap = if column == 0 { indent } else { " " };
        let _ = write!(to, "{gap}{word}");
        column += gap.chars().count() + length;
    }
    to.push('\n');
}

/// `a, b and c`.
pub fn and_list(words: &[&str]) -> String {
    list(words, "and")
}

/// `a, b or c`.
pub(crate) fn or_list(words: &[&str]) -> String {
    list(words, "or")
}

fn list(words: &[&str], joint: &str) -> String {
    match words {
        [most @ .., last] if !most.is_empty() => format!("{} {joint} {last}", most.join(", ")),
        words => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_between_words() {
        let mut text = String::new();
        fold(&mut text, "    ", "one two three", 11);
        assert_eq!(text, "    one two\n    three\n");
    }

    #[test]
    fn a_word_of_a_shell_is_quoted_where_it_has_to_be() {
        for (text, word) in [
            ("/x/y.sh", "/x/y.sh"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("-x", "'-x'"),
            ("$x", "'$x'"),
        ] {
            assert_eq!(shell_word(text), word);
        }
    }

    #[test]
    fn a_sentence_ends_with_a_stop_and_with_one_only() {
        for (text, sentence_) in [
            ("fix it", "fix it."),
            ("Run `x` \n", "Run `x`."),
            ("Fix it.", "Fix it."),
            ("(Fix it!)", "(Fix it!)"),
            ("it said \"no\"", "it said \"no\"."),
            ("cut…", "cut…"),
            ("", ""),
        ] {
            assert_eq!(sentence(text), sentence_);
        }
    }

    #[test]
    fn an_escape_sequence_cannot_reach_the_terminal() {
        assert_eq!(clean("a\x1b[31mb\rc"), "a\\u{1b}[31mb\\rc");
        assert_eq!(shorten("äöü", 2), "äö…");
        assert_eq!(shorten("äöü", 3), "äöü");
    }
}
