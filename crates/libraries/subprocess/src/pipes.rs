//! The pipes to a running program: its input is written and its output read as it gets to it, until a deadline.

use crate::command::Stdout;
use crate::exit::exit_descriptor;
use crate::lines::Lines;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::fstat;
use rustix::io::{Errno, ioctl_fionread};
use rustix::pipe::PIPE_BUF;
use rustix::process::Pid;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout};
use std::time::{Duration, Instant};

/// The pipes to a program; each is `None` once it is closed.
pub(crate) struct Pipes<'a> {
    pid: Pid,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    /// What is still to be written.
    input: &'a [u8],
    /// Whether its output is whole once it has ended, whoever holds it then.
    ends_with_program: bool,
    has_exited: bool,
    /// Polls as ready once it has ended; there as soon as it is followed.
    exit: Option<OwnedFd>,
}

/// How far a program has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It has ended, and nobody holds its output any more, or nobody needs to be waited for who does.
    Ended,
    /// It has ended, and something that it started holds its output.
    OutputHeld,
    /// It runs.
    Running,
    /// It was stopped since it asked on the terminal, and cannot have that.
    Asking,
}

/// Which of the descriptors have something to do.
#[derive(Debug, Default)]
struct Ready {
    stdin: bool,
    stdout: bool,
    stderr: bool,
    exit: bool,
}

impl<'a> Pipes<'a> {
    /// Takes the pipes of a child, which reads `input` and prints for `stdout`.
    pub(crate) fn of(child: &mut Child, input: &'a [u8], stdout: Stdout) -> Pipes<'a> {
        Pipes {
            pid: Pid::from_child(child),
            stdin: child.stdin.take(),
            stdout: child.stdout.take(),
            stderr: child.stderr.take(),
            input,
            ends_with_program: stdout == Stdout::Answer,
            has_exited: false,
            exit: None,
        }
    }

    /// The names of the output pipes that are open, as processes that hold them have them in `/proc`.
    pub(crate) fn names(&self) -> Vec<String> {
        let stdout = self.stdout.as_ref().map(AsFd::as_fd);
        let stderr = self.stderr.as_ref().map(AsFd::as_fd);
        [stdout, stderr]
            .into_iter()
            .flatten()
            .filter_map(|pipe| fstat(pipe).ok())
            .map(|stat| format!("pipe:[{}]", stat.st_ino))
            .collect()
    }

    /// Writes the program's input and reads its output until it has ended and nobody holds its output any more who is to
    /// be waited for, or until `deadline`. Returns how far it has come.
    ///
    /// # Errors
    /// The system reports an error: the program cannot be followed.
    pub(crate) fn follow(
        &mut self,
        lines: &mut Lines<'_>,
        deadline: Instant,
    ) -> io::Result<Progress> {
        if self.exit.is_none() {
            self.exit = Some(exit_descriptor(self.pid)?);
        }
        loop {
            if self.input.is_empty() {
                self.stdin = None;
            }
            if self.has_exited && self.ends_with_program {
                self.read_rest(lines)?;
            }
            if self.has_exited && self.stdout.is_none() && self.stderr.is_none() {
                return Ok(Progress::Ended);
            }
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                return Ok(if self.has_exited {
                    Progress::OutputHeld
                } else {
                    Progress::Running
                });
            };
            let ready = self.wait(left)?;
            self.has_exited |= ready.exit;
            if ready.stdout {
                read(&mut self.stdout, |bytes| lines.add_stdout(bytes))?;
            }
            if ready.stderr {
                read(&mut self.stderr, |bytes| lines.add_stderr(bytes))?;
            }
            if ready.stdin {
                self.write();
            }
        }
    }

    /// Reads what the pipes have now, and closes them: whoever else holds them may print for ever.
    fn read_rest(&mut self, lines: &mut Lines<'_>) -> io::Result<()> {
        if let Some(pipe) = self.stdout.take() {
            lines.add_stdout(&now_in(pipe)?);
        }
        if let Some(pipe) = self.stderr.take() {
            lines.add_stderr(&now_in(pipe)?);
        }
        Ok(())
    }

    /// Waits until something is to be done, or for as long as is left.
    fn wait(&self, left: Duration) -> io::Result<Ready> {
        let stdin = self.stdin.as_ref().map(AsFd::as_fd);
        let stdout = self.stdout.as_ref().map(AsFd::as_fd);
        let stderr = self.stderr.as_ref().map(AsFd::as_fd);
        let exit = self.exit.as_ref().filter(|_| !self.has_exited);
        let exit = exit.map(AsFd::as_fd);
        let mut fds = Vec::with_capacity(4);
        let mut ready = Ready::default();
        let mut fields = Vec::with_capacity(4);
        for (descriptor, events, field) in [
            (stdin, PollFlags::OUT, &mut ready.stdin),
            (stdout, PollFlags::IN, &mut ready.stdout),
            (stderr, PollFlags::IN, &mut ready.stderr),
            (exit, PollFlags::IN, &mut ready.exit),
        ] {
            if let Some(descriptor) = descriptor {
                fds.push(PollFd::from_borrowed_fd(descriptor, events));
                fields.push(field);
            }
        }
        let timeout = Timespec::try_from(left).ok();
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(Ready::default()),
            Err(error) => return Err(error.into()),
        }
        for (fd, field) in fds.iter().zip(fields) {
            *field = !fd.revents().is_empty();
        }
        Ok(ready)
    }

    fn write(&mut self) {
        // A pipe that polls as writable takes this much without blocking (pipe(7)).
        let most = self.input.len().min(PIPE_BUF);
        let written = match &mut self.stdin {
            Some(pipe) => pipe.write(&self.input[..most]),
            None => Ok(0),
        };
        // A program need not read all of its input.
        self.input = &self.input[written.unwrap_or(self.input.len())..];
    }
}

/// What a pipe has now; a pipe has no more than its capacity (pipe(7)).
fn now_in(pipe: impl Read + AsFd) -> io::Result<Vec<u8>> {
    let length = ioctl_fionread(&pipe)?;
    let mut bytes = Vec::new();
    pipe.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads what is there, and closes the pipe at its end.
fn read<R: Read>(pipe: &mut Option<R>, take: impl FnOnce(&[u8])) -> io::Result<()> {
    let Some(open) = pipe else {
        return Ok(());
    };
    let mut buffer = [0; 8192];
    match open.read(&mut buffer) {
        Ok(0) => *pipe = None,
        Ok(length) => take(&buffer[..length]),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
        Err(error) => return Err(error),
    }
    Ok(())
}
