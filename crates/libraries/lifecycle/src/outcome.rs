//! How the last run for a certificate went.

use crate::state::State;
use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// How the last runs for a certificate went, as the last program of the pipeline saw it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// When a certificate last came through the pipeline.
    #[serde(
        default,
        with = "crate::time::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub succeeded: Option<SystemTime>,
    /// What failed last, unless a certificate came after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// A failure, in the words of the document's error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// When.
    #[serde(with = "crate::time::rfc3339")]
    pub at: SystemTime,
    /// The type of the problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, in words.
    pub detail: String,
    /// What can be done about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// How often in a row.
    #[serde(default)]
    pub times: u32,
}

impl Outcome {
    /// Notes that a certificate came.
    pub fn succeed(&mut self, now: SystemTime) {
        *self = Outcome {
            succeeded: Some(now),
            failure: None,
        };
    }

    /// Notes a failure; how often in a row is counted here.
    pub fn fail(&mut self, failure: Failure) {
        let before = self.failure.as_ref().map_or(0, |before| before.times);
        self.failure = Some(Failure {
            times: before.saturating_add(1),
            ..failure
        });
    }
}

impl State for Outcome {
    const FILE: &'static str = "outcome.json";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn failure(kind: &str) -> Failure {
        Failure {
            at: SystemTime::UNIX_EPOCH,
            kind: kind.to_owned(),
            detail: "no".to_owned(),
            hint: None,
            times: 0,
        }
    }

    #[test]
    fn failures_count_in_a_row_and_a_certificate_ends_the_row() {
        let mut outcome = Outcome::default();
        for (kind, times) in [("a", 1), ("b", 2), ("b", 3)] {
            outcome.fail(failure(kind));
            let failure = outcome.failure.as_ref().expect("it failed");
            assert_eq!((failure.kind.as_str(), failure.times), (kind, times));
        }
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        outcome.succeed(now);
        assert_eq!((outcome.succeeded, &outcome.failure), (Some(now), &None));
        outcome.fail(failure("a"));
        assert_eq!(outcome.succeeded, Some(now));
        assert_eq!(outcome.failure.map(|failure| failure.times), Some(1));
    }
}
