//! The variable in a call's environment by which all that the call started is found, also by another process after
//! the one that made the call was killed.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use subprocess::{Mark, Process};

/// The variable's name.
const VARIABLE: &str = "ACMEPIPE_CALL";

/// The prefix of the marks of all calls that a process makes: its number and its start, in seconds from boot.
pub fn of_process(pid: i32, started: f64) -> String {
    format!("{pid}-{started}")
}

/// The process with this mark, if it still runs.
pub fn process(mark: &str) -> Option<Process> {
    let (pid, _) = mark.split_once('-')?;
    let process = Process::with_pid(pid.parse().ok()?)?;
    (of_process(process.pid, process.started) == mark).then_some(process)
}

/// The prefix of the variable in the environment of all calls that the process with this mark makes.
pub fn of_its_calls(process: &str) -> String {
    format!("{VARIABLE}={process}.")
}

/// The mark of this process's next call.
pub fn next_call() -> Mark {
    static PROCESS: OnceLock<String> = OnceLock::new();
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let process = PROCESS.get_or_init(|| {
        let started = Process::this().map_or(0.0, |process| process.started);
        of_process(std::process::id().cast_signed(), started)
    });
    let number = CALLS.fetch_add(1, Ordering::Relaxed);
    Mark {
        variable: VARIABLE.to_owned(),
        value: format!("{process}.{number};"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_found_by_its_mark_and_no_other_of_its_number() {
        let this = Process::this().expect("proc");
        let mark = of_process(this.pid, this.started);
        assert_eq!(process(&mark).map(|process| process.pid), Some(this.pid));
        let another = of_process(this.pid, this.started + 1.0);
        for mark in [another.as_str(), "", "x-1", "-1-1"] {
            assert!(process(mark).is_none(), "{mark}");
        }
    }

    #[test]
    fn the_mark_of_a_call_tells_its_process_and_no_other_call() {
        let (one, two) = (next_call(), next_call());
        assert_ne!(one, two);
        let process = Process::this().expect("proc");
        let mark = of_process(process.pid, process.started);
        for call in [one, two] {
            let line = format!("{}={}", call.variable, call.value);
            assert!(line.starts_with(&of_its_calls(&mark)), "{line}");
            assert!(line.ends_with(';'), "{line}");
        }
        // Files of earlier versions have these numbers, and their calls these marks.
        assert_eq!(of_its_calls(&of_process(7, 12.5)), "ACMEPIPE_CALL=7-12.5.");
        assert_eq!(of_its_calls(&of_process(7, 12.0)), "ACMEPIPE_CALL=7-12.");
    }
}
