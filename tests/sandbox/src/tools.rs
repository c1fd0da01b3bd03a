//! Where the servers are that `tests/fetch-servers` got, and how to run them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io, iter};

use workshop::{root, target_dir};

/// The programs that are not ours: name servers, Pebble, `nsupdate`, …
#[derive(Clone, Debug)]
pub struct Tools {
    dir: PathBuf,
}

impl Tools {
    /// Fetches sets of them where they are lacking; see `tests/fetch-servers` for the names of sets.
    ///
    /// # Errors
    /// The script has said on stderr why it could not.
    pub fn fetch(sets: &[&str]) -> io::Result<Tools> {
        let dir = target_dir()?.join("sandbox");
        let status = Command::new(source("fetch-servers"))
            .arg(&dir)
            .args(sets)
            .stdin(Stdio::null())
            .status()?;
        if !status.success() {
            return Err(io::Error::other(format!(
                "fetch-servers {} failed",
                sets.join(" ")
            )));
        }
        Ok(Tools { dir })
    }

    /// Where packages were unpacked.
    pub fn root(&self) -> PathBuf {
        self.dir.join("root")
    }

    /// The newest Pebble, after its set `testing` was fetched.
    pub fn testing_pebble(&self) -> PathBuf {
        self.dir.join("testing/usr/bin/pebble")
    }

    /// `PATH` with `first`, then what was fetched, then the system's.
    pub fn path(&self, first: &Path) -> OsString {
        let root = self.dir.join("root");
        let fetched = ["usr/sbin", "usr/bin", "sbin", "bin"].map(|sub| root.join(sub));
        let system = env::var_os("PATH").unwrap_or_default();
        let all = iter::once(first.to_owned())
            .chain(fetched)
            .chain(env::split_paths(&system))
            .chain(["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map(PathBuf::from));
        env::join_paths(all).unwrap_or(system)
    }

    /// `LD_LIBRARY_PATH` with the libraries that came along: they are not where the loader looks.
    pub fn library_path(&self) -> OsString {
        let found = ["usr/lib", "lib"].into_iter().flat_map(|sub| {
            let entries = fs::read_dir(self.dir.join("root").join(sub))
                .into_iter()
                .flatten()
                .flatten();
            entries
                .map(|entry| entry.path())
                .filter(|path| path.to_string_lossy().contains("-linux-gnu"))
        });
        env::join_paths(found).unwrap_or_default()
    }
}

/// A file of the checkout's `tests`.
pub fn source(name: &str) -> PathBuf {
    root().join("tests").join(name)
}
