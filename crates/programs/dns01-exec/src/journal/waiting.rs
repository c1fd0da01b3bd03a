//! Waits until nobody can add a record any more that is to be removed.

use crate::journal::entry::Entry;
use crate::journal::owner::Owner;
use crate::journal::pipeline_end::{ONE_PIPELINE, PipelineEnd};
use crate::journal::pipes::{Pipe, Pipes, Reach, Role, role};
use crate::journal::system::PidSpace;
use crate::journal::this_process::this_mark;
use crate::journal::whose::{Whose, whose};
use exec_cli::mark;
use pipeline::value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use subprocess::{Process, wait_for_end, with_variable_prefix};

/// How long a `present` is waited for of which nothing tells whether it is another pipeline's.
const FOR_A_NEIGHBOUR: Duration = Duration::from_secs(2);

/// How long a program is waited for that nobody reads from any more. It is not ours if it goes on after that.
const FOR_THOSE_CUT_OFF: Duration = Duration::from_secs(10);

/// How far the processes around this one are followed.
const MOST_ANCESTORS: usize = 1000;

/// Whether a call of this owner's is under way, or may still come, as far as that can be seen.
pub(super) fn may_call(owner: &Owner) -> bool {
    let calls = || with_variable_prefix(&mark::of_its_calls(&owner.mark()), owner.started);
    owner.is_visible_in(&PidSpace::here())
        && (mark::process(&owner.mark()).is_some() || !calls().is_empty())
}

/// Waits until the calls that this owner made have ended, and kills those that still run after `limit`.
pub(crate) fn wait_for_calls_to_end(owner: &Owner, limit: Duration) {
    if !owner.is_visible_in(&PidSpace::here()) || owner.mark() == this_mark() {
        return;
    }
    let deadline = Instant::now() + limit;
    loop {
        let calls = with_variable_prefix(&mark::of_its_calls(&owner.mark()), owner.started);
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
    let upstream = end.upstream();
    let mut marks: BTreeSet<String> = entries.iter().map(|entry| entry.owner.mark()).collect();
    marks.extend(upstream.presents.iter().cloned());
    let mut known = marks.iter().filter_map(|mark| mark::process(mark));
    if !known.all(|process| wait_for_end(&process, deadline)) {
        return false;
    }
    if end.reads_pipe() && upstream.presents.is_empty() {
        for process in neighbours(end) {
            wait_for_end(&process, Instant::now() + FOR_A_NEIGHBOUR.min(limit));
        }
    }
    true
}

/// Waits a while until the processes have ended that nobody reads from any more in the pipeline with this end: where one
/// behind them was killed they end as soon as they learn of it, and may hold a document until then. Where the pipeline was
/// broken from the start, the entries tell its pipes.
pub(crate) fn wait_for_those_cut_off(entries: &[Entry], end: &PipelineEnd) {
    let deadline = Instant::now() + FOR_THOSE_CUT_OFF;
    let nobody = Pipes::default();
    let may_be_ours =
        |entry: &&Entry| whose(&entry.owner, value::age(&entry.at), end, &nobody) != Whose::NotOurs;
    let ours = entries.iter().filter(may_be_ours);
    let reached = ours.map(|entry| entry.owner.downstream.clone());
    let Some(reached) = reached.reduce(Reach::and) else {
        return;
    };
    let cut_off = Pipes::now().cut_off(&reached.and(end.upstream()).pipes);
    let waiting = ancestors();
    for mark in cut_off.difference(&waiting) {
        if let Some(process) = mark::process(mark) {
            wait_for_end(&process, deadline);
        }
    }
}

/// The marks of the processes around this one, as `timeout` or a loop of a shell, which wait for its end.
fn ancestors() -> BTreeSet<String> {
    let parent = |process: &Process| Process::with_pid(process.parent);
    let parents = std::iter::successors(Process::this(), parent).skip(1);
    parents
        .take(MOST_ANCESTORS)
        .map(|process| mark::of_process(process.pid, process.started))
        .collect()
}

/// The processes that present, and of which nothing tells whether they do so into the pipeline with this end.
fn neighbours(end: &PipelineEnd) -> Vec<Process> {
    let (pipes, me) = (Pipes::now(), end.me.mark());
    let leads_to_another = |pipe: &Pipe| {
        let reach = pipes.downstream(pipe);
        reach.cleanups.iter().any(|mark| *mark != me)
    };
    let is_near = |process: &Process| {
        process.session == end.me.session
            && (process.started - end.me.started).abs() <= ONE_PIPELINE
            && role(&process.name, || process.arguments()) == Role::Presents
            && process.pipe(1).is_some_and(|pipe| !leads_to_another(&pipe))
    };
    Process::all().into_iter().filter(is_near).collect()
}
