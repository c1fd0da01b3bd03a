//! What a topology is made of before anything runs in it.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use workshop::{Authority, Programs};

use super::ca;
use super::layout::Layout;
use super::signing::Signer;
use crate::machine::Machine;

/// What is needed to start any of the servers.
pub(super) struct Site {
    pub(super) layout: Layout,
    pub(super) machine: Machine,
    pub(super) signer: Signer,
    /// The serial of the zones that are written next.
    pub(super) serial: u32,
    /// What the CA's certificate is from, where there is a CA.
    pub(super) authority: Option<Authority>,
}

impl Site {
    /// Makes the machine and the keys.
    pub(super) fn prepare(mut layout: Layout) -> io::Result<Site> {
        let programs = Programs::build()?;
        if !programs.errors.is_empty() {
            let said = format!("the programs do not build\n{}", programs.errors);
            return Err(io::Error::other(said));
        }
        layout.complete();
        let addresses = layout.addresses();
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let mut machine = Machine::make(layout.tools(), &programs, &addresses, false)?;
        if let Some(text) = &layout.resolv_conf {
            fs::write(machine.dir().join("etc/resolv.conf"), text)?;
        }
        let zones = layout.hosts.iter().flat_map(|host| &host.zones);
        let signer = Signer::prepare(&machine, zones)?;
        let authority = match layout.ca {
            true => Some(ca::prepare(&mut machine)?),
            false => None,
        };
        Ok(Site {
            layout,
            machine,
            signer,
            serial: 1,
            authority,
        })
    }

    /// Runs SQL on a PowerDNS's database.
    pub(super) fn run_sql(&self, database: &Path, statements: &str) -> io::Result<()> {
        let mut command = Command::new("sqlite3");
        // The server may be writing.
        let output = command
            .args(["-bail", "-cmd", ".timeout 10000"])
            .arg(database)
            .arg(statements)
            .envs(self.machine.env())
            .stdin(Stdio::null())
            .output()?;
        match output.status.success() {
            true => Ok(()),
            false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr))),
        }
    }
}
