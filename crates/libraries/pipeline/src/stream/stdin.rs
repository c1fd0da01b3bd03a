//! Reading from this process's stdin until it ends, or the program is to stop.

use super::source::Fill;
use command::{Stop, StopReason};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How long the rest of a document may take to come when the program is to stop already.
const REST: Duration = Duration::from_secs(1);
/// How long a program that is to stop waits for what the programs before it still hold: they were mostly told to stop
/// as well, and pass it on when their last call of a user's program has ended.
pub(super) const LINGER: Duration = Duration::from_secs(30);

/// Reads until stdin ends. When a signal says that the program is to stop, what comes within `linger` is still read, but
/// nothing that a person would type.
pub(super) fn until_stopped(stop: Stop, linger: Duration) -> Fill {
    let stdin = io::stdin();
    let is_terminal = stdin.is_terminal();
    let mut until = None;
    Box::new(move |buffer, is_inside| {
        loop {
            let is_stopped = match stop.reason() {
                Some(StopReason::ReaderGone) => return Ok(0),
                Some(StopReason::Signal(_)) if is_terminal => return Ok(0),
                reason => reason.is_some(),
            };
            let wake = stop.as_fd();
            let mut fds = [
                PollFd::new(&stdin, PollFlags::IN),
                PollFd::from_borrowed_fd(wake, PollFlags::IN),
            ];
            let (fds, timeout) = if is_stopped {
                let until = *until.get_or_insert_with(|| Instant::now() + linger);
                let left = until.saturating_duration_since(Instant::now());
                let left = if is_inside { left.max(REST) } else { left };
                (&mut fds[..1], Some(left))
            } else {
                (&mut fds[..], None)
            };
            let timeout = timeout.and_then(|duration| Timespec::try_from(duration).ok());
            match poll(fds, timeout.as_ref()) {
                Ok(0) => return Ok(0),
                Ok(_) if fds[0].revents().is_empty() => {}
                Ok(_) => match rustix::io::read(stdin.as_fd(), &mut *buffer) {
                    Err(Errno::INTR | Errno::AGAIN) => {}
                    result => return Ok(result?),
                },
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    })
}
