//! Permission to call the user's program. A count of what is under way keeps threads of this process apart, the zone's
//! lock other processes.

use crate::protocol::UserProgram;
use crate::schedule::zone_lock::{self, interrupted};
use command::{Stop, message};
use files::Lock;
use pipeline::{Problem, types};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Which calls may overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overlap {
    /// Calls for so many zones, one for each.
    Zones(usize),
    /// So many calls, whatever their zones.
    Anywhere(usize),
}

impl Overlap {
    /// How many zones have a call at once where `--jobs` does not say: each is a process of the user's, or several.
    const DEFAULT: Overlap = Overlap::Zones(16);

    /// As a program is called. A batch has one call for each zone all the same: what comes meanwhile goes into the next.
    pub(crate) fn of(program: &UserProgram) -> Overlap {
        match (program.jobs, program.batch) {
            (Some(jobs), false) => Overlap::Anywhere(jobs),
            (Some(jobs), true) => Overlap::Zones(jobs),
            (None, _) => Overlap::DEFAULT,
        }
    }

    /// How many calls can run at once for this many zones.
    pub(crate) fn most_at_once(self, zones: usize) -> usize {
        match self {
            Overlap::Zones(most) => zones.min(most),
            Overlap::Anywhere(most) => most,
        }
    }

    /// Whether calls for one zone may overlap.
    pub(crate) fn ignores_zones(self) -> bool {
        matches!(self, Overlap::Anywhere(_))
    }
}

/// Decides when the program may be called.
pub(crate) struct Schedule {
    /// The pause between two calls for the same zone.
    pause: Duration,
    state_directory: PathBuf,
    calls: Mutex<Calls>,
    changed: Condvar,
}

/// The calls of this process.
#[derive(Debug, Default)]
struct Calls {
    running: usize,
    zones: HashMap<String, ZoneCalls>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ZoneCalls {
    UnderWay,
    /// The last one ended then, and none has begun since.
    EndedAt(Instant),
}

/// Permission to call the program for a zone, until this is dropped.
pub(crate) struct Permit<'a> {
    schedule: &'a Schedule,
    zone: &'a str,
    lock: Option<Lock>,
}

impl Schedule {
    /// Where calls for one zone do not overlap, each begins `pause` after the end of the one before.
    pub(crate) fn new(pause: Duration, state_directory: &Path) -> Schedule {
        Schedule {
            pause,
            state_directory: state_directory.to_owned(),
            calls: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Waits until a call may be made for this zone, and others that may overlap with it leave room.
    ///
    /// # Errors
    /// `acmepipe:files` where the zone cannot be locked; `acmepipe:interrupted` when the program is to stop while it waits
    /// for the lock, or for the pause.
    pub(crate) fn wait<'a>(
        &'a self,
        zone: &'a str,
        overlap: Overlap,
        stop: &Stop,
    ) -> Result<Permit<'a>, Problem> {
        let lock = || zone_lock::lock(&self.state_directory, zone, stop).map(Some);
        self.wait_with(lock, zone, overlap, stop)
    }

    /// As [`Schedule::wait`], for a call that removes records: it is made even where the zone cannot be locked.
    ///
    /// # Errors
    /// `acmepipe:interrupted`.
    pub(crate) fn wait_to_remove<'a>(
        &'a self,
        zone: &'a str,
        overlap: Overlap,
        stop: &Stop,
    ) -> Result<Permit<'a>, Problem> {
        let lock = || match zone_lock::lock(&self.state_directory, zone, stop) {
            Err(problem) if problem.is(&types::FILES) => {
                let detail = &problem.detail;
                message::warning(&format!("{detail}; removing the records without the lock"));
                Ok(None)
            }
            lock => lock.map(Some),
        };
        self.wait_with(lock, zone, overlap, stop)
    }

    fn wait_with<'a>(
        &'a self,
        lock: impl FnOnce() -> Result<Option<Lock>, Problem>,
        zone: &'a str,
        overlap: Overlap,
        stop: &Stop,
    ) -> Result<Permit<'a>, Problem> {
        let mut calls = self.calls();
        while !calls.have_room(zone, overlap) {
            calls = self
                .changed
                .wait(calls)
                .unwrap_or_else(PoisonError::into_inner);
        }
        calls.running += 1;
        let before = calls.zones.insert(zone.to_owned(), ZoneCalls::UnderWay);
        drop(calls);
        let mut permit = Permit {
            schedule: self,
            zone,
            lock: None,
        };
        if !overlap.ignores_zones() {
            permit.lock = lock()?;
            let rest = rest_of_pause(before, self.pause, Instant::now());
            if !rest.is_zero() {
                stop.sleep(rest).map_err(interrupted)?;
            }
        }
        Ok(permit)
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calls {
    /// Whether one more call may run, for this zone.
    fn have_room(&self, zone: &str, overlap: Overlap) -> bool {
        match overlap {
            Overlap::Zones(most) => {
                self.running < most && self.zones.get(zone) != Some(&ZoneCalls::UnderWay)
            }
            Overlap::Anywhere(most) => self.running < most,
        }
    }
}

/// How much of the pause after the zone's last call is left.
fn rest_of_pause(before: Option<ZoneCalls>, pause: Duration, now: Instant) -> Duration {
    match before {
        Some(ZoneCalls::EndedAt(end)) => pause.saturating_sub(now.saturating_duration_since(end)),
        _ => Duration::ZERO,
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        // This comes first, or the next call of this process would find the zone locked.
        drop(self.lock.take());
        let mut calls = self.schedule.calls();
        calls.running -= 1;
        let ended = ZoneCalls::EndedAt(Instant::now());
        calls.zones.insert(self.zone.to_owned(), ended);
        drop(calls);
        self.schedule.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use command::StopReason;

    #[test]
    fn a_call_runs_where_its_zone_is_free_or_so_many_jobs_are() {
        let calls = |running: usize| Calls {
            running,
            zones: HashMap::from([
                ("busy.".to_owned(), ZoneCalls::UnderWay),
                ("free.".to_owned(), ZoneCalls::EndedAt(Instant::now())),
            ]),
        };
        for (running, zone, overlap, may_run) in [
            (1, "busy.", Overlap::Zones(3), false),
            (1, "free.", Overlap::Zones(3), true),
            (1, "new.", Overlap::Zones(3), true),
            (2, "free.", Overlap::Zones(3), true),
            (3, "free.", Overlap::Zones(3), false),
            (1, "busy.", Overlap::Anywhere(2), true),
            (2, "busy.", Overlap::Anywhere(2), false),
            (2, "new.", Overlap::Anywhere(2), false),
        ] {
            let room = calls(running).have_room(zone, overlap);
            assert_eq!(room, may_run, "{running} {zone} {overlap:?}");
        }
    }

    #[test]
    fn a_batch_has_one_call_for_each_zone_however_many_jobs_there_are() {
        for (jobs, is_batch, expected) in [
            (None, false, Overlap::Zones(16)),
            (None, true, Overlap::Zones(16)),
            (Some(20), false, Overlap::Anywhere(20)),
            (Some(20), true, Overlap::Zones(20)),
        ] {
            let program = UserProgram {
                path: "/x".into(),
                raw: false,
                double_dash: false,
                batch: is_batch,
                jobs,
                time_limit: Duration::ZERO,
            };
            assert_eq!(Overlap::of(&program), expected, "{jobs:?} {is_batch}");
        }
    }

    #[test]
    fn what_is_left_of_the_pause_is_waited_after_a_zones_last_call() {
        let now = Instant::now() + Duration::from_secs(100);
        let ago = |seconds| Some(ZoneCalls::EndedAt(now - Duration::from_secs(seconds)));
        for (before, expected) in [
            (ago(0), 10),
            (ago(4), 6),
            (ago(10), 0),
            (ago(11), 0),
            (None, 0),
            (Some(ZoneCalls::UnderWay), 0),
        ] {
            let rest = rest_of_pause(before, Duration::from_secs(10), now);
            assert_eq!(rest.as_secs(), expected, "{before:?}");
        }
    }

    #[test]
    fn a_permit_is_given_back_when_it_is_dropped_or_when_there_is_none() {
        let directory = tempfile::tempdir().unwrap();
        let zones = Overlap::Zones(16);
        let pause = Duration::from_secs(3600);
        let schedule = Schedule::new(pause, &directory.path().join("state"));
        let stop = Stop::silent().unwrap();
        drop(schedule.wait("a.", zones, &stop).unwrap());
        assert_eq!(schedule.calls().running, 0);
        stop.stop(StopReason::Signal(15));
        // Its pause is over only in an hour.
        let problem = schedule
            .wait("a.", zones, &stop)
            .err()
            .map(|problem| problem.kind);
        assert_eq!(problem.as_deref(), Some("acmepipe:interrupted"));
        assert_eq!(schedule.calls().running, 0);
        assert_eq!(zones.most_at_once(3), 3);
        assert_eq!(zones.most_at_once(17), 16);
        let two = Overlap::Anywhere(2);
        let jobs = Schedule::new(pause, directory.path());
        let both = [jobs.wait("a.", two, &stop), jobs.wait("a.", two, &stop)];
        assert!(both.iter().all(Result::is_ok));
        assert_eq!((jobs.calls().running, two.most_at_once(1)), (2, 2));
    }
}
