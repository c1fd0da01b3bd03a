//! Finds the file of the user's program.

use command::Usage;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_program_is_found_or_what_is_wrong_with_it_is_said() {
        assert_eq!(find(Path::new("/bin/sh")).unwrap(), Path::new("/bin/sh"));
        for (program, expected) in [
            (
                &b"no-such-program"[..],
                "no-such-program: not found in PATH; a program in this directory is ./no-such-program",
            ),
            (b"/usr", "/usr: not a file"),
            (
                b"/bin/sh\xff",
                "/bin/sh\u{fffd}: the program's path is not UTF-8",
            ),
        ] {
            let error = find(Path::new(OsStr::from_bytes(program))).unwrap_err();
            let text = error.to_string();
            assert!(text.starts_with(expected), "{text}");
        }
    }
}
