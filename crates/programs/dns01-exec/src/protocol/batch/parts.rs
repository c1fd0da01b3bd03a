//! Where the parts of an answer end, in which JSON stands among other text.

use pipeline::Value;

/// The parts of an answer: JSON objects and arrays, on one line or over many, and lines of other text.
pub(super) fn parts(printed: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = printed;
    while !rest.is_empty() {
        let length = json_length(rest).unwrap_or_else(|| rest.find('\n').unwrap_or(rest.len()));
        let (part, after) = rest.split_at(length);
        parts.push(part);
        rest = after.strip_prefix('\n').unwrap_or(after);
    }
    parts
}

/// The length of the JSON object or array that a text begins with, if it does.
fn json_length(text: &str) -> Option<usize> {
    if !text.trim_start_matches([' ', '\t']).starts_with(['{', '[']) {
        return None;
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_one_part_over_however_many_lines_and_other_text_is_a_part_for_each() {
        assert_eq!(
            parts("a\n\n{}{\"x\":\n1} b\n"),
            ["a", "", "{}", "{\"x\":\n1}", " b"]
        );
    }
}
