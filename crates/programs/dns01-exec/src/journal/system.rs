//! Facts from the system, by which it is decided whose an entry of the journal is and whether its run lives.

use pipeline::programs;
use subprocess::Process;

/// The variable by which a caller names all programs of one run.
const RUN_VARIABLE: &str = "ACMEPIPE_RUN";

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
    /// Whether this process has the name of a run in `ACMEPIPE_RUN`, and it has the same.
    pub(super) is_of_this_run: bool,
}

impl System {
    /// Asks the system. Entries have to be read first: this cannot see the run of one that is written later.
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
        .filter(|process| passes_records(&process.name))
        .map(|process| PipelineProgram {
            is_cleanup: is_cleanup(&process.name, || process.arguments()),
            is_of_this_run: run.as_ref().is_some_and(|run| process.has_variable(run)),
            process,
        })
        .collect()
}

/// Whether documents pass through the program of this name while their records are there.
fn passes_records(name: &str) -> bool {
    let mut programs = programs::ALL.iter();
    programs.any(|program| program.passes_records && program.name == name)
}

/// Whether a process with this name and these arguments is `dns01-exec cleanup`, which needs no record.
fn is_cleanup(name: &str, arguments: impl FnOnce() -> Vec<Vec<u8>>) -> bool {
    let cleanup = dns01_exec::CLEANUP.as_bytes();
    name == dns01_exec::PROGRAM.name && arguments().iter().any(|word| word == cleanup)
}

/// The caller's own name for all programs of this process's run.
pub(super) fn run_name() -> Option<String> {
    std::env::var(RUN_VARIABLE)
        .ok()
        .filter(|run| !run.is_empty())
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

    #[test]
    fn a_cleanup_is_told_by_its_name_and_its_command() {
        for (name, arguments, expected) in [
            ("dns01-exec", &["dns01-exec", "cleanup"][..], true),
            (
                "dns01-exec",
                &["/bin/dns01-exec", "-q", "cleanup", "-x", "a"],
                true,
            ),
            ("dns01-exec", &["dns01-exec", "present"], false),
            ("dns01-exec", &[], false),
            ("dns-wait-txt", &["dns-wait-txt", "cleanup"], false),
        ] {
            let words = || arguments.iter().map(|word| word.as_bytes().to_vec());
            let is_it = is_cleanup(name, || words().collect());
            assert_eq!(is_it, expected, "{name} {arguments:?}");
        }
    }
}
