//! The check of a challenge, and what all checks come to.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use dns::Name;
use dns::check::{Graph, Judgement, Severity, Target};
use dns_cli::CheckContext;
use pipeline::catalogue::challenge::ERROR;
use pipeline::catalogue::order::DIRECTORY;
use pipeline::{Challenge, Document, Object, Problem, Step};

use crate::options::{Format, Options};
use crate::progress::Progress;
use crate::request;
use crate::source::Source;

/// What all checks come to.
#[derive(Default)]
pub(crate) struct Outcome {
    worst: Cell<Option<Severity>>,
    judged: Cell<usize>,
    unjudged: Cell<usize>,
    graphs: RefCell<Vec<Graph>>,
}

impl Outcome {
    fn add(&self, judgement: &Judgement) {
        let worst = judgement
            .findings
            .iter()
            .map(|finding| finding.severity)
            .max();
        self.worst.set(self.worst.get().max(worst));
        let count = if judgement.is_judged {
            &self.judged
        } else {
            &self.unjudged
        };
        count.set(count.get() + 1);
    }

    /// What leads to each name, where that is to be drawn.
    pub(crate) fn graphs(&self) -> Vec<Graph> {
        self.graphs.take()
    }

    /// Whether there was a finding as severe as this.
    pub(crate) fn is_as_severe_as(&self, severity: Severity) -> bool {
        self.worst.get().is_some_and(|worst| worst >= severity)
    }

    /// Whether there were names, and nothing could be said of any.
    pub(crate) fn is_nothing_judged(&self) -> bool {
        self.judged.get() == 0 && self.unjudged.get() > 0
    }
}

/// So many names of a domain are looked at closely: who writes one record at a wrong name writes all of them there, and each look
/// costs questions.
const MOST_OF_DOMAIN: usize = 4;

/// Most domains are registered below a top-level domain, and have so many labels.
const REGISTERED: usize = 2;

/// The check of each challenge.
pub(crate) struct Check {
    source: Rc<Source>,
    options: Options,
    outcome: Rc<Outcome>,
    progress: Progress,
    /// Of the document whose challenges are read.
    context: RefCell<CheckContext>,
    /// How many names were looked at closely, by their registered domains.
    looked: RefCell<HashMap<Name, usize>>,
}

impl Check {
    pub(crate) fn new(source: Rc<Source>, options: Options, outcome: Rc<Outcome>) -> Check {
        Check {
            source,
            options,
            outcome,
            progress: Progress::default(),
            context: RefCell::default(),
            looked: RefCell::default(),
        }
    }
}

impl Check {
    /// Whether one more name of its registered domain is looked at closely.
    fn has_room(&self, target: &Target) -> bool {
        let domain = target.name.trim_to(REGISTERED);
        let mut looked = self.looked.borrow_mut();
        let count = looked.entry(domain).or_default();
        *count += 1;
        *count <= MOST_OF_DOMAIN
    }
}

impl Step for Check {
    type Request = Target;

    fn receive(&self, document: &mut Document) {
        request::expect_challenges(document);
    }

    fn prepare(&self, document: &Document) {
        let usual = match document.has(&DIRECTORY) {
            true => CheckContext::default(),
            false => request::usual(document).unwrap_or_else(|| self.options.usual.clone()),
        };
        let named = self.options.named.clone();
        *self.context.borrow_mut() = named.or(CheckContext::of(document)).or(usual);
    }

    fn read(&self, challenge: &Challenge) -> Result<Target, Problem> {
        let mut target = dns_cli::check_target(challenge, &self.context.borrow())?;
        target.looks_closer = self.has_room(&target);
        Ok(target)
    }

    async fn run(&self, target: Target) -> Result<Object, Problem> {
        let judging = self.source.judge(&target);
        let judgement = self.progress.during(&self.source, judging).await;
        self.outcome.add(&judgement);
        if self.options.format == Format::Dot {
            let graph = self.source.graph(&target);
            self.outcome.graphs.borrow_mut().push(graph);
        }
        let mut members = dns_cli::checked(&judgement);
        if self.options.stops
            && let Some(problem) = dns_cli::will_fail(&judgement)
        {
            members.insert(ERROR.name.into(), problem.to_value());
        }
        Ok(members)
    }
}
