//! Members of a challenge that are objects themselves, and how they are written.

use super::catalogue::challenge::ERROR;
use super::{DomainName, Object, Problem, value};
use serde_json::Value;
use std::time::Duration;

/// A name server of the zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameServer {
    /// Its name.
    pub name: DomainName,
    /// Its addresses, each with a port where that is not 53.
    pub addresses: Vec<String>,
}

/// What `present` notes when it has run the user's program: the member `present`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presented {
    /// The program's path.
    pub program: Option<String>,
    /// When it was run.
    pub at: Option<String>,
    /// The same to the millisecond.
    pub began: Option<String>,
    /// How long it took, where it did not fail.
    pub seconds: Option<Duration>,
    /// What the program printed on its standard output.
    pub output: Option<String>,
    /// The last lines of all that it printed, in quotes, where it did not fail.
    pub said: Option<String>,
    /// The name under which the journal knows the record.
    pub journal: Option<String>,
    /// Whether other calls for the same zone may have been under way.
    pub overlaps: bool,
    /// Whether one call was for all challenges of the zone, since the program said that it takes them so.
    pub batch: bool,
    /// How many calls of it may overlap, where the program said so.
    pub jobs: Option<usize>,
}

/// What `cleanup` notes when it has run the user's program: the member `cleanup`.
#[derive(Debug, Clone, PartialEq)]
pub struct CleanedUp {
    /// When it was run.
    pub at: String,
    /// How long it took, with all tries.
    pub seconds: Duration,
    /// Why the record may still be there, where it may.
    pub problem: Option<Problem>,
}

/// How long to wait for the record to propagate, where the challenge says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Propagation {
    /// How long in all.
    pub timeout: Option<Duration>,
    /// How often to look.
    pub interval: Option<Duration>,
}

impl From<Presented> for Value {
    fn from(presented: Presented) -> Value {
        let members = [
            ("program", presented.program.map(Value::from)),
            ("at", presented.at.map(Value::from)),
            ("began", presented.began.map(Value::from)),
            ("seconds", presented.seconds.map(value::seconds)),
            ("output", presented.output.map(Value::from)),
            ("said", presented.said.map(Value::from)),
            ("journal", presented.journal.map(Value::from)),
            ("overlaps", presented.overlaps.then_some(Value::Bool(true))),
            ("batch", presented.batch.then_some(Value::Bool(true))),
            ("jobs", presented.jobs.map(Value::from)),
        ];
        let known = members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(known.collect())
    }
}

impl From<CleanedUp> for Value {
    fn from(cleaned_up: CleanedUp) -> Value {
        let mut members = Object::new();
        members.insert("at".to_owned(), cleaned_up.at.into());
        members.insert("seconds".to_owned(), value::seconds(cleaned_up.seconds));
        if let Some(problem) = cleaned_up.problem {
            members.insert(ERROR.name.to_owned(), problem.to_value());
        }
        Value::Object(members)
    }
}

impl From<Propagation> for Object {
    fn from(propagation: Propagation) -> Object {
        let members = [
            ("timeout", propagation.timeout),
            ("interval", propagation.interval),
        ];
        let known = members
            .into_iter()
            .filter_map(|(name, duration)| Some((name.to_owned(), value::seconds(duration?))));
        known.collect()
    }
}
