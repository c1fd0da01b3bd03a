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
    /// Its session: what a terminal, a cron job or a service runs.
    pub(crate) session: i32,
    /// Seconds from boot to its start.
    pub(crate) started: f64,
    /// It has ended, and its parent has not asked how.
    pub(crate) zombie: bool,
}

impl Process {
    /// What `/proc` has in this directory.
    pub(crate) fn in_directory(directory: &str) -> Option<Process> {
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
            session: number(3)?,
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

    /// The namespace of this process's numbers; empty where the system does not say.
    pub(crate) fn namespace() -> String {
        let link = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        link.to_string_lossy().into_owned()
    }

    /// The inode of the pipe that one of its streams is: `0` for stdin.
    pub(crate) fn pipe(&self, stream: u8) -> Option<String> {
        let link = fs::read_link(format!("/proc/{}/fd/{stream}", self.pid)).ok()?;
        let link = link.to_string_lossy().into_owned();
        link.starts_with("pipe:").then_some(link)
    }

    /// Whether what it writes comes to the last of these through some of the others; not known where one of those has
    /// ended. `outside` is what the shell that started them writes into.
    pub(crate) fn leads_to(
        &self,
        last: &Process,
        others: &[Process],
        outside: &[String],
    ) -> Option<bool> {
        let mut writer = self;
        for _ in 0..=others.len() {
            if writer.zombie {
                return None;
            }
            let Some(pipe) = writer.pipe(1) else {
                return Some(false);
            };
            if last.pipe(0).as_ref() == Some(&pipe) {
                return Some(true);
            }
            if outside.contains(&pipe) {
                return Some(false);
            }
            writer = others
                .iter()
                .find(|reader| reader.pipe(0).as_ref() == Some(&pipe))?;
        }
        Some(false)
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

    /// This one's siblings: by the list of its parent's children, where the system keeps one, else out of all.
    pub(crate) fn siblings(&self) -> Vec<Process> {
        let list = format!("/proc/{0}/task/{0}/children", self.parent);
        let children = fs::read_to_string(list).unwrap_or_default();
        let children: Vec<&str> = children.split_whitespace().collect();
        let is_listed = children.contains(&self.pid.to_string().as_str());
        let found: Vec<Process> = if is_listed {
            children
                .into_iter()
                .filter_map(Process::in_directory)
                .collect()
        } else {
            Process::all()
        };
        let is_sibling = |process: &Process| {
            (process.group, process.parent) == (self.group, self.parent) && process.pid != self.pid
        };
        found.into_iter().filter(is_sibling).collect()
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

    /// Whether this is a line of its environment.
    pub(crate) fn has_variable(&self, line: &str) -> bool {
        fs::read(format!("/proc/{}/environ", self.pid)).is_ok_and(|environment| {
            environment
                .split(|byte| *byte == 0)
                .any(|each| each == line.as_bytes())
        })
    }

    /// Kills it; it may have ended by itself meanwhile.
    pub(crate) fn kill(&self) {
        if let Some(pid) = Pid::from_raw(self.pid) {
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}
