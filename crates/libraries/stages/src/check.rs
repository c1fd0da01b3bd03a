//! Whether the command lines are right, before anything is done.

use crate::step::Step;
use command::Usage;
use std::process::Stdio;

/// Has each program check its command line.
///
/// # Errors
/// What the first of them says that finds something wrong, or that a program cannot be run.
pub fn check(steps: &[Step]) -> Result<(), Usage> {
    for step in steps {
        let cannot = |why: String| Usage::new(format!("cannot run {}: {why}", step.program));
        let mut check = step.clone();
        // Before its other words: behind a `--` it would be an operand.
        check
            .words
            .insert(0, format!("--generate={}", command::CHECK).into());
        let checked = check
            .command()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .map_err(|error| cannot(error.to_string()))?;
        match checked.status.code() {
            Some(0) => {}
            Some(2) => return Err(Usage::new(String::from_utf8_lossy(&checked.stderr).trim())),
            _ => return Err(cannot(checked.status.to_string())),
        }
    }
    Ok(())
}
