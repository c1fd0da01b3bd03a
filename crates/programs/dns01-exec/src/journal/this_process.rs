//! This process, as the journal knows it.

use crate::journal::owner::Owner;
use crate::journal::system::{PidSpace, run_name};
use std::io;
use subprocess::Process;

/// What the journal says of this process. Without Linux's `/proc`, all numbers but its own are 0.
pub(crate) fn this_process() -> Owner {
    let process = Process::this();
    let PidSpace { boot, namespace } = PidSpace::here();
    Owner {
        pid: std::process::id().cast_signed(),
        group: process.as_ref().map_or(0, |process| process.group),
        parent: process.as_ref().map_or(0, |process| process.parent),
        session: process.as_ref().map_or(0, |process| process.session),
        namespace,
        started: process.map_or(0.0, |process| process.started),
        boot,
        piped: command::is_pipe(io::stdout()),
        run: run_name(),
    }
}
