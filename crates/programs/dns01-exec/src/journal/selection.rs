//! Which entries of the journal are to be removed.

use crate::journal::arrived::Arrived;
use crate::journal::entry::Entry;
use crate::journal::owner::PipelineEnd;
use crate::journal::system::System;

/// The entries that living runs may still need, and the leftovers: all others.
pub(crate) fn in_use_and_left(entries: Vec<Entry>, system: &System) -> (Vec<Entry>, Vec<Entry>) {
    entries
        .into_iter()
        .partition(|entry| entry.may_be_in_use(system))
}

/// The entries that the pipeline with this end presented and whose documents did not arrive there.
pub(crate) fn lost(entries: Vec<Entry>, end: &PipelineEnd, arrived: &Arrived) -> Vec<Entry> {
    entries
        .into_iter()
        .filter(|entry| entry.owner.is_upstream_of(end) && !arrived.has(&entry.key()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::entry::remaining;
    use crate::journal::owner::Owner;
    use crate::journal::system::PidSpace;
    use crate::journal::upstream::Upstream;
    use serde_json::json;

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
        remaining("id", &values.iter().map(line).collect::<String>())
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
        let entries = entries(&["ended", "out of sight", "an hour ago"], |value, line| {
            if value != "ended" {
                line["owner"]["namespace"] = json!("m");
            }
            if value == "an hour ago" {
                line["at"] = json!("2024-01-01T00:00:00Z");
            }
        });
        let (in_use, left) = in_use_and_left(entries, &system);
        assert_eq!(values(&in_use), ["out of sight"]);
        assert_eq!(values(&left), ["ended", "an hour ago"]);
    }

    #[test]
    fn lost_is_what_this_pipeline_presented_and_did_not_arrive() {
        let entries = entries(&["1", "2", "3", "4"], |value, line| match value {
            "2" => line["owner"]["parent"] = json!(8),
            // No program can be called for it, but its record may be there.
            "4" => line["challenge"]["zone"] = json!("a b."),
            _ => {}
        });
        let me = Owner {
            pid: 72,
            ..entries[0].owner.clone()
        };
        let end = PipelineEnd {
            upstream: Upstream::from_marks([entries[0].owner.mark()]),
            me,
            stdin_is_pipe: true,
        };
        let arrived = Arrived::default();
        assert_eq!(
            values(&lost(entries.clone(), &end, &arrived)),
            ["1", "3", "4"]
        );
        let challenge = json!({"fqdn": "a.test.", "value": "3"});
        arrived.add(pipeline::Challenge::from(challenge.as_object().unwrap().clone()).key());
        assert_eq!(values(&lost(entries, &end, &arrived)), ["1", "4"]);
    }
}
