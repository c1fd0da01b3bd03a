//! Paths that documents can name: absolute, and UTF-8 as documents are.

use crate::usage::Usage;
use std::path::{Component, Path, PathBuf};

/// The path, after the current directory where it is relative.
///
/// # Errors
/// The absolute path is not UTF-8, or the current directory is not known.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Usage> {
    let absolute = std::path::absolute(path).map_err(|error| {
        let path = path.display();
        Usage::new(format!(
            "{path}: relative, and the current directory is not known: {error}"
        ))
    })?;
    let absolute = without_parents(absolute);
    if is_utf8(&absolute) {
        return Ok(absolute);
    }
    let absolute = absolute.display();
    Err(Usage::new(format!("the path {absolute} is not UTF-8")))
}

/// The same path without `..`, which a link before it may lead elsewhere than it seems: no document names such a path. One whose
/// beginning is not there stays as it is.
fn without_parents(path: PathBuf) -> PathBuf {
    let parts: Vec<_> = path.components().collect();
    let Some(last) = parts.iter().rposition(|part| *part == Component::ParentDir) else {
        return path;
    };
    let (above, below) = parts.split_at(last + 1);
    let above: PathBuf = above.iter().collect();
    match std::fs::canonicalize(above) {
        Ok(above) => above.join(below.iter().collect::<PathBuf>()),
        Err(_) => path,
    }
}

/// Whether documents can name it.
pub(crate) fn is_utf8(path: &Path) -> bool {
    path.to_str().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_path_becomes_absolute_or_is_refused_where_no_document_can_name_it() {
        let here = std::env::current_dir().unwrap();
        for (path, expected) in [
            (&b"/data"[..], Ok("/data".into())),
            ("/d\u{e4}ta".as_bytes(), Ok("/d\u{e4}ta".into())),
            (b"data", Ok(here.join("data"))),
            (
                b"/\xff/data",
                Err(Usage::new("the path /\u{fffd}/data is not UTF-8")),
            ),
        ] {
            assert_eq!(absolute(Path::new(OsStr::from_bytes(path))), expected);
        }
    }

    #[test]
    fn a_path_that_goes_up_is_the_one_where_it_leads() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(dir.join("a/b")).unwrap();
        std::os::unix::fs::symlink(dir.join("a/b"), dir.join("link")).unwrap();
        for (path, expected) in [
            ("a/b/../store", "a/store"),
            ("a/b/../../new/store", "new/store"),
            ("link/../store", "a/store"),
            ("a/./store", "a/store"),
            ("gone/../store", "gone/../store"),
        ] {
            assert_eq!(absolute(&dir.join(path)), Ok(dir.join(expected)), "{path}");
        }
    }
}
