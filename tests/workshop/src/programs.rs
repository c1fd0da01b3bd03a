//! The programs under test, built before they are run: a test cannot see stale ones.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs, io};

use serde_json::Value;

use crate::cargo::{cargo, in_checkout, root};

/// Our programs: one for each folder of `crates/programs`, which is the only list of them.
#[derive(Clone, Debug)]
pub struct Programs {
    /// Where those are that cargo builds.
    pub dir: PathBuf,
    /// Why some could not be built, and are missing or old; empty if all are of today's source.
    pub errors: String,
}

impl Programs {
    /// Builds them, once per process, unoptimized.
    ///
    /// # Errors
    /// cargo could not be run, or built nothing.
    pub fn build() -> io::Result<Programs> {
        static BUILT: OnceLock<Result<Programs, String>> = OnceLock::new();
        // All of the workspace that the tests without servers have, so that libraries get the same features, and are
        // built once.
        let arguments = [
            "build",
            "--quiet",
            "--locked",
            "--keep-going",
            "--workspace",
            "--exclude",
            "sandbox",
            "--bins",
            "--message-format=json-render-diagnostics",
        ];
        BUILT
            .get_or_init(|| {
                let programs = built(cargo(&arguments))?;
                link(&programs.dir)
                    .map_err(|error| format!("{}: {error}", programs.dir.display()))?;
                Ok(programs)
            })
            .clone()
            .map_err(io::Error::other)
    }

    /// Builds them as people get them, which is what `make` does.
    ///
    /// # Errors
    /// make could not be run, or they do not build.
    pub fn release() -> io::Result<Programs> {
        let mut make = in_checkout("make");
        // Its own caller's jobs are none of its business.
        make.args(["--silent", "all"]).env_remove("MAKEFLAGS");
        let output = make.output()?;
        if !output.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&output.stderr)));
        }
        // As the Makefile has it.
        let out = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        Ok(Programs {
            dir: root().join(out).join("built/bin"),
            errors: String::new(),
        })
    }

    /// The names of all, sorted.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn names() -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder())? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    /// The program of a DNS service: what `--dns` stands for.
    pub fn of_service(&self, code: &str) -> PathBuf {
        links(&self.dir).join(code)
    }

    /// The file to run.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

fn folder() -> PathBuf {
    root().join("crates/programs")
}

/// Puts what cargo does not build where the programs look for it: scripts beside them, and the links of DNS services.
fn link(dir: &Path) -> io::Result<()> {
    let scripts = folder().join("dns01-service/scripts");
    for script in fs::read_dir(scripts)? {
        let script = script?;
        link_once(&script.path(), &dir.join(script.file_name()))?;
    }
    let links = links(dir);
    fs::create_dir_all(&links)?;
    let codes = fs::read_to_string(root().join("crates/libraries/services/codes.txt"))?;
    for code in codes.lines() {
        link_once(&dir.join("dns01-service"), &links.join(code))?;
    }
    Ok(())
}

/// Where the links of DNS services are, for programs that are here.
fn links(dir: &Path) -> PathBuf {
    dir.parent().unwrap_or(dir).join("libexec/acmepipe/dns")
}

/// Makes a link, where no other process has made it. One of a folder that was copied leads to where it was copied from.
fn link_once(to: &Path, link: &Path) -> io::Result<()> {
    match symlink(to, link) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if fs::read_link(link).is_ok_and(|led| led == to) {
                return Ok(());
            }
            let new = link.with_extension(format!("new.{}", std::process::id()));
            symlink(to, &new)?;
            fs::rename(new, link)
        }
        made => made,
    }
}

fn built(mut cargo: Command) -> Result<Programs, String> {
    let output = cargo.output().map_err(|error| format!("cargo: {error}"))?;
    // Warnings are for whoever builds, not for whoever tests.
    let errors = if output.status.success() {
        String::new()
    } else {
        String::from_utf8_lossy(&output.stderr).into()
    };
    let executable = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| message["executable"].as_str().map(PathBuf::from));
    match executable.as_deref().and_then(|path| path.parent()) {
        Some(dir) => Ok(Programs {
            dir: dir.to_owned(),
            errors,
        }),
        None => Err(format!("cargo has built no program\n{errors}")),
    }
}
