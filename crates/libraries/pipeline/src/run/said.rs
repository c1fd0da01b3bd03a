//! What a person reads of a problem: what failed, each name of several that it failed for on a line of its own, and what can
//! be done.

use crate::contract::{Problem, UNPAUSE_URL};
use command::message;
use serde_json::Value;

/// The longest text that is shown of what a CA says of one name, in characters.
const LONGEST: usize = 500;

/// Says on stderr what is wrong with an order or a challenge of this name.
pub(super) fn say(label: &str, problem: &Problem) {
    let url = problem.more.get(UNPAUSE_URL).and_then(Value::as_str);
    message::error_with_url(&lines(label, problem), url);
}

/// The problem, and below it a line for each name that it is about. A hint that several have in common is said once.
fn lines(label: &str, problem: &Problem) -> String {
    let mut lines = format!("{label}: {problem}");
    let mut hints: Vec<&str> = problem.hint.as_deref().into_iter().collect();
    let all = problem.more.get("subproblems").and_then(Value::as_array);
    for one in all.into_iter().flatten() {
        let text = |member: &str| one.get(member).and_then(Value::as_str);
        let name = one
            .get("identifier")
            .and_then(|of| of.get("value")?.as_str());
        let why = text("detail").or_else(|| text("type"));
        let why = command::text::shorten(why.unwrap_or("the CA does not say why"), LONGEST);
        let name = name.unwrap_or("a name that the CA does not say");
        // A line of the CA's own would look like one of ours.
        let why = why.replace('\n', " ");
        lines += &match name == label {
            true => format!("\n{label}: {why}"),
            false => format!("\n{label}: {name}: {why}"),
        };
        if let Some(hint) = text("hint").filter(|hint| !hints.contains(hint)) {
            hints.push(hint);
            lines += &format!("\n  hint: {hint}");
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_name_that_failed_has_a_line_and_each_hint_one() {
        let one = |name: &str, detail: &str, hint: &str| json!({"type": "t", "detail": detail, "hint": hint, "identifier": {"type": "dns", "value": name}});
        let problem = Problem::of_type("t", "two names are wrong")
            .hint("Mend them.")
            .with(
                "subproblems",
                json!([
                    one("a.test", "forbidden", "Ask for another."),
                    one("b.test", "too\nlong", "Mend them."),
                    one("c.test", "forbidden", "Ask for another."),
                    {"type": "x"}, 7,
                ]),
            );
        assert_eq!(
            lines("w", &problem),
            "w: two names are wrong\n  hint: Mend them.\nw: a.test: forbidden\n  hint: Ask for another.\n\
             w: b.test: too long\nw: c.test: forbidden\nw: a name that the CA does not say: x\n\
             w: a name that the CA does not say: the CA does not say why"
        );
        assert!(lines("a.test", &problem).contains("\na.test: forbidden\n"));
        assert_eq!(lines("w", &Problem::of_type("t", "d")), "w: d");
    }
}
