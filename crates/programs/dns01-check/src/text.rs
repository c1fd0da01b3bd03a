//! What was found, for a person: the worst first, each with what can be done.

use std::fmt::Write as _;
use std::io;

use command::message;
use command::text::clean;
use pipeline::catalogue::challenge::{FINDINGS, VERDICT};
use pipeline::{Challenge, Document, Value};

/// Where no terminal says how wide it is.
const WIDTH: usize = 80;
/// Lines get no longer than this: they would be hard to read.
const WIDEST: usize = 120;
/// How far what belongs to a finding is moved to the right.
const INDENT: &str = "    ";

/// A document's challenges and what was found.
pub(crate) fn shown(document: &Document) -> String {
    let size = rustix::termios::tcgetwinsize(io::stdout());
    let columns = size.map_or(0, |size| usize::from(size.ws_col));
    let width = if columns == 0 {
        WIDTH
    } else {
        columns.clamp(WIDTH / 2, WIDEST)
    };
    let all = document
        .challenges()
        .map(|challenge| of_challenge(&challenge, width, message::is_verbose()));
    all.collect()
}

fn of_challenge(challenge: &Challenge, width: usize, is_verbose: bool) -> String {
    let members = challenge.members();
    let Some(findings) = members.get(FINDINGS.name).and_then(Value::as_array) else {
        return String::new();
    };
    let verdict = match members.get(VERDICT.name).and_then(Value::as_str) {
        Some("ok") => "nothing speaks against it",
        Some("may-fail") => "may fail",
        Some(_) => "will fail",
        None => "nothing could be found out",
    };
    let name = challenge.owner().unwrap_or_else(|| challenge.label());
    let mut text = format!("{}: {verdict}\n", clean(&name));
    // Without the alias nobody sees why other names and zones are told of.
    let is_shown = |finding: &&Value| {
        is_verbose || finding["severity"] != "info" || finding["code"] == "ALIAS"
    };
    for finding in findings.iter().filter(is_shown) {
        let member = |name: &str| clean(finding[name].as_str().unwrap_or_default());
        let _ = writeln!(text, "  {}: {}", member("severity"), member("code"));
        fold(&mut text, &capital(&member("detail")), width);
        for name in ["hint", "reproduce"] {
            let words = member(name);
            match name {
                _ if words.is_empty() => {}
                // It is to be copied, and so stays on one line.
                "reproduce" => drop(writeln!(text, "{INDENT}$ {words}")),
                _ => fold(&mut text, &words, width),
            }
        }
    }
    text
}

fn capital(text: &str) -> String {
    // A name stays as it is.
    let first = text.split(' ').next().unwrap_or_default();
    let mut text = if first.contains(['.', '_']) {
        text.to_owned()
    } else {
        command::text::capitalized(text)
    };
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

/// Writes a text between words, in lines of at most `width` characters.
fn fold(to: &mut String, text: &str, width: usize) {
    let mut column = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            to.push('\n');
            column = 0;
        }
        let gap = if column == 0 { INDENT } else { " " };
        let _ = write!(to, "{gap}{word}");
        column += gap.len() + length;
    }
    to.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_shown_always() {
        let members = |code: &str| {
            let members = [("code", code), ("severity", "info")];
            let members = members.map(|(name, text)| (name.to_owned(), text.into()));
            Value::Object(members.into_iter().collect())
        };
        let findings = Value::Array(vec![members("ALIAS"), members("ZONE")]);
        let challenge = Challenge::new([(FINDINGS, findings)]);
        let text = of_challenge(&challenge, 80, false);
        assert!(
            text.contains("info: ALIAS") && !text.contains("ZONE"),
            "{text}"
        );
    }

    #[test]
    fn lines_are_folded_between_words() {
        let mut text = String::new();
        fold(&mut text, "one two three", 11);
        assert_eq!(text, "    one two\n    three\n");
    }

    #[test]
    fn a_sentence_begins_with_a_capital_letter_unless_with_a_name() {
        for (text, shown) in [
            ("the zone is gone", "The zone is gone."),
            ("a.test. lacks it", "a.test. lacks it."),
            ("done.", "Done."),
        ] {
            assert_eq!(capital(text), if text == "done." { "done." } else { shown });
        }
    }
}
