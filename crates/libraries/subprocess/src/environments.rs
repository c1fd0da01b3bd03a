//! Finds processes by their environment, including those whose environment is empty for a moment since they are in execve(2).

use crate::process::Process;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long they are looked at again whose environment is empty: execve(2) takes less, and others were started without one.
const AGAIN: Duration = Duration::from_millis(200);

/// How long until the next look.
const PAUSE: Duration = Duration::from_millis(1);

/// All processes of which a line of the environment begins with `prefix`, except this one, zombies, and those that started
/// before `since`, in seconds from boot.
pub fn with_variable_prefix(prefix: &str, since: f64) -> Vec<Process> {
    let environments = Environments::since(since);
    let is_it = |line: &[u8]| line.starts_with(prefix.as_bytes());
    let mut found = Process::all();
    found.retain(|process| {
        !process.is_this() && !process.is_zombie && environments.has_line(process, is_it)
    });
    found
}

/// A look at the environments of processes.
pub(crate) struct Environments {
    since: f64,
    until: Instant,
}

impl Environments {
    /// A look for processes that did not start before this, in seconds from boot.
    pub(crate) fn since(since: f64) -> Environments {
        Environments {
            since,
            until: Instant::now() + AGAIN,
        }
    }

    /// Whether one of the lines of the process's environment is such a one; false where they cannot be read.
    pub(crate) fn has_line(&self, process: &Process, is_it: impl Fn(&[u8]) -> bool) -> bool {
        if process.started < self.since {
            return false;
        }
        while let Some(lines) = process.environment() {
            // What the kernel runs itself, and what is about to end, has no executable.
            let may_have_some = lines.is_empty() && process.executable().is_some();
            if !may_have_some || Instant::now() >= self.until {
                return lines.split(|byte| *byte == 0).any(is_it);
            }
            sleep(PAUSE);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spawn;
    use std::process::Command;

    #[test]
    fn processes_are_found_by_how_a_line_of_their_environment_begins() {
        let start = |value: &str| {
            let _alone = spawn::lock();
            let mut command = Command::new("sleep");
            command.arg("1000").env("SUBPROCESS_MARK", value);
            command.spawn().expect("sleep")
        };
        let mut children = [start("seen.1"), start("seen.2")];
        let number = |child: &std::process::Child| child.id() as i32;
        let found = |prefix: &str, since: f64| -> Vec<i32> {
            let found = with_variable_prefix(prefix, since);
            found.iter().map(|process| process.pid).collect()
        };
        let mut all = found("SUBPROCESS_MARK=seen.", 0.0);
        all.sort_unstable();
        let mut expected = children.each_ref().map(number);
        expected.sort_unstable();
        assert_eq!(all, expected);
        let second = Process::with_pid(number(&children[1])).expect("it runs");
        assert_eq!(
            found("SUBPROCESS_MARK=seen.2", second.started),
            [second.pid]
        );
        assert_eq!(found("SUBPROCESS_MARK=seen.2", second.started + 1.0), []);
        for child in &mut children {
            child.kill().expect("it runs");
            child.wait().expect("ended");
        }
        assert_eq!(found("SUBPROCESS_MARK=seen.", 0.0), []);
    }
}
