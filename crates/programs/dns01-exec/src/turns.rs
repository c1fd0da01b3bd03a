//! Which calls may overlap. Scripts written for lego have never seen two at once, so calls for names of one zone
//! take turns, those of other processes included; calls for different zones may overlap. With a number of jobs,
//! that many overlap anywhere.

use pipeline::{Failure, Stop, StopReason, message};
use rustix::fs::{FlockOperation, flock};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many zones are worked on at once.
const ZONES: usize = 16;
/// How often a lock that another process holds is tried: the system has no way to wait for it and for a signal.
const LOCK_POLL: Duration = Duration::from_millis(20);

/// After how long it is said that a zone is waited for.
const LOCK_SAID: Duration = Duration::from_secs(5);

/// Who may call the program now.
pub(crate) struct Turns {
    /// So many overlap, whatever their zones.
    jobs: Option<usize>,
    /// The pause between two calls of a zone.
    pause: Duration,
    locks: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    running: usize,
    /// Zones with a call under way (none) or when their last call ended.
    zones: HashMap<String, Option<Instant>>,
}

/// The right to one call; it ends when this is dropped.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    zone: &'a str,
    lock: Option<File>,
}

impl Turns {
    /// `jobs` calls at once anywhere, or none given, one at once per zone, `pause` after the one before.
    pub(crate) fn new(
        jobs: Option<usize>,
        pause: Duration,
        state_directory: &std::path::Path,
    ) -> Turns {
        Turns {
            jobs,
            pause,
            locks: state_directory.join("locks"),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// How many calls for these zones can be under way at once.
    pub(crate) fn width(&self, zones: usize) -> usize {
        self.jobs.unwrap_or(zones.min(ZONES))
    }

    /// Whether calls overlap whatever their zone.
    pub(crate) fn overlap(&self) -> bool {
        self.jobs.is_some()
    }

    /// Waits for a turn in this zone.
    ///
    /// # Errors
    /// What failed about the zone's lock, or the signal that came meanwhile.
    pub(crate) fn take<'a>(&'a self, zone: &'a str, stop: &Stop) -> Result<Turn<'a>, Failure> {
        let mut state = self.lock();
        while !self.is_free(&state, zone) {
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.running += 1;
        let last = state.zones.insert(zone.to_owned(), None).flatten();
        drop(state);
        let mut turn = Turn {
            turns: self,
            zone,
            lock: None,
        };
        if self.jobs.is_none() {
            turn.lock = Some(self.lock_zone(zone, stop)?);
            if let Some(last) = last {
                let rest = self.pause.saturating_sub(last.elapsed());
                stop.sleep(rest).map_err(stopped)?;
            }
        }
        Ok(turn)
    }

    fn is_free(&self, state: &State, zone: &str) -> bool {
        match self.jobs {
            Some(jobs) => state.running < jobs,
            None => state.running < ZONES && !matches!(state.zones.get(zone), Some(None)),
        }
    }

    /// The zone's lock file, locked: `present` of one order and `cleanup` of another are two processes.
    fn lock_zone(&self, zone: &str, stop: &Stop) -> Result<File, Failure> {
        let failed = |error: io::Error| {
            let locks = self.locks.display();
            Failure::new(
                "acmepipe:files",
                format!("cannot lock {} in {locks}: {error}", lock_name(zone)),
            )
        };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.locks)
            .map_err(failed)?;
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.locks.join(lock_name(zone)))
            .map_err(failed)?;
        let began = Instant::now();
        let mut said = false;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(file),
                Err(rustix::io::Errno::WOULDBLOCK) => {
                    if began.elapsed() > LOCK_SAID && !said {
                        said = true;
                        message::note(&format!(
                            "waiting for another run that has a call under way in zone {}",
                            lock_name(zone)
                        ));
                    }
                    stop.sleep(LOCK_POLL).map_err(stopped)?;
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(failed(error.into())),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The lock of a zone; all of which nothing is known have one.
fn lock_name(zone: &str) -> &str {
    match zone.trim_end_matches('.') {
        "" => "any",
        name => name,
    }
}

/// What a challenge says whose turn did not come before the program was to stop.
pub(crate) fn stopped(reason: StopReason) -> Failure {
    match reason {
        StopReason::Signal(number) => Failure::interrupted(number),
        StopReason::ReaderGone => Failure::new(
            "acmepipe:interrupted",
            "nobody reads the documents any more",
        ),
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // First, or the next call of this process would find the zone locked.
        drop(self.lock.take());
        let mut state = self.turns.lock();
        state.running -= 1;
        state
            .zones
            .insert(self.zone.to_owned(), Some(Instant::now()));
        drop(state);
        self.turns.changed.notify_all();
    }
}
