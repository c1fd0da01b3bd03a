//! Finds the end of an object that is written as these programs write it: on one line, without blanks between its parts, and
//! without characters escaped by their numbers. Its text can be kept as it is, and no value has to be made of it.

use crate::contract::DEEPEST;

/// How far an object was looked at.
#[derive(Default)]
pub(super) struct Plain {
    depth: usize,
    is_in_string: bool,
    is_after_backslash: bool,
}

/// What was found in a part of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It ends after so many bytes of this part, if it is an object at all.
    End(usize),
    /// So far it is plain.
    More,
    /// It is not plain.
    Other,
}

impl Plain {
    /// Looks at the next part of the text, which begins with the brace of the object.
    pub(super) fn look(&mut self, part: &[u8]) -> Found {
        for (index, byte) in part.iter().enumerate() {
            if self.is_in_string {
                match byte {
                    // The end of a line, for instance: what follows may be another document.
                    0..b' ' => return Found::Other,
                    b'u' if self.is_after_backslash => return Found::Other,
                    _ if self.is_after_backslash => self.is_after_backslash = false,
                    b'\\' => self.is_after_backslash = true,
                    b'"' => self.is_in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.is_in_string = true,
                b'{' | b'[' if self.depth == DEEPEST => return Found::Other,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth == 1 => return Found::End(index + 1),
                b'}' | b']' => self.depth -= 1,
                b' ' | b'\t' | b'\r' | b'\n' => return Found::Other,
                _ => {}
            }
        }
        Found::More
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_object_ends_where_its_brace_is_closed_wherever_its_text_is_divided() {
        let nested =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        for (text, expected) in [
            ("{}", Found::End(2)),
            ("{}{}", Found::End(2)),
            (r#"{"a":[{}],"b":"} \" \\"} "#, Found::End(24)),
            (r#"{"a":"ü"}"#, Found::End(10)),
            ("{\"a\":", Found::More),
            (r#"{"a":"}"#, Found::More),
            (r#"{"a":"\u0041"}"#, Found::Other),
            (r#"{"a":"\\u"}"#, Found::End(11)),
            (r#"{"a": 1}"#, Found::Other),
            ("{\n}", Found::Other),
            ("{\t}", Found::Other),
            ("{\r}", Found::Other),
            ("{\"a\n", Found::Other),
            ("{\"a\\\n", Found::Other),
            (&nested(DEEPEST - 1), Found::End(2 * DEEPEST + 4)),
            (&nested(DEEPEST), Found::Other),
        ] {
            for at in 0..=text.len() {
                let (one, two) = text.as_bytes().split_at(at);
                let mut plain = Plain::default();
                let found = match plain.look(one) {
                    Found::More => match plain.look(two) {
                        Found::End(length) => Found::End(at + length),
                        found => found,
                    },
                    found => found,
                };
                assert_eq!(found, expected, "{text} divided after {at} bytes");
            }
        }
    }
}
