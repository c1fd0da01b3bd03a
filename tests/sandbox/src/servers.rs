//! The servers of a sandbox: one file each on how it is configured, and beside them how they start and which there
//! are. Here: those that run.

mod bind;
mod knot;
mod launch;
mod log;
mod nsd;
mod pebble;
mod plan;
mod server;
mod unbound;
mod watchdog;
mod zonefile;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

use crate::site::Site;

use launch::{launch, launch_all};
pub use server::Server;
pub(crate) use watchdog::found as deadlock;

/// The running servers. Their namespace ends them.
pub(crate) struct Servers {
    running: Vec<(Server, Child)>,
    logs: PathBuf,
}

impl Servers {
    /// Starts all that the configuration needs, and returns when every one of them answers.
    pub(crate) fn start(site: &Site) -> io::Result<Servers> {
        let logs = site.namespace.dir().join("log");
        fs::create_dir_all(&logs)?;
        let started = launch_all(
            site,
            &[Server::Ca, Server::Root, Server::Ns1, Server::Ns4],
            &logs,
        );
        let mut servers = Servers {
            running: Vec::new(),
            logs,
        };
        let mut failed = None;
        for result in started {
            match result {
                Ok(running) => servers.running.push(running),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(()), Err)?;
        watchdog::start(site)?;
        Ok(servers)
    }

    /// Starts one again that was stopped.
    pub(crate) fn restart(&mut self, site: &Site, server: Server) -> io::Result<()> {
        let child = launch(site, server, &self.logs)?;
        self.running.push((server, child));
        Ok(())
    }

    /// Ends one and waits until it is gone.
    pub(crate) fn stop(&mut self, site: &Site, server: Server) -> io::Result<()> {
        self.signal(site, server, "KILL")?;
        for (_, child) in self.running.iter_mut().filter(|(each, _)| *each == server) {
            child.wait()?;
        }
        self.running.retain(|(each, _)| *each != server);
        Ok(())
    }

    /// Sends a signal to all processes of one.
    pub(crate) fn signal(&self, site: &Site, server: Server, signal: &str) -> io::Result<()> {
        site.namespace.signal(&site.pid_file(server), signal)?;
        if signal == "CONT" {
            self.wake();
        }
        Ok(())
    }

    /// Lets every `nsenter` go on: it stops when what it started stops, and asleep it could not wait for its end.
    pub(crate) fn wake(&self) {
        for (_, child) in &self.running {
            let _ = kill_process(Pid::from_child(child), Signal::CONT);
        }
    }

    /// The last lines of every log.
    pub(crate) fn log_tails(&self) -> String {
        self.running
            .iter()
            .map(|(server, _)| log::tail(&log::path(&self.logs, *server)))
            .collect()
    }
}
