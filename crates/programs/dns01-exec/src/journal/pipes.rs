//! Which processes documents come from and go to, told by the pipes between them: a pipe has one identity for all who hold
//! it, whoever started them and in whatever namespace. A wrapper in front of a program, or a shell around it, hands its
//! pipes down.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The identity of a pipe.
pub(super) type Pipe = String;

/// A process with what it reads and writes.
#[derive(Debug, Clone)]
pub(super) struct Stage {
    /// Its mark: its number and its start.
    pub(super) mark: String,
    /// What it is to a record.
    pub(super) role: Role,
    /// The pipes that it reads.
    pub(super) stdin: Vec<Pipe>,
    /// The pipes that it writes.
    pub(super) stdout: Vec<Pipe>,
}

/// What a process is to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// `dns01-exec present`.
    Presents,
    /// `dns01-exec cleanup`.
    CleansUp,
    /// Anything else.
    Other,
}

/// All processes that can be seen, as they were at one moment.
#[derive(Debug, Default)]
pub(super) struct Pipes(pub(super) Vec<Stage>);

/// What is reached by following pipes through processes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Reach {
    /// The pipes.
    pub(super) pipes: BTreeSet<Pipe>,
    /// The marks of the processes that present.
    #[serde(default)]
    pub(super) presents: BTreeSet<String>,
    /// The marks of the processes that clean up.
    #[serde(default)]
    pub(super) cleanups: BTreeSet<String>,
    /// Whether nobody was seen at the other end of one of the pipes: what lies beyond is not known.
    #[serde(default)]
    pub(super) is_open: bool,
    /// Whether one of them was held by a process that has it neither as its input nor as its output: a program that reads
    /// what it started, for instance, and does with it what it will.
    #[serde(default)]
    pub(super) is_held: bool,
}

impl Reach {
    /// All that one or the other reaches.
    pub(super) fn and(mut self, other: Reach) -> Reach {
        self.pipes.extend(other.pipes);
        self.presents.extend(other.presents);
        self.cleanups.extend(other.cleanups);
        self.is_open |= other.is_open;
        self.is_held |= other.is_held;
        self
    }
}

impl Pipes {
    /// Where documents go that are written into this pipe.
    pub(super) fn downstream(&self, from: &Pipe) -> Reach {
        self.follow(from, |stage| &stage.stdin, |stage| &stage.stdout)
    }

    /// Where documents come from that are read from this pipe.
    pub(super) fn upstream(&self, to: &Pipe) -> Reach {
        self.follow(to, |stage| &stage.stdout, |stage| &stage.stdin)
    }

    /// The marks of the processes that read one of these pipes, those of one pipeline, and write only into such of them as nobody
    /// reads any more. Those that clean up are left out: they may be waiting for others themselves.
    pub(super) fn cut_off(&self, pipes: &BTreeSet<Pipe>) -> BTreeSet<String> {
        let is_read = |pipe: &Pipe| self.0.iter().any(|stage| stage.stdin.contains(pipe));
        let leads_nowhere = |pipe: &Pipe| pipes.contains(pipe) && !is_read(pipe);
        let is_cut_off = |stage: &&Stage| {
            let reads = stage.stdin.iter().any(|pipe| pipes.contains(pipe));
            reads
                && stage.role != Role::CleansUp
                && !stage.stdout.is_empty()
                && stage.stdout.iter().all(leads_nowhere)
        };
        let stages = self.0.iter().filter(is_cut_off);
        stages.map(|stage| stage.mark.clone()).collect()
    }

    fn follow(
        &self,
        first: &Pipe,
        near: impl Fn(&Stage) -> &[Pipe],
        far: impl Fn(&Stage) -> &[Pipe],
    ) -> Reach {
        let mut reach = Reach::default();
        let mut next = vec![first.clone()];
        while let Some(pipe) = next.pop() {
            let mut is_open = true;
            for stage in self.0.iter().filter(|stage| near(stage).contains(&pipe)) {
                is_open = false;
                match stage.role {
                    Role::Presents => drop(reach.presents.insert(stage.mark.clone())),
                    Role::CleansUp => drop(reach.cleanups.insert(stage.mark.clone())),
                    Role::Other => {}
                }
                let unknown = |pipe: &&Pipe| !reach.pipes.contains(*pipe);
                next.extend(far(stage).iter().filter(unknown).cloned());
            }
            reach.is_open |= is_open;
            reach.pipes.insert(pipe);
        }
        reach
    }
}

/// What a process with this name and these arguments is to a record.
pub(super) fn role(name: &str, arguments: impl FnOnce() -> Vec<Vec<u8>>) -> Role {
    if name != dns01_exec::PROGRAM.name {
        return Role::Other;
    }
    let arguments = arguments();
    let has = |command: &str| arguments.iter().any(|word| word == command.as_bytes());
    if has(dns01_exec::CLEANUP) {
        Role::CleansUp
    } else if has(dns01_exec::PRESENT) {
        Role::Presents
    } else {
        Role::Other
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Processes from a text: `present:-:1` is one that reads no pipe and writes pipe 1. Those named `present` or `cleanup`
    /// have these roles; `present@7:-:1` has the mark 7.
    pub(in crate::journal) fn pipes(text: &str) -> Pipes {
        let stage = |word: &str| {
            let mut fields = word.split(':');
            let name = fields.next().expect("a name");
            let (name, mark) = name.split_once('@').unwrap_or((name, name));
            let role = match name {
                "present" => Role::Presents,
                "cleanup" => Role::CleansUp,
                _ => Role::Other,
            };
            let mut pipe = || {
                let pipe = fields.next().filter(|pipe| *pipe != "-");
                pipe.map(str::to_owned).into_iter().collect()
            };
            Stage {
                mark: mark.to_owned(),
                role,
                stdin: pipe(),
                stdout: pipe(),
            }
        };
        Pipes(text.split_whitespace().map(stage).collect())
    }

    #[test]
    fn who_reads_a_pipe_and_has_no_reader_is_cut_off() {
        let ours = ["1", "2", "3"].map(str::to_owned).into();
        for (processes, expected) in [
            ("present:-:1 wait:1:2 cleanup:3:3", "wait"),
            ("present:-:1 wait:1:2 finalize:2:3", "finalize"),
            ("present:-:1 tee:1:2 wait:1:3 cleanup:2:-", "wait"),
            ("wait:1:2 finalize:2:3 cleanup:3:4", ""),
            // What it writes goes elsewhere as well, or nowhere.
            ("wait:1:4 other:1:-", ""),
        ] {
            let marks = pipes(processes).cut_off(&ours);
            let found: Vec<_> = marks.iter().map(String::as_str).collect();
            assert_eq!(found.join(" "), expected, "{processes}");
        }
    }

    fn shown(reach: &Reach) -> String {
        let words = reach
            .pipes
            .iter()
            .chain(&reach.presents)
            .chain(&reach.cleanups);
        let words: Vec<_> = words.map(String::as_str).collect();
        let open = if reach.is_open { " …" } else { "" };
        format!("{}{open}", words.join(" "))
    }

    #[test]
    fn pipes_are_followed_through_whoever_holds_them() {
        for (processes, downstream, upstream) in [
            ("", "1 …", "3 …"),
            ("present:-:1", "1 …", "3 …"),
            (
                "present:-:1 wait:1:2 finalize:2:3 cleanup:3:-",
                "1 2 3 cleanup",
                "1 2 3 present",
            ),
            // In whatever order they are listed; with a wrapper in front of each.
            (
                "timeout:3:- cleanup:3:- sh:2:3 finalize:2:3 wait:1:2 present:-:1",
                "1 2 3 cleanup",
                "1 2 3 present",
            ),
            // One is gone, or has no pipes yet.
            ("present:-:1 finalize:2:3 cleanup:3:-", "1 …", "2 3 …"),
            // Two read from one pipe, and one of them leads on.
            (
                "present:-:1 cat:1:- sh:1:2 wait:2:3 cleanup:3:-",
                "1 2 3 cleanup",
                "1 2 3 present",
            ),
            // Into a file.
            ("present:-:1 cat:1:- cleanup:3:-", "1", "3 …"),
            // The script's own output leads on.
            ("present:-:1 cleanup:1:9 tee:9:-", "1 9 cleanup", "3 …"),
            // In a circle.
            ("present:2:1 a:1:2 cleanup:3:-", "1 2 present", "3 …"),
        ] {
            let pipes = pipes(processes);
            assert_eq!(
                shown(&pipes.downstream(&"1".to_owned())),
                downstream,
                "{processes}"
            );
            assert_eq!(
                shown(&pipes.upstream(&"3".to_owned())),
                upstream,
                "{processes}"
            );
        }
    }

    #[test]
    fn what_two_looks_reach_is_put_together() {
        let reach = |pipe: &str, is_open| Reach {
            pipes: [pipe.to_owned()].into(),
            presents: [format!("present {pipe}")].into(),
            cleanups: [format!("cleanup {pipe}")].into(),
            is_open,
            is_held: is_open,
        };
        for (one, other, expected) in [
            (false, false, "1 2 present 1 present 2 cleanup 1 cleanup 2"),
            (true, false, "1 2 present 1 present 2 cleanup 1 cleanup 2 …"),
            (false, true, "1 2 present 1 present 2 cleanup 1 cleanup 2 …"),
            (true, true, "1 2 present 1 present 2 cleanup 1 cleanup 2 …"),
        ] {
            let both = reach("1", one).and(reach("2", other));
            assert_eq!(
                (shown(&both).as_str(), both.is_held),
                (expected, one || other)
            );
        }
    }

    #[test]
    fn a_role_is_told_by_name_and_command() {
        for (name, arguments, expected) in [
            ("dns01-exec", &["dns01-exec", "cleanup"][..], Role::CleansUp),
            (
                "dns01-exec",
                &["/bin/dns01-exec", "-q", "cleanup", "-x", "a"],
                Role::CleansUp,
            ),
            ("dns01-exec", &["dns01-exec", "present"], Role::Presents),
            ("dns01-exec", &["dns01-exec", "list"], Role::Other),
            ("dns01-exec", &[], Role::Other),
            ("dns-wait-txt", &["dns-wait-txt", "cleanup"], Role::Other),
        ] {
            let words = || arguments.iter().map(|word| word.as_bytes().to_vec());
            assert_eq!(
                role(name, || words().collect()),
                expected,
                "{name} {arguments:?}"
            );
        }
    }
}
