//! This process, as the journal knows it.

use crate::journal::owner::Owner;
use crate::journal::pipes::Pipes;
use crate::journal::system::{PidSpace, run_name};
use exec_cli::mark;
use std::io;
use subprocess::{Process, pipe_identity};

/// What the journal says of this process, with where its pipes lead among these processes; where that is not looked at,
/// they are open. Without `/proc` (it is Linux's), its numbers mean nothing.
pub(super) fn this_process(pipes: &Pipes) -> Owner {
    let process = Process::this();
    let PidSpace { boot, namespace } = PidSpace::here();
    let upstream = pipe_identity(io::stdin()).map(|pipe| pipes.upstream(&pipe));
    let downstream = pipe_identity(io::stdout()).map(|pipe| pipes.downstream(&pipe));
    Owner {
        pid: std::process::id().cast_signed(),
        group: process.as_ref().map_or(0, |process| process.group),
        parent: process.as_ref().map_or(0, |process| process.parent),
        session: process.as_ref().map_or(0, |process| process.session),
        namespace,
        started: process.map_or(0.0, |process| process.started),
        boot,
        piped: downstream.is_some(),
        run: run_name(),
        upstream: upstream.unwrap_or_default(),
        downstream: downstream.unwrap_or_default(),
    }
}

/// The mark of this process.
pub(super) fn this_mark() -> String {
    let started = Process::this().map_or(0.0, |process| process.started);
    mark::of_process(std::process::id().cast_signed(), started)
}
