//! Processes as the system lists them (proc(5)). Where there is no `/proc` (it is Linux's), the lists are empty.

use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File, Metadata};
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

/// Few environments are longer, in bytes.
const COMMON_ENVIRONMENT: usize = 128 * 1024;

/// One process, as it was when it was looked at: proc_pid_stat(5). It is not compared: a second look at the same process may
/// differ in what it does or who its parent is, but never in number and start.
#[derive(Debug, Clone)]
#[cfg_attr(test, derive(PartialEq))]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// Its name, of which the system keeps 15 bytes.
    pub name: String,
    /// Its parent's number.
    pub parent: i32,
    /// Its process group; 0 where the group's leader is outside of this PID namespace.
    pub group: i32,
    /// Its session: what a terminal, a cron job or a service runs.
    pub session: i32,
    /// Seconds from boot to its start.
    pub started: f64,
    /// Whether it has ended, and its parent has not asked how.
    pub is_zombie: bool,
    /// Whether it computes, or waits for nothing but a processor or a disk.
    pub is_running: bool,
}

impl Process {
    /// This process.
    pub fn this() -> Option<Process> {
        // In a container, `/proc` may be that of the machine, where this number is another process's.
        Process::in_directory("self").filter(Process::is_this)
    }

    /// The process with this number.
    pub fn with_pid(pid: i32) -> Option<Process> {
        Process::in_directory(&pid.to_string())
    }

    /// All processes that this one can see.
    pub fn all() -> Vec<Process> {
        if Process::this().is_none() {
            return Vec::new();
        }
        fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Process::with_pid(entry.file_name().to_str()?.parse().ok()?))
            .collect()
    }

    /// The other processes of this one's parent and process group.
    pub fn siblings(&self) -> Vec<Process> {
        // The system need not keep the list of a process's children.
        let list = format!("/proc/{0}/task/{0}/children", self.parent);
        let children = fs::read_to_string(list).unwrap_or_default();
        let children: Vec<i32> = children
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok())
            .collect();
        let candidates = if children.contains(&self.pid) {
            children.into_iter().filter_map(Process::with_pid).collect()
        } else {
            Process::all()
        };
        let is_sibling = |process: &Process| {
            (process.group, process.parent) == (self.group, self.parent) && process.pid != self.pid
        };
        candidates.into_iter().filter(is_sibling).collect()
    }

    /// Whether it is the process that asks.
    pub fn is_this(&self) -> bool {
        u32::try_from(self.pid) == Ok(std::process::id())
    }

    /// The file that it runs, where that can be seen; of a script it is that of its interpreter.
    pub fn executable(&self) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{}/exe", self.pid)).ok()
    }

    /// The words that it was started with, its own name first; none where they cannot be read.
    pub fn arguments(&self) -> Vec<Vec<u8>> {
        let line = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        let words = line.split(|byte| *byte == 0);
        words.map(<[u8]>::to_vec).collect()
    }

    /// The lines of its environment, as that was when it was started, each with a NUL at its end; `None` where that cannot
    /// be read. It has none for a moment when it ends or becomes another program.
    pub(crate) fn environment(&self) -> Option<Vec<u8>> {
        let mut file = File::open(format!("/proc/{}/environ", self.pid)).ok()?;
        // In one read where that is enough: between two it may become another program, and the second has nothing.
        let mut lines = vec![0; COMMON_ENVIRONMENT];
        let length = file.read(&mut lines).ok()?;
        lines.truncate(length);
        if length == COMMON_ENVIRONMENT {
            file.read_to_end(&mut lines).ok()?;
        }
        Some(lines)
    }

    /// The pipe, with a name in the file system or without, that the stream with this number is, 0 for standard input: an
    /// identity that is the same for all who hold the pipe. `None` where it is no pipe, or cannot be seen.
    pub fn pipe(&self, stream: u8) -> Option<String> {
        identity(&fs::metadata(format!("/proc/{}/fd/{stream}", self.pid)).ok()?)
    }

    /// The pipes that it holds at this descriptor and at those above it, each with whether it can write them.
    pub fn pipes_from(&self, first: u32) -> Vec<(String, bool)> {
        let pipe = |entry: fs::DirEntry| {
            let number: u32 = entry.file_name().to_str()?.parse().ok()?;
            let pipe = identity(
                &fs::metadata(entry.path())
                    .ok()
                    .filter(|_| number >= first)?,
            )?;
            // The link has the mode with which the descriptor was opened: proc_pid_fd(5).
            Some((pipe, entry.metadata().ok()?.mode() & 0o200 != 0))
        };
        let descriptors = fs::read_dir(format!("/proc/{}/fd", self.pid));
        let descriptors = descriptors.into_iter().flatten().flatten();
        descriptors.filter_map(pipe).collect()
    }

    /// Whether it holds one of these pipes, as whatever stream; they are named as `/proc` shows them.
    pub(crate) fn holds_any(&self, pipes: &[String]) -> bool {
        fs::read_dir(format!("/proc/{}/fd", self.pid))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| fs::read_link(entry.path()).ok())
            .any(|target| pipes.iter().any(|pipe| target.as_os_str() == pipe.as_str()))
    }

    /// Sends it SIGKILL; nothing happens where it has ended meanwhile.
    pub fn kill(&self) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// What `/proc` has in this directory.
    fn in_directory(directory: &str) -> Option<Process> {
        let stat = fs::read_to_string(format!("/proc/{directory}/stat")).ok()?;
        parse(&stat, rustix::param::clock_ticks_per_second())
    }
}

/// The process group of this process; none where that was made outside of its namespace of processes, since it has no number
/// inside (pid_namespaces(7)).
pub fn process_group() -> Option<Pid> {
    Pid::from_raw(nix::unistd::getpgrp().as_raw())
}

/// The identity of a pipe that this process holds, as [`Process::pipe`] gives it; also where there is no `/proc`.
pub fn pipe_identity(stream: impl AsFd) -> Option<String> {
    let stream = File::from(stream.as_fd().try_clone_to_owned().ok()?);
    identity(&stream.metadata().ok()?)
}

/// The identity of what was found, if that is a pipe. A number of the system's is given once per boot; that of a pipe with
/// a name is given again once the name is removed, so it goes with the time when it was made.
fn identity(found: &Metadata) -> Option<String> {
    if !found.file_type().is_fifo() {
        return None;
    }
    let made = found.created().ok();
    let made = made.and_then(|made| made.duration_since(UNIX_EPOCH).ok());
    let made = made.map_or(String::new(), |made| format!(":{}", made.as_nanos()));
    Some(format!("{}:{}{made}", found.dev(), found.ino()))
}

/// Reads a line as in `/proc/PID/stat`.
fn parse(stat: &str, ticks_per_second: u64) -> Option<Process> {
    // The name, in parentheses, may hold anything, parentheses and blanks too.
    let (start, fields) = stat.rsplit_once(')')?;
    let (pid, name) = start.split_once(" (")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<i32>().ok();
    let ticks: f64 = fields.get(19)?.parse().ok()?;
    Some(Process {
        pid: pid.parse().ok()?,
        name: name.to_owned(),
        parent: number(1)?,
        group: number(2)?,
        session: number(3)?,
        started: ticks / ticks_per_second as f64,
        is_zombie: matches!(fields.first(), Some(&("Z" | "X"))),
        is_running: matches!(fields.first(), Some(&("R" | "D"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spawn;
    use std::process::Command;
    use std::time::{Duration, Instant};

    #[test]
    fn a_line_of_stat_is_read_whatever_the_name() {
        let stat = |name: &str, state: &str| {
            format!("71 ({name}) {state} 7 8 9 34816 71 4194304 1 2 3 4 5 6 7 8 20 0 1 0 12345 99")
        };
        let process = Process {
            pid: 71,
            name: "sh".to_owned(),
            parent: 7,
            group: 8,
            session: 9,
            started: 123.45,
            is_zombie: false,
            is_running: false,
        };
        assert_eq!(parse(&stat("sh", "S"), 100), Some(process.clone()));
        for name in ["a b", "a) S 1 2 (b", "", "(", ")"] {
            let expected = Process {
                name: name.to_owned(),
                ..process.clone()
            };
            assert_eq!(parse(&stat(name, "S"), 100), Some(expected), "{name}");
        }
        for (state, is_zombie, is_running) in [
            ("Z", true, false),
            ("X", true, false),
            ("D", false, true),
            ("R", false, true),
            ("T", false, false),
        ] {
            let process = parse(&stat("sh", state), 100).expect("a process");
            assert_eq!(
                (process.is_zombie, process.is_running),
                (is_zombie, is_running),
                "{state}"
            );
        }
        for bad in ["", "71 (sh", "71 (sh) S 7 8 9", "x (sh) S 7 8 9"] {
            assert_eq!(parse(bad, 100), None, "{bad}");
        }
    }

    #[test]
    fn a_process_is_seen_with_its_arguments_its_variables_and_its_siblings() {
        let start = |value: &str| {
            let _alone = spawn::lock();
            let mut command = Command::new("sleep");
            command.arg("1000").env("SUBPROCESS_TEST", value);
            command.spawn().expect("sleep")
        };
        let mut children = [start("seen.1"), start("seen.2")];
        let pids: Vec<i32> = children.iter().map(|child| child.id() as i32).collect();
        // A process that has just become another program has no arguments and no environment for a moment.
        let deadline = Instant::now() + Duration::from_secs(10);
        let is_ready = |pid: &i32| {
            let process = Process::with_pid(*pid).expect("it runs");
            process.name == "sleep" && !process.arguments()[0].is_empty()
        };
        while !pids.iter().all(is_ready) {
            assert!(Instant::now() < deadline, "no sleep runs");
            std::thread::sleep(Duration::from_millis(1));
        }
        let process = Process::with_pid(pids[0]).expect("it runs");
        assert_eq!(process.name, "sleep");
        assert_eq!(process.parent, std::process::id() as i32);
        assert_eq!(process.arguments()[..2], [&b"sleep"[..], b"1000"]);
        assert!(!process.is_this() && Process::this().expect("this").is_this());
        let seen = |processes: Vec<Process>| {
            let mut seen: Vec<i32> = processes.iter().map(|process| process.pid).collect();
            seen.retain(|pid| pids.contains(pid));
            seen
        };
        assert_eq!(seen(process.siblings()), pids[1..]);
        process.kill();
        children[0].wait().expect("ended");
        assert!(Process::with_pid(pids[0]).is_none());
        Process::with_pid(pids[1]).expect("it runs").kill();
        children[1].wait().expect("ended");
    }
}
