//! Where accounts, certificates and the journal are kept.

use crate::args::Args;
use crate::message;
use crate::path::{absolute, is_utf8};
use crate::table::{Completion, Kind, Opt};
use crate::text::shell_word;
use crate::usage::Usage;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// `--path`; each program says what it keeps there.
pub const PATH: Opt = Opt {
    variable: Some("LEGO_PATH"),
    otherwise: Some("/var/lib/acmepipe for root, else $XDG_DATA_HOME/acmepipe"),
    long_help: "In a service of systemd the default is its\n.Ev STATE_DIRECTORY .",
    ..Opt::new(
        "path",
        Kind::Path {
            name: "DIR",
            completion: Completion::Directories,
        },
        "where files are kept",
    )
};

/// What `--path` says, else the service's own directory, else `/var/lib/acmepipe` for root and `$XDG_DATA_HOME/acmepipe` for others. Absolute and UTF-8, so
/// that documents can name what is in it.
///
/// # Errors
/// Where neither the option nor the environment names such a directory.
pub fn state_directory(args: &Args) -> Result<PathBuf, Usage> {
    if let Some(directory) = args.absolute_path(&PATH)? {
        return Ok(directory);
    }
    match default_directory() {
        Some(directory) => absolute(&directory),
        None => Err(Usage::new(
            "no home directory: say with --path where to keep files",
        )),
    }
}

/// Says where the directory that `--path` names is not there: what is mistyped looks like what is empty. Returns
/// whether there is none, wherever it is to be.
///
/// # Errors
/// As [`state_directory`]; or whether it is there cannot be found out, or something else is in its place.
pub fn note_missing_directory(args: &Args) -> Result<bool, Usage> {
    let directory = state_directory(args)?;
    let path = directory.display();
    match std::fs::metadata(&directory) {
        Ok(found) if found.is_dir() => return Ok(false),
        Ok(_) => return Err(Usage::new(format!("{path} is no directory"))),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(Usage::new(format!("cannot read {path}: {error}"))),
    }
    if args.is_given(&PATH) {
        message::warning(&format!("there is no {path}"));
    }
    Ok(true)
}

/// All directories that a program may have kept something in which this one reads: what `--path` says, what its variable
/// says, and the default. Absolute. Nothing is kept where no document could name it.
///
/// # Errors
/// What `--path` says is not UTF-8; or one is relative, and the current directory is not UTF-8 or not known.
pub fn state_directories(args: &Args) -> Result<Vec<PathBuf>, Usage> {
    let variable = PATH.variable.and_then(std::env::var_os);
    let variable = variable.filter(|value| !value.is_empty());
    let besides = [variable.map(PathBuf::from), default_directory()];
    let besides = besides.into_iter().flatten().filter(|path| is_utf8(path));
    let named = args.path(&PATH)?.into_iter().chain(besides);
    named.map(|directory| absolute(&directory)).collect()
}

/// The words `--path DIR`, after a blank, for a command line that a person is shown; none where a program finds the directory
/// by itself. The person's shell need not have the variables that a service or a script has.
pub fn path_words(directory: &Path) -> String {
    words(directory, of_user().as_deref())
}

fn words(directory: &Path, default: Option<&Path>) -> String {
    match default == Some(directory) {
        true => String::new(),
        false => format!(
            " --{} {}",
            PATH.long,
            shell_word(&directory.to_string_lossy())
        ),
    }
}

fn default_directory() -> Option<PathBuf> {
    of_service().or_else(of_user)
}

/// That of whoever runs the program, if no variable names another.
fn of_user() -> Option<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Some("/var/lib/acmepipe".into());
    }
    below_home()
}

fn below_home() -> Option<PathBuf> {
    // By the XDG specification, a relative path is to be ignored.
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let home = || Some(std::env::home_dir()?.join(".local/share"));
    let data = data.filter(|data| data.is_absolute()).or_else(home)?;
    Some(data.join("acmepipe"))
}

/// The first of the directories that systemd has made for a service (`StateDirectory=`).
fn of_service() -> Option<PathBuf> {
    let directories = std::env::var_os("STATE_DIRECTORY")?;
    let first = std::env::split_paths(&directories).next()?;
    first.is_absolute().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_line_names_the_directory_that_it_would_not_find_by_itself() {
        let default = Path::new("/var/lib/acmepipe");
        for (directory, default, expected) in [
            ("/var/lib/acmepipe", Some(default), ""),
            ("/srv/a b", Some(default), " --path '/srv/a b'"),
            ("/srv/a", None, " --path /srv/a"),
        ] {
            assert_eq!(words(Path::new(directory), default), expected);
        }
    }
}
