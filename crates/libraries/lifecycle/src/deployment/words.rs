//! A command line, split at blanks.

/// The words of a text: what stands between blanks. Single or double quotes keep the blanks between them, and are taken
/// off. There is no other way to quote, and nothing is expanded: no shell reads it.
///
/// # Errors
/// A quote is not closed.
pub(super) fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        match next {
            '"' | '\'' => {
                let word = word.get_or_insert_default();
                let Some((quoted, after)) = rest.as_str().split_once(next) else {
                    return Err(format!("the quote {next} is not closed in `{text}`"));
                };
                word.push_str(quoted);
                rest = after.chars();
            }
            blank if blank.is_whitespace() => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_divide_words_and_quotes_keep_them_together() {
        for (text, expected) in [
            ("a", vec!["a"]),
            (" a  b\tc\n", vec!["a", "b", "c"]),
            ("a 'b c' \"d e\"", vec!["a", "b c", "d e"]),
            ("a --x='b c'd", vec!["a", "--x=b cd"]),
            ("a '' b", vec!["a", "", "b"]),
            ("a '\"' \"it's\"", vec!["a", "\"", "it's"]),
            (
                "a $HOME *.pem b\\ c | d",
                vec!["a", "$HOME", "*.pem", "b\\", "c", "|", "d"],
            ),
            ("", vec![]),
        ] {
            assert_eq!(split(text).expect("closed"), expected, "{text}");
        }
        for open in ["'", "a 'b", "a \"b'", "it's"] {
            let error = split(open).expect_err("open");
            assert!(error.contains("is not closed"), "{error}");
        }
    }
}
