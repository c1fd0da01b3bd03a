//! Whether the program of a hook is there.

use lifecycle::Target;
use std::path::Path;

/// Checks that a hook's program can be found, and returns what is deployed to by it.
///
/// # Errors
/// There is no such program, or none that can be run.
pub(crate) fn check(command: &str) -> Result<Target, String> {
    let target = Target::from_text(command)?;
    if let Target::Program(words) = &target
        && let Some(program) = words.first()
    {
        subprocess::find(Path::new(program)).map_err(|error| error.to_string())?;
    }
    Ok(target)
}
