//! Finds the file of the user's program.

use crate::remedy::remedy;
use command::Usage;
use command::text::clean;
use std::path::{Path, PathBuf};
use subprocess::FindError;

/// The absolute path of the program: the path itself, or what `PATH` has for a name without a slash.
///
/// # Errors
/// The program does not exist, cannot be executed, or has a path that is not UTF-8.
pub fn find(program: &Path) -> Result<PathBuf, Usage> {
    let found = subprocess::find(program).map_err(|error| {
        let is_there = |path: &str| subprocess::find(Path::new(path)).is_ok();
        let more = match &error {
            FindError::Unrunnable(path, why) => Some(format!(". {}", remedy(path, why))),
            FindError::NotInPath(name) | FindError::Unreachable(name, _) => {
                let mistake = mistake(&name.to_string_lossy(), is_there);
                mistake.map(|mistake| format!("; {mistake}"))
            }
            _ => None,
        };
        // A path may hold anything, and this is one line.
        let text = clean(&error.to_string());
        Usage::new(format!("{text}{}", more.unwrap_or_default()))
    })?;
    // What is said on the command line is UTF-8; the directory that it is in may be another matter.
    if found.to_str().is_some() {
        return Ok(found);
    }
    // Documents and the journal name it, and those are UTF-8.
    let path = clean(&found.to_string_lossy());
    Err(Usage::new(format!(
        "{path}: the program's path is not UTF-8"
    )))
}

/// What somebody may have meant by a path that leads to no program.
fn mistake(path: &str, is_there: impl Fn(&str) -> bool) -> Option<String> {
    let trimmed = path.trim();
    let mut blanks = path.match_indices(char::is_whitespace);
    if trimmed != path && is_there(trimmed) {
        let end = if path.ends_with('\n') {
            "it ends with a newline"
        } else {
            "it has blanks around it"
        };
        return Some(format!("{end}, which the path of a program has not"));
    }
    let is_here = |path: &str| is_there(path) || is_there(&format!("./{path}"));
    if blanks.any(|(end, _)| is_here(path[..end].trim())) {
        let one = "this is one path, and neither arguments nor a command line";
        return Some(format!(
            "{one}: a program with arguments needs a script of its own"
        ));
    }
    if path.starts_with('~') {
        return Some("only a shell knows what `~` means".to_owned());
    }
    let is_name = !path.contains('/');
    is_name.then(|| format!("a program in this directory is ./{}", clean(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_program_is_found_or_what_is_wrong_with_it_is_said() {
        assert_eq!(find(Path::new("/bin/sh")).unwrap(), Path::new("/bin/sh"));
        for (program, expected) in [
            (
                "no-such-program",
                "no-such-program: not found in PATH; a program in this directory is ./no-such-program",
            ),
            ("/usr", "/usr: not a file"),
        ] {
            let error = find(Path::new(program)).unwrap_err();
            let text = error.to_string();
            assert!(text.starts_with(expected), "{text}");
        }
    }

    #[test]
    fn a_program_in_a_directory_that_no_document_can_name_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().join(OsStr::from_bytes(b"\xff"));
        fs::create_dir(&directory).unwrap();
        symlink("/bin/sh", directory.join("sh")).unwrap();
        let error = find(&directory.join("sh")).unwrap_err();
        let text = error.to_string();
        let expected = "/\u{fffd}/sh: the program's path is not UTF-8";
        assert!(text.ends_with(expected), "{text}");
    }

    #[test]
    fn what_was_meant_by_a_path_is_said_where_it_can_be_told() {
        let is_there = |path: &str| ["/x.sh", "x.sh", "./here.sh", "/a b.sh"].contains(&path);
        for (path, expected) in [
            ("/x.sh\n", Some("it ends with a newline")),
            ("x.sh\n", Some("it ends with a newline")),
            (" /x.sh", Some("it has blanks around it")),
            ("/x.sh --flag", Some("this is one path")),
            ("/x.sh --flag\n", Some("this is one path")),
            ("/a b.sh c d", Some("this is one path")),
            ("x.sh -v", Some("this is one path")),
            ("here.sh -v", Some("this is one path")),
            ("~/x.sh", Some("only a shell knows")),
            ("y.sh", Some("a program in this directory is ./y.sh")),
            ("/y.sh", None),
            ("/y.sh --flag", None),
            ("/y.sh\n", None),
        ] {
            let mistake = mistake(path, is_there);
            let begins = |expected| {
                mistake
                    .as_ref()
                    .is_some_and(|text| text.starts_with(expected))
            };
            assert_eq!(mistake.is_some(), expected.is_some(), "{path:?}");
            assert!(expected.is_none_or(begins), "{path:?}: {mistake:?}");
        }
    }
}
