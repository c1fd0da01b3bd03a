//! Which entries of the journal are to be removed.

use crate::journal::arrived::Arrived;
use crate::journal::entry::Entry;
use crate::journal::pipeline_end::PipelineEnd;
use crate::journal::pipes::Pipes;
use crate::journal::system::System;
use crate::journal::whose::{Whose, whose};
use pipeline::{Key, value};
use std::cell::OnceCell;
use std::collections::HashSet;
use std::path::PathBuf;

/// The entries of records that living runs may still need, and the leftovers: all others.
pub(crate) fn in_use_and_left(entries: Vec<Entry>) -> (Vec<Entry>, Vec<Entry>) {
    let mut system = System::now();
    if entries.iter().any(|entry| entry.may_be_in_use(&system)) {
        system = system.after_a_moment();
    }
    divide(entries, &system)
}

fn divide(entries: Vec<Entry>, system: &System) -> (Vec<Entry>, Vec<Entry>) {
    let in_use = entries.iter().filter(|entry| entry.may_be_in_use(system));
    let in_use: HashSet<Key> = in_use.map(Entry::key).collect();
    // A run that is over may have left the same record.
    entries
        .into_iter()
        .partition(|entry| in_use.contains(&entry.key()))
}

/// Tells whether a living run may still need an entry's record. The system is asked once, where it has to be.
pub(crate) fn in_use() -> impl Fn(&Entry) -> bool {
    let system = OnceCell::new();
    move |entry| entry.may_be_in_use(system.get_or_init(System::now))
}

/// The records of a pipeline whose documents did not arrive at its end.
#[derive(Default)]
pub(crate) struct Lost {
    /// Those that it presented.
    pub(crate) ours: Vec<Entry>,
    /// Those whose documents arrived, and that a program of this pipeline presented before the one that they name.
    pub(crate) before: Vec<Entry>,
    /// Those that it presented, and that another living run needs as well.
    pub(crate) shared: Vec<Entry>,
    /// Those of which nothing tells whether it presented them.
    pub(crate) unknown: Vec<Entry>,
    /// What other pipelines presented.
    others: Vec<Entry>,
}

/// The records of the pipeline with this end whose documents did not arrive there.
pub(crate) fn lost(entries: Vec<Entry>, end: &PipelineEnd, arrived: &Arrived) -> Lost {
    let now = match entries.is_empty() {
        true => Pipes::default(),
        false => Pipes::now(),
    };
    set_apart_shared(select(entries, end, &now, arrived), in_use())
}

/// Sets apart what another pipeline presented as well that may be in use.
fn set_apart_shared(mut lost: Lost, may_be_in_use: impl Fn(&Entry) -> bool) -> Lost {
    let presented = lost.ours.iter().chain(&lost.before);
    let presented: HashSet<Key> = presented.map(Entry::key).collect();
    let is_needed = |other: &&Entry| presented.contains(&other.key()) && may_be_in_use(other);
    let needed = lost.others.iter().filter(is_needed);
    let needed: HashSet<Key> = needed.map(Entry::key).collect();
    let is_shared = |ours: &Entry| needed.contains(&ours.key());
    (lost.shared, lost.ours) = lost.ours.into_iter().partition(is_shared);
    let (shared, before): (Vec<Entry>, _) = lost.before.into_iter().partition(is_shared);
    lost.before = before;
    lost.shared.extend(shared);
    lost
}

fn select(entries: Vec<Entry>, end: &PipelineEnd, now: &Pipes, arrived: &Arrived) -> Lost {
    let mut lost = Lost::default();
    // What is still there of a document that arrived could not be removed, and that was said.
    let left = entries.iter().filter(|entry| arrived.has(entry));
    let of_program = |entry: &Entry| (entry.key(), entry.program.clone());
    let left: HashSet<(Key, PathBuf)> = left.map(of_program).collect();
    for entry in entries {
        let has_arrived = left.contains(&of_program(&entry));
        match whose(&entry.owner, value::age(&entry.at), end, now) {
            Whose::NotOurs => lost.others.push(entry),
            _ if has_arrived => {}
            Whose::Ours if arrived.has_been_through(&entry) => lost.before.push(entry),
            Whose::Ours => lost.ours.push(entry),
            Whose::Unknown => lost.unknown.push(entry),
        }
    }
    if !lost.ours.is_empty() || !lost.before.is_empty() {
        // This pipeline's own present is known, so that the others are of pipelines beside it.
        lost.unknown.clear();
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::entry::read;
    use crate::journal::owner::Owner;
    use crate::journal::pipeline_end::Seen;
    use crate::journal::pipes::tests::pipes;
    use crate::journal::system::PidSpace;
    use serde_json::json;
    use std::sync::{Arc, Mutex};
    use std::time::Instant;

    /// Entries with these values; the owner of each is of this boot and writes into a pipe, or as `change` has it.
    fn entries(values: &[&str], change: impl Fn(&str, &mut serde_json::Value)) -> Vec<Entry> {
        let line = |value: &&str| {
            let mut line = json!({
                "challenge": {"fqdn": "a.test.", "value": value}, "program": "/x",
                "raw": false, "double_dash": false, "at": pipeline::value::now(),
                "owner": {"pid": 70, "group": 7, "parent": 6, "session": 5, "namespace": "n",
                          "started": 100.0, "boot": "b", "piped": true, "run": null},
            });
            change(value, &mut line);
            format!("{line}\n")
        };
        let text: String = values.iter().map(line).collect();
        read("id", text.as_bytes()).entries
    }

    fn values(entries: &[Entry]) -> Vec<&str> {
        entries
            .iter()
            .filter_map(|entry| entry.challenge.members()["value"].as_str())
            .collect()
    }

    #[test]
    fn leftovers_are_what_no_run_may_need() {
        let system = System {
            here: PidSpace {
                boot: "b".to_owned(),
                namespace: "n".to_owned(),
            },
            pipeline_programs: Vec::new(),
        };
        let out_of_sight = |value: &str, line: &mut serde_json::Value| {
            if value != "ended" {
                line["owner"]["namespace"] = json!("m");
            }
            if value == "an hour ago" {
                line["at"] = json!("2024-01-01T00:00:00Z");
            }
        };
        let mut all = entries(&["ended", "out of sight", "an hour ago"], out_of_sight);
        // The same record, from a run that has ended.
        all.extend(entries(&["out of sight"], |_, _| {}));
        let (in_use, left) = divide(all, &system);
        assert_eq!(values(&in_use), ["out of sight"; 2]);
        assert_eq!(values(&left), ["ended", "an hour ago"]);
    }

    #[test]
    fn what_another_pipeline_needs_as_well_is_set_apart() {
        let lost = Lost {
            ours: entries(&["1", "2", "3"], |_, _| {}),
            before: entries(&["2", "4"], |_, _| {}),
            others: entries(&["2", "3"], |_, _| {}),
            ..Lost::default()
        };
        let is_in_use = |entry: &Entry| values(std::slice::from_ref(entry)) == ["2"];
        let lost = set_apart_shared(lost, is_in_use);
        assert_eq!(values(&lost.shared), ["2", "2"]);
        assert_eq!(values(&lost.ours), ["1", "3"]);
        assert_eq!(values(&lost.before), ["4"]);
    }

    #[test]
    fn lost_is_what_this_pipeline_presented_and_did_not_arrive() {
        let entries = entries(&["1", "2", "3", "4"], |value, line| match value {
            "2" => line["owner"]["parent"] = json!(8),
            // No program can be called for it, but its record may be there.
            "4" => line["challenge"]["zone"] = json!("a b."),
            _ => {}
        });
        let at_start = "present@70-100:-:1 cleanup@72-100:2:-";
        let end = || {
            let stdin = "2".to_owned();
            let mut seen = Seen::default();
            seen.add(pipes(at_start), &stdin);
            PipelineEnd {
                me: Owner {
                    pid: 72,
                    upstream: pipes(at_start).upstream(&stdin),
                    ..entries[0].owner.clone()
                },
                stdin: Some(stdin),
                siblings: ["70-100".to_owned()].into(),
                seen: Arc::new(Mutex::new(seen)),
                looks: Mutex::default(),
                began: Instant::now(),
            }
        };
        let now = Pipes::default();
        let found = |entries: &[Entry], arrived: &Arrived| {
            let Lost { ours, unknown, .. } = select(entries.to_vec(), &end(), &now, arrived);
            (values(&ours).join(" "), values(&unknown).join(" "))
        };
        let arrived = Arrived::default();
        let pair = |ours: &str, unknown: &str| (ours.to_owned(), unknown.to_owned());
        assert_eq!(found(&entries, &arrived), pair("1 3 4", ""));
        // Without one of its own, the one of another parent may be this pipeline's.
        assert_eq!(found(&entries[1..2], &arrived), pair("", "2"));
        let arrives = |value: &str, file: Option<&str>| {
            let present = json!({"journal": file});
            let challenge = json!({"fqdn": "a.test.", "value": value, "present": present});
            arrived.add(&challenge.as_object().unwrap().clone().into());
        };
        arrives("3", None);
        assert_eq!(found(&entries, &arrived), pair("1 4", ""));
        // Two documents may need the same record.
        arrives("1", Some("another"));
        assert_eq!(found(&entries, &arrived), pair("1 4", ""));
        arrives("1", Some("id"));
        assert_eq!(found(&entries, &arrived), pair("4", ""));
        // It has been through two programs, and names the second.
        let arrives_by = |program: &str| {
            let present = json!({"journal": "another", "program": program});
            let challenge = json!({"fqdn": "a.test.", "value": "4", "present": present});
            arrived.add(&challenge.as_object().unwrap().clone().into());
        };
        arrives_by("/x");
        assert_eq!(found(&entries, &arrived), pair("4", ""));
        arrives_by("/y");
        assert_eq!(found(&entries, &arrived), pair("", ""));
        let all = [entries[1].clone(), entries[3].clone()].to_vec();
        let lost = select(all, &end(), &now, &arrived);
        assert_eq!(values(&lost.before), ["4"]);
        assert_eq!(values(&lost.unknown), [""; 0]);
    }
}
