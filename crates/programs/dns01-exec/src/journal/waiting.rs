//! Waits until nobody can add a record any more that is to be removed.

use crate::journal::owner::{ONE_PIPELINE, Owner};
use crate::journal::system::{PidSpace, PipelineProgram, pipeline_programs};
use crate::journal::this_process::this_process;
use crate::protocol::mark;
use std::time::{Duration, Instant};
use subprocess::{Process, wait_for_end};

/// Waits until the calls that this owner made have ended, and kills those that still run after `limit`.
pub(crate) fn wait_for_calls_to_end(owner: &Owner, limit: Duration) {
    if !owner.is_visible_in(&PidSpace::here()) || owner.mark() == this_process().mark() {
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

/// Waits until the other programs of the pipeline that ends with this process, `me`, have ended. Returns false where
/// that takes longer than `limit`, or where the shell has started another such pipeline at the same time and
/// nothing tells the two apart.
pub(crate) fn wait_for_pipeline_to_end(me: &Owner, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    let programs = pipeline_programs();
    others_of_pipeline(me, &programs)
        .is_some_and(|others| others.iter().all(|process| wait_for_end(process, deadline)))
}

/// The other programs of this process's pipeline; `None` where there is another `cleanup` among them, so that they are
/// of more than one.
fn others_of_pipeline<'a>(me: &Owner, programs: &'a [PipelineProgram]) -> Option<Vec<&'a Process>> {
    let is_of_pipeline = |program: &&PipelineProgram| {
        let process = &program.process;
        let is_of_run = match me.run {
            Some(_) => program.is_of_this_run,
            None => (process.started - me.started).abs() <= ONE_PIPELINE,
        };
        is_of_run && (process.group, process.parent) == (me.group, me.parent)
    };
    let others: Vec<&PipelineProgram> = programs.iter().filter(is_of_pipeline).collect();
    if others.iter().any(|program| program.is_cleanup) {
        return None;
    }
    Some(others.iter().map(|program| &program.process).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(pid: i32, group: i32, parent: i32, started: f64) -> PipelineProgram {
        PipelineProgram {
            process: Process {
                pid,
                name: "dns-wait-txt".to_owned(),
                parent,
                group,
                session: 5,
                started,
                is_zombie: false,
            },
            is_cleanup: false,
            is_of_this_run: false,
        }
    }

    #[test]
    fn a_pipelines_programs_start_at_once_or_have_the_name_of_its_run() {
        let me = |run: Option<&str>| Owner {
            pid: 70,
            group: 7,
            parent: 6,
            session: 5,
            namespace: String::new(),
            started: 100.0,
            boot: String::new(),
            piped: false,
            run: run.map(str::to_owned),
        };
        let cleanup = |pid: i32, group: i32| PipelineProgram {
            is_cleanup: true,
            ..program(pid, group, 6, 100.0)
        };
        let of_run = |pid: i32, group: i32, started: f64| PipelineProgram {
            is_of_this_run: true,
            ..program(pid, group, 6, started)
        };
        for (run, programs, expected) in [
            (None, vec![], Some(vec![])),
            (
                None,
                vec![
                    program(1, 7, 6, 100.5),
                    program(2, 7, 6, 99.5),
                    program(3, 7, 6, 100.75),
                    program(4, 8, 6, 100.0),
                    program(5, 7, 8, 100.0),
                ],
                Some(vec![1, 2]),
            ),
            (None, vec![program(1, 7, 6, 100.0), cleanup(2, 7)], None),
            (
                None,
                vec![program(1, 7, 6, 100.0), cleanup(2, 8)],
                Some(vec![1]),
            ),
            (
                Some("r"),
                vec![
                    program(1, 7, 6, 100.0),
                    of_run(2, 7, 7.0),
                    of_run(3, 8, 100.0),
                    cleanup(4, 7),
                ],
                Some(vec![2]),
            ),
        ] {
            let others = others_of_pipeline(&me(run), &programs);
            let pids = others.map(|others| others.iter().map(|one| one.pid).collect::<Vec<_>>());
            assert_eq!(pids, expected, "{run:?} {programs:?}");
        }
    }
}
