//! Asks cargo about the workspace.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The top of the checkout.
pub fn root() -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    top.canonicalize().unwrap_or(top)
}

/// The cargo that runs this process, in the checkout, with nothing on stdin.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = in_checkout(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// A command in the checkout that runs cargo again, with nothing on stdin.
pub(crate) fn in_checkout(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    // What cargo tells this process of its own package would have build scripts run again.
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// What `cargo metadata` says of the workspace's own packages, asked once per process. It needs no network.
///
/// # Errors
/// cargo could not be run, or says what is wrong with the workspace.
pub fn metadata() -> io::Result<&'static Value> {
    static METADATA: OnceLock<Result<Value, String>> = OnceLock::new();
    let ask = || {
        let mut command = cargo(&["metadata", "--format-version=1", "--no-deps", "--locked"]);
        let output = command
            .output()
            .map_err(|error| format!("cargo: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
    };
    METADATA
        .get_or_init(ask)
        .as_ref()
        .map_err(|error| io::Error::other(error.as_str()))
}

/// Where cargo puts what it builds, which the environment or a file of its configuration may have moved.
///
/// # Errors
/// As [`metadata`].
pub fn target_dir() -> io::Result<PathBuf> {
    let path = metadata()?["target_directory"].as_str();
    path.map(PathBuf::from)
        .ok_or_else(|| io::Error::other("cargo metadata names no target directory"))
}
