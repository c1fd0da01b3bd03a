//! `--batch`: one call for all challenges of a zone, for DNS interfaces that write whole zones at once.

use crate::call::{Action, Protocol, environment};
use crate::program::{self, Call, Ended};
use crate::schedule::{Schedule, Task, by_zone, interrupted, side_by_side};
use pipeline::{Failure, Object, Stop, message, value};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How much of the program's answer is read, in bytes.
const LONGEST_ANSWER: usize = 1 << 20;

type Results = Vec<(usize, Result<Ended, Failure>)>;

/// Calls the program once per zone, and returns what became of each challenge. Those of which the program was not
/// told, since the run is to stop, are not among the results.
pub(crate) fn all(
    action: Action,
    tasks: Vec<Task>,
    challenge: &(dyn Fn(usize) -> Object + Sync),
    protocol: &Protocol,
    schedule: &Schedule,
    stop: &Stop,
) -> Results {
    let zones = by_zone(tasks);
    let results = Mutex::new(Results::new());
    side_by_side(schedule.most_at_once(zones.len()), zones.len(), |index| {
        let done = one_zone(action, &zones[index], challenge, protocol, schedule, stop);
        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
        results.extend(done);
    });
    results.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn one_zone(
    action: Action,
    zone: &[Task],
    challenge: &(dyn Fn(usize) -> Object + Sync),
    protocol: &Protocol,
    schedule: &Schedule,
    stop: &Stop,
) -> Results {
    let everywhere = |failure: Failure| -> Results {
        let failed = |task: &Task| (task.index, Err(failure.clone()));
        zone.iter().map(failed).collect()
    };
    let _permit = match schedule.wait(zone[0].zone(), stop) {
        Ok(permit) => permit,
        Err(failure) => return everywhere(failure),
    };
    if let Some(reason) = stop.reason() {
        return everywhere(interrupted(reason));
    }
    let mut stdin = Vec::new();
    for task in zone {
        // Writing to a vector cannot fail, and an object has only text for keys.
        let _ = serde_json::to_writer(&mut stdin, &challenge(task.index));
        stdin.push(b'\n');
    }
    let mut environment = environment(action, &zone[0].challenge);
    environment.retain(|(name, _)| matches!(*name, "DNS01_ZONE" | "DNS01_NAMESERVERS"));
    let call = Call {
        arguments: vec![format!("{}-batch", action.name()).into()],
        environment,
        stdin: Some(stdin),
        keep: LONGEST_ANSWER,
        silent: true,
        limit: protocol.limit,
    };
    match program::run(&protocol.program, &call) {
        Ok(ended) => {
            let failed = failures(&ended.output, protocol);
            zone.iter()
                .map(|task| (task.index, verdict(task, &failed, ended.elapsed)))
                .collect()
        }
        Err(failure) => everywhere(failure),
    }
}

/// A line of the program's answer: a challenge that failed, and why.
struct Line {
    fqdn: String,
    value: String,
    error: String,
}

fn failures(output: &[u8], protocol: &Protocol) -> Vec<Line> {
    let mark = protocol
        .program
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let mut lines = Vec::new();
    for line in String::from_utf8_lossy(output).lines() {
        let failed = serde_json::from_str::<Object>(line).ok().and_then(|line| {
            Some(Line {
                fqdn: value::required(&line, "fqdn").ok()?,
                value: value::required(&line, "value").ok()?,
                error: value::required(&line, "error").ok()?,
            })
        });
        match failed {
            Some(failed) => lines.push(failed),
            None => message::relay(&mark, line),
        }
    }
    lines
}

fn verdict(task: &Task, failed: &[Line], elapsed: Duration) -> Result<Ended, Failure> {
    let challenge = &task.challenge;
    let (effective, value) = challenge.key();
    let line = failed.iter().find(|line| {
        line.value == value && (line.fqdn == challenge.fqdn || line.fqdn == effective)
    });
    match line {
        Some(line) => Err(Failure::new(
            "acmepipe:exec:batch",
            message::shorten(&line.error, 1000),
        )),
        None => Ok(Ended {
            output: Vec::new(),
            elapsed,
        }),
    }
}
