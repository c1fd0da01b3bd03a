//! Which changes of record sets a change of records takes.

use crate::txt;
use crate::zone::{Kept, RecordSet, Zone};
use dns_program::{Action, Record};
use pipeline::{DomainName, Value};
use serde_json::json;
use std::collections::HashMap;

/// How records are changed at a server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    /// The TTL of a record set that is new. One that is there keeps its own.
    pub(crate) ttl: u64,
    /// Whether the server adds and removes single records by itself (EXTEND, PRUNE). Else a set is replaced by what was
    /// read with or without them (REPLACE, DELETE).
    pub(crate) has_extend: bool,
}

/// The `rrsets` of one PATCH that does this to the records; nothing where all is as it should be already.
pub(crate) fn changes(action: Action, way: Way, records: &[&Record], zone: &Zone) -> Vec<Value> {
    let nothing = RecordSet {
        ttl: way.ttl,
        ..RecordSet::default()
    };
    let mut changes = Vec::new();
    for (name, values) in by_name(records) {
        // Where a name has comments and no records, nobody has chosen the TTL.
        let set = zone.sets.get(name).filter(|set| !set.records.is_empty());
        let set = set.unwrap_or(&nothing);
        let is_left = |value: &&str| match action {
            Action::Present => !zone.serves(name, value),
            Action::Cleanup => zone.has(name, value),
        };
        let left: Vec<&str> = values.into_iter().filter(is_left).collect();
        if !left.is_empty() {
            changes.extend(of_name(action, way, name, set, &left));
        }
    }
    changes
}

/// Each name with its values, as they come.
fn by_name<'a>(records: &[&'a Record]) -> Vec<(&'a DomainName, Vec<&'a str>)> {
    let mut names: Vec<(&DomainName, Vec<&str>)> = Vec::new();
    let mut places = HashMap::new();
    for record in records {
        let place = *places.entry(&record.name).or_insert(names.len());
        match names.get_mut(place) {
            Some((_, values)) => values.push(&record.value),
            None => names.push((&record.name, vec![&record.value])),
        }
    }
    names
}

fn of_name(
    action: Action,
    way: Way,
    name: &DomainName,
    set: &RecordSet,
    values: &[&str],
) -> Vec<Value> {
    let change = |kind: &str, records: Vec<Value>| {
        let ttl = set.ttl;
        json!({"name": name.as_str(), "type": "TXT", "changetype": kind, "ttl": ttl, "records": records})
    };
    let record =
        |content: &str, is_disabled: bool| json!({"content": content, "disabled": is_disabled});
    let others: Vec<&Kept> = set
        .records
        .iter()
        .filter(|one| !is_one_of(one, values))
        .collect();
    let is_last = action == Action::Cleanup && others.is_empty();
    // EXTEND and PRUNE forget those that are not served, and comments go with the last record.
    let is_plain =
        !set.records.iter().any(|one| one.is_disabled) && (set.comments.is_empty() || !is_last);
    if way.has_extend && is_plain {
        return match action {
            Action::Present => {
                let one =
                    |value: &&str| change("EXTEND", vec![record(&txt::content(value), false)]);
                values.iter().map(one).collect()
            }
            Action::Cleanup => {
                let removed = set.records.iter().filter(|one| is_one_of(one, values));
                let one = |kept: &Kept| change("PRUNE", vec![record(&kept.content, false)]);
                removed.map(one).collect()
            }
        };
    }
    let mut records: Vec<Value> = others
        .iter()
        .map(|one| record(&one.content, one.is_disabled))
        .collect();
    if action == Action::Present {
        records.extend(
            values
                .iter()
                .map(|value| record(&txt::content(value), false)),
        );
    }
    if !is_last {
        return vec![change("REPLACE", records)];
    }
    if set.comments.is_empty() {
        return vec![change("DELETE", records)];
    }
    let mut change = change("REPLACE", records);
    change["comments"] = Value::from(set.comments.clone());
    vec![change]
}

fn is_one_of(record: &Kept, values: &[&str]) -> bool {
    values.iter().any(|value| record.has(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    /// The changes as `CHANGETYPE NAME TTL CONTENT...`, where the records `a.`, `b.` hold what these say: `"v" -"disabled" #comment`.
    fn planned(
        action: Action,
        has_extend: bool,
        held: &str,
        records: &[(&str, &str)],
    ) -> Vec<String> {
        let mut zone = Zone::default();
        if !held.is_empty() {
            let kept = |text: &str| Kept {
                content: text.trim_start_matches('-').to_owned(),
                is_disabled: text.starts_with('-'),
            };
            let (words, comments): (Vec<&str>, Vec<&str>) =
                held.split(' ').partition(|word| !word.starts_with('#'));
            let set = RecordSet {
                ttl: 7,
                records: words.into_iter().map(kept).collect(),
                comments: comments.into_iter().map(Value::from).collect(),
            };
            zone.sets.insert(name("a."), set);
        }
        let records: Vec<Record> = records
            .iter()
            .map(|(at, value)| Record {
                name: name(at),
                value: (*value).to_owned(),
                raw: None,
            })
            .collect();
        let records: Vec<&Record> = records.iter().collect();
        let way = Way {
            ttl: 120,
            has_extend,
        };
        let changes = changes(action, way, &records, &zone);
        changes
            .iter()
            .map(|change| {
                let records = change["records"].as_array().unwrap();
                let records = records.iter().map(|record| {
                    let mark = if record["disabled"] == true { "-" } else { "" };
                    format!(" {mark}{}", record["content"].as_str().unwrap())
                });
                let (kind, at) = (&change["changetype"], &change["name"]);
                let comments = change["comments"].as_array().into_iter().flatten();
                let comments = comments.map(|comment| format!(" {}", comment.as_str().unwrap()));
                format!(
                    "{} {} {}{}",
                    kind.as_str().unwrap(),
                    at.as_str().unwrap(),
                    change["ttl"],
                    records.chain(comments).collect::<String>()
                )
            })
            .collect()
    }

    #[test]
    fn values_are_added_to_those_that_are_there_and_removed_alone() {
        use Action::{Cleanup, Present};
        for (action, has_extend, held, records, expected) in [
            (
                Present,
                false,
                "",
                &[("a.", "v")][..],
                &["REPLACE a. 120 \"v\""][..],
            ),
            (
                Present,
                false,
                "\"x\"",
                &[("a.", "v"), ("b.", "w"), ("a.", "u")],
                &["REPLACE a. 7 \"x\" \"v\" \"u\"", "REPLACE b. 120 \"w\""],
            ),
            (Present, false, "\"v\"", &[("a.", "v")], &[]),
            (
                Present,
                false,
                "-\"v\" -\"x\"",
                &[("a.", "v")],
                &["REPLACE a. 7 -\"x\" \"v\""],
            ),
            (Cleanup, false, "\"v\"", &[("a.", "v")], &["DELETE a. 7"]),
            (
                Cleanup,
                false,
                "\"x\" \"v\"",
                &[("a.", "v")],
                &["REPLACE a. 7 \"x\""],
            ),
            (Cleanup, false, "\"x\"", &[("a.", "v")], &[]),
            (Cleanup, false, "", &[("a.", "v")], &[]),
            (Cleanup, false, "-\"v\"", &[("a.", "v")], &["DELETE a. 7"]),
            (
                Present,
                true,
                "\"x\"",
                &[("a.", "v"), ("a.", "u"), ("b.", "w")],
                &[
                    "EXTEND a. 7 \"v\"",
                    "EXTEND a. 7 \"u\"",
                    "EXTEND b. 120 \"w\"",
                ],
            ),
            (
                Cleanup,
                true,
                "\"x\" v",
                &[("a.", "v"), ("a.", "u")],
                &["PRUNE a. 7 v"],
            ),
            (
                Present,
                false,
                "#note",
                &[("a.", "v")],
                &["REPLACE a. 120 \"v\""],
            ),
            (
                Cleanup,
                false,
                "\"v\" #note",
                &[("a.", "v")],
                &["REPLACE a. 7 #note"],
            ),
            (
                Cleanup,
                true,
                "\"v\" #note",
                &[("a.", "v")],
                &["REPLACE a. 7 #note"],
            ),
            (
                Cleanup,
                true,
                "\"v\" \"x\" #note",
                &[("a.", "v")],
                &["PRUNE a. 7 \"v\""],
            ),
            (
                Present,
                true,
                "-\"x\"",
                &[("a.", "v")],
                &["REPLACE a. 7 -\"x\" \"v\""],
            ),
        ] {
            let found = planned(action, has_extend, held, records);
            assert_eq!(
                found, expected,
                "{action:?} {has_extend} {held} {records:?}"
            );
        }
    }
}
