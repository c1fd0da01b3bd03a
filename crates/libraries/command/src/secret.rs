//! Secrets in files: `NAME_FILE` names one that holds what `NAME` would say, and systemd's `LoadCredential=` puts one of that
//! name into `$CREDENTIALS_DIRECTORY`.

use crate::environment::Environment;
use crate::open_secret::warn_of_open_secret;
use crate::usage::Usage;
use std::path::{Path, PathBuf};

/// The largest file of a secret, in bytes.
const LARGEST: u64 = 64 << 10;

/// The path of a file in `$CREDENTIALS_DIRECTORY`, where it is there.
pub fn credential(name: &Path) -> Option<PathBuf> {
    let directory = PathBuf::from(Environment::default().get("CREDENTIALS_DIRECTORY")?);
    let path = directory.join(name);
    (directory.is_absolute() && path.is_file()).then_some(path)
}

/// The names of the files in `$CREDENTIALS_DIRECTORY`.
pub fn credential_names() -> Vec<String> {
    let directory = Environment::default().get("CREDENTIALS_DIRECTORY");
    let entries = directory.and_then(|directory| std::fs::read_dir(directory).ok());
    let entries = entries.into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// Refuses a secret that both a variable and `NAME_FILE` have: nobody can know which is meant.
///
/// # Errors
/// Both are set.
pub(crate) fn only_one_place(environment: &Environment, name: &str) -> Result<(), Usage> {
    match environment.get(&format!("{name}_FILE")) {
        Some(_) => Err(Usage::new(format!(
            "both {name} and {name}_FILE are set: take one away"
        ))),
        None => Ok(()),
    }
}

/// The secret that `NAME_FILE` names, or that is in `$CREDENTIALS_DIRECTORY` under the variable's own name: its first line.
///
/// # Errors
/// The file cannot be read, is too large, not UTF-8, or has nothing in its first line.
pub(crate) fn from_file(environment: &Environment, name: &str) -> Result<Option<String>, Usage> {
    let named = environment.get(&format!("{name}_FILE")).map(PathBuf::from);
    let Some(path) = named.or_else(|| credential(Path::new(name))) else {
        return Ok(None);
    };
    let cannot = |why: String| Usage::new(format!("{name}_FILE: {}: {why}", path.display()));
    let bytes = files::read_bounded(&path, LARGEST).map_err(|error| cannot(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| cannot("not UTF-8".to_owned()))?;
    // Editors of other systems begin a file with a byte order mark.
    let line = text.trim_start_matches('\u{feff}').lines().next();
    match line.map(|line| line.trim_end_matches('\r')) {
        Some(line) if line.contains('\0') => Err(cannot("its first line has a NUL".to_owned())),
        Some(line) if !line.is_empty() => {
            warn_of_open_secret(&path, "a secret");
            Ok(Some(line.to_owned()))
        }
        _ => Err(cannot("its first line is empty".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_first_line_of_its_file_whatever_ends_that() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("secret");
        let mut environment = Environment::default();
        let named = path.to_str().expect("UTF-8").to_owned();
        environment.set([("X_FILE".to_owned(), named)]);
        for (text, expected) in [
            ("pw", Some("pw")),
            ("pw\nmore", Some("pw")),
            ("pw\r\nmore", Some("pw")),
            ("pw\r", Some("pw")),
            ("\u{feff} p w ", Some(" p w ")),
            ("p\0w", None),
            ("\npw", None),
            ("\r\npw", None),
            ("", None),
        ] {
            std::fs::write(&path, text).expect("written");
            let read = from_file(&environment, "X").ok().flatten();
            assert_eq!(read.as_deref(), expected, "{text:?}");
        }
    }
}
