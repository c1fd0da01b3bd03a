//! The owner of an entry of the journal: the process that presented it, and whether its run lives. The decisions are pure
//! functions of facts that are gathered elsewhere.

use crate::journal::system::{PidSpace, System};
use crate::journal::upstream::Upstream;
use crate::protocol::mark;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How far apart the programs of one pipeline start, in seconds: a shell needs milliseconds, on a busy machine more.
pub(super) const ONE_PIPELINE: f64 = 0.5;
/// For how long after presenting a run that cannot be seen from here counts as alive: longer than anybody waits for an
/// order.
const LIFE_OUT_OF_SIGHT: Duration = Duration::from_secs(3600);

/// The process that presented, as the journal has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// Its number; 0 where an earlier version did not say.
    #[serde(default)]
    pub(super) pid: i32,
    /// Its process group: an interactive shell gives each pipeline its own; a script and all it runs share one.
    pub(super) group: i32,
    /// The shell that started the pipeline.
    pub(super) parent: i32,
    /// Its session; 0 where an earlier version did not say.
    #[serde(default)]
    pub(super) session: i32,
    /// The namespace of these numbers, that of a container for instance.
    #[serde(default)]
    pub(super) namespace: String,
    /// Seconds from boot to its start.
    pub(super) started: f64,
    /// Which boot that was.
    pub(super) boot: String,
    /// Whether it wrote into a pipe.
    pub(super) piped: bool,
    /// What `ACMEPIPE_RUN` said: a caller's own name for all programs of its run.
    pub(super) run: Option<String>,
}

/// What is known of the run that presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RunState {
    /// A program lives that may hold the document.
    Alive,
    /// No such program lives.
    Ended,
    /// Its processes cannot be seen from here.
    OutOfSight,
}

/// A `cleanup` at the end of a pipeline.
pub(crate) struct PipelineEnd {
    /// The process that cleans up.
    pub(crate) me: Owner,
    /// Whether it reads from a pipe.
    pub(crate) stdin_is_pipe: bool,
    /// The processes that may have led there when it started.
    pub(crate) upstream: Upstream,
}

impl Owner {
    /// The prefix of the marks of all calls that it made; these may outlive it.
    pub(crate) fn mark(&self) -> String {
        mark::of_process(self.pid, self.started)
    }

    /// Whether its numbers are valid here: it has run since this boot, in the namespace of this process.
    pub(super) fn is_visible_in(&self, here: &PidSpace) -> bool {
        self.boot == here.boot && self.namespace == here.namespace && self.group > 0
    }

    /// Whether its run lives, or may live where it cannot be seen; `age` is how long ago it presented.
    pub(super) fn may_live(&self, age: Option<Duration>, system: &System) -> bool {
        match self.run_state(system) {
            RunState::Alive => true,
            RunState::Ended => false,
            RunState::OutOfSight => age.is_none_or(|age| age < LIFE_OUT_OF_SIGHT),
        }
    }

    fn run_state(&self, system: &System) -> RunState {
        if !self.boot.is_empty() && self.boot != system.here.boot {
            return RunState::Ended;
        }
        if !self.is_visible_in(&system.here) {
            return RunState::OutOfSight;
        }
        // A cleanup holds a document only to remove its records.
        let may_hold_document = system.pipeline_programs.iter().any(|program| {
            let process = &program.process;
            let is_near = process.group == self.group
                || (self.session > 0 && process.session == self.session);
            is_near && !program.is_cleanup
        });
        if may_hold_document {
            RunState::Alive
        } else {
            RunState::Ended
        }
    }

    /// Whether it was part of the pipeline with this end. `ACMEPIPE_RUN` decides where either has it. Otherwise the same
    /// shell has to have started both within a moment, and it has to have written into a pipe that may have led there.
    pub(super) fn is_upstream_of(&self, end: &PipelineEnd) -> bool {
        let me = &end.me;
        if me.run.is_some() || self.run.is_some() {
            return self.run == me.run;
        }
        let here = PidSpace {
            boot: me.boot.clone(),
            namespace: me.namespace.clone(),
        };
        self.is_visible_in(&here)
            && self.piped
            && end.stdin_is_pipe
            && (self.group, self.parent) == (me.group, me.parent)
            && (self.started - me.started).abs() <= ONE_PIPELINE
            && end.upstream.has(&self.mark())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::system::PipelineProgram;
    use subprocess::Process;

    fn owner() -> Owner {
        Owner {
            pid: 70,
            group: 7,
            parent: 6,
            session: 5,
            namespace: "n".to_owned(),
            started: 100.0,
            boot: "b".to_owned(),
            piped: true,
            run: None,
        }
    }

    fn program(group: i32, session: i32, is_cleanup: bool) -> PipelineProgram {
        PipelineProgram {
            process: Process {
                pid: 71,
                name: "dns01-exec".to_owned(),
                parent: 6,
                group,
                session,
                started: 100.0,
                is_zombie: false,
            },
            is_cleanup,
            is_of_this_run: false,
        }
    }

    fn changed(change: impl Fn(&mut Owner)) -> Owner {
        let mut owner = owner();
        change(&mut owner);
        owner
    }

    #[test]
    fn a_run_lives_while_a_program_of_its_group_or_session_may_hold_the_document() {
        use RunState::{Alive, Ended, OutOfSight};
        let same = owner();
        let no_session = changed(|owner| owner.session = 0);
        for (owner, programs, expected) in [
            (&same, vec![], Ended),
            (&same, vec![program(7, 5, false)], Alive),
            (&same, vec![program(7, 4, false)], Alive),
            (&same, vec![program(8, 5, false)], Alive),
            (&same, vec![program(8, 4, false)], Ended),
            (&same, vec![program(7, 5, true)], Ended),
            (
                &same,
                vec![program(7, 5, true), program(8, 5, false)],
                Alive,
            ),
            // A group or a session of 0 is outside of this namespace, and may be any.
            (&no_session, vec![program(8, 0, false)], Ended),
            (&no_session, vec![program(7, 0, false)], Alive),
            (
                &changed(|owner| owner.group = 0),
                vec![program(0, 5, false)],
                OutOfSight,
            ),
            (
                &changed(|owner| owner.namespace = "m".into()),
                vec![],
                OutOfSight,
            ),
            (
                &changed(|owner| owner.namespace = String::new()),
                vec![],
                OutOfSight,
            ),
            (
                &changed(|owner| owner.boot = String::new()),
                vec![program(7, 5, false)],
                OutOfSight,
            ),
            // No process outlives its boot, whatever the namespace.
            (
                &changed(|owner| owner.boot = "c".into()),
                vec![program(7, 5, false)],
                Ended,
            ),
            (
                &changed(|owner| (owner.boot, owner.namespace) = ("c".into(), "m".into())),
                vec![],
                Ended,
            ),
        ] {
            let system = System {
                here: PidSpace {
                    boot: "b".to_owned(),
                    namespace: "n".to_owned(),
                },
                pipeline_programs: programs,
            };
            let state = owner.run_state(&system);
            assert_eq!(state, expected, "{owner:?} {:?}", system.pipeline_programs);
            let hours = |count: f64| Some(Duration::from_secs_f64(3600.0 * count));
            for (age, may_live_out_of_sight) in
                [(None, true), (hours(0.99), true), (hours(1.0), false)]
            {
                let expected = match state {
                    Alive => true,
                    Ended => false,
                    OutOfSight => may_live_out_of_sight,
                };
                assert_eq!(owner.may_live(age, &system), expected, "{state:?} {age:?}");
            }
        }
    }

    #[test]
    fn an_owner_is_upstream_by_its_run_or_by_its_shell_its_start_and_its_pipe() {
        let run = |name: &str| Some(name.to_owned());
        let me = || Owner {
            pid: 72,
            started: 100.2,
            piped: false,
            ..owner()
        };
        let of_run = |name: &str| Owner {
            run: run(name),
            ..me()
        };
        // A run by name tells, wherever and whenever it was.
        let elsewhere = |owner: &mut Owner| {
            owner.run = run("r");
            (owner.boot, owner.group, owner.piped) = ("c".to_owned(), 0, false);
            owner.started = 7.0;
        };
        type Change<'a> = &'a dyn Fn(&mut Owner);
        let cases: [(Change<'_>, Owner, bool, bool); 16] = [
            (&|_| (), me(), true, true),
            (&|_| (), me(), false, false),
            (&|_| (), of_run("r"), true, false),
            (&|owner| owner.run = run("r"), me(), true, false),
            (&|owner| owner.run = run("s"), of_run("r"), true, false),
            (&|owner| owner.run = run("r"), of_run("r"), true, true),
            (&elsewhere, of_run("r"), false, true),
            (&|owner| owner.boot = "c".into(), me(), true, false),
            (&|owner| owner.namespace = "m".into(), me(), true, false),
            (&|owner| owner.piped = false, me(), true, false),
            (&|owner| owner.group = 8, me(), true, false),
            (&|owner| owner.parent = 8, me(), true, false),
            // Half a second, before as after.
            (
                &|_| (),
                Owner {
                    started: 100.5,
                    ..me()
                },
                true,
                true,
            ),
            (
                &|_| (),
                Owner {
                    started: 100.75,
                    ..me()
                },
                true,
                false,
            ),
            (
                &|_| (),
                Owner {
                    started: 99.25,
                    ..me()
                },
                true,
                false,
            ),
            // Not one that was there when the end of the pipeline started.
            (&|owner| owner.pid = 73, me(), true, false),
        ];
        for (number, (change, me, stdin_is_pipe, expected)) in cases.into_iter().enumerate() {
            let upstream = Upstream::from_marks([owner().mark()]);
            let end = PipelineEnd {
                me,
                stdin_is_pipe,
                upstream,
            };
            let is_upstream = changed(change).is_upstream_of(&end);
            assert_eq!(is_upstream, expected, "case {number}");
        }
        let none = PipelineEnd {
            me: Owner { group: 0, ..me() },
            stdin_is_pipe: true,
            upstream: Upstream::from_marks([owner().mark()]),
        };
        assert!(!changed(|owner| owner.group = 0).is_upstream_of(&none));
    }
}
