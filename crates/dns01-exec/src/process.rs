//! Processes as the system lists them. Where there is no `/proc` (it is Linux's), the list is empty.

use std::fs;

/// One process: proc_pid_stat(5).
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    /// Its name, of which the system keeps 15 bytes.
    pub(crate) name: String,
    pub(crate) parent: i32,
    pub(crate) group: i32,
    /// Seconds from boot to its start.
    pub(crate) started: f64,
    /// It has ended, and its parent has not asked how.
    pub(crate) zombie: bool,
}

impl Process {
    /// The process of this number.
    pub(crate) fn of(pid: i32) -> Option<Process> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name, in parentheses, may hold anything, parentheses and blanks too.
        let (name, fields) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<i32>().ok();
        let ticks: f64 = fields.get(19)?.parse().ok()?;
        Some(Process {
            pid,
            name: name.split_once('(')?.1.to_owned(),
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
        Process::of(rustix::process::getpid().as_raw_nonzero().get())
    }

    /// All processes that can be seen.
    pub(crate) fn all() -> Vec<Process> {
        fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Process::of(entry.file_name().to_str()?.parse().ok()?))
            .collect()
    }
}
