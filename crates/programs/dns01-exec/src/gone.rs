//! Whether a record is gone for which the user's program fails: many fail where there is nothing left to remove. The name
//! servers know, and `dns-wait-txt --gone` asks them.

use crate::protocol::mark;
use pipeline::catalogue::challenge::GONE;
use pipeline::{Challenge, Item, Key, Reader, Value, programs, types, value};
use std::collections::HashSet;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use subprocess::{Command, Limits, Questions, Stdout};

/// How long the name servers may take to answer.
const TIME_TO_ANSWER: Duration = Duration::from_secs(15);
/// How much of the answer is read, in bytes.
const LONGEST_ANSWER: usize = 16 << 20;
/// Where they have taken this long, they are not asked again in this run.
const TOO_LONG: Duration = Duration::from_secs(5);
/// After this long, name servers show what was written, whatever service stands behind them.
const LONG_AGO: Duration = Duration::from_secs(3600);
/// After this long, name servers that show what was written later do not come back to what was written before.
const LATE: Duration = Duration::from_secs(10);

/// The records among these that no name server has any more. None of them where the name servers cannot be asked.
pub(crate) fn gone(challenges: impl Iterator<Item = Challenge>) -> HashSet<Key> {
    static IS_SLOW: AtomicBool = AtomicBool::new(false);
    let asked: Vec<Challenge> = challenges.map(|challenge| challenge.record()).collect();
    let Some(program) = program().filter(|_| !asked.is_empty()) else {
        return HashSet::new();
    };
    if IS_SLOW.load(Ordering::Relaxed) {
        return HashSet::new();
    }
    let began = Instant::now();
    let gone = ask(program, &asked).unwrap_or_default();
    if began.elapsed() > TOO_LONG {
        IS_SLOW.store(true, Ordering::Relaxed);
    }
    gone
}

/// Whether name servers have shown the record, or have had time enough to, which is less where they show what came in its
/// place. Else there may be one that they will only show in a while.
pub(crate) fn has_been_visible(challenge: &Challenge) -> bool {
    let replaced = [&types::DNS_OVERWRITTEN, &types::DNS_REMOVED];
    let problem = challenge.problem().unwrap_or_default();
    let is_replaced = replaced.iter().any(|kind| problem.is(kind));
    let servers = problem.more.get("servers").and_then(Value::as_array);
    let is_shown = servers.is_some_and(|servers| servers.iter().any(has_shown_it));
    let presented = challenge.presented().and_then(|presented| presented.at);
    let age = presented.as_deref().and_then(value::age);
    let enough = if is_replaced { LATE } else { LONG_AGO };
    is_shown || challenge.is_propagated() || age.is_some_and(|age| age >= enough)
}

/// Whether this server, as `dns-wait-txt` describes it, has had the value.
fn has_shown_it(server: &Value) -> bool {
    server["lost"] == true || server["state"] == "serving"
}

fn program() -> Option<PathBuf> {
    let name = programs::DNS_WAIT_TXT.name;
    command::beside(name).or_else(|| subprocess::find(Path::new(name)).ok())
}

/// Asks the name servers of all of them, each once.
fn ask(program: PathBuf, challenges: &[Challenge]) -> Option<HashSet<Key>> {
    let mut stdin = Vec::new();
    for challenge in challenges {
        serde_json::to_writer(&mut stdin, challenge.members()).ok()?;
        stdin.push(b'\n');
    }
    let command = Command {
        program,
        arguments: ["--gone", "--timeout=0", "--quiet"].map(Into::into).into(),
        removed_variables: Vec::new(),
        variables: Vec::new(),
        stdin: Some(stdin),
        stdout: Stdout::Data,
        mark: mark::next_call(),
        questions: Questions::Refused,
    };
    let limits = Limits {
        time: TIME_TO_ANSWER,
        kept_stdout: LONGEST_ANSWER,
    };
    // What it says of those that are not gone is of no interest, nor is its status, which is 1 where one of them is not.
    let answer = match subprocess::run(&command, &limits, &mut |_| ()) {
        Ok(success) => success.stdout,
        Err(error) => error.stdout,
    };
    let mut reader = Reader::new(Cursor::new(answer));
    let mut gone = HashSet::new();
    while let Some(item) = reader.next_item() {
        if let Item::Document(document, _) = item {
            gone.extend(document.challenges().filter(is_gone).map(|one| one.key()));
        }
    }
    Some(gone)
}

fn is_gone(challenge: &Challenge) -> bool {
    challenge.has(&GONE) && !challenge.has_error()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::SystemTime;

    #[test]
    fn name_servers_are_believed_where_they_have_shown_the_record_or_had_the_time() {
        let problem = |kind: &str| json!({"error": {"type": kind}});
        let at = |time: String| json!({"present": {"at": time}});
        let replaced = |kind: &str, seconds: u64, servers: Value| {
            let at = SystemTime::now() - Duration::from_secs(seconds);
            json!({
                "present": {"at": value::to_the_second(at)},
                "error": {"type": kind, "servers": servers},
            })
        };
        for (challenge, expected) in [
            (json!({}), false),
            (json!({"propagated": {}}), true),
            (json!({"propagated": null}), false),
            (replaced("acmepipe:dns:overwritten", 60, json!([])), true),
            (replaced("acmepipe:dns:removed", 60, json!([])), true),
            // The one that was written before may still come.
            (replaced("acmepipe:dns:overwritten", 0, json!([])), false),
            (
                replaced("acmepipe:dns:removed", 0, json!([{"state": "waiting"}])),
                false,
            ),
            (
                replaced(
                    "acmepipe:dns:removed",
                    0,
                    json!([{"state": "waiting"}, {"state": "waiting", "lost": true}]),
                ),
                true,
            ),
            (
                replaced(
                    "acmepipe:dns:not-propagated",
                    0,
                    json!([{"state": "serving"}]),
                ),
                true,
            ),
            (replaced("acmepipe:dns:not-propagated", 60, json!(7)), false),
            // It is there in another form, and stays.
            (problem("acmepipe:dns:wrong-value"), false),
            (problem("acmepipe:dns:not-propagated"), false),
            (problem("acmepipe:exec:status"), false),
            (at("2026-01-01T00:00:00Z".to_owned()), true),
            (at(value::now()), false),
            (at("yesterday".to_owned()), false),
        ] {
            let read = Challenge::from(challenge.as_object().unwrap().clone());
            assert_eq!(has_been_visible(&read), expected, "{challenge}");
        }
    }
}
