//! A run: its steps, each of which goes on whatever became of the one before.

use crate::hooks;
use crate::plan::{Hook, Plan};
use crate::report::Report;
use crate::steps::name_operands;
use certificates::Store;
use command::{StopReason, Usage, message};
use pipeline::catalogue::order::ORDER;
use pipeline::{Document, Dropped, Item, Output, Problem, Reader, types};
use stages::{Ended, Ends, FAILED, Signals, Source, Stages, Step, WRONG_USAGE, status_of};
use std::collections::HashMap;
use std::fs;
use std::process::{ChildStdin, ExitCode};

/// The directory of the journal, below that of `--path`.
const JOURNAL: &str = "journal";
/// How many names a command line gets: far below what the system allows.
const NAMES_AT_ONCE: usize = 1000;

/// A run, and how far it is.
pub(crate) struct Run<'a> {
    plan: Plan,
    signals: &'a Signals,
    /// Where documents go, if anywhere.
    output: Option<Output>,
    report: Report,
    /// What the exit status will be.
    status: u8,
}

impl<'a> Run<'a> {
    pub(crate) fn new(plan: Plan, signals: &'a Signals) -> Result<Run<'a>, Usage> {
        let output = plan.writes_documents.then(Output::stdout).transpose()?;
        Ok(Run {
            plan,
            signals,
            output,
            report: Report::default(),
            status: 0,
        })
    }

    /// Removes the records that earlier runs have left behind: where the journal has any.
    pub(crate) fn remove_leftovers(&mut self) {
        let mut journal = fs::read_dir(self.plan.directory.join(JOURNAL))
            .into_iter()
            .flatten();
        if journal.next().is_none() || self.is_stopped() {
            return;
        }
        self.run(vec![self.plan.cleanup.clone()], Vec::new(), Run::tell);
    }

    /// The requests for what is due, and what could not be judged.
    pub(crate) fn find_due(&mut self) -> Vec<Document> {
        if self.is_stopped() {
            return Vec::new();
        }
        let mut documents = Vec::new();
        self.run(vec![self.plan.due.clone()], Vec::new(), |_, document| {
            documents.push(document);
        });
        documents
    }

    /// Orders what is due, between the hooks, and deploys all that is to be deployed.
    pub(crate) fn order_and_deploy(&mut self, documents: Vec<Document>) {
        let (requests, mut failed): (Vec<_>, Vec<_>) = documents.into_iter().partition(is_request);
        if self.is_stopped() {
            return self.take_back(&requests);
        }
        self.report.due(&requests);
        self.report.due(&failed);
        let requests = self.without_contradictions(requests, &mut failed);
        if requests.is_empty() {
            return self.deploy(failed);
        }
        let before = self.run_hook("the pre-hook", self.plan.pre_hook.clone(), &requests);
        match before {
            _ if self.is_stopped() => self.take_back(&requests),
            Ok(()) => self.order(requests.clone(), failed),
            Err(problem) => {
                let detail = format!(
                    "the pre-hook failed, so nothing is ordered: {}",
                    problem.detail
                );
                failed.extend(requests.iter().cloned());
                self.give_up(failed, &Problem { detail, ..problem });
                self.take_back(&requests);
            }
        }
        let after = self.run_hook("the post-hook", self.plan.post_hook.clone(), &requests);
        if let Err(problem) = after {
            self.status = self.status.max(FAILED);
            message::error(&format!("the post-hook: {problem}"));
        }
    }

    /// The exit status: 128 plus the signal that came, SIGPIPE where nobody reads what it writes, or that of the run.
    pub(crate) fn finish(self) -> ExitCode {
        self.report.sum_up();
        let signal = self.signals.first().map(StopReason::Signal);
        let is_lost = self.output.as_ref().is_some_and(Output::lost_its_reader);
        let reason = signal.or(is_lost.then_some(StopReason::ReaderGone));
        let status = match self.status {
            // Something was done.
            WRONG_USAGE if self.report.has_renewed() => FAILED,
            status => status,
        };
        ExitCode::from(reason.map_or(status, StopReason::exit_status))
    }

    /// The requests that say nothing else than the command line. The others have failed, which counts as no try.
    fn without_contradictions(
        &mut self,
        requests: Vec<Document>,
        failed: &mut Vec<Document>,
    ) -> Vec<Document> {
        let (mut refused, mut rest) = (Vec::new(), Vec::new());
        for mut request in requests {
            let Some(problem) = self.plan.told.contradiction(&request) else {
                rest.push(request);
                continue;
            };
            message::error(&format!("{}: {problem}", request.label()));
            request.fail(&problem);
            refused.push(request);
        }
        self.take_back(&refused);
        failed.extend(refused);
        rest
    }

    /// Orders and deploys. What has failed goes the same way, so that acme-deploy keeps how it went.
    fn order(&mut self, mut requests: Vec<Document>, failed: Vec<Document>) {
        let before = self.versions(&requests);
        let ordered = requests.clone();
        requests.extend(failed);
        let steps = vec![self.plan.issue.clone(), self.plan.deploy.clone()];
        self.run(steps, requests.clone(), Run::tell);
        if self.is_stopped() {
            let not_placed = self.report.not_placed(ordered);
            return self.take_back(&not_placed);
        }
        let missing = self.report.missing(requests);
        let now = self.versions(&missing);
        let is_renewed = |request: &Document| {
            let name = request.label();
            before
                .get(&name)
                .is_some_and(|before| now.get(&name) != Some(before))
        };
        // A program that was killed may have kept the certificate before that.
        let (renewed, missing): (Vec<_>, Vec<_>) = missing.into_iter().partition(is_renewed);
        if !renewed.is_empty() {
            renewed
                .iter()
                .for_each(|one| self.report.renewed(one.label()));
            self.deploy(Vec::new());
        }
        if !missing.is_empty() {
            let detail = "nothing came back of its order: a program was killed, or did not start";
            let problem = Problem::new(&types::LOST, detail);
            self.give_up(missing, &problem.hint("A later run takes it up again."));
        }
    }

    /// Which version of each of these certificates is kept.
    fn versions(&self, requests: &[Document]) -> HashMap<String, Option<String>> {
        let store = Store::new(&self.plan.directory);
        let names = requests.iter().map(Document::label);
        let versions = names.map(|name| {
            let version = store.version(&name).ok().flatten();
            (name, version)
        });
        versions.collect()
    }

    /// Says once of all requests why they led to nothing, but for those that have said so, and has acme-deploy keep how each
    /// went.
    fn give_up(&mut self, mut requests: Vec<Document>, problem: &Problem) {
        if self.is_stopped() {
            return;
        }
        let mut names = Vec::new();
        for request in requests.iter_mut().filter(|request| !request.has_error()) {
            names.push(request.label());
            request.fail(problem);
        }
        if let [first, others @ ..] = &names[..] {
            let others = match others.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            message::error(&format!("{first}{others}: {problem}"));
        }
        self.hand_over(requests);
    }

    /// Has acme-deploy keep how these went, and deploy what is to be deployed.
    fn hand_over(&mut self, failed: Vec<Document>) {
        self.run(vec![self.plan.deploy.clone()], failed.clone(), Run::tell);
        // What acme-deploy has not handed on is to be known all the same.
        for document in self.report.missing(failed) {
            self.tell(document);
        }
    }

    /// Has acme-due forget requests of which nothing was ordered: the next run writes them again. It does so after a signal, too.
    fn take_back(&mut self, requests: &[Document]) {
        for some in requests.chunks(NAMES_AT_ONCE) {
            let names: Vec<_> = some.iter().map(|request| request.label().into()).collect();
            let mut step = self.plan.not_tried.clone();
            name_operands(&mut step, &names);
            match stages::run_alone(&step) {
                Ok((_, status)) => self.status = self.status.max(status.min(FAILED)),
                Err(error) => {
                    self.status = self.status.max(FAILED);
                    message::error(&format!("cannot run {}: {error}", step.program));
                }
            }
        }
    }

    /// Deploys what the store has and a target lacks, and has kept what failed.
    fn deploy(&mut self, failed: Vec<Document>) {
        if (self.plan.deploys || !failed.is_empty()) && !self.is_stopped() {
            self.hand_over(failed);
        }
    }

    /// Runs a hook, where there is one.
    fn run_hook(
        &self,
        what: &str,
        hook: Option<Hook>,
        requests: &[Document],
    ) -> Result<(), Problem> {
        match hook {
            Some(hook) => hooks::run(what, &hook, &self.plan, requests),
            None => Ok(()),
        }
    }

    /// Runs programs, of which the first reads these documents, and hands on each that comes out.
    fn run(
        &mut self,
        steps: Vec<Step>,
        input: Vec<Document>,
        mut take: impl FnMut(&mut Self, Document),
    ) {
        let (stages, Ends { stdin, stdout }) =
            match Stages::start(steps, Source::Pipe, self.signals) {
                Ok(started) => started,
                Err(usage) => {
                    self.status = self.status.max(FAILED);
                    message::error(&usage.to_string());
                    return;
                }
            };
        let feeding = std::thread::Builder::new().spawn(move || feed(stdin, &input));
        if let Err(error) = feeding {
            // Its end of the pipe is gone with it, so they end by themselves.
            self.status = self.status.max(FAILED);
            message::error(&error.to_string());
        }
        let mut dropped = Dropped::default();
        let mut reader = Reader::new(stdout);
        while let Some(item) = reader.next_item() {
            match item {
                Item::Document(document, _) => take(self, document),
                Item::Garbage(text) => dropped.add(&text),
            }
        }
        if let Some(document) = dropped.document() {
            take(self, document);
        }
        self.see(stages.finish());
    }

    /// Takes the status of programs that ended. That of a signal is theirs alone, where none came to this program.
    fn see(&mut self, ended: Ended) {
        let status = match ended.last {
            status @ 0..=WRONG_USAGE => status,
            _ => FAILED,
        };
        let failed = if ended.is_cut_short || ended.has_failed {
            FAILED
        } else {
            0
        };
        self.status = self.status.max(status).max(failed);
    }

    fn tell(&mut self, document: Document) {
        self.report.tell(&document);
        self.status = self.status.max(status_of(&document));
        if let Some(output) = &self.output
            && output.write(&document).is_err()
        {
            self.status = self.status.max(FAILED);
        }
    }

    fn is_stopped(&self) -> bool {
        self.signals.first().is_some()
    }
}

/// Whether a document is to be ordered. One that has an error, or was placed already, is not.
fn is_request(document: &Document) -> bool {
    let order = document.member(&ORDER).unwrap_or_default();
    !document.has_error() && order.is_object() && order["url"].is_null()
}

fn feed(stdin: Option<ChildStdin>, documents: &[Document]) {
    let Some(stdin) = stdin else {
        return;
    };
    let output = Output::to(stdin.into());
    let _ = documents
        .iter()
        .try_for_each(|document| output.write(document).map(drop));
}
