//! Finds the file that a program's name means, and whether it can be run.

use crate::format::{Unrunnable, certainly_unrunnable, unrunnable};
use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};

/// Why there is no program to run.
#[derive(Debug)]
pub enum FindError {
    /// None of the directories of `PATH` has a program of this name.
    NotInPath(PathBuf),
    /// Nothing is known of the file: it does not exist, for instance.
    Unreachable(PathBuf, io::Error),
    /// It is a directory, or something else that is no file.
    NotAFile(PathBuf),
    /// This process may not execute it.
    NotExecutable(PathBuf, io::Error),
    /// It may execute it, and the system cannot run it.
    Unrunnable(PathBuf, Unrunnable),
}

impl Display for FindError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            FindError::NotInPath(name) => write!(f, "{}: not found in PATH", name.display()),
            FindError::Unreachable(path, error) => write!(f, "{}: {error}", path.display()),
            FindError::NotAFile(path) => write!(f, "{}: not a file", path.display()),
            FindError::NotExecutable(path, error) => {
                write!(f, "{}: not executable ({error})", path.display())
            }
            FindError::Unrunnable(path, why) => {
                write!(f, "{}: cannot be run: it {why}", path.display())
            }
        }
    }
}

impl std::error::Error for FindError {}

/// The absolute path of the file that `program` means: what `PATH` has for a name without a slash, as a shell
/// would find it, else the path itself.
///
/// # Errors
/// There is no such file, this process may not execute it, or the system certainly cannot run it.
pub fn find(program: &Path) -> Result<PathBuf, FindError> {
    let found = if has_slash(program) {
        check(program)?;
        program.to_owned()
    } else {
        let path = std::env::var_os("PATH").unwrap_or_default();
        find_in(std::env::split_paths(&path), program)?
    };
    if let Some(why) = certainly_unrunnable(&found) {
        return Err(FindError::Unrunnable(found, why));
    }
    std::path::absolute(&found).map_err(|error| FindError::Unreachable(found, error))
}

/// Whether the file of a program is one that can be run, as far as it tells: where starting it has failed, false means
/// that another try will fail too.
pub fn can_be_run(program: &Path) -> bool {
    check(program).is_ok() && unrunnable(program).is_none()
}

fn has_slash(program: &Path) -> bool {
    program.as_os_str().as_encoded_bytes().contains(&b'/')
}

fn find_in(
    mut directories: impl Iterator<Item = PathBuf>,
    name: &Path,
) -> Result<PathBuf, FindError> {
    directories
        .find_map(|directory| {
            let candidate = directory.join(name);
            check(&candidate).is_ok().then_some(candidate)
        })
        .ok_or_else(|| FindError::NotInPath(name.to_owned()))
}

fn check(program: &Path) -> Result<(), FindError> {
    let metadata = std::fs::metadata(program)
        .map_err(|error| FindError::Unreachable(program.to_owned(), error))?;
    if !metadata.is_file() {
        return Err(FindError::NotAFile(program.to_owned()));
    }
    rustix::fs::access(program, rustix::fs::Access::EXEC_OK)
        .map_err(|error| FindError::NotExecutable(program.to_owned(), error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_directory_with_a_program_of_that_name_has_it() {
        let directories = || ["/", "/proc/self", "/usr/bin", "/bin"].into_iter();
        let found = |name: &str| find_in(directories().map(PathBuf::from), Path::new(name));
        // Neither a directory nor what cannot be executed counts.
        assert_eq!(found("env").expect("there"), Path::new("/usr/bin/env"));
        for missing in ["proc", "status", "no-such-program", ""] {
            let error = found(missing).expect_err("no program");
            assert!(matches!(error, FindError::NotInPath(_)), "{error}");
        }
    }

    #[test]
    fn a_name_without_a_slash_is_looked_for_in_path() {
        let found = find(Path::new("sh")).expect("a shell in PATH");
        assert!(found.is_absolute() && found.ends_with("sh"), "{found:?}");
        let error = find(Path::new("no-such-program")).expect_err("no program");
        assert_eq!(error.to_string(), "no-such-program: not found in PATH");
    }

    #[test]
    fn a_path_that_cannot_be_run_says_why() {
        let error = |path: &str| find(Path::new(path)).expect_err("no program");
        assert!(matches!(error("/no/such"), FindError::Unreachable(..)));
        assert!(matches!(error("/usr/bin/"), FindError::NotAFile(_)));
        assert!(matches!(
            error("/proc/self/status"),
            FindError::NotExecutable(..)
        ));
        assert_eq!(error("/usr").to_string(), "/usr: not a file");
    }

    #[test]
    fn a_relative_path_becomes_absolute() {
        let here = std::env::current_dir().expect("a directory");
        let program = std::env::current_exe().expect("this program");
        let steps = here.components().count() - 1;
        let relative: PathBuf = ["..".into()]
            .into_iter()
            .cycle()
            .take(steps)
            .chain([program.strip_prefix("/").expect("absolute").to_owned()])
            .collect();
        let found = find(&relative).expect("this program runs");
        assert!(found.is_absolute() && found.ends_with(program.file_name().expect("a name")));
    }
}
