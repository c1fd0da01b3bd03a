//! Names whose validation has failed lately: who tells the CA that challenges are ready notes them, and no order with one of
//! them is placed before some time has passed. So whoever starts a pipeline again and again meets no limit of the CA's, and
//! its account is not paused.

use acme::{ChallengeOutcome, Error, Limit, Status};
use backoff::Held;
use command::{Args, Usage, message, state_directory};
use pipeline::{Problem, UNPAUSE_URL, types};
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// What failed lately for the accounts of a run.
#[derive(Debug)]
pub struct Failures {
    directory: PathBuf,
    of_accounts: Mutex<HashMap<String, Arc<backoff::Failures>>>,
    /// Whether it was said that this cannot be kept.
    is_said: AtomicBool,
}

impl Failures {
    /// Those that are kept below the directory of `--path`.
    ///
    /// # Errors
    /// There is no directory to keep files in.
    pub fn from_args(args: &Args) -> Result<Failures, Usage> {
        Ok(Failures {
            directory: state_directory(args)?,
            of_accounts: Mutex::default(),
            is_said: AtomicBool::new(false),
        })
    }

    /// Whether an order with these names may be placed with the account at this URL. With `only_pauses`, it may wherever the
    /// CA has not paused the account.
    ///
    /// # Errors
    /// `acmepipe:names:waiting` or `acmepipe:ca:paused`: why not, and until when.
    pub fn check(&self, account: &str, names: &[&str], only_pauses: bool) -> Result<(), Problem> {
        let now = SystemTime::now();
        match self.of(account).held(names, only_pauses, now) {
            Ok(None) => Ok(()),
            Ok(Some(held)) => Err(problem(&held, now)),
            Err(error) => {
                self.say("read", account, &error);
                Ok(())
            }
        }
    }

    /// Notes what the CA said to an order with these names: that it takes it, or that the account is paused.
    pub fn ordered<T>(&self, account: &str, names: &[&str], answer: &acme::Result<T>) {
        let of_account = self.of(account);
        let kept = match answer {
            Ok(_) => of_account.end_pause(names),
            Err(error) => match error.limit() {
                Some(Limit::Paused(url)) => {
                    let said = error.to_string();
                    let names = paused(names, &said);
                    let kind = types::CA_PAUSED.name;
                    of_account.pause(&names, kind, &said, url.as_deref(), SystemTime::now())
                }
                _ => Ok(()),
            },
        };
        self.tell(account, kept);
    }

    /// Notes what the CA found for these names.
    pub(crate) fn validated(
        &self,
        account: &str,
        names: &[Option<String>],
        outcomes: &[ChallengeOutcome],
    ) {
        let (mut failed, mut valid) = (Vec::new(), Vec::new());
        for (name, outcome) in names.iter().zip(outcomes) {
            let Some(name) = name.as_deref() else {
                continue;
            };
            match &outcome.error {
                None if outcome.status == Some(Status::Valid) => valid.push(name),
                Some(error) if is_of_validation(error) => {
                    failed.push((name, crate::problem(error.clone())));
                }
                _ => {}
            }
        }
        let of_account = self.of(account);
        let failed: Vec<_> = failed
            .iter()
            .map(|(name, problem)| (*name, problem.kind.as_str(), problem.detail.as_str()))
            .collect();
        self.tell(account, of_account.succeed(&valid));
        if !failed.is_empty() {
            self.tell(account, of_account.fail(&failed, SystemTime::now()));
        }
    }

    /// Notes that there is a certificate for these names.
    pub fn issued(&self, account: &str, names: &[&str]) {
        self.tell(account, self.of(account).succeed(names));
    }

    fn of(&self, account: &str) -> Arc<backoff::Failures> {
        let mut all = self
            .of_accounts
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let of_account = all.entry(account.to_owned());
        of_account
            .or_insert_with(|| Arc::new(backoff::Failures::of(&self.directory, account)))
            .clone()
    }

    fn tell(&self, account: &str, kept: io::Result<()>) {
        if let Err(error) = kept {
            self.say("keep", account, &error);
        }
    }

    /// Says once that what failed is not kept: orders go on all the same.
    fn say(&self, doing: &str, account: &str, error: &io::Error) {
        if !self.is_said.swap(true, Ordering::Relaxed) {
            let path = self.of(account).path().display().to_string();
            message::warning(&format!(
                "cannot {doing} which names failed lately, so that orders with them do not wait: {path}: {error}"
            ));
        }
    }
}

/// Whether the CA has looked, and not found what it looked for.
fn is_of_validation(error: &Error) -> bool {
    match error {
        Error::Challenge(problem) => problem.limit().is_none(),
        Error::Authorization { status, .. } => *status == Status::Invalid,
        Error::Order { status, .. } => *status == Status::Invalid && error.limit().is_none(),
        _ => false,
    }
}

/// Those of these names that the CA names in its sentence, or all where it names none.
fn paused<'a>(names: &[&'a str], said: &str) -> Vec<&'a str> {
    let words: Vec<&str> = said.split([' ', ',', '"', ':']).collect();
    let is_named = |name: &&&str| {
        let base = name.strip_prefix("*.").unwrap_or(name);
        words.contains(*name) || words.contains(&base)
    };
    let named: Vec<&str> = names.iter().filter(is_named).copied().collect();
    match named.is_empty() {
        true => names.to_vec(),
        false => named,
    }
}

fn problem(held: &Held, now: SystemTime) -> Problem {
    let Held {
        name,
        failed,
        until,
    } = held;
    let time = |time: SystemTime| humantime::format_rfc3339_seconds(time);
    let last = time(failed.last);
    let Some(until) = until else {
        let detail = format!(
            "not ordered, since the CA has paused the account for {name}, as it said at {last}: {}",
            failed.detail
        );
        let url = failed.unpause_url.clone();
        let hint = crate::limits::hint(&Limit::Paused(url.clone()), None, now);
        let problem = Problem::new(&types::CA_PAUSED, detail).hint(hint);
        return match url {
            Some(url) => problem.with(UNPAUSE_URL, url),
            None => problem,
        };
    };
    let times = match failed.count {
        1 => "has failed".to_owned(),
        count => format!("has failed {count} times in a row, the last time"),
    };
    let wait = until.duration_since(now).unwrap_or_default();
    let wait = wait + Duration::from_millis(999);
    let detail = format!(
        "not ordered before {} ({}), since the validation of {name} {times} at {last}: {}: {}",
        time(*until),
        in_words(wait),
        failed.kind,
        failed.detail
    );
    Problem::new(&types::NAMES_WAITING, detail)
        .hint("Once what was wrong is mended, --force orders at once.")
        .with("retry_after", wait.as_secs())
}

/// How long it is until then, rounded up.
fn in_words(wait: Duration) -> String {
    let seconds = wait.as_secs();
    let (count, unit) = match seconds {
        0..=99 => (seconds, "second"),
        100..=5999 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3600), "hour"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("in {count} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use backoff::Failed;

    #[test]
    fn the_time_until_then_is_rounded_up() {
        for (seconds, expected) in [
            (1, "in 1 second"),
            (60, "in 60 seconds"),
            (100, "in 2 minutes"),
            (600, "in 10 minutes"),
            (601, "in 11 minutes"),
            (5999, "in 100 minutes"),
            (6001, "in 2 hours"),
            (86_400, "in 24 hours"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn a_pause_is_for_the_names_that_the_ca_names_or_for_all() {
        let said = "new order (POST https://ca.test/): Your account is temporarily prevented from requesting \
                    certificates for a.test, c.test and possibly others. Please visit: https://ca.test/unpause?jwt=b.test";
        assert_eq!(
            paused(&["a.test", "b.test", "*.c.test", "*.a.test"], said),
            ["a.test", "*.c.test", "*.a.test"]
        );
        assert_eq!(paused(&["b.test", "x.test"], said), ["b.test", "x.test"]);
    }

    #[test]
    fn what_waits_says_until_when_and_what_failed_and_what_is_paused_says_where_that_ends() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let held = |count, until: Option<u64>| Held {
            name: "a.test".into(),
            failed: Failed {
                count,
                last: at(10),
                kind: "urn:ietf:params:acme:error:dns".into(),
                detail: "NXDOMAIN".into(),
                is_paused: until.is_none(),
                unpause_url: until.is_none().then(|| "https://ca.test/unpause".into()),
            },
            until: until.map(at),
        };
        let told = |count| problem(&held(count, Some(70)), at(30));
        assert_eq!(
            told(1).detail,
            "not ordered before 1970-01-01T00:01:10Z (in 40 seconds), since the validation of a.test has failed at \
             1970-01-01T00:00:10Z: urn:ietf:params:acme:error:dns: NXDOMAIN"
        );
        assert!(
            told(3)
                .detail
                .contains("has failed 3 times in a row, the last time at 1970")
        );
        assert_eq!(told(1).more.get("retry_after"), Some(&40.into()));
        assert!(told(1).hint.is_some_and(|hint| hint.contains("--force")));
        let paused = problem(&held(0, None), at(30));
        assert!(paused.is(&types::CA_PAUSED) && !paused.more.contains_key("retry_after"));
        assert_eq!(
            paused.more.get(UNPAUSE_URL),
            Some(&"https://ca.test/unpause".into())
        );
    }

    #[test]
    fn only_what_the_ca_found_counts() {
        let order = |status| Error::Order {
            url: "https://ca.test/1".into(),
            status,
            problem: None,
        };
        let challenge = |kind: &str, status: u16| {
            let text =
                format!(r#"{{"type": "urn:ietf:params:acme:error:{kind}", "status": {status}}}"#);
            Error::Challenge(Box::new(acme::Problem::from_json(&text)))
        };
        let authorization = |status| Error::Authorization { url: None, status };
        for (error, expected) in [
            (challenge("dns", 400), true),
            (challenge("rateLimited", 429), false),
            (authorization(Status::Invalid), true),
            (authorization(Status::Expired), false),
            (order(Status::Invalid), true),
            (order(Status::Pending), false),
            (Error::Interrupted, false),
        ] {
            assert_eq!(is_of_validation(&error), expected, "{error:?}");
        }
    }
}
