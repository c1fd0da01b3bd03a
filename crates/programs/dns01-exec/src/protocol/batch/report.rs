//! What the program answers to a batch: reports of failures, among other text.

use crate::protocol::permanent;
use command::text::{clean, shorten};
use pipeline::catalogue::challenge::{ERROR, FQDN, VALUE};
use pipeline::{Key, Object, Problem, Value, types};
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};

/// How much of the program's answer is read, in bytes: thousands of lines.
pub(super) const LONGEST_ANSWER: usize = 1 << 20;
/// How much of what the program says of a challenge becomes its error, in characters.
const LONGEST_ERROR: usize = 1000;

/// What the program answered.
pub(super) struct Answer<'a> {
    /// What is to be shown to a person: all that is no report of a challenge of the batch.
    pub(super) shown: Vec<&'a str>,
    /// The reports of challenges of the batch.
    named: Vec<Report>,
    /// The numbers of those at each place.
    at: HashMap<Place, Vec<usize>>,
    /// The first failure of which nobody can say whose it is, and whether trying again is in vain, as each such failure says.
    unclear: Option<(String, bool)>,
    /// All that was reported, in a line.
    all: OnceCell<Option<String>>,
}

/// What a report is about, so that it is found without a look at all others: a name, and a value unless it is of all at
/// the name.
type Place = (String, Option<String>);

/// The places of the reports that are of a challenge.
fn places(key: &Key) -> impl Iterator<Item = Place> {
    let values = |name: String| [(name.clone(), None), (name, Some(key.value().to_owned()))];
    key.names().flat_map(values)
}

/// A report: that something failed, and why.
#[derive(Debug, PartialEq)]
struct Report {
    /// Whose it is, where it says that.
    place: Option<Place>,
    /// Why it failed.
    error: String,
    /// What can be done, if it says.
    hint: Option<String>,
    /// Whether trying again is in vain.
    is_permanent: bool,
    /// All of it.
    text: String,
}

impl Answer<'_> {
    /// Reads the answer to a batch of challenges with these keys.
    pub(super) fn read<'a>(printed: &'a str, keys: Vec<&Key>) -> Answer<'a> {
        let known: HashSet<Place> = keys.into_iter().flat_map(places).collect();
        let mut answer = Answer {
            shown: Vec::new(),
            named: Vec::new(),
            at: HashMap::new(),
            unclear: None,
            all: OnceCell::new(),
        };
        for part in parts(printed) {
            let reports = Report::read(part);
            let mut is_shown = reports.is_empty();
            for report in reports {
                match report.place.clone().filter(|place| known.contains(place)) {
                    Some(place) => {
                        answer.at.entry(place).or_default().push(answer.named.len());
                        answer.named.push(report);
                    }
                    None => {
                        is_shown = true;
                        answer.fail(report.text, report.is_permanent);
                    }
                }
            }
            if is_shown {
                answer.shown.push(part);
            }
        }
        if printed.len() >= LONGEST_ANSWER {
            let rest = format!("{LONGEST_ANSWER} bytes or more, and no more were read");
            answer.fail(rest, false);
        }
        answer
    }

    /// Takes in a failure of which nobody can say whose it is.
    fn fail(&mut self, text: String, is_permanent: bool) {
        let (_, are_permanent) = self.unclear.get_or_insert((text, is_permanent));
        *are_permanent &= is_permanent;
    }

    /// Whether something failed of which nobody can say whose it is.
    pub(super) fn is_unclear(&self) -> bool {
        self.unclear.is_some()
    }

    /// The reports of the challenge with this key, in their order.
    fn of(&self, key: &Key) -> impl Iterator<Item = &Report> {
        let numbers = places(key).filter_map(|place| self.at.get(&place));
        let numbers: BTreeSet<usize> = numbers.flatten().copied().collect();
        numbers.into_iter().map(|number| &self.named[number])
    }

    /// Why the challenge with this key failed, if it did: the program named it, or named none of the batch.
    pub(super) fn problem(&self, key: &Key) -> Option<Problem> {
        if let Some(report) = self.of(key).next() {
            let error = shorten(&report.error, LONGEST_ERROR);
            let problem = Problem::new(&types::EXEC_BATCH, error);
            let problem = permanent::mark(problem, report.is_permanent);
            return Some(match &report.hint {
                Some(hint) => problem.hint(shorten(&clean(hint), LONGEST_ERROR)),
                None => problem,
            });
        }
        let (text, is_permanent) = self.unclear.as_ref()?;
        let text = shorten(text, LONGEST_ERROR);
        let detail = format!(
            "something failed, and it is not known for which challenge; the program printed {text}"
        );
        let hint = "A report has to have `fqdn` and `value` as the program read them.";
        let problem = Problem::new(&types::EXEC_BATCH, detail).hint(hint);
        Some(permanent::mark(problem, *is_permanent))
    }

    /// The problem of a call that failed as a whole, for the challenge with this key: with what the program reported of
    /// it, else with all that it reported. Trying again is in vain if the program says so of this one, or of nobody else.
    pub(super) fn reported_with(&self, key: &Key, problem: &Problem) -> Problem {
        let errors = |reports: &mut dyn Iterator<Item = &Report>| {
            let errors = reports.map(|report| report.error.clone());
            errors.collect::<Vec<String>>()
        };
        let own = joined(errors(&mut self.of(key)));
        let all = self.all.get_or_init(|| {
            let mut all = errors(&mut self.named.iter());
            all.extend(self.unclear.as_ref().map(|(text, _)| text.clone()));
            joined(all)
        });
        let Some(reported) = own.as_ref().or(all.as_ref()) else {
            return problem.clone();
        };
        let is_permanent = match (self.of(key).next(), &self.unclear) {
            (Some(report), _) => report.is_permanent,
            (None, Some((_, is_permanent))) => *is_permanent,
            (None, None) => false,
        };
        let detail = format!("{}; it reported: {reported}", problem.detail);
        let problem = Problem {
            detail,
            ..problem.clone()
        };
        permanent::mark(problem, is_permanent)
    }
}

/// Errors in a line, if there are any. What is said several times in a row is said once.
fn joined(mut errors: Vec<String>) -> Option<String> {
    errors.dedup();
    (!errors.is_empty()).then(|| shorten(&clean(&errors.join("; ")), LONGEST_ERROR))
}

impl Report {
    /// Reads the reports of a part of the answer: an object, or an array with objects in it. What was to be a report and is
    /// not JSON is one as well: a script that does not escape what it quotes still has something to say.
    fn read(part: &str) -> Vec<Report> {
        match serde_json::from_str::<Value>(part) {
            Ok(value) => Report::within(value),
            Err(_) => {
                let begins = part.trim_start().trim_start_matches('[').trim_start();
                let is_meant = begins.starts_with('{') && part.contains("\"error\"");
                let unread = || Report {
                    place: None,
                    error: String::new(),
                    hint: None,
                    is_permanent: false,
                    text: clean(part.trim()),
                };
                is_meant.then(unread).into_iter().collect()
            }
        }
    }

    /// What a value reports. The parser lets in no arrays nested so deeply that this could not follow.
    fn within(value: Value) -> Vec<Report> {
        match value {
            Value::Object(object) => Report::of(object).into_iter().collect(),
            Value::Array(elements) => elements.into_iter().flat_map(Report::within).collect(),
            _ => Vec::new(),
        }
    }

    /// What an object reports, if it has an error.
    fn of(object: Object) -> Option<Report> {
        let member = |name: &str| object.get(name).cloned().unwrap_or_default();
        let error = match member(ERROR.name) {
            Value::Null => return None,
            Value::String(text) if text.trim().is_empty() => {
                "the program reported it as failed, and did not say why".to_owned()
            }
            Value::String(text) => text,
            other => other.to_string(),
        };
        // By name and value, or by name where it says no value.
        let place = match (member(FQDN.name), member(VALUE.name)) {
            (Value::String(fqdn), Value::Null) => Some((Key::plain(&fqdn), None)),
            (Value::String(fqdn), Value::String(value)) => Some((Key::plain(&fqdn), Some(value))),
            _ => None,
        };
        Some(Report {
            place,
            error,
            hint: object
                .get("hint")
                .and_then(Value::as_str)
                .map(str::to_owned),
            is_permanent: member(permanent::MEMBER) == Value::Bool(true),
            text: clean(&Value::from(object).to_string()),
        })
    }
}

/// The parts of an answer: JSON objects and arrays, on one line or over many, and lines of other text.
fn parts(printed: &str) -> Vec<&str> {
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
    use pipeline::Challenge;
    use serde_json::json;

    /// Two challenges at one name, which is `b.test.` after its CNAMEs, and one at another.
    fn keys() -> [Key; 3] {
        let key = |fqdn: &str, effective: &str, value: &str| {
            let members = json!({"fqdn": fqdn, "effective_fqdn": effective, "value": value});
            Challenge::from(members.as_object().unwrap().clone()).key()
        };
        [
            key("a.test.", "b.test.", "v"),
            key("a.test.", "b.test.", "w"),
            key("c.test.", "c.test.", "x"),
        ]
    }

    /// The details of the errors of the three, and what is shown.
    fn read(printed: &str) -> ([Option<String>; 3], Vec<&str>) {
        let keys = keys();
        let answer = Answer::read(printed, keys.iter().collect());
        let details = keys.each_ref().map(|key| {
            let problem = answer.problem(key)?;
            assert_eq!(problem.kind, "acmepipe:exec:batch");
            Some(problem.detail)
        });
        (details, answer.shown)
    }

    #[test]
    fn a_challenge_fails_that_the_answer_names_before_or_after_its_cnames() {
        for (report, expected) in [
            (
                r#"{"fqdn": "a.test.", "value": "v", "error": "quota"}"#,
                [true, false, false],
            ),
            (
                r#"{"fqdn": "b.test.", "value": "v", "error": "quota"}"#,
                [true, false, false],
            ),
            (
                r#"{"fqdn": "B.test", "value": "w", "error": "quota"}"#,
                [false, true, false],
            ),
            // Without a value, all at the name.
            (
                r#"{"fqdn": "a.test.", "error": "quota"}"#,
                [true, true, false],
            ),
            (
                r#"{"fqdn": "b.test.", "value": null, "error": "quota"}"#,
                [true, true, false],
            ),
            // As jq prints it without -c.
            (
                "{\n  \"fqdn\": \"c.test.\",\n  \"error\": \"quota\"\n}",
                [false, false, true],
            ),
        ] {
            let (details, shown) = read(report);
            let expected = expected.map(|fails| fails.then(|| "quota".to_owned()));
            assert_eq!((details, shown), (expected, vec![]), "{report}");
        }
    }

    #[test]
    fn an_array_of_reports_is_its_reports() {
        let a = r#"{"fqdn":"a.test.","value":"v","error":"quota"}"#;
        let c = r#"{"fqdn":"c.test.","error":"no"}"#;
        for printed in [
            format!("[{a},{c}]"),
            format!("[\n  {a},\n  {c}\n]\n"),
            format!("[{a}]\n[7, {c}, null]"),
            format!("[[{a}], [], [[{c}]]]"),
        ] {
            let (details, shown) = read(&printed);
            assert_eq!(details[0].as_deref(), Some("quota"), "{printed}");
            assert_eq!(details[1], None, "{printed}");
            assert_eq!(details[2].as_deref(), Some("no"), "{printed}");
            assert_eq!(shown, [""; 0], "{printed}");
        }
        for unclear in [
            r#"[{"fqdn":"x.test.","error":"no"}]"#,
            r#"[{"fqdn":"a.test.","value":"v","error":"it said "no""}]"#,
        ] {
            let (details, shown) = read(unclear);
            assert!(details.iter().all(Option::is_some), "{unclear}");
            assert_eq!(shown, [unclear]);
        }
    }

    #[test]
    fn what_a_program_says_that_can_be_done_is_the_hint() {
        let keys = keys();
        let printed = r#"{"fqdn":"a.test.","value":"v","error":"quota","hint":"Pay\u001b."}"#;
        let answer = Answer::read(printed, keys.iter().collect());
        let problem = answer.problem(&keys[0]).unwrap();
        assert_eq!(problem.hint.as_deref(), Some("Pay\\u{1b}."));
    }

    #[test]
    fn a_failure_that_names_no_challenge_of_the_batch_is_one_of_all() {
        for printed in [
            r#"{"fqdn":"zz.test.","value":"v","error":"API says no"}"#,
            r#"{"fqdn":"a.test.","value":"x","error":"API says no"}"#,
            r#"{"fqdn":"a.test.","value":1,"error":"API says no"}"#,
            r#"{"value":"v","error":"API says no"}"#,
            r#"{"error":"API says no"}"#,
            r#"{"fqdn":7,"error":{"code":"API says no"}}"#,
            // Not escaped, so not JSON.
            r#"{"fqdn":"a.test.","value":"v","error":"it said "API says no""}"#,
        ] {
            let (details, shown) = read(printed);
            for detail in details {
                let detail = detail.expect("it failed");
                assert!(detail.ends_with(&format!("printed {printed}")), "{detail}");
            }
            assert_eq!(shown, [printed]);
        }
        // What is known of one stays with it.
        let own = r#"{"fqdn":"a.test.","value":"v","error":"quota"}"#;
        let printed = format!("{{\"error\":5}}\n{own}\n");
        let (details, shown) = read(&printed);
        assert_eq!(details[0].as_deref(), Some("quota"));
        let detail = details[1].as_ref().expect("it failed");
        assert!(detail.ends_with(r#"printed {"error":5}"#), "{detail}");
        assert_eq!(shown, [r#"{"error":5}"#]);
    }

    #[test]
    fn trying_again_is_in_vain_where_that_is_said_of_this_one_or_of_nobody_else() {
        let keys = keys();
        let a = r#"{"fqdn":"a.test.","value":"v","error":"no","permanent":true}"#;
        let all = r#"[{"error":"no","permanent":true}]"#;
        let failed = Problem::new(&types::EXEC_STATUS, "x exited 1");
        for (printed, expected) in [
            (a.to_owned(), [true, false, false]),
            (all.to_owned(), [true; 3]),
            (format!("{all}\n{{\"error\":\"busy\"}}"), [false; 3]),
            (format!("{{\"error\":\"busy\"}}\n{a}"), [true, false, false]),
            (all.replace("true", "\"true\""), [false; 3]),
        ] {
            let answer = Answer::read(&printed, keys.iter().collect());
            for (key, expected) in keys.iter().zip(expected) {
                let with_status = answer.reported_with(key, &failed);
                assert_eq!(permanent::is_permanent(&with_status), expected, "{printed}");
                let own = answer.problem(key);
                let own = own.is_some_and(|own| permanent::is_permanent(&own));
                assert_eq!(own, expected, "{printed}");
            }
            // What the exit status says counts in any case.
            let failed = permanent::mark(failed.clone(), true);
            let with_status = answer.reported_with(&keys[2], &failed);
            assert!(permanent::is_permanent(&with_status));
        }
    }

    #[test]
    fn a_call_that_failed_as_a_whole_has_failed_with_what_was_reported() {
        let keys = keys();
        let problem = Problem::new(&types::EXEC_STATUS, "x exited 1");
        let a = r#"{"fqdn":"a.test.","value":"v","error":"quota"}"#;
        let c = r#"{"fqdn":"c.test.","error":"no\u001b[0m"}"#;
        let unclear = r#"{"error":"login"}"#;
        for (printed, expected) in [
            (String::new(), [""; 3]),
            ("login failed\n".to_owned(), [""; 3]),
            (a.to_owned(), ["quota"; 3]),
            (
                format!("{a}\n{c}\n"),
                ["quota", "quota; no\\u{1b}[0m", "no\\u{1b}[0m"],
            ),
            (
                format!("{a}\n{unclear}\n"),
                [
                    "quota",
                    r#"quota; {"error":"login"}"#,
                    r#"quota; {"error":"login"}"#,
                ],
            ),
        ] {
            let answer = Answer::read(&printed, keys.iter().collect());
            for (key, expected) in keys.iter().zip(expected) {
                let failed = answer.reported_with(key, &problem);
                assert_eq!(failed.kind, problem.kind);
                let expected = match expected {
                    "" => "x exited 1".to_owned(),
                    errors => format!("x exited 1; it reported: {errors}"),
                };
                assert_eq!(failed.detail, expected, "{printed}");
            }
        }
    }

    #[test]
    fn an_error_is_quoted_of_whatever_type_and_null_is_none() {
        for (error, expected) in [
            ("\"no\"", Some("no")),
            ("5", Some("5")),
            ("false", Some("false")),
            (r#"{"code":7}"#, Some(r#"{"code":7}"#)),
            (
                "\"\"",
                Some("the program reported it as failed, and did not say why"),
            ),
            (
                "\" \"",
                Some("the program reported it as failed, and did not say why"),
            ),
            ("null", None),
        ] {
            let (details, _) = read(&format!(
                r#"{{"fqdn":"c.test.","value":"x","error":{error}}}"#
            ));
            assert_eq!(details[2].as_deref(), expected, "{error}");
            assert_eq!(details[0], None, "{error}");
        }
    }

    #[test]
    fn what_reports_no_failure_is_shown_and_fails_nothing() {
        for printed in [
            "",
            "done",
            "\"error\"",
            "[]",
            "[1, \"error\"]",
            "[INFO] \"error\"",
            "{",
            r#"{"fqdn": "a.test.", "value": "v"}"#,
            r#"{"fqdn": "a.test.", "value": "v", "error": null}"#,
        ] {
            let (details, shown) = read(printed);
            assert_eq!(details, [None, None, None], "{printed}");
            assert_eq!(shown.concat(), printed);
        }
        assert_eq!(
            read("a\n\n{}{\"x\":\n1} b\n").1,
            ["a", "", "{}", "{\"x\":\n1}", " b"]
        );
    }

    #[test]
    fn an_answer_that_was_not_read_to_its_end_may_have_named_any() {
        let own = r#"{"fqdn":"a.test.","value":"v","error":"quota"}"#;
        let printed = format!("{own}\n{}", "x".repeat(LONGEST_ANSWER - own.len() - 1));
        let (details, _) = read(&printed[..printed.len() - 1]);
        assert_eq!(details, [Some("quota".to_owned()), None, None]);
        let (details, _) = read(&printed);
        assert_eq!(details[0].as_deref(), Some("quota"));
        let detail = details[2].as_ref().expect("it failed");
        assert!(detail.contains("1048576 bytes or more"), "{detail}");
    }
}
