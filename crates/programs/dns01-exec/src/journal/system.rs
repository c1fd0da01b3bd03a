//! Facts from the system, by which it is decided whose an entry of the journal is and whether its run lives.

use crate::journal::pipes::{Role, role};
use pipeline::programs;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use subprocess::{Process, wait_for_end};

/// The caller's own name for all programs of one run, if it gave one.
static RUN_NAME: OnceLock<Option<String>> = OnceLock::new();

/// How long a process takes to end that has been killed, on a busy machine.
const MOMENT: Duration = Duration::from_millis(100);

/// Where the numbers of processes are valid: during one boot, in one PID namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PidSpace {
    pub(super) boot: String,
    pub(super) namespace: String,
}

impl PidSpace {
    /// Where the number of this process is valid.
    pub(super) fn here() -> PidSpace {
        PidSpace {
            boot: subprocess::boot_id(),
            namespace: subprocess::pid_namespace(),
        }
    }
}

/// What the system says now.
pub(crate) struct System {
    pub(super) here: PidSpace,
    /// The living programs of pipelines, except this process.
    pub(super) pipeline_programs: Vec<PipelineProgram>,
}

/// A living program that documents pass through.
#[derive(Debug)]
pub(super) struct PipelineProgram {
    pub(super) process: Process,
    /// Whether it is `dns01-exec cleanup`.
    pub(super) is_cleanup: bool,
}

impl System {
    /// Asks the system. Entries have to be read first: this cannot see the run of one that is written later.
    pub(super) fn now() -> System {
        System {
            here: PidSpace::here(),
            pipeline_programs: pipeline_programs(),
        }
    }

    /// The same once programs that are about to end have ended: a process that has been killed lives on for a moment.
    pub(super) fn after_a_moment(self) -> System {
        let deadline = Instant::now() + MOMENT;
        for program in &self.pipeline_programs {
            wait_for_end(&program.process, deadline);
        }
        System::now()
    }
}

/// The living programs of pipelines, except this process.
fn pipeline_programs() -> Vec<PipelineProgram> {
    Process::all()
        .into_iter()
        .filter(|process| !process.is_this() && !process.is_zombie)
        .filter(|process| passes_records(&process.name))
        .map(|process| PipelineProgram {
            is_cleanup: role(&process.name, || process.arguments()) == Role::CleansUp,
            process,
        })
        .collect()
}

/// Whether documents pass through the program of this name while their records are there.
fn passes_records(name: &str) -> bool {
    let mut programs = programs::ALL.iter();
    programs.any(|program| program.passes_records && program.name == name)
}

/// Says that this process belongs to the run of this name, if it has one.
pub(crate) fn join_run(name: Option<String>) {
    RUN_NAME.get_or_init(|| name.filter(|name| !name.is_empty()));
}

/// The name of this process's run, if it has one.
pub(super) fn run_name() -> Option<String> {
    RUN_NAME.get().cloned().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_hold_records_from_the_one_that_presents_on() {
        for (name, passes) in [
            ("acme-order", false),
            ("dns-zone", false),
            ("dns01-exec", true),
            ("dns-wait-txt", true),
            ("acme-validate", true),
            ("acme-finalize", true),
            ("acme-issue", false),
            ("sh", false),
        ] {
            assert_eq!(passes_records(name), passes, "{name}");
        }
    }
}
