//! What went wrong, as the `error` of a document.

use certificates::Error;
use command::StopReason;
use command::text::sentence;
use pipeline::{Problem, types};

/// The problem of a certificate's files or state.
pub(crate) fn of_store(error: &Error) -> Problem {
    match error {
        Error::Name(_) => Problem::document(format!("member `name`: {error}")),
        Error::Occupied(_) => Problem::new(&types::FILES, error.to_string())
            .hint("Move it away: its place is taken by a link to the newest version."),
        _ if error.is_for_want_of_room() => {
            Problem::new(&types::FILES, error.to_string()).hint("Make room on that disk.")
        }
        _ => Problem::new(&types::FILES, error.to_string()),
    }
}

/// The problem of a target whose turn did not come before the program was to stop.
pub(crate) fn interrupted(reason: StopReason) -> Problem {
    match reason {
        StopReason::Signal(number) => Problem::interrupted(number),
        StopReason::ReaderGone => {
            Problem::new(&types::INTERRUPTED, "nobody reads the documents any more")
        }
    }
}

/// The problem of a certificate some of whose targets failed, of so many; each with its name.
pub(crate) fn of_targets(failed: Vec<(String, Problem)>, of: usize) -> Option<Problem> {
    let count = failed.len();
    let details = failed
        .iter()
        .map(|(target, problem)| format!("{target}: {}", problem.detail));
    let details = details.collect::<Vec<_>>().join("; ");
    let (_, first) = failed.into_iter().next()?;
    Some(Problem {
        detail: match of {
            1 => format!("not deployed to {details}"),
            of => format!("not deployed to {count} of {of} targets: {details}"),
        },
        hint: Some(match first.hint {
            Some(hint) => format!("{} {AGAIN}", sentence(&hint)),
            None => AGAIN.to_owned(),
        }),
        ..first
    })
}

const AGAIN: &str = "The next run of acme-deploy tries it again, without a new certificate.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_has_the_type_of_the_first_target_and_the_words_of_all() {
        let failed = |kind, detail: &str, hint: Option<&str>| {
            let problem = Problem::new(kind, detail);
            match hint {
                Some(hint) => problem.hint(hint),
                None => problem,
            }
        };
        let first = || {
            (
                "exec:/x".to_owned(),
                failed(&types::EXEC_STATUS, "/x exited 7", None),
            )
        };
        let full = failed(&types::FILES, "no space", Some("Make room."));
        let second = || ("install:/d".to_owned(), full.clone());
        for (failures, of, kind, detail, hint) in [
            (
                vec![first()],
                1,
                types::EXEC_STATUS,
                "not deployed to exec:/x: /x exited 7",
                "The next run",
            ),
            (
                vec![second()],
                3,
                types::FILES,
                "not deployed to 1 of 3 targets: install:/d: no space",
                "Make room. The next run",
            ),
            (
                vec![first(), second()],
                2,
                types::EXEC_STATUS,
                "not deployed to 2 of 2 targets: exec:/x: /x exited 7; install:/d: no space",
                "The next run",
            ),
        ] {
            let problem = of_targets(failures, of).expect("some failed");
            assert!(problem.is(&kind) && problem.detail == detail, "{problem:?}");
            assert!(problem.hint.is_some_and(|it| it.starts_with(hint)));
        }
        assert_eq!(of_targets(Vec::new(), 2), None);
    }
}
