//! The programs under test, built before they are run: a test cannot see stale ones.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::{env, io};

/// Our programs, as cargo built them.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Where they are.
    pub dir: PathBuf,
    /// Why some could not be built, and are missing or old; empty if all are of today's source.
    pub errors: String,
}

impl Programs {
    /// Builds them, once per process, as this process was built, which for tests is unoptimized.
    ///
    /// # Errors
    /// cargo could not be run, or this process does not lie in a target directory.
    pub fn build() -> io::Result<Programs> {
        static BUILT: OnceLock<Result<Programs, String>> = OnceLock::new();
        BUILT
            .get_or_init(|| cargo(profile_dir(), &["--workspace", "--bins"]))
            .clone()
            .map_err(io::Error::other)
    }

    /// Builds them as people get them, which is what `make` does.
    ///
    /// # Errors
    /// As [`Programs::build`].
    pub fn release() -> io::Result<Programs> {
        let dir = profile_dir().map(|dir| dir.with_file_name("release"));
        cargo(dir, &["--release"]).map_err(io::Error::other)
    }
}

fn cargo(dir: io::Result<PathBuf>, arguments: &[&str]) -> Result<Programs, String> {
    let dir = dir.map_err(|error| error.to_string())?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["build", "--quiet", "--locked", "--keep-going"])
        .args(arguments);
    // What cargo tells this process of its own package would have build scripts run again.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    let output = command
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    // Warnings are for whoever builds, not for whoever tests.
    let errors = if output.status.success() {
        String::new()
    } else {
        String::from_utf8_lossy(&output.stderr).into()
    };
    Ok(Programs { dir, errors })
}

/// `target/debug` or `target/release`: where this process was built.
pub(crate) fn profile_dir() -> io::Result<PathBuf> {
    let executable = env::current_exe()?;
    let mut dir = executable.parent().unwrap_or(Path::new("/"));
    if dir.file_name().is_some_and(|name| name == "deps") {
        dir = dir.parent().unwrap_or(dir);
    }
    if !dir.join("deps").is_dir() {
        return Err(io::Error::other(format!(
            "{} is not in a target directory of cargo",
            executable.display()
        )));
    }
    Ok(dir.to_owned())
}
