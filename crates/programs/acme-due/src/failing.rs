//! What is said of a certificate that is due, and waits since earlier tries led to no new one.

use certificates::rfc3339;
use command::path_words;
use command::text::{sentence, shell_word};
use lifecycle::{Decision, Failure, Outcome, Reason, tries_in_words};
use pipeline::{Problem, types};
use std::path::Path;
use std::time::SystemTime;

/// So many tries are worth a word, whatever is known of them.
const MANY: u32 = 2;

/// What tries at once: the words for a person who runs acme-renew, with this file if it was given one, for what is kept in
/// this directory.
pub(crate) fn at_once(configuration: Option<&Path>, directory: &Path) -> String {
    let Some(file) = configuration else {
        // Its options are more than this program is told.
        return "acme-renew with the same options and --retry tries at once.".to_owned();
    };
    let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let (file, path) = (shell_word(&file.to_string_lossy()), path_words(directory));
    format!("`acme-renew --config {file}{path} --retry` tries at once.")
}

/// The problem of a certificate that waits; `None` where it does not, or where the only try may still be under way.
/// `at_once` is what tries at once.
pub(crate) fn problem(decision: &Decision, outcome: &Outcome, at_once: &str) -> Option<Problem> {
    let Reason::Waiting {
        until,
        tries,
        since,
        because,
    } = &decision.reason
    else {
        return None;
    };
    let last = decision.state.attempts.last;
    let failure = outcome.failure.as_ref();
    let failure = failure.filter(|failure| Some(failure.at) >= last);
    if failure.is_none() && *tries < MANY {
        return None;
    }
    let since = since.map(|since| format!(" since {}", rfc3339(since)));
    let detail = format!(
        "due{} ({because}); waits until {} after {}; {}",
        since.unwrap_or_default(),
        rfc3339(*until),
        tries_in_words(*tries),
        end_of_last(failure, outcome.succeeded, last)
    );
    let hint = failure.and_then(|failure| failure.hint.as_deref());
    let hint = hint.map(|hint| sentence(hint) + " ").unwrap_or_default();
    Some(Problem::new(&types::RENEWAL_WAITING, detail).hint(format!("{hint}{at_once}")))
}

/// How the last try ended, as far as that is known.
fn end_of_last(
    failure: Option<&Failure>,
    succeeded: Option<SystemTime>,
    last: Option<SystemTime>,
) -> String {
    match failure {
        Some(failure) => format!("the last failed: {}: {}", failure.kind, failure.detail),
        None if succeeded.is_some() && succeeded >= last => {
            "the last brought a certificate, which is due again".to_owned()
        }
        None => "nothing came back of the last".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lifecycle::{Attempts, RenewalState, Schedule};
    use std::time::Duration;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// Due since 0, tried so often and at 10 for the last time.
    fn waits(tries: u32) -> Decision {
        Decision {
            is_due: false,
            reason: Reason::Waiting {
                until: at(60),
                tries,
                since: Some(at(0)),
                because: Box::new(Reason::Due(Schedule::Third)),
            },
            at: Some(at(60)),
            window: None,
            explanation: None,
            is_exempt: false,
            replaces: false,
            state: RenewalState {
                attempts: Attempts {
                    count: tries,
                    last: Some(at(10)),
                    ..Attempts::default()
                },
                ..RenewalState::default()
            },
        }
    }

    fn failed(seconds: u64, hint: Option<&str>) -> Outcome {
        let mut outcome = Outcome::default();
        outcome.fail(Failure {
            at: at(seconds),
            kind: "acmepipe:ca:timeout".into(),
            detail: "no answer".into(),
            hint: hint.map(str::to_owned),
            times: 0,
        });
        outcome
    }

    fn succeeded(seconds: u64) -> Outcome {
        let mut outcome = Outcome::default();
        outcome.succeed(at(seconds));
        outcome
    }

    const AT_ONCE: &str = "This tries at once.";

    #[test]
    fn the_run_that_tries_at_once_is_that_of_the_same_file_and_directory() {
        let directory = Path::new("/srv/tls");
        for (configuration, expected) in [
            (
                Some("/etc/my certificates.toml"),
                "`acme-renew --config '/etc/my certificates.toml' --path /srv/tls --retry` tries at once.",
            ),
            (
                None,
                "acme-renew with the same options and --retry tries at once.",
            ),
        ] {
            assert_eq!(at_once(configuration.map(Path::new), directory), expected);
        }
    }

    #[test]
    fn what_waits_says_since_when_and_what_failed_last() {
        let cases = [
            (1, Outcome::default(), None),
            (1, failed(9, None), None),
            (1, succeeded(11), None),
            (
                1,
                failed(10, None),
                Some("after a try; the last failed: acmepipe:ca:timeout: no answer"),
            ),
            (
                3,
                failed(11, None),
                Some("after 3 tries; the last failed: acmepipe:ca:timeout: no answer"),
            ),
            (
                2,
                failed(9, None),
                Some("after 2 tries; nothing came back of the last"),
            ),
            (
                2,
                succeeded(11),
                Some("after 2 tries; the last brought a certificate, which is due again"),
            ),
        ];
        for (tries, outcome, end) in cases {
            let said = problem(&waits(tries), &outcome, AT_ONCE).map(|problem| problem.detail);
            let expected = end.map(|end| {
                format!(
                    "due since 1970-01-01T00:00:00Z (a third of its lifetime is left); waits until 1970-01-01T00:01:00Z {end}"
                )
            });
            assert_eq!(said, expected);
        }
        let of =
            |hint| problem(&waits(1), &failed(10, hint), AT_ONCE).and_then(|problem| problem.hint);
        assert_eq!(of(None).as_deref(), Some(AT_ONCE));
        let both = "Start it. This tries at once.";
        assert_eq!(of(Some("Start it.")).as_deref(), Some(both));
    }

    #[test]
    fn what_does_not_wait_has_not_failed() {
        let decision = Decision {
            reason: Reason::New,
            ..waits(4)
        };
        assert_eq!(problem(&decision, &failed(10, None), AT_ONCE), None);
    }
}
