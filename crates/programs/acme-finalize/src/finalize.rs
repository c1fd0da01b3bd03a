//! Takes an order in any state to its certificate on disk.

use crate::chains;
use crate::name;
use crate::request;
use crate::reuse;
use crate::settings::{Settings, Wanted};
use acme::{Account, Client, Credentials, Error, Identifier, Order, Resource, Status};
use acme_cli::{
    DocumentOptions, Failures, KeyPlaces, Validation, certificate_problem, missing, problem,
};
use acme_finalize::{DEACTIVATE, KEEP_VERSIONS, REPLACE};
use certificates::{Entry, Outputs, SigningRequest, Store, Wishes};
use command::text::shorten;
use command::{Args, Usage, message, state_directory};
use pipeline::catalogue::order::{ACCOUNT, CERTIFICATE, DUE, NAME, ORDER};
use pipeline::{Challenge, Document, Kind, Outcomes, Problem, Value, types};
use std::time::SystemTime;

/// How much of a document's words for why a challenge waits is quoted, in characters.
const LONGEST_REASON: usize = 200;

/// Finalizes orders, each for the account that it names.
pub(crate) struct Finalizer {
    client: Client,
    store: Store,
    /// Where the keys are that documents name.
    keys: KeyPlaces,
    /// What certificates are to be where documents do not say it.
    settings: Settings,
    /// Put a certificate in the place of one for other names.
    replaces: bool,
    /// How many old versions are kept.
    keep_versions: usize,
    /// Which names have failed lately.
    failures: Failures,
    /// Whether authorizations are given up afterwards.
    deactivates: bool,
}

/// An order that is being finalized, and what that needs.
struct Finalization<'a> {
    account: Account,
    credentials: Credentials,
    entry: Entry,
    options: DocumentOptions,
    wanted: Wanted,
    outputs: Outputs,
    /// The identifiers that were ordered, from the document: what the CA says later is checked against them.
    ordered: Vec<Identifier>,
    order: Resource<Order>,
    document: &'a mut Document,
}

impl Finalizer {
    pub(crate) fn new(args: &Args, client: Client) -> Result<Finalizer, Usage> {
        Ok(Finalizer {
            client,
            store: Store::new(&state_directory(args)?),
            keys: KeyPlaces::from_args(args)?,
            settings: Settings::from_args(args)?,
            replaces: args.flag(&REPLACE)?,
            keep_versions: args.count(&KEEP_VERSIONS)?.unwrap_or(1),
            failures: Failures::from_args(args)?,
            deactivates: args.flag(&DEACTIVATE)?,
        })
    }

    /// Gets the certificate that `document` orders, unless that failed earlier.
    pub(crate) fn finalize(&self, document: &mut Document) -> Outcomes {
        let mut outcomes = Outcomes::new();
        if document.has_error() {
            self.deactivate(document, document.problem().as_ref());
            return outcomes;
        }
        if let Err(problem) = self.try_finalize(document, &mut outcomes) {
            outcomes.extend(acme_cli::of_challenges(document, &problem));
            document.fail(&problem);
        }
        if self.deactivates {
            let of_document = document.problem();
            let mut of_challenges = outcomes.iter().map(|(_, outcome)| &outcome.problem);
            let why = of_document.or_else(|| of_challenges.find_map(Clone::clone));
            self.deactivate(document, why.as_ref());
        }
        outcomes
    }

    /// Gives up the authorizations of an order that is done, or that failed for good. Who has no account has none.
    fn deactivate(&self, document: &Document, failed: Option<&Problem>) {
        if failed.is_some_and(|problem| !acme_cli::is_given_up(document, problem)) {
            return;
        }
        let Ok(Some(credentials)) = acme_cli::credentials(document, &self.keys) else {
            return;
        };
        match self.client.account(&credentials) {
            Ok(account) => acme_cli::deactivate(document, &account),
            Err(error) => message::warning(&format!(
                "{}: authorizations are not deactivated: {error}",
                document.label()
            )),
        }
    }

    fn try_finalize(
        &self,
        document: &mut Document,
        outcomes: &mut Outcomes,
    ) -> Result<(), Problem> {
        let mut finalization = self.prepare(document)?;
        let now = finalization.account.ca().now();
        // Its state is the CA's: one that is past that needs no authorization any more.
        if finalization.order.object.status == Status::Pending {
            outcomes.extend(acme_cli::expired(finalization.document, now)?);
        }
        if !outcomes.is_empty() {
            return Ok(());
        }
        finalization.validate(outcomes, &self.failures);
        if is_lost(finalization.document, outcomes) {
            return Ok(());
        }
        finalization.issue()?;
        let ordered: Vec<&str> = names(&finalization.ordered).collect();
        self.failures.issued(finalization.account.url(), &ordered);
        finalization.keep()
    }

    /// Fetches the order, and prepares its directory and its key.
    fn prepare<'a>(&self, document: &'a mut Document) -> Result<Finalization<'a>, Problem> {
        let (name, url) = subject(document)?;
        let options = DocumentOptions::of(document)?;
        let wanted = self.settings.of(&options)?;
        refuse_deferred(document)?;
        let credentials =
            acme_cli::credentials(document, &self.keys)?.ok_or_else(|| missing(ACCOUNT.name))?;
        acme_cli::check_key_type(&credentials.directory, wanted.key_type)?;
        let entry = self.store.entry(&name, &url).map_err(certificate_problem)?;
        let entry = entry.keeping(self.keep_versions);
        let is_renewal = document.has(&DUE);
        let outputs = self.settings.outputs(is_renewal.then(|| entry.outputs()));
        entry.check(&outputs).map_err(certificate_problem)?;
        let account = self.client.account(&credentials).map_err(problem)?;
        let order = order(&account, &url, document, &entry)?;
        let mut ordered = acme_cli::ordered_identifiers(document);
        if ordered.is_empty() {
            ordered.clone_from(&order.object.identifiers);
        }
        order.check_identifiers(&ordered).map_err(problem)?;
        let profile = options.profile.as_deref();
        order.check_profile(profile).map_err(problem)?;
        if !self.replaces {
            name::check(&self.store, &name, &ordered)?;
        }
        if may_be_requested(order.object.status) {
            // The key is written now, so that a full disk is found out before the CA is asked to do anything.
            match &wanted.request {
                Some(request) => request::check(request, &ordered, &document.label())?,
                None => {
                    let revoked = || reuse::revoked(&self.store, &name);
                    let label = document.label();
                    self.settings.place_key(&wanted, &entry, revoked, &label)?;
                    entry.key(wanted.key_type).map_err(certificate_problem)?;
                }
            }
        }
        // Making a large one takes a minute, which is not the CA's.
        let account = account.renewed();
        Ok(Finalization {
            account,
            credentials,
            entry,
            options,
            wanted,
            outputs,
            ordered,
            order,
            document,
        })
    }
}

impl Finalization<'_> {
    /// Has the CA validate what is not valid yet, and adds what came of it to `outcomes`.
    fn validate(&mut self, outcomes: &mut Outcomes, failures: &Failures) {
        let Validation {
            outcomes: found,
            order,
        } = acme_cli::validate(self.document, &self.account, Some(&self.order), failures);
        outcomes.extend(found);
        if let Some(order) = order {
            self.order = order;
        }
        acme_cli::set_order(self.document, &self.order);
    }

    /// Has the CA make the certificate.
    fn issue(&mut self) -> Result<(), Problem> {
        let request = match self.order.object.status {
            status if may_be_requested(status) => Some(self.request()?),
            Status::Invalid => {
                self.entry.forget_pending();
                None
            }
            _ => None,
        };
        self.account = self.account.renewed();
        let order = self
            .account
            .finalize(self.order.clone(), request.as_deref());
        self.order = order
            .map_err(|error| request::explain(problem(error), self.wanted.request.as_ref()))?;
        acme_cli::set_order(self.document, &self.order);
        Ok(())
    }

    /// The certificate request (RFC 8555 §7.4): for all names that were ordered.
    fn request(&self) -> Result<Vec<u8>, Problem> {
        if let Some(other) = self.ordered.iter().find(|one| one.kind != "dns") {
            let kind = other.kind.escape_debug();
            let detail =
                format!("the order has an identifier of type `{kind}`, which is not for dns-01");
            return Err(Problem::new(&types::CA_REPLY, detail));
        }
        if let Some(request) = &self.wanted.request {
            return Ok(request.der().to_vec());
        }
        let key = self.entry.key(self.wanted.key_type);
        let wishes = Wishes {
            must_staple: self.wanted.must_staple,
        };
        let request = key.and_then(|key| certificates::request(&key, names(&self.ordered), wishes));
        request.map_err(certificate_problem)
    }

    /// Downloads the chain, checks it, installs it, and says so in the document.
    fn keep(self) -> Result<(), Problem> {
        let Some(url) = &self.order.object.certificate else {
            let detail = format!("order {}: valid, but without a certificate", self.order.url);
            return Err(Problem::new(&types::CA_REPLY, detail));
        };
        let now = SystemTime::now();
        let chain = chains::download(&chains::Sought {
            account: &self.account,
            url,
            names: &self.ordered,
            preferred: self.wanted.preferred_chain.as_deref(),
            label: &self.document.label(),
            now,
        })?;
        let request: Option<SigningRequest> = self.wanted.request.clone();
        let holder = self.entry.holder_for(&chain, request);
        let holder = holder.map_err(certificate_problem)?;
        let kind = holder.key_type().unwrap_or(self.wanted.key_type).name();
        let mut record =
            acme_cli::order_record(self.document, &self.credentials, &self.ordered, kind, url);
        acme_cli::record_options(&mut record, &self.options);
        self.wanted.record(&mut record.options);
        record.outputs = self.outputs;
        let notes = self.entry.install(&holder, &chain, &record, now);
        for note in notes.map_err(certificate_problem)? {
            message::warning(&format!("{}: {note}", self.document.label()));
        }
        let certificate = acme_cli::certificate(url, &chain, &self.entry.files());
        self.document.set(&CERTIFICATE, certificate);
        Ok(())
    }
}

/// The order as it stands. One that has ended is looked at only where the CA may have made its certificate before: an
/// earlier run was told so, or may have sent the request for it.
fn order(
    account: &Account,
    url: &str,
    document: &Document,
    entry: &Entry,
) -> Result<Resource<Order>, Problem> {
    let Err(expired) = acme_cli::expired(document, account.ca().now()) else {
        return account.order(url).map_err(problem);
    };
    let order = document.member(&ORDER).unwrap_or_default();
    let status = Status::parse(order["status"].as_str().unwrap_or_default());
    if !is_issued(status) && !entry.has_pending() {
        return Err(expired);
    }
    match account.order(url) {
        Ok(order) if is_issued(order.object.status) => Ok(order),
        // The CA has forgotten it by now.
        Ok(_) | Err(Error::Refused { .. }) => Err(expired),
        Err(error) => Err(problem(error)),
    }
}

/// Whether the CA makes the certificate of such an order, or has made it.
fn is_issued(status: Status) -> bool {
    matches!(status, Status::Processing | Status::Valid)
}

/// The certificate's name and the order's URL.
fn subject(document: &Document) -> Result<(String, String), Problem> {
    if *document.kind() != Kind::Order {
        return Err(Problem::document(
            "a challenge without its order cannot be finalized",
        ));
    }
    let name = document.member(&NAME);
    let name = name.as_ref().and_then(Value::as_str);
    let name = name.ok_or_else(|| missing(NAME.name))?.to_owned();
    let url = acme_cli::order_url(document)?.ok_or_else(|| missing(ORDER.name))?;
    Ok((name, url))
}

/// Refuses an order with deferred challenges: finalizing now would invalidate it.
fn refuse_deferred(document: &Document) -> Result<(), Problem> {
    let mut deferred = document.challenges().filter(Challenge::is_deferred);
    let Some(first) = deferred.next() else {
        return Ok(());
    };
    let detail = format!(
        "{} of {} challenges have not been presented yet; the first is {}: {}",
        1 + deferred.count(),
        document.challenge_count(),
        first.label(),
        shorten(&first.deferred().unwrap_or_default(), LONGEST_REASON),
    );
    Err(Problem::new(&types::DEFERRED, detail).hint(
        "Run acme-validate and dns01-exec cleanup, then a further round: dns01-exec present with --one-per-name or \
         --one-per-zone as before, dns-wait-txt, acme-finalize.",
    ))
}

/// Whether a challenge has failed, now or in an earlier step, so that the order cannot become ready. Where no challenge
/// was open, the CA's status of the order decides.
fn is_lost(document: &Document, outcomes: &Outcomes) -> bool {
    let fails_now = outcomes.iter().any(|(_, one)| one.problem.is_some());
    fails_now || (!outcomes.is_empty() && document.challenges().any(|one| one.has_error()))
}

/// Whether the CA may still want the certificate request of an order in this state: a CA says `processing` while it
/// validates too, and one of several servers may be behind.
fn may_be_requested(status: Status) -> bool {
    !status.has_failed() && status != Status::Valid
}

fn names(identifiers: &[Identifier]) -> impl Iterator<Item = &str> {
    identifiers.iter().map(|one| one.value.as_str())
}
