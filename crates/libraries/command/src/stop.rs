//! When to stop: a signal, or a reader of stdout that went away.
//!
//! The first SIGINT, SIGTERM or SIGHUP asks the program to stop waiting and to pass on what it holds. What comes right
//! after it tells the same again; one that comes later ends the program at once.

use crate::signals::{is_pending, mark_on_signal, on_each_signal, thread};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Signals that come within this time of the first tell the same: of a terminal that closes the shell tells and a moment
/// later the kernel, of a service that stops systemd and every program that relays it, as `timeout` and `sudo` do.
const ONE_WISH: Duration = Duration::from_secs(2);

/// Why a program is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// This signal came.
    Signal(i32),
    /// Nobody reads this program's stdout any more.
    ReaderGone,
}

impl StopReason {
    /// The exit status that says so: 128 plus the signal, as a shell reports it (SIGPIPE for a reader that went).
    pub fn exit_status(self) -> u8 {
        let number = match self {
            StopReason::Signal(number) => number,
            StopReason::ReaderGone => signal_hook::consts::SIGPIPE,
        };
        u8::try_from(128 + number).unwrap_or(u8::MAX)
    }
}

/// A handle to ask whether the program is to stop, and to wait for that.
#[derive(Clone)]
pub struct Stop(Arc<Inner>);

type Watcher = Box<dyn FnOnce(StopReason) + Send>;

struct Inner {
    state: Mutex<State>,
    changed: Condvar,
    /// Marked by the signal handler, until the listener has taken note.
    is_coming: Arc<AtomicBool>,
    /// When the last signal came.
    heard_at: Arc<Mutex<Option<Instant>>>,
    /// Its other end is closed when the program is to stop, which wakes everyone who polls it.
    wake: OwnedFd,
}

struct State {
    heard: Option<StopReason>,
    reason: Option<StopReason>,
    waker: Option<OwnedFd>,
    watchers: Vec<Watcher>,
}

impl Stop {
    /// Listens for signals, except for those that were ignored when the program started (as nohup does).
    ///
    /// # Errors
    /// Where the system gives no pipe, signal handler or thread.
    pub fn listen() -> io::Result<Stop> {
        Stop::new(true)
    }

    /// Listens too, but the first signal is only remembered, for the exit status; a second thought ends even this.
    ///
    /// # Errors
    /// As [`Stop::listen`].
    pub fn listen_only() -> io::Result<Stop> {
        Stop::new(false)
    }

    fn new(obey: bool) -> io::Result<Stop> {
        let stop = Stop::silent()?;
        let listener = stop.clone();
        let mut first = None;
        mark_on_signal(&stop.0.is_coming)?;
        on_each_signal(move |number| {
            let reason = StopReason::Signal(number);
            let now = Instant::now();
            *lock(&listener.0.heard_at) = Some(now);
            listener.0.is_coming.store(false, Ordering::SeqCst);
            match first {
                Some(first) if is_second_thought(first, now) => {
                    std::process::exit(reason.exit_status().into())
                }
                Some(_) => {}
                None => {
                    first = Some(now);
                    listener.lock().heard = Some(reason);
                    if obey {
                        listener.stop(reason);
                    }
                }
            }
        })?;
        Ok(stop)
    }

    /// Watches whether stdout, where it is a pipe, still has a reader.
    ///
    /// # Errors
    /// Where the system gives no thread.
    pub fn watch_reader(&self) -> io::Result<()> {
        if !is_pipe(io::stdout()) {
            return Ok(());
        }
        // Where there was none from the start, nothing is begun.
        let stdout = io::stdout();
        let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
        if poll(&mut fds, Some(&Timespec::default())).is_ok_and(|gone| gone > 0) {
            self.stop(StopReason::ReaderGone);
            return Ok(());
        }
        let stop = self.clone();
        thread("reader", move || {
            let stdout = io::stdout();
            let mut fds = [PollFd::new(&stdout, PollFlags::empty())];
            loop {
                match poll(&mut fds, None) {
                    Ok(_) => return stop.stop(StopReason::ReaderGone),
                    Err(rustix::io::Errno::INTR) => {}
                    Err(_) => return,
                }
            }
        })
    }

    /// One that nothing stops: for tests, and for what has to run to its end.
    ///
    /// # Errors
    /// Where the system gives no pipe.
    pub fn silent() -> io::Result<Stop> {
        Stop::quiet(Arc::default(), Arc::default())
    }

    /// One that nothing stops, and that knows of the signals that this one hears.
    ///
    /// # Errors
    /// Where the system gives no pipe.
    pub fn unheeding(&self) -> io::Result<Stop> {
        Stop::quiet(self.0.is_coming.clone(), self.0.heard_at.clone())
    }

    fn quiet(
        is_coming: Arc<AtomicBool>,
        heard_at: Arc<Mutex<Option<Instant>>>,
    ) -> io::Result<Stop> {
        let (wake, waker) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
        Ok(Stop(Arc::new(Inner {
            state: Mutex::new(State {
                heard: None,
                reason: None,
                waker: Some(waker),
                watchers: Vec::new(),
            }),
            changed: Condvar::new(),
            is_coming,
            heard_at,
            wake,
        })))
    }

    /// Asks the program to stop; only the first reason counts.
    pub fn stop(&self, reason: StopReason) {
        let mut state = self.lock();
        if state.reason.is_some() {
            return;
        }
        state.reason = Some(reason);
        state.waker = None;
        let watchers = std::mem::take(&mut state.watchers);
        drop(state);
        self.0.changed.notify_all();
        for watcher in watchers {
            watcher(reason);
        }
    }

    /// Why the program is to stop, if it is.
    pub fn reason(&self) -> Option<StopReason> {
        self.lock().reason
    }

    /// What decides the exit status: why the program is to stop, or the signal that it heard and went on.
    pub fn heard(&self) -> Option<StopReason> {
        let state = self.lock();
        state.heard.or(state.reason)
    }

    /// Whether a signal has come since then, also one of which the listener does not know yet.
    pub fn has_heard_since(&self, then: Instant) -> bool {
        self.0.is_coming.load(Ordering::SeqCst)
            || is_pending()
            // This comes last: the listener takes note of a signal before it takes the mark off.
            || lock(&self.0.heard_at).is_some_and(|at| at >= then)
    }

    /// Waits for this long, or until the program is to stop.
    ///
    /// # Errors
    /// The reason to stop, at once when there is one.
    pub fn sleep(&self, duration: Duration) -> Result<(), StopReason> {
        let until = Instant::now() + duration;
        let mut state = self.lock();
        loop {
            if let Some(reason) = state.reason {
                return Err(reason);
            }
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                return Ok(());
            };
            let waited = self.0.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Calls `watcher` when the program is to stop; now, where it is already.
    pub fn on_stop(&self, watcher: impl FnOnce(StopReason) + Send + 'static) {
        let mut state = self.lock();
        match state.reason {
            None => state.watchers.push(Box::new(watcher)),
            Some(reason) => {
                drop(state);
                watcher(reason);
            }
        }
    }

    /// A descriptor that polls as hung up once the program is to stop.
    pub fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.wake.as_fd()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a signal that comes `now` is a person's second thought, after a `first` one.
fn is_second_thought(first: Instant, now: Instant) -> bool {
    now.duration_since(first) >= ONE_WISH
}

/// Whether this is an end of a pipe, named or not.
pub fn is_pipe(stream: impl AsFd) -> bool {
    fstat(stream).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_within_two_seconds_of_the_first_signal_is_no_second_thought() {
        let first = Instant::now();
        for (millis, expected) in [(0, false), (300, false), (1999, false), (2000, true)] {
            let now = first + Duration::from_millis(millis);
            assert_eq!(is_second_thought(first, now), expected, "{millis}");
        }
    }

    #[test]
    fn a_sleep_ends_when_the_program_is_to_stop() {
        let stop = Stop::silent().unwrap();
        let other = stop.clone();
        let sleeper = std::thread::spawn(move || other.sleep(Duration::from_secs(3600)));
        stop.stop(StopReason::Signal(15));
        stop.stop(StopReason::Signal(2));
        assert_eq!(sleeper.join().unwrap(), Err(StopReason::Signal(15)));
        assert_eq!(StopReason::Signal(15).exit_status(), 143);
    }
}
