//! One run over all certificates: looks, asks, decides, and tells.

use crate::asking::Cas;
use crate::candidates::Candidate;
use crate::failing;
use crate::inspected::Inspected;
use crate::need::Need;
use crate::options::Options;
use crate::outages::{self, Outages};
use crate::request::{document, refused};
use crate::state::decide_and_keep;
use acme_due::NOTHING_DUE;
use certificates::{Error, Store};
use command::{StopReason, chance, message};
use lifecycle::{Decision, Facts, Outcome, Reason, RenewalAnswer, State as _, decide};
use pipeline::{Document, Problem, Run, types};
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::SystemTime;

/// How many certificates are held at once, so that their CAs are asked side by side.
const AT_ONCE: usize = 512;

/// A run, and how far it is.
pub(crate) struct Due {
    options: Options,
    store: Store,
    cas: Cas,
    /// CAs that are down, until it is said.
    outages: Outages,
    run: Run,
    /// Whether any is due, also where it waits.
    is_any_due: bool,
    has_failed: bool,
    /// Whether it was said that states cannot be kept.
    is_unkept_said: bool,
    /// Whether it was said that by this machine's clock a certificate is still to become valid.
    is_clock_said: bool,
    /// That certificates are left alone, until it is said.
    left_alone: Option<String>,
}

impl Due {
    pub(crate) fn new(
        options: Options,
        store: Store,
        cas: Cas,
        run: Run,
        left_alone: Option<String>,
    ) -> Due {
        Due {
            options,
            store,
            cas,
            outages: Outages::default(),
            run,
            is_any_due: false,
            has_failed: false,
            is_unkept_said: false,
            is_clock_said: false,
            left_alone,
        }
    }

    /// Decides about each of these, until the program is to stop.
    pub(crate) fn each(&mut self, candidates: &[Candidate]) {
        if self.options.check || message::is_verbose() || std::io::stderr().is_terminal() {
            self.say_left_alone();
        }
        for some in candidates.chunks(AT_ONCE) {
            let mut inspected = self.inspect(some);
            let is_due = inspected.iter().any(Inspected::is_due);
            if inspected.iter().any(Inspected::is_work) && self.wait_first(is_due) {
                // Another run may have been here meanwhile.
                inspected = self.inspect(some);
            }
            let needs: Vec<&Need> = inspected.iter().map(|one| &one.need).collect();
            let answers = self.cas.ask(&needs);
            for (one, answer) in inspected.into_iter().zip(answers) {
                if self.run.stop().reason().is_some() {
                    return;
                }
                self.judge(one, answer);
            }
        }
    }

    /// The exit status.
    pub(crate) fn finish(self) -> ExitCode {
        self.outages.say();
        let is_done = self.run.stop().heard().is_none() && !self.has_failed;
        if self.options.exit_code && is_done && !self.is_any_due {
            return nothing(&self.options);
        }
        self.run.finish()
    }

    fn inspect<'a>(&self, candidates: &'a [Candidate]) -> Vec<Inspected<'a>> {
        let candidates = candidates.iter();
        candidates
            .filter_map(|one| Inspected::of(&self.store, one, &self.options))
            .collect()
    }

    /// Waits a random time before anything is done, once. Returns whether it did. A run that only asks a CA says nothing of
    /// it: cron would send a mail.
    fn wait_first(&mut self, is_due: bool) -> bool {
        let Some(time) = self.options.jitter.take() else {
            return false;
        };
        let line = format!(
            "waiting {} s first, a random time; --no-sleep leaves that out",
            time.as_secs()
        );
        match is_due {
            true => message::note(&line),
            false => message::detail(&line),
        }
        // Whoever comes next asks whether the program is to stop.
        self.run.stop().sleep(time).is_ok()
    }

    fn judge(&mut self, one: Inspected, answer: RenewalAnswer) {
        let name = &one.candidate.name;
        let mut facts = match one.facts {
            Ok(facts) => facts,
            Err(error) => return self.refuse(name, error),
        };
        facts.answer = answer;
        for remark in &one.remarks {
            message::warning(&format!("{name}: {remark}"));
        }
        let decision = match self.decide(one.candidate, &mut facts, one.is_to_be_kept) {
            Ok(decision) => decision,
            Err(error) => return self.refuse(name, error),
        };
        if let RenewalAnswer::Down(why) | RenewalAnswer::Slow(why) = &facts.answer
            && let Some(directory) = one.need.directory()
        {
            self.outages.add(directory, why, &decision.reason);
        }
        self.tell(one.candidate, &facts, &decision);
    }

    /// Decides, and keeps that where it is not as it was, or where there is something new to keep.
    fn decide(
        &mut self,
        candidate: &Candidate,
        facts: &mut Facts,
        is_to_be_kept: bool,
    ) -> Result<Decision, Error> {
        let decision = decide(facts, SystemTime::now(), chance());
        let is_kept = decision.state == facts.state && !is_to_be_kept;
        if self.options.check || is_kept {
            return Ok(decision);
        }
        let again = || match decision.is_due {
            true => Inspected::of(&self.store, candidate, &self.options)?
                .facts
                .ok(),
            false => None,
        };
        match decide_and_keep(&self.store, &candidate.name, facts, again) {
            // What is lost of one that is not due is no more than time.
            Err(error) if !decision.is_due => {
                if !std::mem::replace(&mut self.is_unkept_said, true) {
                    message::warning(&format!(
                        "cannot keep what the next run has to know: {error}"
                    ));
                }
                Ok(decision)
            }
            kept => kept,
        }
    }

    fn tell(&mut self, candidate: &Candidate, facts: &Facts, decision: &Decision) {
        self.is_any_due |= decision.is_due || decision.reason.is_of_one_that_waits();
        if decision.is_due {
            self.say_left_alone();
        }
        let line = in_words(&candidate.name, decision);
        if self.options.check {
            return self.print(&line);
        }
        let is_early = matches!(decision.reason, Reason::NotYetValid(_));
        if is_early && !std::mem::replace(&mut self.is_clock_said, true) {
            message::warning(&format!("{line}: is this machine's clock right?"));
        } else if decision.is_due {
            message::note(&line);
        } else {
            message::detail(&line);
        }
        if let Some(problem) = self.why_it_waits(&candidate.name, decision) {
            // Of a CA that is down it is said once for all its certificates.
            if !problem.is(&types::RENEWAL_CA_DOWN) {
                message::error(&format!("{}: {problem}", candidate.name));
            }
            self.has_failed = true;
            self.emit(&refused(&candidate.name, &problem));
        } else if decision.is_due || self.options.all {
            match self.request(candidate, facts, decision) {
                Ok(document) => self.emit(&document),
                Err(error) => self.refuse(&candidate.name, error),
            }
        }
    }

    /// The problem of one that is needed now and waits for its CA, or that waits after tries that failed, where that is to be
    /// told.
    fn why_it_waits(&self, name: &str, decision: &Decision) -> Option<Problem> {
        outages::problem(&decision.reason).or_else(|| {
            let at_once = self.options.failing.as_deref()?;
            failing::problem(decision, &Outcome::load(&self.store, name), at_once)
        })
    }

    /// Says once that certificates are left alone. A run with nothing to do says nothing, so that cron sends no mail.
    fn say_left_alone(&mut self) {
        if let Some(line) = self.left_alone.take() {
            message::warning(&line);
        }
    }

    fn request(
        &self,
        candidate: &Candidate,
        facts: &Facts,
        decision: &Decision,
    ) -> Result<Document, Error> {
        let look = self.store.look(&candidate.name)?;
        let leaf = look.chain.as_ref().map(certificates::Chain::leaf);
        let is_first = decision.is_due && decision.state.attempts.count == 1;
        if is_first && leaf.is_some_and(certificates::Certificate::is_for_clients) {
            message::warning(&format!(
                "{}: its certificate is for TLS clients as well, which public CAs no longer issue: what uses it as a client \
                 may refuse the next",
                candidate.name
            ));
        }
        Ok(document(candidate, facts, decision, look.record.as_ref()))
    }

    /// Says why nothing can be decided, in a document too.
    fn refuse(&mut self, name: &str, error: Error) {
        let problem = acme_cli::certificate_problem(error);
        message::error(&format!("{name}: {problem}"));
        self.has_failed = true;
        self.run.fail();
        if !self.options.check {
            self.emit(&refused(name, &problem));
        }
    }

    fn emit(&self, document: &Document) {
        // Where nobody takes it, the run knows that.
        let _ = self.run.emit(document);
    }

    /// Prints a line for a person.
    fn print(&mut self, line: &str) {
        let line = command::text::clean(line);
        match writeln!(std::io::stdout(), "{line}") {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.run.stop().stop(StopReason::ReaderGone);
            }
            Err(error) => {
                message::error(&format!("cannot write to standard output: {error}"));
                self.has_failed = true;
                self.run.fail();
            }
        }
    }
}

/// The exit status where nothing is due.
pub(crate) fn nothing(options: &Options) -> ExitCode {
    match options.exit_code {
        true => ExitCode::from(NOTHING_DUE),
        false => ExitCode::SUCCESS,
    }
}

/// What a person reads of a decision.
fn in_words(name: &str, decision: &Decision) -> String {
    let reason = &decision.reason;
    let due = match reason {
        Reason::CaDown { .. } | Reason::Waiting { .. } => "due, but",
        _ if decision.is_due => "due:",
        _ => "not due:",
    };
    let explanation = decision.explanation.as_ref();
    let explanation = explanation.map(|url| format!("; the CA explains: {url}"));
    format!("{name}: {due} {reason}{}", explanation.unwrap_or_default())
}
