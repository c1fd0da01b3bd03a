//! Name servers as a test wants them: which holds what, where, and what stands on the way. There is no CA in it.
//!
//! | address | what |
//! |---|---|
//! | 198.51.100.1 | NSD with the root zone and `test.` |
//! | 127.0.0.1 | Unbound, unless the layout has other resolvers |
//! | of the test's choice | Knot, BIND, NSD, PowerDNS, each with its own copy of each zone; more resolvers; middleboxes |
//!
//! A server is called by its first address.

mod authoritative;
mod ca;
mod changes;
mod layout;
mod middlebox;
mod resolvers;
mod signing;
mod site;
mod zone;

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Child, Command};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use workshop::{Ended, run_within, unignore_signals};

use crate::servers::{Running, launch};
pub use layout::{Host, Kind, Layout, Resolver};
pub use middlebox::Asked;
use middlebox::Middlebox;
use site::Site;
pub use zone::{Denial, Fault, own_servers};

/// Longer than any program takes that does not hang, on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(300);

/// Servers that run for as long as this value does.
pub struct Topology {
    site: Site,
    running: Running,
    middlebox: Option<Middlebox>,
}

impl Layout {
    /// Starts it.
    ///
    /// # Panics
    /// Something did not start; the message says what, with the end of its log.
    #[track_caller]
    pub fn start(self) -> Topology {
        match Topology::try_start(self) {
            Ok(topology) => topology,
            Err(error) => panic!("{error}"),
        }
    }
}

impl Topology {
    fn try_start(layout: Layout) -> io::Result<Topology> {
        unignore_signals();
        let mut topology = Topology {
            site: Site::prepare(layout)?,
            running: Running::default(),
            middlebox: None,
        };
        topology.launch_all()?;
        Ok(topology)
    }

    /// Middleboxes first and resolvers last: each is ready when it answers for what stands behind it.
    fn launch_all(&mut self) -> io::Result<()> {
        if !self.site.layout.middleboxes.is_empty() {
            let middlebox = Middlebox::start(&self.site.machine)?;
            for (at, upstream, rules) in &self.site.layout.middleboxes {
                middlebox.set(at, upstream, rules)?;
            }
            self.middlebox = Some(middlebox);
        }
        let hosts: Vec<String> = self.site.layout.hosts.iter().map(Host::name).collect();
        self.launch_side_by_side(&hosts)?;
        let resolvers = self.site.layout.resolvers.iter();
        let resolvers: Vec<String> = resolvers.map(|one| one.address.clone()).collect();
        self.launch_side_by_side(&resolvers)?;
        if let Some(authority) = &self.site.authority {
            self.running
                .add(ca::NAME, ca::start(&self.site.machine, authority)?);
        }
        Ok(())
    }

    fn launch_side_by_side(&mut self, names: &[String]) -> io::Result<()> {
        let site = &self.site;
        let started: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = names
                .iter()
                .map(|name| scope.spawn(|| start_server(site, name)))
                .collect();
            let all = threads.into_iter().map(|thread| thread.join());
            all.map(|one| one.unwrap_or_else(|_| Err(io::Error::other("a thread panicked"))))
                .collect()
        });
        for (name, child) in names.iter().zip(started) {
            self.running.add(name, child?);
        }
        Ok(())
    }

    /// The directory that commands run in.
    pub fn work(&self) -> std::path::PathBuf {
        self.site.machine.work()
    }

    /// The directory of one server.
    pub fn server_dir(&self, name: &str) -> std::path::PathBuf {
        self.site.machine.server_dir(name)
    }

    /// A command that runs among the servers with nothing of the caller's environment.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        self.site.machine.command(program)
    }

    /// Runs a line of shell to its end, with nothing on stdin.
    ///
    /// # Panics
    /// It cannot be started, or has not ended after five minutes.
    #[track_caller]
    pub fn sh(&self, line: &str) -> Ended {
        self.sh_with(line, "")
    }

    /// The same with this on stdin.
    ///
    /// # Panics
    /// As [`Topology::sh`].
    #[track_caller]
    pub fn sh_with(&self, line: &str, stdin: &str) -> Ended {
        let mut command = self.command("sh");
        command.args(["-c", line]);
        run_within(PATIENCE, command, stdin)
    }

    /// Starts a line of shell and goes on, with this on stdin.
    pub fn start(&self, line: &str, stdin: &str) -> Started {
        let mut command = self.command("sh");
        command.args(["-c", line]);
        let stdin = stdin.to_owned();
        Started(thread::spawn(move || run_within(PATIENCE, command, stdin)))
    }
}

/// Starts one server, and returns when it answers.
fn start_server(site: &Site, name: &str) -> io::Result<Child> {
    let dir = site.machine.server_dir(name);
    fs::create_dir_all(&dir)?;
    let plan = match site.layout.host_named(name) {
        Some(host) => authoritative::plan(site, host, &dir)?,
        None => resolvers::plan(site, name, &dir)?,
    };
    launch::start(&site.machine, name, plan, launch::keep)
}

impl Drop for Topology {
    fn drop(&mut self) {
        self.running.wake();
        if thread::panicking() {
            eprint!("{}", self.running.log_tails(&self.site.machine));
            self.site.machine.namespace.keep_dir();
            let dir: &Path = self.site.machine.dir();
            eprintln!("everything of this topology is kept in {}", dir.display());
        }
    }
}

/// A line of shell that runs.
pub struct Started(JoinHandle<Ended>);

impl Started {
    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.0.is_finished()
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// It has not ended after five minutes.
    #[track_caller]
    pub fn wait(self) -> Ended {
        match self.0.join() {
            Ok(ended) => ended,
            Err(why) => std::panic::resume_unwind(why),
        }
    }
}
