//! Whose a record is that the journal has, for a `cleanup` at the end of a pipeline: a pure function of facts that are
//! gathered elsewhere.

use crate::journal::owner::Owner;
use crate::journal::pipeline_end::{ONE_PIPELINE, PipelineEnd};
use crate::journal::pipes::{Pipe, Pipes, Reach};
use std::collections::BTreeSet;
use std::time::Duration;

/// Whose a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// This pipeline presented it.
    Ours,
    /// Something else did.
    NotOurs,
    /// Nothing tells.
    Unknown,
}

/// Whose the records of this owner are for the `cleanup` at this end of a pipeline, with the pipes as they are now.
///
/// A pipe tells for certain, and after it the caller's own name for the run. What neither tells is decided by what
/// happened at once in one place: where a pipeline is broken, as by a program that was not found, its pipes lead nowhere.
/// `age` is how long ago it presented them.
pub(super) fn whose(owner: &Owner, age: Option<Duration>, end: &PipelineEnd, now: &Pipes) -> Whose {
    let me = &end.me;
    // The identity of a pipe lasts for a boot.
    let is_same_boot = owner.boot == me.boot;
    if is_same_boot && meet(&owner.upstream, &me.downstream) {
        // A second round of the same pipeline, which has a cleanup of its own.
        return Whose::NotOurs;
    }
    if is_same_boot && may_have_documents(owner, end, now) {
        // Whoever reads there may still have the document, or hand it to a cleanup of its own.
        return Whose::NotOurs;
    }
    if is_same_boot && meet(&owner.downstream, &end.upstream()) {
        return Whose::Ours;
    }
    if me.run.is_some() || owner.run.is_some() {
        let others = other_ends(owner, end, now);
        let mut there = now.0.iter().map(|stage| &stage.mark);
        let is_other_there = is_same_boot && there.any(|mark| others.contains(mark));
        return match owner.run == me.run && !is_other_there {
            true => Whose::Ours,
            false => Whose::NotOurs,
        };
    }
    let may_be_of_one_pipeline = owner.piped
        && !owner.downstream.is_held
        && end.reads_pipe()
        && end.upstream().presents.is_empty()
        && other_ends(owner, end, now).is_empty();
    if !is_same_boot || !may_be_of_one_pipeline {
        return Whose::NotOurs;
    }
    if !owner.is_visible_in(&me.pid_space()) {
        // It can have seen as little of this process as this one sees of it.
        return match owner.downstream.is_open && end.is_older_than(age) {
            true => Whose::Unknown,
            false => Whose::NotOurs,
        };
    }
    let is_near = (owner.started - me.started).abs() <= ONE_PIPELINE && end.saw(&owner.mark());
    if !is_near {
        return Whose::NotOurs;
    }
    let is_sibling = (owner.group, owner.parent) == (me.group, me.parent);
    if is_sibling && is_cut_off(owner, end) && !end.has_sibling_that_cleans_up() {
        Whose::Ours
    } else if is_sibling || owner.session == me.session {
        Whose::Unknown
    } else {
        Whose::NotOurs
    }
}

/// The marks of the cleanups that the owner's documents go to, or went, besides the one at this end.
fn other_ends(owner: &Owner, end: &PipelineEnd, now: &Pipes) -> BTreeSet<String> {
    let pipes = &owner.downstream.pipes;
    let reached = pipes
        .iter()
        .map(|pipe| now.downstream(pipe))
        .chain([owner.downstream.clone(), end.downstream_of(pipes)]);
    let me = end.me.mark();
    let cleanups = reached.flat_map(|reach| reach.cleanups);
    cleanups.filter(|mark| *mark != me).collect()
}

/// Whether a process reads a pipe now that the owner's documents go through, and that is neither the input of this end nor
/// lies behind it.
fn may_have_documents(owner: &Owner, end: &PipelineEnd, now: &Pipes) -> bool {
    let mine = end.me.upstream.pipes.iter().filter(|pipe| end.reads(pipe));
    let behind = end.me.downstream.pipes.iter();
    let behind_now = behind.clone().flat_map(|pipe| now.downstream(pipe).pipes);
    let known: BTreeSet<Pipe> = mine.chain(behind).cloned().chain(behind_now).collect();
    let pipes: Vec<&Pipe> = owner.downstream.pipes.difference(&known).collect();
    let mut read = now.0.iter().flat_map(|stage| &stage.stdin);
    read.any(|pipe| pipes.contains(&pipe))
}

/// Whether it was never seen where the owner's documents go. Entries of earlier versions do not say.
fn is_cut_off(owner: &Owner, end: &PipelineEnd) -> bool {
    let Reach { pipes, is_open, .. } = &owner.downstream;
    pipes.is_empty() || *is_open && end.downstream_of(pipes).is_open
}

/// Whether the two have a pipe in common.
fn meet(one: &Reach, other: &Reach) -> bool {
    !one.pipes.is_disjoint(&other.pipes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::pipeline_end::Seen;
    use crate::journal::pipes::tests::pipes;
    use std::sync::{Arc, Mutex};
    use std::time::Instant;

    /// What is different about a case; nothing where a member is not given.
    #[derive(Default)]
    struct Case<'a> {
        /// The processes when the owner presented; it has the mark `70-100`.
        then: &'a str,
        /// The processes when the cleanup started; it has the mark `50-100`.
        start: &'a str,
        /// The processes a moment later.
        settled: &'a str,
        /// The processes now.
        now: &'a str,
        /// How long ago it presented; the cleanup started 5 s ago.
        age: Option<Duration>,
        owner: Option<&'a dyn Fn(&mut Owner)>,
        me: Option<&'a dyn Fn(&mut Owner)>,
    }

    /// The process with this number as it is among these processes, one of those that one shell started.
    fn process(pid: i32, processes: &Pipes) -> Owner {
        let mark = format!("{pid}-100");
        let stage = processes.0.iter().find(|stage| stage.mark == mark);
        let upstream = stage.and_then(|stage| Some(processes.upstream(stage.stdin.first()?)));
        let downstream = stage.and_then(|stage| Some(processes.downstream(stage.stdout.first()?)));
        Owner {
            pid,
            group: 7,
            parent: 6,
            session: 5,
            namespace: "n".to_owned(),
            started: 100.0,
            boot: "b".to_owned(),
            piped: downstream.is_some(),
            run: None,
            upstream: upstream.unwrap_or_default(),
            downstream: downstream.unwrap_or_default(),
        }
    }

    impl Case<'_> {
        fn whose(&self) -> Whose {
            let mut owner = process(70, &pipes(self.then));
            let at_start = pipes(self.start);
            let mut seen = Seen::default();
            let me = at_start.0.iter().find(|stage| stage.mark == "50-100");
            if let Some(stdin) = me.and_then(|me| me.stdin.first()) {
                seen.add(pipes(self.start), stdin);
            }
            if !self.settled.is_empty() {
                seen.add(pipes(self.settled), &"3".to_owned());
                seen.is_settled = true;
            }
            let marks = at_start.0.iter().map(|stage| stage.mark.clone());
            let mut end = PipelineEnd {
                me: process(50, &at_start),
                stdin: me.and_then(|me| me.stdin.first().cloned()),
                siblings: marks.filter(|mark| mark != "50-100").collect(),
                seen: Arc::new(Mutex::new(seen)),
                looks: Mutex::default(),
                began: Instant::now() - Duration::from_secs(5),
            };
            if let Some(change) = self.owner {
                change(&mut owner);
            }
            if let Some(change) = self.me {
                change(&mut end.me);
            }
            whose(&owner, self.age, &end, &pipes(self.now))
        }
    }

    const INTACT: &str = "present@70-100:-:1 wait:1:2 finalize:2:3 cleanup@50-100:3:-";
    const BROKEN: &str = "present@70-100:-:1 finalize:2:3 cleanup@50-100:3:-";
    const ALONE: &str = "present@70-100:-:1";

    #[test]
    fn a_pipe_tells_whatever_else_differs() {
        let elsewhere = |owner: &mut Owner| {
            (owner.group, owner.parent, owner.session) = (9, 9, 9);
            (owner.namespace, owner.started) = ("m".to_owned(), 7.0);
        };
        // Seen whole when it presented, or when the cleanup started, or half of it then and half now.
        for (then, start) in [
            (INTACT, INTACT),
            (INTACT, BROKEN),
            (ALONE, INTACT),
            ("present@70-100:-:1 wait:1:2", BROKEN),
        ] {
            for (owner, me) in [
                (None, None),
                (Some(&elsewhere as &dyn Fn(&mut Owner)), None),
                (
                    None,
                    Some(&(|me: &mut Owner| me.run = Some("r".to_owned())) as &dyn Fn(&mut Owner)),
                ),
            ] {
                let case = Case {
                    then,
                    start,
                    owner,
                    me,
                    ..Case::default()
                };
                assert_eq!(case.whose(), Whose::Ours, "{then} | {start}");
            }
            let reboot = |owner: &mut Owner| owner.boot = "c".to_owned();
            let case = Case {
                then,
                start,
                owner: Some(&reboot),
                ..Case::default()
            };
            assert_eq!(case.whose(), Whose::NotOurs, "{then} | {start}");
        }
    }

    #[test]
    fn the_second_present_of_a_pipeline_with_two_rounds_is_not_the_first_cleanups() {
        let rounds = "present@60-100:-:1 cleanup@50-100:1:2 present@70-100:2:3 cleanup@80-100:3:-";
        let named = |owner: &mut Owner| owner.run = Some("r".to_owned());
        let case = Case {
            then: rounds,
            start: rounds,
            ..Case::default()
        };
        assert_eq!(case.whose(), Whose::NotOurs);
        let case = Case {
            owner: Some(&named),
            me: Some(&named),
            ..case
        };
        assert_eq!(case.whose(), Whose::NotOurs);
    }

    #[test]
    fn what_another_process_may_still_have_is_not_lost() {
        use Whose::{NotOurs, Ours};
        let rounds = "present@70-100:-:1 wait:1:3 cleanup@50-100:3:4 present@80-100:4:5 wait:5:6";
        for (then, now, expected) in [
            (INTACT, "cleanup@50-100:3:-", Ours),
            (INTACT, "sh:3:- cleanup@50-100:3:-", Ours),
            (INTACT, "wait:1:2 cleanup@50-100:3:-", NotOurs),
            (INTACT, "sh:2:- cleanup@50-100:3:-", NotOurs),
            // What lies behind this end.
            (
                rounds,
                "cleanup@50-100:3:4 present@80-100:4:5 wait:5:6",
                Ours,
            ),
            (rounds, "cleanup@50-100:3:4 wait:4:7 more:7:8", Ours),
            (rounds, "sh:1:- cleanup@50-100:3:4 wait:4:7", NotOurs),
        ] {
            let case = Case {
                then,
                start: then,
                now,
                ..Case::default()
            };
            assert_eq!(case.whose(), expected, "{then} | {now}");
        }
        let held = |owner: &mut Owner| owner.downstream.is_held = true;
        let case = Case {
            then: ALONE,
            start: BROKEN,
            owner: Some(&held),
            ..Case::default()
        };
        assert_eq!(case.whose(), NotOurs);
    }

    #[test]
    fn a_living_cleanup_that_the_documents_go_to_comes_before_the_name_of_the_run() {
        let named = |owner: &mut Owner| owner.run = Some("r".to_owned());
        for (now, expected) in [
            ("", Whose::Ours),
            ("cleanup@51-100:-:-", Whose::NotOurs),
            ("cleanup@52-100:-:-", Whose::Ours),
        ] {
            let case = Case {
                then: "present@70-100:-:1 cleanup@51-100:1:-",
                start: "finalize:2:3 cleanup@50-100:3:-",
                now,
                owner: Some(&named),
                me: Some(&named),
                ..Case::default()
            };
            assert_eq!(case.whose(), expected, "{now}");
        }
    }

    #[test]
    fn after_the_pipes_the_name_of_the_run_tells() {
        let named = |name: &'static str| move |owner: &mut Owner| owner.run = Some(name.to_owned());
        let elsewhere = |owner: &mut Owner| {
            named("r")(owner);
            (owner.boot, owner.group, owner.piped) = ("c".to_owned(), 0, false);
        };
        let (r, s) = (named("r"), named("s"));
        type Change<'a> = Option<&'a dyn Fn(&mut Owner)>;
        let cases: [(Change<'_>, Change<'_>, Whose); 5] = [
            (Some(&r), None, Whose::NotOurs),
            (None, Some(&r), Whose::NotOurs),
            (Some(&s), Some(&r), Whose::NotOurs),
            (Some(&r), Some(&r), Whose::Ours),
            (Some(&elsewhere), Some(&r), Whose::Ours),
        ];
        for (number, (owner, me, expected)) in cases.into_iter().enumerate() {
            let case = Case {
                then: ALONE,
                start: BROKEN,
                owner,
                me,
                ..Case::default()
            };
            assert_eq!(case.whose(), expected, "case {number}");
        }
    }

    #[test]
    fn where_pipes_are_broken_it_is_told_by_place_and_time() {
        use Whose::{NotOurs, Ours, Unknown};
        let in_another_group = |owner: &mut Owner| owner.group = 8;
        let of_another_parent = |owner: &mut Owner| owner.parent = 8;
        let in_another_session = |owner: &mut Owner| (owner.group, owner.session) = (8, 8);
        let in_another_namespace = |owner: &mut Owner| owner.namespace = "m".to_owned();
        let of_an_earlier_version = |owner: &mut Owner| owner.downstream = Reach::default();
        let without_pipe = |owner: &mut Owner| owner.piped = false;
        let started = |at: f64| move |owner: &mut Owner| owner.started = at;
        let (in_time, late) = (started(100.5), started(100.75));
        let without_proc = |owner: &mut Owner| owner.group = 0;
        let to_null = "present@70-100:-:1 cat:1:- sh:-:3 cleanup@50-100:3:-";
        let other_present = "present@70-100:-:1 present@71-100:-:3 cleanup@50-100:3:-";
        let other_cleanup = "present@70-100:-:1 cleanup@51-100:9:- cleanup@50-100:3:-";
        let leads_away = "present@70-100:-:1 wait:1:8 cleanup@51-100:8:-";
        let gone = "finalize:2:3 cleanup@50-100:3:-";
        type Change<'a> = Option<&'a dyn Fn(&mut Owner)>;
        let cases: [(&str, &str, &str, Change<'_>, Whose); 18] = [
            (ALONE, BROKEN, "", None, Ours),
            (ALONE, BROKEN, "", Some(&of_an_earlier_version), Ours),
            (ALONE, BROKEN, "", Some(&in_another_group), Unknown),
            (ALONE, BROKEN, "", Some(&of_another_parent), Unknown),
            (ALONE, BROKEN, "", Some(&in_another_session), NotOurs),
            (ALONE, BROKEN, "", Some(&in_another_namespace), NotOurs),
            (ALONE, BROKEN, "", Some(&without_pipe), NotOurs),
            (ALONE, BROKEN, "", Some(&without_proc), NotOurs),
            // It had ended before this pipeline began.
            (ALONE, gone, "", None, NotOurs),
            // Its documents went to where nobody passes them on.
            (to_null, to_null, "", None, Unknown),
            (to_null, BROKEN, "", None, Unknown),
            (to_null, to_null, "", Some(&in_another_session), NotOurs),
            // Another pipeline is beside this one.
            (ALONE, other_present, "", None, NotOurs),
            (ALONE, other_cleanup, "", None, Unknown),
            (leads_away, BROKEN, "", None, NotOurs),
            (ALONE, BROKEN, leads_away, None, NotOurs),
            (
                ALONE,
                &format!("{leads_away} cleanup@50-100:3:-"),
                "",
                None,
                NotOurs,
            ),
            (
                ALONE,
                "present@70-100:-:1 cleanup@50-100:-:-",
                "",
                None,
                NotOurs,
            ),
        ];
        for (number, (then, start, now, owner, expected)) in cases.into_iter().enumerate() {
            let case = Case {
                then,
                start,
                now,
                owner,
                ..Case::default()
            };
            assert_eq!(case.whose(), expected, "case {number}");
        }
        // Seen a moment later only, when all programs had started.
        let case = Case {
            then: ALONE,
            start: BROKEN,
            settled: to_null,
            ..Case::default()
        };
        assert_eq!(case.whose(), Unknown);
        for (settled, expected) in [(leads_away, NotOurs), (other_present, NotOurs)] {
            let case = Case { settled, ..case };
            assert_eq!(case.whose(), expected, "{settled}");
        }
        for (change, expected) in [(&in_time, Ours), (&late, NotOurs)] {
            // The mark has the start in it, so it is this process's that is different.
            let case = Case {
                then: ALONE,
                start: BROKEN,
                me: Some(change),
                ..Case::default()
            };
            assert_eq!(case.whose(), expected);
        }
        // In another namespace only the time tells, and that it did not see where its documents go.
        let closed = |owner: &mut Owner| {
            in_another_namespace(owner);
            owner.downstream.is_open = false;
        };
        for (owner, age, expected) in [
            (
                &in_another_namespace as &dyn Fn(&mut Owner),
                Some(3),
                Unknown,
            ),
            (&in_another_namespace, Some(6), Unknown),
            (&in_another_namespace, Some(8), NotOurs),
            (&in_another_namespace, None, NotOurs),
            (&closed, Some(3), NotOurs),
        ] {
            let case = Case {
                then: ALONE,
                start: BROKEN,
                age: age.map(Duration::from_secs),
                owner: Some(owner),
                ..Case::default()
            };
            assert_eq!(case.whose(), expected, "{age:?}");
        }
    }
}
