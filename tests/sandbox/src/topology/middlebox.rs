//! The middlebox: a program of ours that stands at addresses, and what it has seen there.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::sync::Mutex;

use serde_json::Value;

use crate::machine::Machine;

/// A question that came by.
#[derive(Clone, Debug)]
pub struct Asked {
    /// When, in seconds since the middlebox started.
    pub at: f64,
    /// At which address.
    pub to: String,
    /// The ID of the query, which it has again where it is sent again.
    pub id: u16,
    /// In lower case, with a final dot.
    pub name: String,
    /// The number of its type.
    pub kind: u16,
    /// Whether it had EDNS.
    pub edns: bool,
    /// Whether it came over TCP.
    pub tcp: bool,
    /// The code of the reply, where there was one.
    pub code: Option<u64>,
    /// How many records answered.
    pub answers: Option<u64>,
}

impl Asked {
    /// Whether the answer was a record: NXDOMAIN and NODATA leave something behind in a cache.
    pub fn is_positive(&self) -> bool {
        self.code == Some(0) && self.answers.is_some_and(|count| count > 0)
    }
}

/// The running program.
pub(super) struct Middlebox {
    control: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
    log: PathBuf,
}

impl Middlebox {
    /// Starts it, at no address yet. It ends with our pipe, or with the namespace.
    pub(super) fn start(machine: &Machine) -> io::Result<Middlebox> {
        let log = machine.dir().join("questions");
        let mut command = machine.command(program()?);
        let mut child = command
            .arg(&log)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(Middlebox {
                control: Mutex::new((stdin, BufReader::new(stdout))),
                log,
            }),
            _ => Err(io::Error::other("the middlebox has no pipes")),
        }
    }

    /// Puts it in front of a server, or changes what it does there; returns when that holds.
    pub(super) fn set(&self, at: &str, upstream: &str, rules: &str) -> io::Result<()> {
        let poisoned = |_| io::Error::other("a thread panicked");
        let mut control = self.control.lock().map_err(poisoned)?;
        writeln!(control.0, "{at} {upstream} {rules}")?;
        let mut line = String::new();
        control.1.read_line(&mut line)?;
        match line.as_str() {
            "ok\n" => Ok(()),
            _ => Err(io::Error::other(format!(
                "the middlebox did not take {at} {rules}"
            ))),
        }
    }

    /// What was asked so far.
    pub(super) fn asked(&self) -> io::Result<Vec<Asked>> {
        let text = fs::read_to_string(&self.log)?;
        Ok(text.lines().filter_map(asked).collect())
    }
}

fn asked(line: &str) -> Option<Asked> {
    let line: Value = serde_json::from_str(line).ok()?;
    Some(Asked {
        at: line["at"].as_f64()?,
        to: line["to"].as_str()?.to_owned(),
        id: u16::try_from(line["id"].as_u64()?).ok()?,
        name: line["name"].as_str()?.to_owned(),
        kind: u16::try_from(line["type"].as_u64()?).ok()?,
        edns: line["edns"].as_bool()?,
        tcp: line["tcp"].as_bool()?,
        code: line["code"].as_u64(),
        answers: line["answers"].as_u64(),
    })
}

/// It is built beside the test that runs, or a folder above.
fn program() -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let mut places = own.ancestors().skip(1).take(2);
    places
        .find_map(|dir| Some(dir.join("middlebox")).filter(|path| path.is_file()))
        .ok_or_else(|| io::Error::other("there is no middlebox beside this program"))
}
