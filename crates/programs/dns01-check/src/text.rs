//! What was found, for a person: the worst first, each with what can be done.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Mutex, PoisonError};

use command::text::{clean, fold};
use pipeline::catalogue::challenge::{FINDINGS, VERDICT};
use pipeline::{Challenge, Document, Value};

/// Where no terminal says how wide it is.
const WIDTH: usize = 80;
/// Lines get no longer than this: they would be hard to read.
const WIDEST: usize = 120;
/// How far what belongs to a finding is moved to the right.
const INDENT: &str = "    ";

/// What was found, as it is shown. What several names have in common, such as what is wrong with their zone, is told once.
pub(crate) struct Text {
    is_verbose: bool,
    /// The name at which each finding was told, by what it says.
    told: Mutex<HashMap<String, String>>,
}

impl Text {
    pub(crate) fn new(is_verbose: bool) -> Text {
        Text {
            is_verbose,
            told: Mutex::default(),
        }
    }

    /// A document's challenges and what was found.
    pub(crate) fn of(&self, document: &Document) -> String {
        let size = rustix::termios::tcgetwinsize(io::stdout());
        let columns = size.map_or(0, |size| usize::from(size.ws_col));
        let width = if columns == 0 {
            WIDTH
        } else {
            columns.clamp(WIDTH / 2, WIDEST)
        };
        let challenges = document.challenges();
        let text: String = challenges
            .map(|challenge| self.of_challenge(&challenge, width))
            .collect();
        match document.problem() {
            // It was passed on as it came.
            Some(problem) if text.is_empty() => {
                let mut text = format!("{}: not looked at\n", clean(&document.label()));
                fold(&mut text, INDENT, &capital(&clean(&problem.detail)), width);
                text
            }
            _ => text,
        }
    }

    fn of_challenge(&self, challenge: &Challenge, width: usize) -> String {
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
        let name = clean(&name);
        let mut text = format!("{name}: {verdict}\n");
        // Without the alias nobody sees why other names and zones are told of.
        let is_shown = |finding: &&Value| {
            self.is_verbose || finding["severity"] != "info" || finding["code"] == "ALIAS"
        };
        for finding in findings.iter().filter(is_shown) {
            let member = |name: &str| clean(finding[name].as_str().unwrap_or_default());
            let (severity, code) = (member("severity"), member("code"));
            match self.told_at(finding, &name) {
                Some(other) => drop(writeln!(text, "  {severity}: {code}, as {other}")),
                None => {
                    let _ = writeln!(text, "  {severity}: {code}");
                    tell(&mut text, finding, width);
                }
            }
        }
        text
    }

    /// The other name at which the same was told before; else it is told at this one.
    fn told_at(&self, finding: &Value, name: &str) -> Option<String> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let says = ["code", "detail", "hint"].map(|name| finding[name].to_string());
        let says = says.join(" ");
        let at = told.entry(says).or_insert_with(|| name.to_owned());
        (at != name).then(|| at.clone())
    }
}

/// Tells of a finding, in lines of at most `width` characters.
fn tell(to: &mut String, finding: &Value, width: usize) {
    let member = |name: &str| clean(finding[name].as_str().unwrap_or_default());
    fold(to, INDENT, &capital(&member("detail")), width);
    for name in ["hint", "reproduce"] {
        let words = member(name);
        match name {
            _ if words.is_empty() => {}
            // It is to be copied, and so stays on one line.
            "reproduce" => drop(writeln!(to, "{INDENT}$ {words}")),
            _ => fold(to, INDENT, &words, width),
        }
    }
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

#[cfg(test)]
mod tests {
    use pipeline::catalogue::challenge::FQDN;

    use super::*;

    fn challenge(fqdn: &str, findings: &[(&str, &str)]) -> Challenge {
        let finding = |(code, detail): &(&str, &str)| {
            let members = [("code", *code), ("severity", "info"), ("detail", *detail)];
            let members = members.map(|(name, text)| (name.to_owned(), text.into()));
            Value::Object(members.into_iter().collect())
        };
        let findings: Value = findings.iter().map(finding).collect();
        Challenge::new([(FQDN, fqdn.into()), (FINDINGS, findings)])
    }

    #[test]
    fn an_alias_is_shown_always() {
        let challenge = challenge("a.test.", &[("ALIAS", "x"), ("ZONE", "y")]);
        let text = Text::new(false).of_challenge(&challenge, 80);
        assert!(
            text.contains("info: ALIAS") && !text.contains("ZONE"),
            "{text}"
        );
    }

    #[test]
    fn what_two_names_have_in_common_is_told_once() {
        let text = Text::new(true);
        let first = [
            ("UNSIGNED", "test. is not signed"),
            ("ZONE", "a.test. is in test."),
        ];
        let second = [
            ("UNSIGNED", "test. is not signed"),
            ("ZONE", "b.test. is in test."),
        ];
        let shown: String = [("a.test.", first), ("b.test.", second), ("a.test.", first)]
            .iter()
            .map(|(fqdn, findings)| text.of_challenge(&challenge(fqdn, findings), 80))
            .collect();
        assert_eq!(
            shown,
            "a.test.: nothing could be found out\n  \
               info: UNSIGNED\n    test. is not signed.\n  \
               info: ZONE\n    a.test. is in test.\n\
             b.test.: nothing could be found out\n  \
               info: UNSIGNED, as a.test.\n  \
               info: ZONE\n    b.test. is in test.\n\
             a.test.: nothing could be found out\n  \
               info: UNSIGNED\n    test. is not signed.\n  \
               info: ZONE\n    a.test. is in test.\n"
        );
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
