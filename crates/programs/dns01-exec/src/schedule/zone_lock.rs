//! The lock of a zone: `present` of one order and `cleanup` of another are two processes.

use command::{Stop, StopReason, message};
use files::Lock;
use pipeline::{Problem, types};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

/// How often a lock that another process holds is tried: the system has no way to wait for it and for a signal.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// After how long a person is told what is being waited for.
const SILENT_WAIT: Duration = Duration::from_secs(5);

/// Waits for the zone's lock, a file in `locks` below this directory.
///
/// # Errors
/// `acmepipe:files` where the lock cannot be made; `acmepipe:interrupted` when the program is to stop meanwhile.
pub(super) fn lock(state_directory: &Path, zone: &str, stop: &Stop) -> Result<Lock, Problem> {
    let name = file_name(zone);
    let directory = state_directory.join("locks");
    let failed = |error: io::Error| {
        let directory = directory.display();
        Problem::new(
            &types::FILES,
            format!("cannot lock {name} in {directory}: {error}"),
        )
    };
    files::make_trusted_dir(state_directory, &directory).map_err(failed)?;
    let path = directory.join(name);
    let start = Instant::now();
    let mut is_told = false;
    loop {
        if let Some(lock) = Lock::try_path(&path).map_err(failed)? {
            return Ok(lock);
        }
        if !is_told && start.elapsed() > SILENT_WAIT {
            is_told = true;
            message::note(&format!(
                "waiting for another run, which has a call under way in zone {name}"
            ));
        }
        stop.sleep(POLL_INTERVAL).map_err(interrupted)?;
    }
}

/// The name of a zone's lock file; all challenges whose zone is not known share one.
fn file_name(zone: &str) -> &str {
    match zone.trim_end_matches('.') {
        "" => "any",
        name => name,
    }
}

/// The problem of a challenge for which the program was not called, since this one is to stop.
pub(crate) fn interrupted(reason: StopReason) -> Problem {
    match reason {
        StopReason::Signal(number) => Problem::interrupted(number),
        StopReason::ReaderGone => {
            Problem::new(&types::INTERRUPTED, "nobody reads the documents any more")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_waited_for_until_the_program_is_to_stop() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().join("state");
        let stop = Stop::silent().unwrap();
        let held = lock(&directory, "example.test.", &stop).unwrap();
        let other = lock(&directory, "", &stop).unwrap();
        let waiting = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| lock(&directory, "example.test.", &stop).map(drop));
            std::thread::sleep(Duration::from_millis(50));
            stop.stop(StopReason::Signal(15));
            waiting.join().unwrap()
        });
        assert_eq!(waiting.unwrap_err().kind, "acmepipe:interrupted");
        drop((held, other));
        let mut names: Vec<_> = std::fs::read_dir(directory.join("locks"))
            .unwrap()
            .map(|file| file.unwrap().file_name())
            .collect();
        names.sort();
        assert_eq!(names, ["any", "example.test"]);
        lock(&directory, "example.test.", &Stop::silent().unwrap()).unwrap();
    }
}
