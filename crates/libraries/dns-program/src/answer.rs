//! What a program answers to `timeout`, as JSON: how long propagation takes, and how it is best called.

use command::{Args, Opt, Usage};
use pipeline::{Object, Propagation};
use std::num::NonZeroUsize;
use std::time::Duration;

/// The answer to `timeout`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answer {
    /// How long records may take to show; lego's `…_PROPAGATION_TIMEOUT`.
    pub timeout: Duration,
    /// How often to look for them; lego's `…_POLLING_INTERVAL`.
    pub interval: Duration,
    /// Whether one call for all records of a zone is better than many.
    pub batch: bool,
    /// How many calls may overlap, whatever their zones, where that is more or less than one for each zone.
    pub jobs: Option<NonZeroUsize>,
    /// Whether the service keeps one value at a name.
    pub one_per_name: bool,
}

impl Answer {
    /// The two durations that options say, as lego reads their variables.
    ///
    /// # Errors
    /// An option is no number of seconds.
    pub fn read(args: &Args, timeout: &Opt, interval: &Opt) -> Result<Answer, Usage> {
        Ok(Answer {
            timeout: args.seconds_as_lego(timeout)?.unwrap_or_default(),
            interval: args.seconds_as_lego(interval)?.unwrap_or_default(),
            ..Answer::default()
        })
    }

    /// As an object.
    pub fn to_object(&self) -> Object {
        let mut object = Object::from(Propagation {
            timeout: Some(self.timeout),
            interval: Some(self.interval),
        });
        for (name, is_so) in [("batch", self.batch), ("one_per_name", self.one_per_name)] {
            if is_so {
                object.insert(name.to_owned(), true.into());
            }
        }
        if let Some(jobs) = self.jobs {
            object.insert("jobs".to_owned(), jobs.get().into());
        }
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_has_two_durations_and_what_is_out_of_the_ordinary() {
        let mut answer = Answer {
            timeout: Duration::from_secs(60),
            interval: Duration::from_millis(500),
            ..Answer::default()
        };
        assert_eq!(
            json!(answer.to_object()),
            json!({"timeout": 60, "interval": 0.5})
        );
        answer.batch = true;
        answer.one_per_name = true;
        answer.jobs = NonZeroUsize::new(8);
        let expected =
            json!({"timeout": 60, "interval": 0.5, "batch": true, "one_per_name": true, "jobs": 8});
        assert_eq!(json!(answer.to_object()), expected);
    }
}
