//! A document that arrives: how its order went is noted, and its certificate is deployed.

use crate::deployer::Deployer;
use crate::document;
use certificates::{Error, Store};
use command::message;
use lifecycle::{Failure, Occasion, Outcome, State as _};
use pipeline::catalogue::order::{CERTIFICATE, NAME, ORDER};
use pipeline::{Document, Kind, Outcomes, Problem, Value, types};
use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// The certificates of which documents told.
#[derive(Default)]
pub(crate) struct Arrivals {
    seen: Mutex<Seen>,
    has_failed: AtomicBool,
}

/// Certificates by their names.
#[derive(Default)]
pub(crate) struct Seen {
    /// Those that were deployed, or of which it was said why not.
    pub(crate) handled: HashSet<String>,
    /// Those whose document has an error, and passes as it came. They are new all the same.
    pub(crate) new: BTreeSet<String>,
}

impl Arrivals {
    /// Notes how an order went, and deploys its certificate.
    pub(crate) fn take(&self, document: &mut Document, deployer: &Deployer) -> Outcomes {
        if *document.kind() == Kind::Order
            && let Some(name) = name(document)
        {
            self.note(document, &name, &deployer.config.store);
            if document.has(&CERTIFICATE) {
                self.deploy(document, name, deployer);
            }
        }
        Outcomes::new()
    }

    fn deploy(&self, document: &mut Document, name: String, deployer: &Deployer) {
        let targets = deployer.config.targets.of(&name);
        if targets.is_empty() {
            return;
        }
        if document.has_error() {
            self.seen().new.insert(name);
            return;
        }
        self.seen().handled.insert(name.clone());
        let report = deployer.deploy(&name, targets, Occasion::Due);
        document::say(document, &report);
    }

    /// Keeps how the order went. Where that cannot be kept, the certificate is of use all the same.
    fn note(&self, document: &Document, name: &str, store: &Store) {
        let Some(result) = result(document).filter(|_| is_certificate(document, name, store))
        else {
            return;
        };
        match keep(result, name, store) {
            // Whoever could do nothing with such a name has said so.
            Ok(()) | Err(Error::Name(_)) => {}
            Err(error) => {
                message::error(&format!("{}: {error}", document.label()));
                self.has_failed.store(true, Ordering::Relaxed);
            }
        }
    }

    /// What documents told of so far.
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it could not be kept how an order went.
    pub(crate) fn have_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }
}

fn name(document: &Document) -> Option<String> {
    let name = document.member(&NAME)?;
    name.as_str().map(str::to_owned)
}

/// How an order went, where it has come to an end. One with a certificate went well, also where its records could not be
/// removed: those are left over, and told as such. That one waits tells nothing of an order: why it waits is kept already.
fn result(document: &Document) -> Option<Result<(), Problem>> {
    let certificate = document.member(&CERTIFICATE);
    if certificate.as_ref().is_some_and(Value::is_object) {
        return Some(Ok(()));
    }
    let problem = document.problem()?;
    (!problem.is(&types::RENEWAL_WAITING)).then_some(Err(problem))
}

/// Keeps it beside what is known of earlier orders, which another run may be about to do as well.
fn keep(result: Result<(), Problem>, name: &str, store: &Store) -> Result<(), Error> {
    let _lock = store.lock_change(name)?;
    let (mut outcome, now) = (Outcome::load(store, name), SystemTime::now());
    match result {
        Ok(()) => outcome.succeed(now),
        Err(problem) => outcome.fail(failure(problem, now)),
    }
    outcome.save(store, name)
}

/// Whether a document is about a certificate, that is or could be. A line that was no document has a name too.
fn is_certificate(document: &Document, name: &str, store: &Store) -> bool {
    let order = document.member(&ORDER).unwrap_or_default();
    let identifiers = order["identifiers"].as_array();
    // Whoever asks for names may have chosen what their certificate is kept under.
    identifiers.is_some_and(|identifiers| !identifiers.is_empty())
        || names::is_usual(name)
        || store.version(name).is_ok_and(|version| version.is_some())
}

fn failure(problem: Problem, now: SystemTime) -> Failure {
    Failure {
        at: now,
        kind: problem.kind,
        detail: problem.detail,
        hint: problem.hint,
        times: 0,
    }
}
