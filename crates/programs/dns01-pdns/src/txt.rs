//! TXT records as PowerDNS writes them: character-strings in quotes (RFC 1035 §5.1).

/// A record with one character-string.
pub(crate) fn content(value: &str) -> String {
    let mut content = String::from("\"");
    for character in value.chars() {
        if matches!(character, '"' | '\\') {
            content.push('\\');
        }
        content.push(character);
    }
    content.push('"');
    content
}

/// What a record holds: its character-strings joined. Nothing where they cannot be read.
pub(crate) fn value(content: &str) -> Option<Vec<u8>> {
    let mut value = Vec::new();
    let mut bytes = content.bytes();
    let mut is_quoted = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b' ' | b'\t' if !is_quoted => {}
            b'\\' => {
                let first = bytes.next()?;
                value.push(match first.is_ascii_digit() {
                    true => {
                        let digits = [first, bytes.next()?, bytes.next()?];
                        let digits = std::str::from_utf8(&digits).ok()?;
                        digits.parse().ok()?
                    }
                    false => first,
                });
            }
            byte => value.push(byte),
        }
    }
    (!is_quoted).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_back_as_it_was() {
        for text in ["abc-_9", "a\"b\\c", "-", "\\\\\"", "a b"] {
            assert_eq!(value(&content(text)).as_deref(), Some(text.as_bytes()));
        }
    }

    #[test]
    fn what_others_have_written_is_read() {
        for (content, expected) in [
            ("\"a\" \"b\"", Some("ab")),
            ("abc", Some("abc")),
            ("\"a\\065\\\\\"", Some("aA\\")),
            ("\"\"", Some("")),
            ("\"a", None),
            ("\"a\\", None),
            ("\"\\999\"", None),
            ("\"\\1x2\"", None),
        ] {
            assert_eq!(
                value(content).as_deref(),
                expected.map(str::as_bytes),
                "{content}"
            );
        }
    }
}
