//! How far a challenge is: what was done about it, and what is still to be done.

use super::super::catalogue::challenge::{CLEANUP, DEFERRED, ERROR, PRESENT, PROPAGATED, STATUS};
use super::super::problem::has_error;
use super::super::{Presented, Problem};
use super::Challenge;
use serde_json::Value;

impl Challenge {
    /// What `present` noted; none where it was not presented. Members of it that cannot be read are left out.
    pub fn presented(&self) -> Option<Presented> {
        let present = self.0.get(PRESENT.name)?;
        let text = |member| Some(present.get(member)?.as_str()?.to_owned());
        let seconds = present.get("seconds").and_then(Value::as_f64);
        let is_so = |member| present.get(member).and_then(Value::as_bool) == Some(true);
        let jobs = present.get("jobs").and_then(Value::as_u64);
        Some(Presented {
            program: text("program"),
            at: text("at"),
            began: text("began"),
            seconds: seconds.and_then(command::duration::from_seconds),
            output: text("output"),
            said: text("said"),
            journal: text("journal"),
            overlaps: is_so("overlaps"),
            batch: is_so("batch"),
            jobs: jobs.and_then(|jobs| usize::try_from(jobs).ok()),
        })
    }

    /// Whether its record was presented: the user's program was run for it.
    pub fn is_presented(&self) -> bool {
        self.has(&PRESENT)
    }

    /// Whether its record was removed again.
    pub fn is_cleaned_up(&self) -> bool {
        let cleanup = self.0.get(CLEANUP.name);
        cleanup.is_some_and(|cleanup| cleanup.get(ERROR.name).is_none())
    }

    /// When the record was there last: when it was removed, or where it was not, when it was presented.
    pub fn last_there(&self) -> Option<&str> {
        let last = self.0.get(CLEANUP.name).or(self.0.get(PRESENT.name))?;
        last.get("at")?.as_str()
    }

    /// Whether the CA found it valid.
    pub fn is_valid(&self) -> bool {
        self.0.get(STATUS.name).and_then(Value::as_str) == Some("valid")
    }

    /// Whether there is something to do about it: it is not valid already, nothing has failed on it, and it does not
    /// wait for a further round.
    pub fn is_open(&self) -> bool {
        self.is_unfinished() && !self.has(&DEFERRED)
    }

    /// Why it was left for a further round, if it was.
    pub fn deferred(&self) -> Option<String> {
        Some(self.0.get(DEFERRED.name)?.as_str()?.to_owned())
    }

    /// Whether it waits for a further round of the pipeline, since its name or zone holds one value at a time.
    pub fn is_deferred(&self) -> bool {
        self.is_unfinished() && self.has(&DEFERRED)
    }

    fn is_unfinished(&self) -> bool {
        !self.has_error() && !self.is_valid()
    }

    /// Whether something has failed on it.
    pub fn has_error(&self) -> bool {
        has_error(&self.0)
    }

    /// Why it failed, if it did.
    pub fn problem(&self) -> Option<Problem> {
        Problem::of(&self.0)
    }

    /// Whether all name servers have served its value.
    pub fn is_propagated(&self) -> bool {
        !self.0.get(PROPAGATED.name).is_none_or(Value::is_null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::CleanedUp;
    use serde_json::json;
    use std::time::Duration;

    fn challenge(value: Value) -> Challenge {
        match value {
            Value::Object(object) => object.into(),
            _ => unreachable!("tests pass objects"),
        }
    }

    #[test]
    fn a_valid_failed_or_deferred_challenge_is_not_open() {
        for (members, open, deferred) in [
            (json!({"status": "valid"}), false, false),
            (json!({"error": {}}), false, false),
            (json!({"error": null}), true, false),
            (json!({"status": "pending"}), true, false),
            (json!({"deferred": ""}), false, true),
            (json!({"deferred": "", "status": "valid"}), false, false),
            (json!({"deferred": "", "error": {}}), false, false),
        ] {
            let challenge = challenge(members.clone());
            assert_eq!(challenge.is_open(), open, "{members}");
            assert_eq!(challenge.is_deferred(), deferred, "{members}");
        }
    }

    #[test]
    fn what_present_and_cleanup_note_is_read_as_it_was_written() {
        let presented = Presented {
            program: Some("/x".to_owned()),
            at: Some("2024-01-01T00:00:00Z".to_owned()),
            began: Some("2024-01-01T00:00:00.123Z".to_owned()),
            seconds: Some(Duration::from_millis(1500)),
            output: Some("7".to_owned()),
            said: Some("\"7\"".to_owned()),
            journal: Some("j".to_owned()),
            overlaps: false,
            batch: true,
            jobs: Some(8),
        };
        let written = Value::from(presented.clone());
        assert_eq!(
            written.to_string(),
            r#"{"program":"/x","at":"2024-01-01T00:00:00Z","began":"2024-01-01T00:00:00.123Z","seconds":1.5,"output":"7","said":"\"7\"","journal":"j","batch":true,"jobs":8}"#
        );
        let read = |present: Value| challenge(json!({"present": present})).presented();
        assert_eq!(read(written), Some(presented));
        assert_eq!(Value::from(Presented::default()), json!({}));
        for unreadable in [json!({"at": 7, "seconds": -1}), json!([]), Value::Null] {
            assert_eq!(read(unreadable), Some(Presented::default()));
        }
        for problem in [None, Some(Problem::document("d"))] {
            let is_gone = problem.is_none();
            let written = Value::from(CleanedUp {
                at: "2024-01-01T00:00:00Z".to_owned(),
                seconds: Duration::from_secs(2),
                problem,
            });
            assert_eq!(written["seconds"], 2);
            let challenge = challenge(json!({"cleanup": written}));
            assert_eq!(challenge.is_cleaned_up(), is_gone);
            assert_eq!(challenge.last_there(), Some("2024-01-01T00:00:00Z"));
        }
    }

    #[test]
    fn a_record_is_gone_once_it_was_cleaned_up_without_an_error() {
        for (members, is_cleaned_up) in [
            (json!({}), false),
            (json!({"cleanup": {}}), true),
            (json!({"cleanup": {"error": {}}}), false),
        ] {
            assert_eq!(challenge(members).is_cleaned_up(), is_cleaned_up);
        }
        let last = |members| challenge(members).last_there().map(str::to_owned);
        assert_eq!(last(json!({"present": {"at": "1"}})).as_deref(), Some("1"));
        assert_eq!(
            last(json!({"present": {"at": "1"}, "cleanup": {"at": "2"}})).as_deref(),
            Some("2")
        );
    }
}
