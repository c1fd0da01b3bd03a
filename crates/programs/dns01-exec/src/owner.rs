//! Whose a journal entry is: the process that presented, its pipeline, and whether that still lives.

use crate::process::Process;
use crate::protocol::mark;
use pipeline::{is_pipe, value};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs;
use std::io;
use std::time::{Duration, Instant};

/// How far apart, in seconds, the programs of one pipeline start.
const ONE_PIPELINE: f64 = 0.5;
/// How long after it presented a run may live that cannot be seen.
const UNSEEN: Duration = Duration::from_secs(3600);
/// The programs through which a document passes while its record is needed.
const HOLDERS: [&str; 4] = [
    "dns01-exec",
    "dns-wait-txt",
    "acme-validate",
    "acme-finalize",
];

/// The process that presented.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// Its number.
    #[serde(default)]
    pid: i32,
    /// Its process group: an interactive shell gives each pipeline its own; a script and all it runs share one.
    group: i32,
    /// The shell that started the pipeline.
    parent: i32,
    /// Its session; 0 where an earlier version did not say.
    #[serde(default)]
    session: i32,
    /// The namespace of these numbers, that of a container for instance.
    #[serde(default)]
    namespace: String,
    /// Seconds from boot to its start.
    started: f64,
    /// Which boot that was.
    boot: String,
    /// Whether it wrote into a pipe.
    piped: bool,
    /// What `ACMEPIPE_RUN` said: a caller's own name for all programs of its run.
    run: Option<String>,
}

impl Owner {
    /// This process.
    pub(crate) fn this_process() -> Owner {
        let process = Process::this();
        Owner {
            pid: rustix::process::getpid().as_raw_nonzero().get(),
            group: process.as_ref().map_or(0, |process| process.group),
            parent: process.as_ref().map_or(0, |process| process.parent),
            session: process.as_ref().map_or(0, |process| process.session),
            namespace: Process::namespace(),
            started: process.map_or(0.0, |process| process.started),
            boot: boot(),
            piped: is_pipe(io::stdout()),
            run: std::env::var("ACMEPIPE_RUN")
                .ok()
                .filter(|run| !run.is_empty()),
        }
    }

    /// What all processes have in their environment that run for it, before the number of their call: they may
    /// outlive it.
    pub(crate) fn mark(&self) -> String {
        mark::of_process(self.pid, self.started)
    }

    /// Waits until no process runs for it any more, so that none adds a record after it was removed, and kills those
    /// that still do after `limit`.
    pub(crate) fn outlive_calls(&self, limit: Duration) {
        if !self.is_visible() || self.mark() == Owner::this_process().mark() {
            return;
        }
        let deadline = Instant::now() + limit;
        loop {
            let calls = Process::marked(&mark::of_its_calls(&self.mark()));
            let Some(first) = calls.first() else {
                return;
            };
            if !ends_before(first, deadline) {
                for call in calls {
                    call.kill();
                }
            }
        }
    }

    /// Whether its numbers mean something here: it ran since this boot, where this process would see it.
    fn is_visible(&self) -> bool {
        self.boot == boot() && self.namespace == Process::namespace() && self.group > 0
    }

    /// Whether a program still lives that may hold the owner's document: one of its session, or of its group. Where
    /// the owner cannot be seen from here, it may live for as long as an order is worth waiting for, from when it
    /// presented on.
    pub(crate) fn may_live(&self, presented: &str) -> bool {
        if !self.boot.is_empty() && self.boot != boot() {
            return false;
        }
        if !self.is_visible() {
            return value::age(presented).is_none_or(|age| age < UNSEEN);
        }
        let is_near = |process: &Process| {
            process.group == self.group || (self.session > 0 && process.session == self.session)
        };
        holders().any(|process| is_near(&process) && !process.is_cleanup())
    }

    /// Whether the owner was part of the pipeline whose end this process, `me`, is: the same run by the caller's
    /// word; or started by the same shell within a moment, writing into a pipe that may lead here.
    pub(crate) fn is_upstream_of(&self, me: &Owner, pipeline: &Pipeline) -> bool {
        if me.run.is_some() || self.run.is_some() {
            return self.run == me.run;
        }
        self.is_visible()
            && self.piped
            && is_pipe(io::stdin())
            && (self.group, self.parent) == (me.group, me.parent)
            && (self.started - me.started).abs() <= ONE_PIPELINE
            && pipeline.0.contains(&self.mark())
    }

    /// Waits until the other programs of this process's pipeline have ended; false where that takes longer than
    /// `limit`, or where the shell has started another such pipeline at the same time and nothing tells the two
    /// apart.
    pub(crate) fn outlives_pipeline(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let others: Vec<Process> = holders()
            .filter(|process| (process.group, process.parent) == (self.group, self.parent))
            .filter(|process| match &self.run {
                Some(run) => process.has_variable(&format!("ACMEPIPE_RUN={run}")),
                None => (process.started - self.started).abs() <= ONE_PIPELINE,
            })
            .collect();
        if others.iter().any(Process::is_cleanup) {
            return false;
        }
        others.iter().all(|process| ends_before(process, deadline))
    }
}

/// Those of this process's siblings that may write into its stdin, seen when it started: what ends before that is of
/// another pipeline.
pub(crate) struct Pipeline(HashSet<String>);

impl Pipeline {
    pub(crate) fn of_this_process() -> Pipeline {
        let Some(me) = Process::this().filter(|_| is_pipe(io::stdin())) else {
            return Pipeline(HashSet::new());
        };
        let siblings = me.siblings();
        let shell = Process::in_directory(&me.parent.to_string());
        let outside: Vec<String> = [Some(&me), shell.as_ref()]
            .into_iter()
            .flatten()
            .flat_map(|process| [process.pipe(1), process.pipe(2)])
            .flatten()
            .collect();
        // A fork of the shell that has not become its program yet may not have its pipes either.
        let is_fork = |process: &Process| {
            shell
                .as_ref()
                .is_some_and(|shell| shell.name == process.name)
        };
        let may_lead_here = |process: &&Process| {
            is_fork(process) || process.leads_to(&me, &siblings, &outside) != Some(false)
        };
        let before = siblings.iter().filter(may_lead_here);
        Pipeline(
            before
                .map(|one| mark::of_process(one.pid, one.started))
                .collect(),
        )
    }
}

/// The living programs that documents pass through, this one aside.
fn holders() -> impl Iterator<Item = Process> {
    let me = rustix::process::getpid().as_raw_nonzero().get();
    Process::all().into_iter().filter(move |process| {
        process.pid != me && !process.zombie && HOLDERS.contains(&process.name.as_str())
    })
}

fn ends_before(process: &Process, deadline: Instant) -> bool {
    let Some(descriptor) =
        Pid::from_raw(process.pid).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok())
    else {
        return true;
    };
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec::try_from(left).ok();
        match poll(
            &mut [PollFd::new(&descriptor, PollFlags::IN)],
            timeout.as_ref(),
        ) {
            Err(rustix::io::Errno::INTR) => {}
            ended => return ended.is_ok_and(|count| count > 0),
        }
    }
}

/// What tells this boot from others; empty where the system does not say.
fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map_or(String::new(), |boot| boot.trim().to_owned())
}
