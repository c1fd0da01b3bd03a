//! Whether a record is gone for which the user's program fails: many fail where there is nothing left to remove. The name
//! servers know, and `dns-wait-txt --gone` asks them.

use exec_cli::mark;
use pipeline::catalogue::challenge::{GONE, PROPAGATED};
use pipeline::{Challenge, Item, Key, Presented, Reader, Value, programs, value};
use std::collections::{HashMap, HashSet};
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
/// How long a call may have taken of which that is not known.
const LONGEST_CALL: Duration = Duration::from_secs(600);

/// The records among these that no name server has any more. None of them where the name servers cannot be asked.
pub(crate) fn gone(challenges: impl Iterator<Item = Challenge>) -> HashSet<Key> {
    static IS_SLOW: AtomicBool = AtomicBool::new(false);
    let challenges: Vec<Challenge> = challenges.collect();
    let asked: Vec<Challenge> = challenges.iter().map(Challenge::record).collect();
    let Some(program) = program().filter(|_| !asked.is_empty()) else {
        return HashSet::new();
    };
    if IS_SLOW.load(Ordering::Relaxed) {
        return HashSet::new();
    }
    let began = Instant::now();
    let mut gone = ask(program, &asked).unwrap_or_default();
    gone.retain(|key, gone| {
        let before = challenges.iter().find(|challenge| challenge.key() == *key);
        before.is_some_and(|before| all_can_tell(gone, before))
    });
    let gone = gone.into_keys().collect();
    if began.elapsed() > TOO_LONG {
        IS_SLOW.store(true, Ordering::Relaxed);
    }
    gone
}

/// Whether name servers have shown the record, or have had time enough to, which is less where they show what was presented
/// later. Else there may be one that they will only show in a while.
pub(crate) fn has_been_visible(challenge: &Challenge) -> bool {
    let problem = challenge.problem().unwrap_or_default();
    let shows_later = problem.more.get("later") == Some(&Value::Bool(true));
    let servers = problem.more.get("servers").and_then(Value::as_array);
    let is_shown = servers.is_some_and(|servers| servers.iter().any(has_shown_it));
    let enough = if shows_later { LATE } else { LONG_AGO };
    let is_old = |presented: Presented| {
        let took = presented.seconds.unwrap_or(LONGEST_CALL);
        let age = presented.at.as_deref().and_then(value::age);
        age.is_some_and(|age| age >= took + enough)
    };
    is_shown || challenge.is_propagated() || challenge.presented().is_some_and(is_old)
}

/// Whether each server has said now that it has not the value, or was of no use already when the value was waited for. One that is
/// down now may have it still.
fn all_can_tell(gone: &Value, before: &Challenge) -> bool {
    let problem = before.problem().unwrap_or_default();
    let propagated = before.members().get(PROPAGATED.name);
    let servers = propagated.and_then(|propagated| propagated.get("servers"));
    let before = servers.or_else(|| problem.more.get("servers"));
    let before = before
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let was_of_no_use = |server: &Value| {
        before.iter().any(|one| {
            let is_same = one["address"] == server["address"];
            is_same && !has_shown_it(one) && one["state"] != "waiting"
        })
    };
    let now = gone.get("servers").and_then(Value::as_array);
    now.is_some_and(|servers| {
        servers
            .iter()
            .all(|server| server["state"] == "waiting" || was_of_no_use(server))
    })
}

/// Whether this server, as `dns-wait-txt` describes it, has had the value.
fn has_shown_it(server: &Value) -> bool {
    server["shown"] == true || server["state"] == "serving"
}

fn program() -> Option<PathBuf> {
    let name = programs::DNS_WAIT_TXT.name;
    command::beside(name).or_else(|| subprocess::find(Path::new(name)).ok())
}

/// Asks the name servers of all of them, each once.
fn ask(program: PathBuf, challenges: &[Challenge]) -> Option<HashMap<Key, Value>> {
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
    let mut gone = HashMap::new();
    while let Some(item) = reader.next_item() {
        if let Item::Document(document, _) = item {
            let found = document.challenges().filter(is_gone);
            gone.extend(found.filter_map(|one| {
                let seen = one.members().get(GONE.name)?.clone();
                Some((one.key(), seen))
            }));
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
    fn a_server_that_is_down_now_may_have_what_it_had() {
        let server = |address: &str, state: &str| json!({"address": address, "state": state});
        let (waiting, down) = (
            server("192.0.2.1", "waiting"),
            server("192.0.2.2", "unreachable"),
        );
        let lame = server("192.0.2.2", "lame");
        let served = server("192.0.2.2", "serving");
        let shown = json!({"address": "192.0.2.2", "state": "waiting", "shown": true});
        for (now, before, expected) in [
            (json!([waiting]), json!({}), true),
            (json!([waiting, down]), json!({}), false),
            (
                json!([waiting, down]),
                json!({"propagated": {"servers": [served]}}),
                false,
            ),
            (
                json!([waiting, lame]),
                json!({"propagated": {"servers": [served]}}),
                false,
            ),
            (
                json!([waiting, down]),
                json!({"propagated": {"servers": [waiting, lame]}}),
                true,
            ),
            (
                json!([waiting, down]),
                json!({"propagated": {"servers": [waiting]}}),
                false,
            ),
            (
                json!([waiting, down]),
                json!({"error": {"servers": [lame]}}),
                true,
            ),
            (
                json!([waiting, down]),
                json!({"error": {"servers": [shown]}}),
                false,
            ),
            (json!(7), json!({}), false),
        ] {
            let Value::Object(members) = before.clone() else {
                panic!("no object");
            };
            let gone = json!({"servers": now});
            let found = all_can_tell(&gone, &Challenge::from(members));
            assert_eq!(found, expected, "{now} {before}");
        }
    }

    #[test]
    fn name_servers_are_believed_where_they_have_shown_the_record_or_had_the_time() {
        let ago = |seconds: u64| {
            let at = SystemTime::now() - Duration::from_secs(seconds);
            value::to_the_second(at)
        };
        let failed = |seconds: u64, error: Value| json!({"present": {"at": ago(seconds), "seconds": 5}, "error": error});
        let presented = |present: Value| json!({"present": present});
        for (challenge, expected) in [
            (json!({}), false),
            (json!({"propagated": {}}), true),
            (json!({"propagated": null}), false),
            // It is there in another form, and stays.
            (
                failed(60, json!({"type": "acmepipe:dns:wrong-value"})),
                false,
            ),
            // What was presented later is there. Before long, this one may still come.
            (failed(60, json!({"later": true})), true),
            (failed(10, json!({"later": true})), false),
            (failed(60, json!({"later": "true"})), false),
            (failed(0, json!({"servers": [{"state": "waiting"}]})), false),
            (
                failed(
                    0,
                    json!({"servers": [{"state": "waiting"}, {"state": "waiting", "shown": true}]}),
                ),
                true,
            ),
            (failed(0, json!({"servers": [{"state": "serving"}]})), true),
            (failed(0, json!({"servers": 7})), false),
            (presented(json!({"at": ago(3606), "seconds": 5})), true),
            (presented(json!({"at": ago(3600), "seconds": 5})), false),
            // Nobody knows how long the call took.
            (presented(json!({"at": ago(3606)})), false),
            (presented(json!({"at": "2026-01-01T00:00:00Z"})), true),
            (presented(json!({"at": "yesterday"})), false),
        ] {
            let read = Challenge::from(challenge.as_object().unwrap().clone());
            assert_eq!(has_been_visible(&read), expected, "{challenge}");
        }
    }
}
