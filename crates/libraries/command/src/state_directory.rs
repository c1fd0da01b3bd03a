//! Where accounts, certificates and the journal are kept.

use crate::args::Args;
use crate::table::{Completion, Kind, Opt};
use crate::usage::Usage;
use std::path::{Path, PathBuf};

/// `--path`; each program says what it keeps there.
pub const PATH: Opt = Opt {
    variable: Some("LEGO_PATH"),
    otherwise: Some("/var/lib/acmepipe for root, else $XDG_DATA_HOME/acmepipe"),
    ..Opt::new(
        "path",
        Kind::Path {
            name: "DIR",
            completion: Completion::Directories,
        },
        "where files are kept",
    )
};

/// What `--path` says, else `/var/lib/acmepipe` for root and `$XDG_DATA_HOME/acmepipe` for others. Absolute, so that
/// documents can name what is in it.
///
/// # Errors
/// Where neither the option nor the environment names a directory.
pub fn state_directory(args: &Args) -> Result<PathBuf, Usage> {
    match args.path(&PATH).or_else(default_directory) {
        Some(directory) => absolute(&directory),
        None => Err(Usage::new(
            "no home directory: say with --path where to keep files",
        )),
    }
}

/// All directories that a program may have kept something in which this one reads: what `--path` says, what its variable
/// says, and the default. Absolute.
///
/// # Errors
/// One is relative, and the current directory is not known.
pub fn state_directories(args: &Args) -> Result<Vec<PathBuf>, Usage> {
    let variable = PATH.variable.and_then(std::env::var_os);
    let variable = variable.filter(|value| !value.is_empty());
    let named = [
        args.path(&PATH),
        variable.map(PathBuf::from),
        default_directory(),
    ];
    let named = named.into_iter().flatten();
    named.map(|directory| absolute(&directory)).collect()
}

fn absolute(directory: &Path) -> Result<PathBuf, Usage> {
    std::path::absolute(directory).map_err(|error| {
        let directory = directory.display();
        Usage::new(format!(
            "{directory}: relative, and the current directory is not known: {error}"
        ))
    })
}

fn default_directory() -> Option<PathBuf> {
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
