//! Looks at all processes and the pipes that they hold (proc(5)).

use crate::journal::pipes::{Pipe, Pipes, Reach, Stage, role};
use exec_cli::mark;
use subprocess::Process;

/// The names of shells, as their files have them.
const SHELLS: [&str; 9] = [
    "sh", "dash", "bash", "ash", "busybox", "ksh", "mksh", "yash", "zsh",
];

impl Pipes {
    /// As they are now.
    pub(super) fn now() -> Pipes {
        // What this process holds besides its own streams came down to all that its shell started.
        let inherited: Vec<Pipe> = Process::this().map_or(Vec::new(), |me| {
            let more = me.pipes_from(2).into_iter();
            more.map(|(pipe, _)| pipe).collect()
        });
        let pipes = |process: &Process, stream: u8| {
            let mut pipes: Vec<Pipe> = process.pipe(stream).into_iter().collect();
            let (first, is_wanted) = match stream {
                // A shell has its own streams elsewhere while it runs `cat >file`.
                _ if pipes.is_empty() => (10, is_shell(process)),
                // What reads a pipe may write into several, as tee does.
                1 => (3, process.pipe(0).is_some()),
                _ => (3, false),
            };
            if is_wanted {
                let more = process.pipes_from(first).into_iter();
                let more = more.filter(|(_, is_written)| *is_written == (stream == 1));
                let more = more.map(|(pipe, _)| pipe);
                pipes.extend(more.filter(|pipe| !inherited.contains(pipe)));
            }
            pipes
        };
        let stage = |process: Process| Stage {
            mark: mark::of_process(process.pid, process.started),
            role: role(&process.name, || process.arguments()),
            stdin: pipes(&process, 0),
            stdout: pipes(&process, 1),
        };
        Pipes(Process::all().into_iter().map(stage).collect())
    }
}

/// Whether it is a shell, whatever script it runs.
fn is_shell(process: &Process) -> bool {
    let file = process.executable();
    let name = file.as_deref().and_then(|file| file.file_name()?.to_str());
    name.is_some_and(|name| SHELLS.contains(&name))
}

impl Reach {
    /// The same with whether one of the pipes is held by a process that it was not followed through.
    pub(super) fn with_holders(mut self, followed: &Pipes) -> Reach {
        if self.is_open {
            let holds = |process: &Process| {
                let pipes = process.pipes_from(3);
                pipes.iter().any(|(pipe, _)| self.pipes.contains(pipe))
            };
            let is_followed = |mark: &String| {
                let mut stages = followed.0.iter();
                stages.any(|stage| stage.mark == *mark && self.passes(stage))
            };
            self.is_held = Process::all().iter().any(|process| {
                let mark = mark::of_process(process.pid, process.started);
                !process.is_this() && !is_followed(&mark) && holds(process)
            });
        }
        self
    }

    /// Whether a process reads or writes one of the pipes.
    fn passes(&self, stage: &Stage) -> bool {
        let mut pipes = stage.stdin.iter().chain(&stage.stdout);
        pipes.any(|pipe| self.pipes.contains(pipe))
    }
}
