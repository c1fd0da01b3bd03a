//! Which file the user's program is.

use pipeline::Usage;
use std::path::{Path, PathBuf};
use subprocess::FindError;

/// The absolute path of the program: the path itself, or what `PATH` has for a name without a slash.
///
/// # Errors
/// The program does not exist, cannot be executed, or has a path that is not UTF-8.
pub(crate) fn find(program: &Path) -> Result<PathBuf, Usage> {
    if program.to_str().is_none() {
        // Documents and the journal name it, and those are UTF-8.
        let program = program.display();
        return Err(Usage::new(format!(
            "{program}: the program's path is not UTF-8"
        )));
    }
    subprocess::find(program).map_err(|error| match &error {
        FindError::NotInPath(name) => {
            let name = name.display();
            Usage::new(format!("{error}; a program in this directory is ./{name}"))
        }
        _ => Usage::new(error.to_string()),
    })
}
