//! From an order in whatever state to its certificate on disk.

use crate::options::Config;
use acme::{Account, Cancellation, Client, Credentials, Identifier, Order, Resource, Status};
use acme_cli::{Validation, certificate_failure, failure, missing};
use certificates::{Chain, Entry, PathCheck, Store, rfc3339};
use keys::KeyType;
use pipeline::{Document, Failure, Kind, Object, Outcomes, Value, has_error, is_deferred, message};
use std::time::SystemTime;

/// The longest text of a certificate that goes into a document, in characters; certificates have less.
const LONGEST_TEXT: usize = 500;

/// Finalizes orders, each for the account that it names.
pub(crate) struct Finalizer {
    client: Client,
    store: Store,
    key_type: KeyType,
}

/// An order on its way, and what it takes to get on with it.
struct Finalization<'a> {
    account: Account,
    credentials: Credentials,
    entry: Entry,
    key_type: KeyType,
    /// What was ordered, as the document has it from the time when it was: what the CA says later is held against that.
    ordered: Vec<Identifier>,
    order: Resource<Order>,
    document: &'a mut Document,
}

impl Finalizer {
    pub(crate) fn new(config: Config, cancellation: Cancellation) -> Finalizer {
        Finalizer {
            client: Client::new(config.client, cancellation),
            store: Store::new(&config.path),
            key_type: config.key_type,
        }
    }

    /// Gets the certificate that `document` orders.
    pub(crate) fn finalize(&self, document: &mut Document) -> Outcomes {
        let mut outcomes = Outcomes::new();
        if let Err(failure) = self.try_finalize(document, &mut outcomes) {
            document.fail(&failure);
        }
        outcomes
    }

    fn try_finalize(
        &self,
        document: &mut Document,
        outcomes: &mut Outcomes,
    ) -> Result<(), Failure> {
        let mut finalization = self.prepare(document)?;
        finalization.validate(outcomes);
        if is_lost(finalization.document, outcomes) {
            return Ok(());
        }
        finalization.issue()?;
        finalization.keep()
    }

    /// Finds out where the order stands, and makes its place and its key ready.
    fn prepare<'a>(&self, document: &'a mut Document) -> Result<Finalization<'a>, Failure> {
        let (name, url) = subject(document)?;
        refuse_deferred(document)?;
        let credentials = acme_cli::credentials(document)?.ok_or_else(|| missing("account"))?;
        let entry = self.store.entry(&name, &url).map_err(certificate_failure)?;
        let account = self.client.account(&credentials).map_err(failure)?;
        let order = account.order(&url).map_err(failure)?;
        let mut ordered = acme_cli::ordered_identifiers(document);
        if ordered.is_empty() {
            ordered.clone_from(&order.object.identifiers);
        }
        order.check_identifiers(&ordered).map_err(failure)?;
        if matches!(order.object.status, Status::Pending | Status::Ready) {
            // Now, so that a disk that is full is found out before anything is asked for.
            entry.key(self.key_type).map_err(certificate_failure)?;
        }
        Ok(Finalization {
            account,
            credentials,
            entry,
            key_type: self.key_type,
            ordered,
            order,
            document,
        })
    }
}

impl Finalization<'_> {
    /// Has the CA validate what is not valid yet; what becomes of it is noted in `outcomes`.
    fn validate(&mut self, outcomes: &mut Outcomes) {
        let Validation {
            outcomes: found,
            order,
        } = acme_cli::validate(self.document, &self.account, Some(&self.order));
        outcomes.extend(found);
        if let Some(order) = order {
            self.order = order;
        }
        acme_cli::set_order(self.document, &self.order);
    }

    /// Has the CA make the certificate.
    fn issue(&mut self) -> Result<(), Failure> {
        let request = match self.order.object.status {
            Status::Ready => self.request()?,
            Status::Invalid => {
                self.entry.forget_pending();
                Vec::new()
            }
            _ => Vec::new(),
        };
        let order = self.account.finalize(self.order.clone(), &request);
        self.order = order.map_err(failure)?;
        acme_cli::set_order(self.document, &self.order);
        Ok(())
    }

    /// The certificate request (RFC 8555 §7.4): for all names that were ordered.
    fn request(&self) -> Result<Vec<u8>, Failure> {
        if let Some(other) = self.ordered.iter().find(|one| one.kind != "dns") {
            let kind = other.kind.escape_debug();
            let detail =
                format!("the order has an identifier of type `{kind}`, which is not for dns-01");
            return Err(Failure::new("acmepipe:ca:reply", detail));
        }
        let key = self.entry.key(self.key_type).map_err(certificate_failure)?;
        certificates::request(&key, names(&self.ordered)).map_err(certificate_failure)
    }

    /// Downloads the chain, checks it, puts it in its place, and says so in the document.
    fn keep(self) -> Result<(), Failure> {
        let Some(url) = &self.order.object.certificate else {
            let detail = format!("order {}: valid, but without a certificate", self.order.url);
            return Err(Failure::new("acmepipe:ca:reply", detail));
        };
        let now = SystemTime::now();
        let text = self.account.certificate(url).map_err(failure)?;
        let chain = self.checked(&text, now).map_err(certificate_failure)?;
        let key = self.entry.key_for(&chain).map_err(certificate_failure)?;
        let kind = key.key_type().unwrap_or(self.key_type).name();
        let (credentials, ordered) = (&self.credentials, &self.ordered);
        let record = acme_cli::order_record(self.document, credentials, ordered, kind, url);
        let notes = self.entry.install(&key, &chain, &record, now);
        for note in notes.map_err(certificate_failure)? {
            message::note(&format!("{}: {note}", self.document.label()));
        }
        let certificate = describe(url, &chain, &self.entry);
        self.document.set("certificate", certificate);
        Ok(())
    }

    /// The chain that the CA handed out, held against what was ordered and against itself.
    fn checked(&self, text: &[u8], now: SystemTime) -> certificates::Result<Chain> {
        let chain = Chain::from_pem(text)?;
        chain.check_names(names(&self.ordered))?;
        if let PathCheck::UnknownAlgorithm(why) = chain.check_path(now)? {
            message::note(&format!(
                "{}: the chain's signatures are not checked: {why}",
                self.document.label()
            ));
        }
        Ok(chain)
    }
}

/// The certificate's name and the order's URL.
fn subject(document: &Document) -> Result<(String, String), Failure> {
    if *document.kind() != Kind::Order {
        return Err(Failure::document(
            "a challenge without its order cannot be finalized",
        ));
    }
    let object = document.object();
    let name = object.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| missing("name"))?.to_owned();
    let url = acme_cli::order_url(document)?.ok_or_else(|| missing("order"))?;
    Ok((name, url))
}

/// Refuses an order with deferred challenges: finalizing now would invalidate it.
fn refuse_deferred(document: &Document) -> Result<(), Failure> {
    let mut deferred = document.challenges().filter(is_deferred);
    let Some(first) = deferred.next() else {
        return Ok(());
    };
    let fqdn = first.get("fqdn").and_then(Value::as_str);
    let detail = format!(
        "{} of {} challenges were not presented yet, the first is {}: its name holds one value at a time",
        1 + deferred.count(),
        document.challenge_count(),
        fqdn.unwrap_or_default(),
    );
    Err(Failure::new("acmepipe:deferred", detail).hint(
        "After acme-validate and dns01-exec cleanup comes a second round: dns01-exec present --one-per-name, \
         dns-wait-txt; then acme-finalize.",
    ))
}

/// Whether a challenge has failed, now or in an earlier step: the order waits for all of them. Where none was open, the
/// CA's word on the order counts.
fn is_lost(document: &Document, outcomes: &Outcomes) -> bool {
    let fails_now = outcomes.iter().any(|(_, one)| one.failure.is_some());
    fails_now || (!outcomes.is_empty() && document.challenges().any(|one| has_error(&one)))
}

/// What a document says of a certificate that was installed.
fn describe(url: &str, chain: &Chain, entry: &Entry) -> Object {
    let leaf = chain.leaf();
    let text = |text: &str| Value::from(message::shorten(text, LONGEST_TEXT));
    let validity = leaf.validity();
    let mut certificate = Object::new();
    certificate.insert("url".into(), url.into());
    certificate.insert("serial".into(), text(&leaf.serial_hex()));
    certificate.insert("issuer".into(), text(leaf.issuer()));
    certificate.insert("not_before".into(), rfc3339(validity.not_before).into());
    certificate.insert("not_after".into(), rfc3339(validity.not_after).into());
    let members = ["key", "cert", "chain", "fullchain"];
    for (member, path) in members.into_iter().zip(entry.files()) {
        certificate.insert(member.into(), path.to_string_lossy().into());
    }
    certificate
}

fn names(identifiers: &[Identifier]) -> impl Iterator<Item = &str> {
    identifiers.iter().map(|one| one.value.as_str())
}
