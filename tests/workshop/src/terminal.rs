//! A terminal with somebody in front of it.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::run::wait_for;

/// As long as others wait for what has to come true.
const PATIENCE: Duration = Duration::from_secs(20);

/// A terminal, and a command that it controls.
pub struct Terminal {
    keyboard: File,
    shown: Arc<Mutex<String>>,
    child: Started,
    reader: JoinHandle<()>,
    /// Its other end is closed when the terminal is to hang up.
    open: OwnedFd,
}

impl Terminal {
    /// Runs a command in front of a new terminal, which is all of its streams. The command has to make itself the leader of
    /// a session, which `setsid --ctty` does, as its first word.
    ///
    /// # Panics
    /// There is no terminal to be had, or the command cannot be started.
    #[track_caller]
    pub fn run(mut command: Command) -> Terminal {
        let (keyboard, screen) = pair().unwrap_or_else(|error| panic!("no terminal: {error}"));
        let copy = || screen.try_clone().map(Stdio::from);
        let streams = copy().and_then(|stdout| Ok((stdout, copy()?)));
        let (stdout, stderr) = streams.unwrap_or_else(|error| panic!("no terminal: {error}"));
        let started = command.stdout(stdout).stderr(stderr).stdin(screen).spawn();
        // The terminal hangs up when nobody has its screen any more.
        drop(command);
        let child = started.unwrap_or_else(|error| panic!("it does not start: {error}"));
        let shown = Arc::new(Mutex::new(String::new()));
        let master = keyboard.try_clone();
        let mut master = master.unwrap_or_else(|error| panic!("no terminal: {error}"));
        let seen = shown.clone();
        let closing = pipe_with(PipeFlags::CLOEXEC);
        let (closed, open) = closing.unwrap_or_else(|error| panic!("no pipe: {error}"));
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while has_output(&master, &closed)
                && let Ok(length @ 1..) = master.read(&mut buffer)
            {
                let text = String::from_utf8_lossy(&buffer[..length]);
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.push_str(&text);
            }
        });
        Terminal {
            keyboard,
            shown,
            child: Started(child),
            reader,
            open,
        }
    }

    /// All that was shown so far.
    pub fn shown(&self) -> String {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.clone()
    }

    /// Waits until this is shown.
    ///
    /// # Panics
    /// It has not been shown after 20 seconds.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        let began = Instant::now();
        while !self.shown().contains(text) {
            let shown = self.shown();
            assert!(began.elapsed() < PATIENCE, "no `{text}` in: {shown}");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Types this.
    ///
    /// # Panics
    /// The terminal has hung up.
    #[track_caller]
    pub fn type_in(&mut self, keys: &str) {
        let typed = self.keyboard.write_all(keys.as_bytes());
        typed.unwrap_or_else(|error| panic!("nobody reads the keyboard: {error}"));
    }

    /// Closes the terminal, as a window that is closed or a connection that breaks does, and waits until the command has
    /// ended.
    ///
    /// # Panics
    /// It has not ended after 20 seconds.
    pub fn hang_up(self) {
        let Terminal {
            keyboard,
            child,
            reader,
            open,
            ..
        } = self;
        drop(open);
        let _ = reader.join();
        drop(keyboard);
        let child = Mutex::new(child);
        wait_for("the command has ended", || {
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            !matches!(child.0.try_wait(), Ok(None))
        });
    }

    /// Waits until the command has ended and nobody has the terminal any more, and returns all that was shown.
    ///
    /// # Panics
    /// It has not ended after 20 seconds.
    #[track_caller]
    pub fn finish(mut self) -> String {
        let child = Mutex::new(&mut self.child);
        let has_ended = || {
            let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
            !matches!(child.0.try_wait(), Ok(None))
        };
        wait_for("the command has ended", has_ended);
        wait_for("nobody has the terminal", || self.reader.is_finished());
        self.shown()
    }
}

/// A command that does not outlive the terminal.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        // Where it has ended, this does nothing.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until the terminal shows something, and returns false where it is to hang up.
fn has_output(master: &File, closed: &OwnedFd) -> bool {
    let mut fds = [
        PollFd::new(master, PollFlags::IN),
        PollFd::new(closed, PollFlags::IN),
    ];
    loop {
        match poll(&mut fds, None) {
            Err(rustix::io::Errno::INTR) => {}
            _ => return fds[1].revents().is_empty(),
        }
    }
}

/// Both ends of a new terminal.
fn pair() -> std::io::Result<(File, File)> {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&keyboard)?;
    unlockpt(&keyboard)?;
    let name = ptsname(&keyboard, Vec::new())?;
    let screen = File::from(rustix::fs::open(
        name,
        rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    )?);
    Ok((keyboard.into(), screen))
}
