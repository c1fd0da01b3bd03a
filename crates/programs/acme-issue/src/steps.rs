//! The programs of each round, with the options that go to them.

use acme_issue::{TO_FINALIZE, TO_ORDER, TO_PRESENT, TO_VALIDATE, TO_WAIT, TO_ZONE};
use command::{Args, HandedOn};
use pipeline::programs;
use std::ffi::OsString;

/// A program and its words.
pub(crate) struct Step {
    pub(crate) program: &'static str,
    pub(crate) words: Vec<OsString>,
}

/// The words that go to each program.
pub(crate) struct Steps<'a> {
    args: &'a Args,
}

impl<'a> Steps<'a> {
    pub(crate) fn new(args: &'a Args) -> Steps<'a> {
        Steps { args }
    }

    /// Whether the names stand on the command line, and not on stdin.
    pub(crate) fn have_names(&self) -> bool {
        self.args.is_given(&acme_order::DOMAINS)
    }

    /// The programs whose command lines are checked before anything is done.
    pub(crate) fn to_check(&self) -> Vec<Step> {
        let mut steps = vec![
            self.step(programs::ACME_ORDER, &[], &TO_ORDER),
            self.step(programs::DNS_ZONE, &[], &TO_ZONE),
            self.present(&[]),
            self.wait(),
            self.finalize(),
        ];
        for step in &mut steps {
            step.words.push(format!("--{}", command::QUIET.long).into());
        }
        steps
    }

    /// The whole pipeline.
    pub(crate) fn first(&self) -> Vec<Step> {
        vec![
            self.step(programs::ACME_ORDER, &[], &TO_ORDER),
            self.step(programs::DNS_ZONE, &[], &TO_ZONE),
            self.present(&[]),
            self.wait(),
            self.finalize(),
            self.cleanup(),
        ]
    }

    /// One value at each name, validated and removed again. The first such round takes up orders in which values replaced
    /// each other.
    pub(crate) fn one_per_name(&self, again: bool) -> Vec<Step> {
        let again = again.then_some(&dns01_exec::AGAIN);
        let flags: Vec<String> = again
            .into_iter()
            .chain([&dns01_exec::ONE_PER_NAME])
            .map(|flag| format!("--{}", flag.long))
            .collect();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        vec![
            self.present(&flags),
            self.wait(),
            self.step(programs::ACME_VALIDATE, &[], &TO_VALIDATE),
            self.cleanup(),
        ]
    }

    /// The certificate, once all is valid.
    pub(crate) fn last(&self) -> Vec<Step> {
        vec![self.finalize()]
    }

    fn present(&self, flags: &[&str]) -> Step {
        let words = [&[dns01_exec::PRESENT], flags].concat();
        self.step(programs::DNS01_EXEC, &words, &TO_PRESENT)
    }

    fn cleanup(&self) -> Step {
        self.step(programs::DNS01_EXEC, &[dns01_exec::CLEANUP], &TO_PRESENT)
    }

    fn wait(&self) -> Step {
        self.step(programs::DNS_WAIT_TXT, &[], &TO_WAIT)
    }

    fn finalize(&self) -> Step {
        self.step(programs::ACME_FINALIZE, &[], &TO_FINALIZE)
    }

    fn step(&self, program: programs::Row, words: &[&str], options: &HandedOn) -> Step {
        let mut all: Vec<OsString> = words.iter().map(OsString::from).collect();
        all.extend(self.args.hand_on(options.options));
        all.extend(self.args.hand_on(&[&command::QUIET, &command::VERBOSE]));
        Step {
            program: program.name,
            words: all,
        }
    }
}
