//! A batch: challenges as JSON Lines on stdin, and on stdout a line for each that failed.

use crate::failure::Failure;
use crate::record::Record;
use command::masked;
use command::text::clean;
use pipeline::catalogue::challenge::{FQDN, VALUE};
use pipeline::{Challenge, DomainName, Item, Kind, Object, Reader, Value};
use std::io::{self, Read};

/// How much of stdin is read, in bytes: more than all documents that `dns01-exec` has under way.
const LONGEST_INPUT: u64 = 64 << 20;

/// A challenge of the batch.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its name and value as they were read, for the report.
    fqdn: Value,
    value: Value,
    pub(crate) record: Record,
    /// The zone that it says, if it does.
    pub(crate) zone: Option<DomainName>,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) entries: Vec<Entry>,
    /// The reports of those that cannot be worked on.
    pub(crate) refused: Vec<String>,
    /// Whether each report names its record: nobody knows of which one a line is that cannot be read.
    pub(crate) are_all_named: bool,
}

/// An input that ends with an error where there is more of it than may be read.
struct Bounded<R> {
    input: R,
    left: u64,
    is_over: bool,
}

impl Batch {
    /// Reads the challenges until the input ends.
    pub(crate) fn read(input: impl Read + Send + 'static) -> Batch {
        Batch::read_at_most(input, LONGEST_INPUT)
    }

    /// Reads the challenges that are in so many bytes. What comes after them has a report of its own.
    fn read_at_most(input: impl Read + Send + 'static, most: u64) -> Batch {
        let mut reader = Reader::new(Bounded {
            input,
            left: most,
            is_over: false,
        });
        let mut batch = Batch {
            are_all_named: true,
            ..Batch::default()
        };
        while let Some(item) = reader.next_item() {
            match item {
                Item::Garbage(why) => batch.refuse(why),
                Item::Document(document, _) => {
                    if let Kind::Unknown(problem) = document.kind() {
                        batch.refuse(problem.detail.clone());
                    }
                    for challenge in document.challenges() {
                        batch.add(&challenge);
                    }
                }
            }
        }
        batch
    }

    /// Takes in what is no challenge, so that nobody knows whose record it was to be.
    fn refuse(&mut self, why: String) {
        self.refused.push(line(Object::new(), &Failure::new(why)));
        self.are_all_named = false;
    }

    fn add(&mut self, challenge: &Challenge) {
        let member = |name: &str| challenge.members().get(name).cloned().unwrap_or_default();
        let (fqdn, value) = (member(FQDN.name), member(VALUE.name));
        let zone = challenge
            .zone()
            .map_err(|problem| Failure::new(problem.detail));
        match Record::of(challenge).and_then(|record| Ok((record, zone?))) {
            Ok((record, zone)) => self.entries.push(Entry {
                fqdn,
                value,
                record,
                zone,
            }),
            Err(failure) => {
                self.refused.push(report(&fqdn, &value, &failure));
                self.are_all_named &= fqdn.is_string();
            }
        }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.is_over {
            return Ok(0);
        }
        if self.left == 0 {
            let is_more = self.input.read(&mut [0])? > 0;
            self.is_over = true;
            return match is_more {
                true => Err(io::Error::other(
                    "the batch is larger than 64 MiB, and what comes after them was not read",
                )),
                false => Ok(0),
            };
        }
        let length = usize::try_from(self.left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let count = self.input.read(&mut buffer[..length])?;
        self.left -= count as u64;
        Ok(count)
    }
}

impl Entry {
    /// The line that says why this one failed.
    pub(crate) fn report(&self, failure: &Failure) -> String {
        report(&self.fqdn, &self.value, failure)
    }
}

fn report(fqdn: &Value, value: &Value, failure: &Failure) -> String {
    let named = [(FQDN.name, fqdn), (VALUE.name, value)];
    let named = named.map(|(name, value)| (name.to_owned(), value.clone()));
    line(Object::from_iter(named), failure)
}

fn line(mut report: Object, failure: &Failure) -> String {
    let mut insert = |name: &str, text: &str| {
        let text = clean(&masked(text));
        report.insert(name.to_owned(), text.into());
    };
    insert("error", &failure.detail);
    if let Some(hint) = &failure.hint {
        insert("hint", hint);
    }
    if failure.is_permanent {
        report.insert("permanent".to_owned(), true.into());
    }
    Value::from(report).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::io::Cursor;

    #[test]
    fn each_challenge_is_read_with_its_zone_and_reported_by_what_it_was_called() {
        let input = concat!(
            r#"{"fqdn":"_acme-challenge.A.test.","value":"v","zone":"a.test."}"#,
            "\n",
            r#"{"fqdn":"b.test.","effective_fqdn":"x.c.test.","value":"-w","more":[1]}"#,
        );
        let batch = Batch::read(input.as_bytes());
        assert_eq!(batch.refused, [] as [&str; 0]);
        assert!(batch.are_all_named);
        let zones = batch.entries.iter().map(|entry| entry.zone.as_ref());
        let zones: Vec<_> = zones.map(|zone| zone.map(DomainName::as_str)).collect();
        assert_eq!(zones, [Some("a.test."), None]);
        let entry = &batch.entries[1];
        assert_eq!(entry.record.name.as_str(), "x.c.test.");
        let report = entry.report(&Failure::new("no\nway").hint("ask"));
        let expected =
            json!({"fqdn": "b.test.", "value": "-w", "error": "no\\nway", "hint": "ask"});
        assert_eq!(report, expected.to_string());
        let report = entry.report(&Failure::new("no").permanent());
        assert!(
            report.ends_with(r#""error":"no","permanent":true}"#),
            "{report}"
        );
        let report = batch.entries[0].report(&Failure::new("no"));
        assert!(report.contains("_acme-challenge.A.test."), "{report}");
    }

    #[test]
    fn what_cannot_be_worked_on_is_reported_and_hinders_no_other() {
        let input = concat!(
            "{\"fqdn\":\"a.test.\"}\n",
            "{\"fqdn\":\"a b\",\"value\":\"v\"}\n",
            "{\"fqdn\":\"a.test.\",\"value\":\"v\",\"zone\":7}\n",
            "nonsense\n",
            "{\"fqdn\":\"a.test.\",\"value\":\"v\"}\n",
        );
        let batch = Batch::read(input.as_bytes());
        assert_eq!(batch.entries.len(), 1);
        assert_eq!(batch.refused.len(), 4, "{:?}", batch.refused);
        for (report, says) in batch
            .refused
            .iter()
            .zip(["`value`", "`fqdn`", "`zone`", "line 4"])
        {
            assert!(report.contains(says), "{report}");
        }
    }

    #[test]
    fn whoever_reads_the_reports_knows_whether_each_names_its_record() {
        for (input, expected) in [
            ("", true),
            (r#"{"fqdn":"a.test.","value":"v"}"#, true),
            (r#"{"fqdn":"a b","value":"v"}"#, true),
            (r#"{"fqdn":"a.test."}"#, true),
            (r#"{"value":"v"}"#, false),
            (r#"{"fqdn":7,"value":"v"}"#, false),
            ("a.test v", false),
            ("[]", false),
        ] {
            let batch = Batch::read(input.as_bytes());
            assert_eq!(batch.are_all_named, expected, "{input}");
        }
    }

    #[test]
    fn what_comes_after_the_largest_input_is_reported_once_wherever_that_ends() {
        let challenge = "{\"fqdn\":\"a.test.\",\"value\":\"v\"}\n";
        let two = challenge.repeat(2);
        for most in 1..=two.len() + 1 {
            let batch = Batch::read_at_most(Cursor::new(two.clone()), most as u64);
            let is_whole = most >= two.len();
            assert_eq!(batch.are_all_named, is_whole, "{most}");
            assert_eq!(batch.refused.len(), usize::from(!is_whole), "{most}");
            let says = "the batch is larger than 64 MiB, and what comes after them was not read";
            for report in &batch.refused {
                assert!(report.contains(says), "{most}: {report}");
            }
            assert!(batch.entries.len() >= most / challenge.len(), "{most}");
        }
    }
}
