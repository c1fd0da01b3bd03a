//! One sandbox: servers that run for as long as it is there.

use std::env;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use workshop::{Programs, unignore_signals};

use crate::Config;
use crate::servers::{Server, Servers, deadlock};
use crate::site::Site;

/// A small internet that lasts as long as this value, or as its process where that ends first.
pub struct Sandbox {
    pub(crate) site: Site,
    servers: Servers,
    programs: Programs,
}

impl Sandbox {
    /// `example.test` on three servers.
    ///
    /// # Panics
    /// Something did not start; the message says what, with the end of its log.
    #[track_caller]
    pub fn start() -> Sandbox {
        Sandbox::with(Config::default())
    }

    /// What the configuration says.
    ///
    /// # Panics
    /// As [`Sandbox::start`], and where the programs do not build.
    #[track_caller]
    pub fn with(config: Config) -> Sandbox {
        if let Ok(Programs { errors, .. }) = Programs::build() {
            assert!(errors.is_empty(), "the programs do not build\n{errors}");
        }
        match Sandbox::try_with(config) {
            Ok(sandbox) => sandbox,
            Err(error) => panic!("{error}"),
        }
    }

    /// What the configuration says, with whatever programs could be built.
    ///
    /// # Errors
    /// Something did not start; the error says what, with the end of its log.
    pub fn try_with(config: Config) -> io::Result<Sandbox> {
        unignore_signals();
        let programs = if config.release {
            Programs::release()?
        } else {
            Programs::build()?
        };
        let site = Site::prepare(config, &programs)?;
        let servers = Servers::start(&site)?;
        Ok(Sandbox {
            site,
            servers,
            programs,
        })
    }

    /// The directory of everything that this sandbox writes. It goes when the sandbox does, unless a test failed.
    pub fn dir(&self) -> &Path {
        self.site.machine.dir()
    }

    /// Where the programs keep accounts and certificates: their `--path`.
    pub fn data(&self) -> PathBuf {
        self.dir().join("data")
    }

    /// The directory that commands run in.
    pub fn work(&self) -> PathBuf {
        self.site.machine.work()
    }

    /// Its /proc, as it looks from outside.
    pub fn proc(&self) -> PathBuf {
        self.site.machine.namespace.proc()
    }

    /// Where packages were unpacked.
    pub fn tools_root(&self) -> PathBuf {
        self.site.machine.tools.root()
    }

    /// Whether all programs are of today's source.
    pub fn programs_are_fresh(&self) -> bool {
        self.programs.errors.is_empty()
    }

    /// The variables that programs find, beside what the caller has.
    pub fn env(&self) -> impl Iterator<Item = (&str, &OsStr)> {
        self.site.machine.env()
    }

    /// Whether Pebble has blocked itself, and was ended for that.
    pub fn is_deadlocked(&self) -> bool {
        deadlock(self.dir()).exists()
    }

    /// Kills a server.
    ///
    /// # Panics
    /// It is not there.
    #[track_caller]
    pub fn stop(&mut self, server: Server) {
        if let Err(error) = self.servers.stop(&self.site, server) {
            panic!("{server:?}: {error}");
        }
    }

    /// Starts a server that was stopped, with the zones as they were at first.
    ///
    /// # Panics
    /// It does not start.
    #[track_caller]
    pub fn restart(&mut self, server: Server) {
        if let Err(error) = self.servers.restart(&self.site, server) {
            panic!("{server:?}: {error}");
        }
    }

    /// Makes a server hang: its sockets take queries, and nothing comes back.
    ///
    /// # Panics
    /// It is not there.
    #[track_caller]
    pub fn pause(&self, server: Server) {
        self.signal(server, "STOP");
    }

    /// Lets a server go on that hung.
    ///
    /// # Panics
    /// It is not there.
    #[track_caller]
    pub fn resume(&self, server: Server) {
        self.signal(server, "CONT");
    }

    #[track_caller]
    fn signal(&self, server: Server, signal: &str) {
        if let Err(error) = self.servers.signal(&self.site, server, signal) {
            panic!("{server:?}: {error}");
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.servers.wake();
        if !thread::panicking() {
            return;
        }
        eprint!("{}", self.servers.log_tails(&self.site.machine));
        if self.is_deadlocked() {
            // There is nothing of ours to find out, and the test runs once more.
            note_deadlock();
        } else {
            self.site.machine.namespace.keep_dir();
            let dir = self.dir().display();
            eprintln!("everything of this sandbox is kept in {dir}");
        }
    }
}

/// Says on stderr, and in the file that `tests/again-after-deadlock` names, that it was Pebble that failed this test.
fn note_deadlock() {
    let thread = thread::current();
    let test = thread.name().unwrap_or("a test");
    eprintln!("{test}: Pebble has blocked itself");
    if let Some(path) = env::var_os("ACMEPIPE_TEST_DEADLOCKS") {
        // Where that cannot be written, the test has failed all the same.
        let file = File::options().append(true).create(true).open(path);
        let _ = file.and_then(|mut file| writeln!(file, "{test}"));
    }
}
