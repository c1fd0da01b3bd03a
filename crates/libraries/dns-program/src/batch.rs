//! A batch: challenges as JSON Lines on stdin, and on stdout a line for each that failed.

use crate::failure::Failure;
use crate::record::Record;
use command::masked;
use command::text::clean;
use pipeline::catalogue::challenge::{FQDN, VALUE};
use pipeline::{Challenge, DomainName, Item, Object, Reader, Value};
use std::io::Read;

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
}

impl Batch {
    /// Reads the challenges until the input ends.
    pub(crate) fn read(input: impl Read + Send + 'static) -> Batch {
        let mut reader = Reader::new(input.take(LONGEST_INPUT));
        let mut batch = Batch::default();
        while let Some(item) = reader.next_item() {
            match item {
                Item::Garbage(why) => batch.refused.push(line(Object::new(), &Failure::new(why))),
                Item::Document(document, _) => {
                    for challenge in document.challenges() {
                        batch.add(&challenge);
                    }
                }
            }
        }
        batch
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
            Err(failure) => self.refused.push(report(&fqdn, &value, &failure)),
        }
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

    #[test]
    fn each_challenge_is_read_with_its_zone_and_reported_by_what_it_was_called() {
        let input = concat!(
            r#"{"fqdn":"_acme-challenge.A.test.","value":"v","zone":"a.test."}"#,
            "\n",
            r#"{"fqdn":"b.test.","effective_fqdn":"x.c.test.","value":"-w","more":[1]}"#,
        );
        let batch = Batch::read(input.as_bytes());
        assert_eq!(batch.refused, [] as [&str; 0]);
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
}
