//! Whether all was asked that is to be known of a name.

use crate::check::finding::{Code, Finding, Severity};
use crate::check::probe::Probe;
use crate::check::target::Target;

static UNFINISHED: Code = Code {
    name: "UNFINISHED",
    severity: Severity::Warning,
    meaning: "Questions about the name were left, since time ran out, or the file of --from has no answers to them. What they would \
              show is not known.",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[&UNFINISHED];

/// That these questions are left, if there are any.
pub(super) fn tell(target: &Target, left: &[Probe]) -> Option<Finding> {
    let first = left.first()?;
    let detail = format!(
        "{} questions are left, the first for {} at {} to {}: what they would show is not known",
        left.len(),
        first.record_type,
        first.name,
        crate::address::format(&first.server)
    );
    Some(
        Finding::new(&UNFINISHED, &target.name, detail)
            .arg("questions", left.len() as u64)
            .hint("Check fewer names at once, or the name alone; or the capture is not whole."),
    )
}
