//! Places the order that a request asks for.

use crate::accounts::Accounts;
use crate::assignment::assign;
use crate::wanted::{Wanted, is_placed};
use acme::{Account, Authorization, Identifier, NewOrder, Order, Resource};
use acme_cli::problem;
use command::message;
use pipeline::catalogue::order::{CHALLENGES, NAME, OPTIONS, ORDER};
use pipeline::{Document, Outcomes, Problem, types};
use serde_json::json;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Places orders, each with the account and at the CA that it is for.
pub(crate) struct Orders {
    accounts: Accounts,
    /// What the certificate request for each order is made from, by the order's URL.
    placed: Mutex<HashMap<String, String>>,
}

/// An order that was placed.
struct Placed {
    account: Account,
    /// Where the account's key is.
    key: PathBuf,
    identifiers: Vec<Identifier>,
    order: Resource<Order>,
    /// The certificate that it replaces for the CA.
    replaces: Option<String>,
    /// The certificate profile that was asked for.
    profile: Option<String>,
}

impl Orders {
    pub(crate) fn new(accounts: Accounts) -> Orders {
        Orders {
            accounts,
            placed: Mutex::default(),
        }
    }

    /// Places the order that `document` asks for. One that was placed before is left alone.
    pub(crate) fn place(&self, document: &mut Document) -> Outcomes {
        if is_placed(document) {
            return Outcomes::new();
        }
        let outcomes = match Wanted::read(document) {
            Ok(wanted) => self.place_wanted(document, &wanted),
            Err(problem) => Err(problem),
        };
        outcomes.unwrap_or_else(|problem| {
            document.fail(&problem);
            Outcomes::new()
        })
    }

    fn place_wanted(&self, document: &mut Document, wanted: &Wanted) -> Result<Outcomes, Problem> {
        for left_out in &wanted.names.left_out {
            message::note(left_out);
        }
        document.set(&NAME, wanted.name.as_str());
        if let Some(kind) = wanted.key_type {
            acme_cli::check_key_type(self.accounts.directory(wanted), kind)?;
        }
        let requested = document.member(&ORDER).unwrap_or_default();
        let placed = self.order(&document.label(), wanted);
        // What was requested is no order, whatever comes of it.
        document.remove(&CHALLENGES);
        document.remove(&ORDER);
        let placed = placed?;
        if let Err(problem) = self.refuse_shared(document, &placed.order.url) {
            // It is to be placed once more.
            document.set(&ORDER, requested);
            return Err(problem);
        }
        placed.fill_in(document)
    }

    /// Refuses an order that is that of another certificate already, with another key: a CA hands out the same one for the
    /// same names as long as it is not done (so does Let's Encrypt), and an order leads to one certificate.
    fn refuse_shared(&self, document: &Document, url: &str) -> Result<(), Problem> {
        let options = document.member(&OPTIONS).unwrap_or_default();
        let is_for = ["key-type", "csr", "must-staple"].map(|option| options[option].to_string());
        let is_for = is_for.join(" ");
        let mut placed = self.placed.lock().unwrap_or_else(PoisonError::into_inner);
        let known = placed
            .entry(url.to_owned())
            .or_insert_with(|| is_for.clone());
        if *known == is_for {
            return Ok(());
        }
        let detail = format!(
            "order {url}: the CA gives it for another certificate with the same names as well"
        );
        Err(Problem::new(&types::ORDER_SHARED, detail).hint(
            "Order this one once the other is done, as acme-issue and acme-renew do by themselves.",
        ))
    }

    /// Places the order. Where the CA refuses it for the certificate that it is to replace, it is placed without that.
    fn order(&self, label: &str, wanted: &Wanted) -> Result<Placed, Problem> {
        let (account, key) = self.accounts.of(wanted)?;
        let account = account.renewed();
        let ordered = wanted.names.ordered.iter();
        let identifiers: Vec<_> = ordered.map(Identifier::dns).collect();
        let replaces = wanted.replaces.as_deref();
        let mut request = NewOrder {
            identifiers: &identifiers,
            profile: self.accounts.profile(wanted),
            replaces: replaces.filter(|_| account.ca().offers_renewal_info()),
        };
        let mut order = account.new_order(&request);
        if let Err(error) = &order
            && request.replaces.is_some()
            && error.is_about_replacement()
        {
            message::warning(&format!(
                "{label}: ordered once more, as a certificate that replaces none: {error}"
            ));
            request.replaces = None;
            order = account.new_order(&request);
        }
        let order = order.map_err(problem)?;
        order.check_identifiers(&identifiers).map_err(problem)?;
        message::detail(&format!("{label}: order {}", order.url));
        let replaces = request.replaces.map(str::to_owned);
        let profile = request.profile.map(str::to_owned);
        Ok(Placed {
            account,
            key,
            order,
            replaces,
            profile,
            identifiers,
        })
    }
}

impl Placed {
    /// Fills in the order and its challenges, and returns what is wrong with some of these.
    fn fill_in(self, document: &mut Document) -> Result<Outcomes, Problem> {
        let (account, order) = (&self.account, &self.order);
        acme_cli::set_account(document, account, &self.key);
        let names = self.identifiers.iter();
        let names: Vec<_> = names
            .map(|name| json!({"type": name.kind, "value": name.value}))
            .collect();
        let mut asked = json!({"identifiers": names});
        if let Some(replaces) = &self.replaces {
            // A CA need not repeat it.
            asked["replaces"] = json!(replaces);
        }
        document.set(&ORDER, asked);
        if let Some(profile) = &self.profile {
            // The CA tells which one it took, also where nobody asked for any: a renewal asks for this.
            acme_cli::set_option(document, "profile", profile.as_str());
        }
        acme_cli::set_order(document, order);
        document.set_challenges([]);
        if order.object.status.has_failed() {
            return Err(problem(order.failure()));
        }
        let authorizations = fetch(account, &order.object).map_err(problem)?;
        Ok(add_challenges(
            document,
            account,
            &self.identifiers,
            &authorizations,
        ))
    }
}

/// The order's authorizations, side by side.
fn fetch(account: &Account, order: &Order) -> acme::Result<Vec<Resource<Authorization>>> {
    let found = account.side_by_side(&order.authorizations, |url| account.authorization(url));
    found.into_iter().collect()
}

/// Adds a challenge for each authorization, in the sequence of the names that were requested: a CA may list
/// authorizations in any. Returns what is wrong with some.
fn add_challenges(
    document: &mut Document,
    account: &Account,
    identifiers: &[Identifier],
    authorizations: &[Resource<Authorization>],
) -> Outcomes {
    let objects: Vec<_> = authorizations.iter().map(|found| &found.object).collect();
    let mut sorted: Vec<_> = assign(&objects, identifiers)
        .into_iter()
        .zip(authorizations)
        .collect();
    sorted.sort_by_key(|(position, _)| position.unwrap_or(usize::MAX));
    let mut failed = Outcomes::new();
    let challenges = sorted.iter().enumerate().map(|(index, (position, found))| {
        let ordered = position.map(|position| &identifiers[position]);
        let (challenge, problem) = acme_cli::challenge(account, found, ordered);
        failed.extend(problem.map(|problem| (index, problem.into())));
        challenge
    });
    document.set_challenges(challenges);
    failed
}
