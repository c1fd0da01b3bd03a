//! Waits until a process has ended.

use crate::process::Process;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, WaitId, WaitIdOptions, pidfd_open, waitid};
use std::io;
use std::os::fd::OwnedFd;
use std::time::Instant;

/// Waits until a process has ended, whoever started it. Returns false where it still runs at `deadline`; true also
/// where it cannot be waited for, since it is gone already.
pub fn wait_for_end(process: &Process, deadline: Instant) -> bool {
    let Some(descriptor) =
        Pid::from_raw(process.pid).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok())
    else {
        return true;
    };
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).ok();
        let mut fds = [PollFd::new(&descriptor, PollFlags::IN)];
        match poll(&mut fds, timeout.as_ref()) {
            Err(Errno::INTR) => {}
            ended => return ended.is_ok_and(|count| count > 0),
        }
    }
}

/// A descriptor that polls as ready once this child has ended. The child stays a zombie, so its number stays its own
/// until it is waited for.
///
/// # Errors
/// The system gives no descriptor or thread.
pub(crate) fn exit_descriptor(child: Pid) -> io::Result<OwnedFd> {
    // There is no such descriptor before Linux 5.3, nor where a filter of system calls does not know it.
    pidfd_open(child, PidfdFlags::empty()).or_else(|_| descriptor_of_thread(child))
}

/// A pipe that is closed by a thread that waits for the child.
fn descriptor_of_thread(child: Pid) -> io::Result<OwnedFd> {
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    std::thread::Builder::new()
        .name("exit".into())
        .stack_size(64 << 10)
        .spawn(move || {
            let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            while let Err(Errno::INTR) = waitid(WaitId::Pid(child), options) {}
            drop(writer);
        })?;
    Ok(reader)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spawn;
    use std::process::{Child, Command};
    use std::time::Duration;

    fn sleep() -> (Child, Process) {
        let _alone = spawn::lock();
        let child = Command::new("sleep").arg("1000").spawn().expect("sleep");
        let process = Process::with_pid(child.id() as i32).expect("it runs");
        (child, process)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(50)
    }

    fn late() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn one_waits_until_a_process_has_ended_or_time_is_up() {
        let (mut child, process) = sleep();
        assert!(!wait_for_end(&process, soon()));
        process.kill();
        assert!(wait_for_end(&process, late()));
        child.wait().expect("ended");
        assert!(wait_for_end(&process, soon()));
    }

    #[test]
    fn a_descriptor_is_ready_once_the_child_has_ended() {
        for descriptor in [exit_descriptor, descriptor_of_thread] {
            let (mut child, process) = sleep();
            let descriptor = descriptor(Pid::from_child(&child)).expect("a descriptor");
            let is_ready = |deadline: Instant| {
                let left = deadline.saturating_duration_since(Instant::now());
                let timeout = Timespec::try_from(left).expect("a timeout");
                let mut fds = [PollFd::new(&descriptor, PollFlags::IN)];
                poll(&mut fds, Some(&timeout)).expect("a descriptor that polls") > 0
            };
            assert!(!is_ready(soon()));
            process.kill();
            assert!(is_ready(late()));
            child.wait().expect("it can still be waited for");
        }
    }
}
