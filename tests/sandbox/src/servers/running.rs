//! Servers that run: ended, stopped and woken by their names.

use std::io;
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

use super::log;
use crate::machine::Machine;

/// Servers by name. Their namespace ends them.
#[derive(Default)]
pub(crate) struct Running(Vec<(String, Child)>);

impl Running {
    /// Those that were started.
    ///
    /// # Errors
    /// The first that was not; the namespace ends the others.
    pub(crate) fn all_of(
        started: impl IntoIterator<Item = io::Result<(String, Child)>>,
    ) -> io::Result<Running> {
        started.into_iter().collect::<io::Result<_>>().map(Running)
    }

    pub(crate) fn add(&mut self, name: &str, child: Child) {
        self.0.push((name.to_owned(), child));
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(each, _)| each == name)
    }

    /// Ends one and waits until it is gone.
    pub(crate) fn stop(&mut self, machine: &Machine, name: &str) -> io::Result<()> {
        self.signal(machine, name, "KILL")?;
        for (_, child) in self.0.iter_mut().filter(|(each, _)| each == name) {
            child.wait()?;
        }
        self.0.retain(|(each, _)| each != name);
        Ok(())
    }

    /// Sends a signal to all processes of one.
    pub(crate) fn signal(&self, machine: &Machine, name: &str, signal: &str) -> io::Result<()> {
        machine.namespace.signal(&machine.pid_file(name), signal)?;
        if signal == "CONT" {
            self.wake();
        }
        Ok(())
    }

    /// Lets every `nsenter` go on: it stops when what it started stops, and asleep it could not wait for its end.
    pub(crate) fn wake(&self) {
        for (_, child) in &self.0 {
            let _ = kill_process(Pid::from_child(child), Signal::CONT);
        }
    }

    /// The last lines of every log.
    pub(crate) fn log_tails(&self, machine: &Machine) -> String {
        self.0
            .iter()
            .map(|(name, _)| log::tail(&machine.log_file(name)))
            .collect()
    }
}
