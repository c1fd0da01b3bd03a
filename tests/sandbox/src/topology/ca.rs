//! Pebble among the servers of a topology, where a test wants a CA.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::process::Child;

use workshop::Authority;

use crate::Pebble;
use crate::machine::Machine;
use crate::servers::{launch, pebble};

/// Its name as a server.
pub(super) const NAME: &str = "ca";

/// Its address.
pub(super) const ADDRESS: &str = "198.51.100.5";

/// Makes its certificate, and the variables by which programs find it.
pub(super) fn prepare(machine: &mut Machine) -> io::Result<Authority> {
    let dir = machine.dir().to_owned();
    let authority = Authority::create(&dir, &["ca.test", ADDRESS])?;
    let variables: [(&str, OsString); 5] = [
        ("LEGO_SERVER", "https://ca.test/dir".into()),
        ("LEGO_CA_CERTIFICATES", authority.root.clone().into()),
        ("LEGO_EMAIL", "hostmaster@example.test".into()),
        ("LEGO_ACCEPT_TOS", "true".into()),
        ("LEGO_PATH", dir.join("data").into()),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value));
    machine.env.extend(variables);
    Ok(authority)
}

/// Starts it, and returns when it answers.
pub(super) fn start(machine: &Machine, authority: &Authority) -> io::Result<Child> {
    let dir = machine.server_dir(NAME);
    fs::create_dir_all(&dir)?;
    let plan = pebble::ca(&Pebble::default(), authority, &machine.tools, &dir)?;
    launch::start(machine, NAME, plan, launch::keep)
}
