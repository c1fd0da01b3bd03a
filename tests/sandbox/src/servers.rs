//! The servers of a sandbox: one file each on how it is configured, and beside them how they start and which there
//! are. Here: those that run.

mod bind;
mod caddy;
mod knot;
pub(crate) mod launch;
mod log;
mod nsd;
pub(crate) mod pebble;
pub(crate) mod plan;
mod running;
mod server;
mod unbound;
mod watchdog;
mod zonefile;

use std::io;

pub(crate) use caddy::root as root_of_caddy;
pub(crate) use running::Running;
pub use server::Server;
pub(crate) use watchdog::found as deadlock;

use crate::machine::Machine;
use crate::site::Site;

/// The servers of a sandbox that run. Their namespace ends them.
pub(crate) struct Servers(Running);

impl Servers {
    /// Starts all that the configuration needs, and returns when every one of them answers.
    pub(crate) fn start(site: &Site) -> io::Result<Servers> {
        let first = [
            Server::Ca,
            Server::Caddy,
            Server::Root,
            Server::Ns1,
            Server::Ns4,
        ];
        let started = launch::launch_all(site, &first);
        let running = Running::all_of(started)?;
        watchdog::start(site)?;
        Ok(Servers(running))
    }

    /// Starts one again that was stopped.
    pub(crate) fn restart(&mut self, site: &Site, server: Server) -> io::Result<()> {
        let child = launch::launch(site, server)?;
        self.0.add(server.name(), child);
        Ok(())
    }

    /// Ends one and waits until it is gone.
    pub(crate) fn stop(&mut self, site: &Site, server: Server) -> io::Result<()> {
        self.0.stop(&site.machine, server.name())
    }

    /// Sends a signal to all processes of one.
    pub(crate) fn signal(&self, site: &Site, server: Server, signal: &str) -> io::Result<()> {
        self.0.signal(&site.machine, server.name(), signal)
    }

    /// Lets every `nsenter` go on.
    pub(crate) fn wake(&self) {
        self.0.wake();
    }

    /// The last lines of every log.
    pub(crate) fn log_tails(&self, machine: &Machine) -> String {
        self.0.log_tails(machine)
    }
}
