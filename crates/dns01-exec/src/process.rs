//! Processes as the system lists them. Where there is no `/proc` (it is Linux's), the list is empty.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;

/// One process: proc_pid_stat(5).
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    /// Its name, of which the system keeps 15 bytes.
    pub(crate) name: String,
    pub(crate) parent: i32,
    /// Its process group; 0 where its leader is outside of this PID namespace.
    pub(crate) group: i32,
    /// Seconds from boot to its start.
    pub(crate) started: f64,
    /// It has ended, and its parent has not asked how.
    pub(crate) zombie: bool,
}

impl Process {
    /// What `/proc` has in this directory.
    fn in_directory(directory: &str) -> Option<Process> {
        let stat = fs::read_to_string(format!("/proc/{directory}/stat")).ok()?;
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
            started: ticks / rustix::param::clock_ticks_per_second() as f64,
            zombie: matches!(fields.first(), Some(&("Z" | "X"))),
        })
    }

    /// Whether it is this program, told to clean up.
    pub(crate) fn is_cleanup(&self) -> bool {
        let command = fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        self.name == "dns01-exec"
            && command
                .split(|byte| *byte == 0)
                .any(|word| word == b"cleanup")
    }

    /// This process.
    pub(crate) fn this() -> Option<Process> {
        let me = rustix::process::getpid().as_raw_nonzero().get();
        // In a container, `/proc` may be that of the machine, where our number is somebody else's.
        Process::in_directory("self").filter(|process| process.pid == me)
    }

    /// All processes that can be seen.
    pub(crate) fn all() -> Vec<Process> {
        if Process::this().is_none() {
            return Vec::new();
        }
        fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                let number: i32 = name.to_str()?.parse().ok()?;
                Process::in_directory(&number.to_string())
            })
            .collect()
    }

    /// Those of which a line of the environment begins with `mark`, this one aside.
    pub(crate) fn marked(mark: &str) -> Vec<Process> {
        let me = rustix::process::getpid().as_raw_nonzero().get();
        let others = Process::all().into_iter();
        others
            .filter(|process| process.pid != me && !process.zombie && process.is_marked(mark))
            .collect()
    }

    /// Whether a line of its environment begins with `mark`.
    pub(crate) fn is_marked(&self, mark: &str) -> bool {
        fs::read(format!("/proc/{}/environ", self.pid)).is_ok_and(|environment| {
            environment
                .split(|byte| *byte == 0)
                .any(|line| line.starts_with(mark.as_bytes()))
        })
    }

    /// Kills it; it may have ended by itself meanwhile.
    pub(crate) fn kill(&self) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}
