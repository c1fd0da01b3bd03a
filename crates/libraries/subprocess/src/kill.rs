//! Ends a program with everything that it started.

use crate::command::Mark;
use crate::environments::Environments;
use crate::process::Process;
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::HashSet;

/// How often the list of processes is gone through: one may start another meanwhile.
const ROUNDS: usize = 5;

/// Asks the program and its process group to end, where they are stopped too.
pub(crate) fn terminate(leader: Pid) {
    // It may have ended by itself meanwhile.
    let _ = kill_process_group(leader, Signal::TERM);
    let _ = kill_process_group(leader, Signal::CONT);
}

/// Kills the program's process group, its descendants, and whoever else holds one of its pipes or has its mark: a
/// process that it started may have left the group and lost its parent.
pub(crate) fn kill_all(leader: Pid, pipes: &[String], mark: &Mark) {
    let _ = kill_process_group(leader, Signal::KILL);
    let mark = mark.line();
    let started = Process::with_pid(leader.as_raw_nonzero().get());
    let environments = Environments::since(started.map_or(0.0, |leader| leader.started));
    for _ in 0..ROUNDS {
        let processes = Process::all();
        let family = descendants(leader.as_raw_nonzero().get(), &processes);
        let mut killed = false;
        for process in processes {
            if !process.is_zombie
                && !process.is_this()
                && (family.contains(&process.pid)
                    || process.holds_any(pipes)
                    || environments.has_line(&process, |line| line == mark.as_bytes()))
            {
                process.kill();
                killed = true;
            }
        }
        if !killed {
            return;
        }
    }
}

/// The numbers of a process and of all that descend from it.
fn descendants(ancestor: i32, processes: &[Process]) -> HashSet<i32> {
    let mut family = HashSet::from([ancestor]);
    loop {
        let before = family.len();
        for process in processes {
            if family.contains(&process.parent) {
                family.insert(process.pid);
            }
        }
        if family.len() == before {
            return family;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_are_found_in_whatever_order_they_are_listed() {
        let process = |pid: i32, parent: i32| Process {
            pid,
            name: String::new(),
            parent,
            group: 0,
            session: 0,
            started: 0.0,
            is_zombie: false,
            is_running: false,
        };
        let processes = [(5, 4), (1, 0), (4, 3), (3, 2), (2, 1), (6, 1), (7, 2)]
            .map(|(pid, parent)| process(pid, parent));
        assert_eq!(descendants(2, &processes), HashSet::from([2, 3, 4, 5, 7]));
        assert_eq!(descendants(7, &processes), HashSet::from([7]));
        assert_eq!(descendants(9, &processes), HashSet::from([9]));
    }
}
