//! Waits until nobody can add a record any more that is to be removed.

use crate::journal::entry::Entry;
use crate::journal::owner::Owner;
use crate::journal::pipeline_end::PipelineEnd;
use crate::journal::pipes::{Pipe, Pipes, Role, role};
use crate::journal::system::PidSpace;
use crate::journal::this_process::this_mark;
use crate::journal::whose::ONE_PIPELINE;
use crate::protocol::mark;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use subprocess::{Process, wait_for_end};

/// How long a `present` is waited for of which nothing tells whether it is another pipeline's.
const FOR_A_NEIGHBOUR: Duration = Duration::from_secs(2);

/// Waits until the calls that this owner made have ended, and kills those that still run after `limit`.
pub(crate) fn wait_for_calls_to_end(owner: &Owner, limit: Duration) {
    if !owner.is_visible_in(&PidSpace::here()) || owner.mark() == this_mark() {
        return;
    }
    let deadline = Instant::now() + limit;
    loop {
        let calls = Process::with_variable_prefix(&mark::of_its_calls(&owner.mark()));
        let Some(first) = calls.first() else {
            return;
        };
        if !wait_for_end(first, deadline) {
            for call in calls {
                call.kill();
            }
        }
    }
}

/// Waits until the processes have ended that may still present a record of the pipeline with this end: those that these
/// entries are of, and those that write into the pipeline; where none is known to do that, those that started at the same
/// time in its session, unless their documents go to another cleanup. Returns false where that takes longer than `limit`.
pub(crate) fn wait_for_presents_to_end(
    entries: &[Entry],
    end: &PipelineEnd,
    limit: Duration,
) -> bool {
    let deadline = Instant::now() + limit;
    let marks: BTreeSet<String> = entries.iter().map(|entry| entry.owner.mark()).collect();
    let (upstream, pipes, me) = (end.upstream(), Pipes::now(), end.me.mark());
    let leads_to_another = |pipe: &Pipe| {
        let reach = pipes.downstream(pipe);
        reach.cleanups.iter().any(|mark| *mark != me)
    };
    let may_present = |process: &Process| {
        let is_known = marks.contains(&mark::of_process(process.pid, process.started));
        let Some(pipe) = process.pipe(1) else {
            return is_known;
        };
        let is_near = upstream.presents.is_empty()
            && process.session == end.me.session
            && (process.started - end.me.started).abs() <= ONE_PIPELINE;
        is_known || upstream.pipes.contains(&pipe) || is_near && !leads_to_another(&pipe)
    };
    let is_certain = |process: &Process| {
        let is_known = marks.contains(&mark::of_process(process.pid, process.started));
        let pipe = process.pipe(1);
        is_known || pipe.is_some_and(|pipe| upstream.pipes.contains(&pipe))
    };
    let presents = Process::all().into_iter().filter(|process| {
        role(&process.name, || process.arguments()) == Role::Presents && may_present(process)
    });
    let (certain, near): (Vec<_>, Vec<_>) = presents.partition(is_certain);
    for process in near {
        wait_for_end(&process, Instant::now() + FOR_A_NEIGHBOUR.min(limit));
    }
    certain
        .iter()
        .all(|process| wait_for_end(process, deadline))
}
