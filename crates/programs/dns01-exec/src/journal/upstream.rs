//! The processes that may write into this one's standard input, directly or through others. They are told by their pipes
//! when this process starts; one that has ended before is of another pipeline.

use crate::protocol::mark;
use std::collections::HashSet;
use std::io;
use subprocess::Process;

/// The processes upstream of this one, by the marks of their calls.
#[derive(Debug, Default)]
pub(crate) struct Upstream(HashSet<String>);

/// A process, and the pipes that it reads and writes.
#[derive(Debug, Clone)]
struct Stage {
    name: String,
    mark: String,
    is_zombie: bool,
    stdin: Option<String>,
    stdout: Option<String>,
}

/// What there was when this process started.
struct Facts {
    /// What this process reads.
    stdin: Option<String>,
    /// Its siblings: those that the same shell started in the same process group.
    siblings: Vec<Stage>,
    /// The name of the shell that started them.
    shell: Option<String>,
    /// The pipes that the shell and this process write into: they lead out of the pipeline.
    outside: Vec<String>,
}

impl Upstream {
    /// The processes that may write to this one, which has just started.
    pub(crate) fn of_this_process() -> Upstream {
        match Process::this().filter(|_| command::is_pipe(io::stdin())) {
            Some(me) => Facts::about(&me).upstream(),
            None => Upstream::default(),
        }
    }

    /// Whether the process whose calls have this mark is among them.
    pub(super) fn has(&self, mark: &str) -> bool {
        self.0.contains(mark)
    }

    #[cfg(test)]
    pub(super) fn from_marks(marks: impl IntoIterator<Item = String>) -> Upstream {
        Upstream(marks.into_iter().collect())
    }
}

impl Facts {
    fn about(me: &Process) -> Facts {
        let siblings = me.siblings();
        let shell = Process::with_pid(me.parent);
        let outside = [Some(me), shell.as_ref()]
            .into_iter()
            .flatten()
            .flat_map(|process| [process.pipe(1), process.pipe(2)])
            .flatten()
            .collect();
        let stage = |process: Process| Stage {
            mark: mark::of_process(process.pid, process.started),
            is_zombie: process.is_zombie,
            stdin: process.pipe(0),
            stdout: process.pipe(1),
            name: process.name,
        };
        Facts {
            stdin: me.pipe(0),
            siblings: siblings.into_iter().map(stage).collect(),
            shell: shell.map(|shell| shell.name),
            outside,
        }
    }

    fn upstream(&self) -> Upstream {
        let may_lead_here = |stage: &&Stage| {
            // A fork of the shell that has not become its program yet may not have its pipes either.
            let is_fork = self.shell.as_ref() == Some(&stage.name);
            is_fork || self.leads_here(stage) != Some(false)
        };
        let upstream = self.siblings.iter().filter(may_lead_here);
        Upstream(upstream.map(|stage| stage.mark.clone()).collect())
    }

    /// Whether what a process writes reaches this one, directly or through others; `None` where one of them has ended.
    fn leads_here(&self, stage: &Stage) -> Option<bool> {
        let mut writer = stage;
        // There are no more steps than processes, unless pipes form a circle.
        for _ in 0..=self.siblings.len() {
            if writer.is_zombie {
                return None;
            }
            let Some(pipe) = &writer.stdout else {
                return Some(false);
            };
            if self.stdin.as_ref() == Some(pipe) {
                return Some(true);
            }
            if self.outside.contains(pipe) {
                return Some(false);
            }
            let mut readers = self.siblings.iter();
            writer = readers.find(|reader| reader.stdin.as_ref() == Some(pipe))?;
        }
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that reads and writes pipes with these names; `-` is none.
    fn stage(name: &str, stdin: &str, stdout: &str) -> Stage {
        let pipe = |name: &str| (name != "-").then(|| name.to_owned());
        Stage {
            name: name.to_owned(),
            mark: name.to_owned(),
            is_zombie: name == "zombie",
            stdin: pipe(stdin),
            stdout: pipe(stdout),
        }
    }

    #[test]
    fn what_writes_into_stdin_is_upstream_also_through_others() {
        for (siblings, expected) in [
            (vec![], ""),
            (vec![stage("a", "-", "in")], "a"),
            (vec![stage("a", "-", "1"), stage("b", "1", "in")], "a b"),
            (vec![stage("b", "1", "in"), stage("a", "-", "1")], "a b"),
            // To a file, to the shell's own output, to this process's.
            (vec![stage("a", "-", "-")], ""),
            (vec![stage("a", "-", "out")], ""),
            (vec![stage("a", "-", "1"), stage("b", "1", "out")], ""),
            (vec![stage("a", "-", "1"), stage("b", "1", "-")], ""),
            // Its reader has ended, or is none of these.
            (vec![stage("a", "-", "1")], "a"),
            (
                vec![stage("a", "-", "1"), stage("zombie", "1", "-")],
                "a zombie",
            ),
            (vec![stage("a", "-", "1"), stage("b", "1", "2")], "a b"),
            // It has ended itself, or is not its program yet.
            (vec![stage("zombie", "-", "-")], "zombie"),
            (vec![stage("sh", "-", "-")], "sh"),
            (vec![stage("sh", "-", "out")], "sh"),
            (vec![stage("a", "-", "1"), stage("sh", "1", "-")], "sh"),
            // In a circle.
            (vec![stage("a", "1", "2"), stage("b", "2", "1")], ""),
        ] {
            let facts = Facts {
                stdin: Some("in".to_owned()),
                siblings,
                shell: Some("sh".to_owned()),
                outside: vec!["out".to_owned()],
            };
            let mut upstream: Vec<_> = facts.upstream().0.into_iter().collect();
            upstream.sort();
            assert_eq!(upstream.join(" "), expected, "{:?}", facts.siblings);
        }
    }

    #[test]
    fn where_no_shell_is_seen_nothing_is_taken_for_its_fork() {
        let facts = Facts {
            stdin: Some("in".to_owned()),
            siblings: vec![stage("a", "-", "-")],
            shell: None,
            outside: Vec::new(),
        };
        assert!(!facts.upstream().has("a"));
    }
}
