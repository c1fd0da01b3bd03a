//! The programs of each round, with the options that go to them.

use acme_issue::{TO_FINALIZE, TO_ORDER, TO_PRESENT, TO_VALIDATE, TO_WAIT, TO_ZONE};
use command::{Args, HandedOn, Opt, Usage};
use dns_wait_txt::AFTER_FAILURE;
use dns01_exec::{AGAIN, ONE_PER_NAME, ONE_PER_ZONE, RUN, RUN_VARIABLE};
use pipeline::programs;
use stages::{FOR_USERS_PROGRAMS, Step};
use std::ffi::{OsStr, OsString};
use std::time::{Instant, SystemTime};

/// Whether a step removes what a round has presented.
pub(crate) fn cleans_up(step: &Step) -> bool {
    step.words
        .first()
        .is_some_and(|word| *word == dns01_exec::CLEANUP)
}

/// Whether a step gets certificates.
pub(crate) fn finalizes(step: &Step) -> bool {
    step.program == programs::ACME_FINALIZE.name
}

/// How many values a round presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Round {
    /// All of them.
    Whole,
    /// One at each name.
    OnePerName,
    /// One in each zone.
    OnePerZone,
}

/// The words that go to each program.
pub(crate) struct Steps<'a> {
    args: &'a Args,
    /// Variables that only dns01-exec gets, for the user's program.
    of_user: Vec<String>,
    /// The first round.
    pub(crate) round: Round,
    /// The name of this process among all, by which a round is named; none where the caller has named the run.
    name: Option<String>,
    /// How many rounds there have been.
    count: u32,
    /// When the CA last looked in vain at the names of an order that is placed again.
    failure: Option<Instant>,
}

impl<'a> Steps<'a> {
    pub(crate) fn new(args: &'a Args) -> Result<Steps<'a>, Usage> {
        let per_name = args.flag(&ONE_PER_NAME)?.then_some(Round::OnePerName);
        let per_zone = args.flag(&ONE_PER_ZONE)?.then_some(Round::OnePerZone);
        let is_named = std::env::var_os(RUN_VARIABLE).is_some_and(|name| !name.is_empty());
        Ok(Steps {
            args,
            of_user: stages::for_users_programs(),
            round: per_zone.or(per_name).unwrap_or(Round::Whole),
            name: (!is_named).then(name_of_this_process),
            count: 0,
            failure: None,
        })
    }

    /// Whether authorizations are given up once an order is done.
    pub(crate) fn deactivate(&self) -> bool {
        self.args.is_given(&acme_finalize::DEACTIVATE)
    }

    /// Whether the names stand on the command line, and not on stdin.
    pub(crate) fn have_names(&self) -> bool {
        self.args.is_given(&acme_order::DOMAINS) || self.args.is_given(&acme_order::CSR)
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

    /// The first round: the whole pipeline, or only up to the validation of what can be presented at once.
    pub(crate) fn first(&mut self) -> Vec<Step> {
        self.order(self.round)
    }

    /// The same once more, for names that the CA has looked at in vain just now.
    pub(crate) fn order_again(&mut self, round: Round) -> Vec<Step> {
        self.failure = Some(Instant::now());
        let mut steps = self.order(round);
        // It is known what failed, and why it may not fail alone.
        let force = format!("--{}", acme_order::FORCE.long);
        if let Some(order) = steps.first_mut() {
            order.words.push(force.into());
        }
        // They come as requests, and say what is theirs.
        for step in &mut steps {
            step.words.retain(|word| !says_names(word));
        }
        steps
    }

    /// The same for requests that waited for others.
    pub(crate) fn order_shared(&mut self) -> Vec<Step> {
        self.order(self.round)
    }

    fn order(&mut self, round: Round) -> Vec<Step> {
        let mut steps = vec![
            self.step(programs::ACME_ORDER, &[], &TO_ORDER),
            self.step(programs::DNS_ZONE, &[], &TO_ZONE),
        ];
        steps.extend(self.present_to_cleanup(round, &[]));
        steps
    }

    /// A further round, for orders that wait. `again` takes up those in which values replaced each other.
    pub(crate) fn further(&mut self, round: Round, again: bool) -> Vec<Step> {
        let again = again.then_some(&AGAIN);
        self.present_to_cleanup(round, again.as_slice())
    }

    fn present_to_cleanup(&mut self, round: Round, options: &[&Opt]) -> Vec<Step> {
        self.count += 1;
        let (one_per, after_wait) = match round {
            Round::Whole => (None, self.finalize()),
            Round::OnePerName => (Some(&ONE_PER_NAME), self.validate()),
            Round::OnePerZone => (Some(&ONE_PER_ZONE), self.validate()),
        };
        let flags = options.iter().copied().chain(one_per);
        let flags: Vec<String> = flags.map(|flag| format!("--{}", flag.long)).collect();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let mut steps = [
            self.present(&flags),
            self.wait(),
            after_wait,
            self.cleanup(),
        ];
        if let Some(name) = &self.name {
            let run = format!("--{}={name}.{}", RUN.long, self.count);
            for step in &mut steps {
                if step.program == programs::DNS01_EXEC.name {
                    step.words.push(run.clone().into());
                }
            }
        }
        steps.into()
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
        let mut step = self.step(programs::DNS_WAIT_TXT, &[], &TO_WAIT);
        if let Some(failure) = self.failure {
            let (long, ago) = (AFTER_FAILURE.long, failure.elapsed().as_secs());
            step.words.push(format!("--{long}={ago}").into());
        }
        step
    }

    fn validate(&self) -> Step {
        self.step(programs::ACME_VALIDATE, &[], &TO_VALIDATE)
    }

    fn finalize(&self) -> Step {
        self.step(programs::ACME_FINALIZE, &[], &TO_FINALIZE)
    }

    fn step(&self, program: programs::Row, words: &[&str], options: &HandedOn) -> Step {
        let mut all: Vec<OsString> = words.iter().map(OsString::from).collect();
        all.extend(self.args.hand_on(options.options));
        all.extend(self.args.hand_on(&[&command::QUIET, &command::VERBOSE]));
        let runs_program = program.name == programs::DNS01_EXEC.name;
        let of_user = self.of_user.iter().filter(|_| !runs_program);
        let mut removed_variables: Vec<String> = of_user.cloned().collect();
        removed_variables.push(FOR_USERS_PROGRAMS.to_owned());
        Step {
            program: program.name,
            words: all,
            variables: Vec::new(),
            removed_variables,
        }
    }
}

/// Whether the word gives names to acme-order, or what is of use with these alone.
fn says_names(word: &OsStr) -> bool {
    [&acme_order::DOMAINS, &acme_order::REPLACES]
        .iter()
        .any(|option| {
            let start = format!("--{}=", option.long);
            word.as_encoded_bytes().starts_with(start.as_bytes())
        })
}

/// A name that no other process has had.
fn name_of_this_process() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap_or_default().as_nanos();
    format!("acme-issue.{}.{now}", std::process::id())
}
