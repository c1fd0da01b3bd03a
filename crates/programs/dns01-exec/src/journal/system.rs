//! What the system says: the facts by which it is decided whose an entry of the journal is.

use subprocess::Process;

/// The programs through which a document passes while its records are needed. Without one of them here, records of
/// living runs would count as leftovers.
const PIPELINE_PROGRAMS: [&str; 4] = [
    "dns01-exec",
    "dns-wait-txt",
    "acme-validate",
    "acme-finalize",
];

/// The variable by which a caller names all programs of one run.
const RUN_VARIABLE: &str = "ACMEPIPE_RUN";

/// Where the numbers of processes mean something: since a boot, and in a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PidSpace {
    pub(super) boot: String,
    pub(super) namespace: String,
}

impl PidSpace {
    /// That of this process's number.
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
    /// Whether it has the same name of a run as this process, and that has one.
    pub(super) is_of_this_run: bool,
}

impl System {
    /// Asks the system. Entries have to be read before: the run of one that is written later is not seen.
    pub(crate) fn now() -> System {
        System {
            here: PidSpace::here(),
            pipeline_programs: pipeline_programs(),
        }
    }
}

/// The living programs of pipelines, except this process.
pub(super) fn pipeline_programs() -> Vec<PipelineProgram> {
    let run = run_name().map(|run| format!("{RUN_VARIABLE}={run}"));
    Process::all()
        .into_iter()
        .filter(|process| !process.is_this() && !process.is_zombie)
        .filter(|process| PIPELINE_PROGRAMS.contains(&process.name.as_str()))
        .map(|process| PipelineProgram {
            is_cleanup: is_cleanup(&process),
            is_of_this_run: run.as_ref().is_some_and(|run| process.has_variable(run)),
            process,
        })
        .collect()
}

fn is_cleanup(process: &Process) -> bool {
    process.name == "dns01-exec" && process.arguments().iter().any(|word| word == b"cleanup")
}

/// The caller's own name for all programs of this process's run.
pub(super) fn run_name() -> Option<String> {
    std::env::var(RUN_VARIABLE)
        .ok()
        .filter(|run| !run.is_empty())
}
