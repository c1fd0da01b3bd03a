//! The exit status that documents ask for.

use pipeline::catalogue::order::ORDER;
use pipeline::{Document, types};

/// The exit status where a document has an error.
pub const FAILED: u8 = 1;
/// The exit status where a command line is wrong and nothing was done.
pub const WRONG_USAGE: u8 = 2;

/// The exit status where this document came out: 0, or [`FAILED`], or [`WRONG_USAGE`] where a program whose command line or
/// environment is wrong passed it on, and nothing was done about it: its order has no URL.
pub fn status_of(document: &Document) -> u8 {
    let order = document.member(&ORDER).unwrap_or_default();
    match document.problem() {
        None => 0,
        Some(problem) if problem.is(&types::USAGE) && order["url"].is_null() => WRONG_USAGE,
        Some(_) => FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_was_done_where_the_command_line_is_wrong_and_no_order_was_placed() {
        let usage = json!({"type": "acmepipe:usage", "detail": "no program"});
        let other = json!({"type": "acmepipe:exec:status", "detail": "x exited 1"});
        let placed = json!({"url": "https://ca.test/order/1"});
        let wish = json!({"identifiers": []});
        for (document, expected) in [
            (json!({"order": placed}), 0),
            (json!({"order": placed, "error": other}), FAILED),
            (json!({"order": wish, "error": other}), FAILED),
            (json!({"order": placed, "error": usage}), FAILED),
            (json!({"order": wish, "error": usage}), WRONG_USAGE),
            (json!({"name": "a.test", "error": usage}), WRONG_USAGE),
            (json!({"order": "?", "error": usage}), WRONG_USAGE),
        ] {
            let object = document.as_object().unwrap().clone();
            assert_eq!(status_of(&Document::from(object)), expected, "{document}");
        }
    }
}
