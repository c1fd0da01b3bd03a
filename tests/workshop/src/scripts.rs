//! Shell scripts that tests write, and those among them that record how they are called.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// Writes a shell script that can be run. Another process writes it: what a thread of this one starts meanwhile would have the
/// file open for writing, too, until it becomes its program, and nobody can run it then (ETXTBSY).
///
/// # Errors
/// The file cannot be written.
pub fn write_script(path: &Path, text: &str) -> io::Result<()> {
    let write = r#"[ -e "$0" ] || { : >"$0" && chmod 755 "$0"; }; exec cat >"$0""#;
    let mut command = Command::new("sh");
    command.args(["-c", write]).arg(path).stdin(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        write!(stdin, "#!/bin/sh\n{text}\n")?;
    }
    done(&child.wait()?)
}

/// Copies files that can be run into a directory, or one to another name, by another process as well.
///
/// # Errors
/// They cannot be copied.
pub fn copy_to_run(from: &[impl AsRef<Path>], to: &Path) -> io::Result<()> {
    let mut command = Command::new("cp");
    command.arg("--");
    for path in from {
        command.arg(path.as_ref());
    }
    done(&command.arg(to).status()?)
}

fn done(status: &ExitStatus) -> io::Result<()> {
    match status.success() {
        true => Ok(()),
        false => Err(io::Error::other(status.to_string())),
    }
}

/// Whether python3 is at hand for what is written in it. Where it is not, that is said.
pub fn has_python() -> bool {
    let python = Command::new("python3").arg("--version").output();
    let is_there = python.is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("python3 is not at hand, so nothing was tested with it");
    }
    is_there
}

/// A script that keeps how it was called.
pub struct Recorder {
    /// To run.
    pub script: PathBuf,
    dir: PathBuf,
}

/// One call of a [`Recorder`].
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Its arguments, without the program's name.
    pub arguments: Vec<String>,
    /// Its environment.
    pub environment: BTreeMap<String, String>,
    /// The file that its stdin is.
    pub stdin: String,
    /// What it read from there.
    pub input: String,
    /// The directory that it ran in.
    pub directory: String,
}

impl Recorder {
    /// Writes one below `dir` that does as `text` says when it has recorded its call.
    ///
    /// # Panics
    /// It cannot be written.
    #[track_caller]
    pub fn below(dir: &Path, text: &str) -> Recorder {
        let calls = dir.join("calls");
        let script = dir.join("recorder.sh");
        let here = calls.display();
        let record = format!(
            "d=$(mktemp -d '{here}/XXXXXXXX') || exit 99\n\
             [ $# = 0 ] || printf '%s\\0' \"$@\" >$d/arguments\nenv -0 >$d/environment\n\
             readlink /proc/self/fd/0 >$d/stdin\ncat >$d/input\npwd >$d/directory\necho $d >>'{here}/order'\n{text}"
        );
        let written = fs::create_dir_all(&calls).and_then(|()| write_script(&script, &record));
        written.unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
        Recorder { script, dir: calls }
    }

    /// The calls so far, in the order in which they began.
    pub fn calls(&self) -> Vec<Call> {
        let order = fs::read_to_string(self.dir.join("order")).unwrap_or_default();
        order.lines().map(|dir| call(Path::new(dir))).collect()
    }

    /// The arguments of the calls so far.
    pub fn arguments(&self) -> Vec<Vec<String>> {
        self.calls()
            .into_iter()
            .map(|call| call.arguments)
            .collect()
    }

    /// Forgets the calls so far.
    pub fn clear(&self) {
        let _ = fs::remove_file(self.dir.join("order"));
    }
}

/// What a call recorded in its directory.
fn call(dir: &Path) -> Call {
    let read = |file: &str| {
        let bytes = fs::read(dir.join(file)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let pair = |text: &str| {
        text.split_once('=')
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    Call {
        arguments: read("arguments")
            .split_terminator('\0')
            .map(str::to_owned)
            .collect(),
        environment: read("environment")
            .split_terminator('\0')
            .filter_map(pair)
            .collect(),
        stdin: read("stdin").trim_end().to_owned(),
        input: read("input"),
        directory: read("directory").trim_end().to_owned(),
    }
}
