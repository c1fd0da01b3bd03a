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
    mark(failure.problem, failure.status == Some(STATUS))
}

/// The problem, which says so where that is the case.
pub(super) fn mark(problem: Problem, is_permanent: bool) -> Problem {
    match is_permanent {
        true => problem.with(MEMBER, true),
        false => problem,
    }
}

/// Whether the program said so.
pub(crate) fn is_permanent(problem: &Problem) -> bool {
    problem.more.get(MEMBER) == Some(&Value::Bool(true))
}
