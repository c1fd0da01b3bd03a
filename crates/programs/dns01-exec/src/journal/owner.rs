//! The owner of an entry of the journal: the process that presented it, and whether its run lives. The decisions are pure
//! functions of facts that are gathered elsewhere.

use crate::journal::pipes::Reach;
use crate::journal::system::{PidSpace, System};
use exec_cli::mark;
use serde::{Deserialize, Serialize};
use std::time::Duration;

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
    /// A caller's own name for all programs of its run.
    pub(super) run: Option<String>,
    /// Where its documents came from; earlier versions did not say.
    #[serde(default)]
    pub(super) upstream: Reach,
    /// Where its documents went; earlier versions did not say.
    #[serde(default)]
    pub(super) downstream: Reach,
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

impl Owner {
    /// The prefix of the marks of all calls that it made; these may outlive it.
    pub(crate) fn mark(&self) -> String {
        mark::of_process(self.pid, self.started)
    }

    /// Where its numbers are valid.
    pub(super) fn pid_space(&self) -> PidSpace {
        PidSpace {
            boot: self.boot.clone(),
            namespace: self.namespace.clone(),
        }
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
            upstream: Reach::default(),
            downstream: Reach::default(),
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
                is_running: false,
            },
            is_cleanup,
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
}
