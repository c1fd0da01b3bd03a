//! The checksum at the end of a journal's line: a disk may give back other bytes than it got, and a value that was changed
//! leads to the wrong record.

use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The member that holds it. Lines of earlier versions have none.
const SUM: &str = "sum";

/// The text of a line, which is an object with members, with its checksum as the last.
pub(super) fn with_checksum(line: &impl Serialize) -> String {
    let mut text = serde_json::to_string(line).expect("the names of all members are texts");
    let sum = checksum(text.as_bytes());
    text.pop();
    text + &end(&sum)
}

/// Whether a line has a checksum, and it is not that of the text before it.
pub(super) fn is_damaged(members: &BTreeMap<String, &RawValue>, text: &[u8]) -> bool {
    let Some(sum) = members.get(SUM) else {
        return false;
    };
    let sum: &str = serde_json::from_str(sum.get()).unwrap_or_default();
    let before = text.trim_ascii_end().strip_suffix(end(sum).as_bytes());
    before.is_none_or(|before| checksum(&[before, b"}"].concat()) != sum)
}

/// How a line with this checksum ends.
fn end(sum: &str) -> String {
    format!(r#","{SUM}":"{sum}"}}"#)
}

/// FNV-1a with 64 bits: it is against accidents, not against attacks.
fn checksum(text: &[u8]) -> String {
    let sum = text.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{sum:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_checksum_is_that_of_fnv_1a() {
        assert_eq!(checksum(b""), "cbf29ce484222325");
        assert_eq!(checksum(b"foobar"), "85944171f73967e8");
    }

    #[test]
    fn a_line_with_a_byte_changed_is_damaged_and_one_without_a_checksum_is_not() {
        let line = with_checksum(&json!({"a": "b", "c": 1.5}));
        let damaged = |text: &str| {
            let members = serde_json::from_str(text).unwrap();
            is_damaged(&members, text.as_bytes())
        };
        assert!(!damaged(&line) && !damaged(&format!("{line}\r")));
        assert!(!damaged(r#"{"a":"b"}"#));
        for (from, to) in [
            ("b", "c"),
            ("1.5", "1.6"),
            (",\"c", ", \"c"),
            ("\"}", "\" }"),
        ] {
            assert!(damaged(&line.replace(from, to)), "{from}");
        }
        assert!(damaged(r#"{"a":"b","sum":7}"#) && damaged(r#"{"sum":""}"#));
    }
}
