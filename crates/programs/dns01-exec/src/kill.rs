//! Ending a program that hangs, with everything that it started.

use crate::process::Process;
use rustix::fs::fstat;
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::HashSet;
use std::fs;
use std::os::fd::OwnedFd;

/// How often the list of processes is gone through: one may start another while we look.
const ROUNDS: usize = 5;

/// Asks the program and its process group to end.
pub(crate) fn ask(pid: Pid) {
    // It may have ended by itself meanwhile.
    let _ = kill_process_group(pid, Signal::TERM);
}

/// The variable that tells the processes of one call from all others.
pub(crate) const MARK: &str = "ACMEPIPE_CALL";

/// How the line of a process's environment begins that runs for this owner.
pub(crate) fn mark_of(owner: &str) -> String {
    format!("{MARK}={owner}.")
}

/// Kills the program's process group, its descendants, and whoever else holds one of its pipes or has `mark`, a line
/// of its environment: a child may have left the group and lost its parent.
pub(crate) fn everything(pid: Pid, pipes: &[OwnedFd], mark: &str) {
    let _ = kill_process_group(pid, Signal::KILL);
    let pipes: Vec<String> = pipes
        .iter()
        .filter_map(|pipe| fstat(pipe).ok())
        .map(|stat| format!("pipe:[{}]", stat.st_ino))
        .collect();
    for _ in 0..ROUNDS {
        let alive = relatives(pid, &pipes, mark);
        if alive.is_empty() {
            return;
        }
        for process in alive {
            process.kill();
        }
    }
}

/// Processes that descend from `pid`, hold one of the pipes or have the mark, this process and zombies aside.
fn relatives(pid: Pid, pipes: &[String], mark: &str) -> Vec<Process> {
    let processes = Process::all();
    let mut family = HashSet::from([pid.as_raw_nonzero().get()]);
    loop {
        let before = family.len();
        for process in &processes {
            if family.contains(&process.parent) {
                family.insert(process.pid);
            }
        }
        if family.len() == before {
            break;
        }
    }
    let myself = rustix::process::getpid().as_raw_nonzero().get();
    processes
        .into_iter()
        .filter(|process| !process.zombie && process.pid != myself)
        .filter(|process| {
            family.contains(&process.pid) || holds(process.pid, pipes) || process.is_marked(mark)
        })
        .collect()
}

fn holds(process: i32, pipes: &[String]) -> bool {
    fs::read_dir(format!("/proc/{process}/fd"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|target| pipes.iter().any(|pipe| target.as_os_str() == pipe.as_str()))
}
