//! Failures at which trying again is in vain before somebody changes something, as the user's program says: by its exit
//! status, or in a report of a batch.

use exec_cli::Failure;
use pipeline::{Problem, Value};

/// The member of a report, and of a problem, that says so.
pub(super) const MEMBER: &str = "permanent";
/// The exit status that says so: `EX_CONFIG` of sysexits(3), which no script returns by accident.
const STATUS: i32 = 78;

/// The problem of a call that failed.
pub(super) fn problem_of(failure: Failure) -> Problem {
    match failure.status {
        Some(STATUS) => failure.problem.with(MEMBER, true),
        _ => failure.problem,
    }
}

/// Whether the program said so.
pub(crate) fn is_permanent(problem: &Problem) -> bool {
    problem.more.get(MEMBER) == Some(&Value::Bool(true))
}
