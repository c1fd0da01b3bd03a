//! From an order in whatever state to its certificate on disk.

use crate::chain::Chain;
use crate::key::KeyType;
use crate::options::Config;
use crate::shelf::{Place, Shelf};
use acme::{Account, Clients, Credentials, Error, Identifier, Order, Resource, Status, Stop};
use pipeline::{Document, Failure, Kind, Object, Outcomes, Value, has_error, is_deferred, message};

/// Finalizes orders, each for the account that it names.
pub(crate) struct Finalizer {
    clients: Clients,
    shelf: Shelf,
    key_type: KeyType,
}

impl Finalizer {
    pub(crate) fn new(config: Config, stop: Stop) -> Finalizer {
        Finalizer {
            clients: Clients::new(config.settings, stop),
            shelf: Shelf::new(&config.path),
            key_type: config.key_type,
        }
    }

    /// Gets the certificate that `document` orders.
    pub(crate) fn finalize(&self, document: &mut Document) -> Outcomes {
        let mut outcomes = Outcomes::new();
        if let Err(error) = self.try_finalize(document, &mut outcomes) {
            document.fail(&Failure::from_problem(&error));
        }
        outcomes
    }

    fn try_finalize(&self, document: &mut Document, outcomes: &mut Outcomes) -> acme::Result<()> {
        let (name, url) = subject(document)?;
        refuse_deferred(document)?;
        let credentials =
            Credentials::from_object(&document.object())?.ok_or_else(|| missing("account"))?;
        let place = self.shelf.place(&name, &url)?;
        let account = self.clients.account(&credentials)?;

        let mut order = account.order(&url)?;
        let ordered = ordered(document, &order)?;
        if matches!(order.object.status, Status::Pending | Status::Ready) {
            // Now, so that a disk that is full is found out before anything is asked for.
            place.key(self.key_type)?;
        }
        order = validate(document, &account, order, outcomes);
        note(document, &order);
        if is_lost(document, outcomes) {
            return Ok(());
        }
        order = self.issue(&account, &place, order, &ordered)?;
        note(document, &order);
        keep(document, &account, &place, &order, &ordered)
    }

    /// The order once its certificate has been made.
    fn issue(
        &self,
        account: &Account,
        place: &Place<'_>,
        order: Resource<Order>,
        ordered: &[Identifier],
    ) -> acme::Result<Resource<Order>> {
        let csr = match order.object.status {
            Status::Ready => place.key(self.key_type)?.csr(ordered)?,
            Status::Invalid => {
                place.forget_pending();
                Vec::new()
            }
            _ => Vec::new(),
        };
        account.finalize(order, &csr)
    }
}

/// The certificate's name and the order's URL.
fn subject(document: &Document) -> acme::Result<(String, String)> {
    if *document.kind() != Kind::Order {
        return Err(Error::new(
            "document",
            "a challenge without its order cannot be finalized",
        ));
    }
    let object = document.object();
    let name = object.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| missing("name"))?.to_owned();
    let url = acme::order_url(&object)?.ok_or_else(|| missing("order"))?;
    Ok((name, url))
}

/// What was ordered, as the document has it from the time when it was: what the CA says later is held against that.
fn ordered(document: &Document, order: &Resource<Order>) -> acme::Result<Vec<Identifier>> {
    let object = document.object();
    let placed = object
        .get("order")
        .and_then(|order| order.get("identifiers"));
    let mut ordered = Vec::new();
    for one in placed.and_then(Value::as_array).into_iter().flatten() {
        let text = |member| one.get(member).and_then(Value::as_str).unwrap_or_default();
        ordered.push(Identifier {
            kind: text("type").to_owned(),
            value: text("value").to_owned(),
        });
    }
    if ordered.is_empty() {
        ordered.clone_from(&order.object.identifiers);
    }
    order.object.check_identifiers(&order.url, &ordered)?;
    Ok(ordered)
}

/// Some of whose challenges were not presented yet: finalized now, the order would be lost.
fn refuse_deferred(document: &Document) -> acme::Result<()> {
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
    Err(Error::new("deferred", detail).with_hint(
        "after acme-validate and dns01-exec cleanup comes a second round: dns01-exec present --one-per-name, \
         dns-wait-txt; then acme-finalize",
    ))
}

/// The order once its challenges are valid; what became of them is noted in `outcomes`, also why they are not.
fn validate(
    document: &Document,
    account: &Account,
    order: Resource<Order>,
    outcomes: &mut Outcomes,
) -> Resource<Order> {
    let label = document.label();
    let open = acme_cli::open(document);
    if open.is_empty() {
        return order;
    }
    let count = open.len();
    let (judgements, found) = account.judge(Some(&order), open, &|done| {
        message::progress(|| format!("{label}: {done} of {count} challenges done"));
    });
    outcomes.extend(judgements.into_iter().map(acme_cli::outcome));
    found.unwrap_or(order)
}

/// Whether a challenge has failed, now or in an earlier step: the order waits for all of them. Where none was open, the
/// CA's word on the order counts.
fn is_lost(document: &Document, outcomes: &Outcomes) -> bool {
    let fails_now = outcomes.iter().any(|(_, one)| one.failure.is_some());
    fails_now || (!outcomes.is_empty() && document.challenges().any(|one| has_error(&one)))
}

fn note(document: &mut Document, order: &Resource<Order>) {
    let before = document.object().shift_remove("order");
    document.set("order", order.to_json(before.as_ref()));
}

/// Downloads the chain of a valid order, installs it, and says so in the document.
fn keep(
    document: &mut Document,
    account: &Account,
    place: &Place<'_>,
    order: &Resource<Order>,
    ordered: &[Identifier],
) -> acme::Result<()> {
    let Some(url) = &order.object.certificate else {
        let detail = format!("order {}: valid, but without a certificate", order.url);
        return Err(Error::new("ca:reply", detail));
    };
    let chain = Chain::read(account.certificate(url)?)?;
    chain.check_names(ordered)?;
    if chain.has_ended() {
        message::note(&format!(
            "{}: by this machine's clock the certificate has ended already",
            document.label()
        ));
    }
    let key = place.key_of(&chain)?;
    place.install(&key, &chain)?;

    let mut certificate = Object::new();
    certificate.insert("url".into(), url.clone().into());
    for (member, value) in chain.describe() {
        certificate.insert(member.into(), value);
    }
    for (member, path) in place.files() {
        certificate.insert(member.into(), path.to_string_lossy().into());
    }
    document.set("certificate", certificate);
    Ok(())
}

fn missing(member: &str) -> Error {
    Error::new(
        "document",
        format!("member `{member}` is missing, or not of its type"),
    )
}
