//! Places the order that a request asks for.

use crate::accounts::Accounts;
use crate::assignment::assign;
use crate::wanted::{Wanted, is_placed};
use acme::{Account, Authorization, ChallengeType, Identifier, NewOrder, Order, Resource};
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
    /// The types of challenges that are wanted, where anybody said.
    challenge: Option<Vec<ChallengeType>>,
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

    /// Refuses more names than the CA takes in one order, where that is known.
    fn check_count(&self, wanted: &Wanted) -> Result<(), Problem> {
        let (directory, profile) = (
            self.accounts.directory(wanted),
            self.accounts.profile(wanted),
        );
        let count = wanted.names.ordered.len();
        let Some(most) = known_cas::most_names(directory, profile).filter(|most| count > *most)
        else {
            return Ok(());
        };
        let profile = profile.map(|profile| format!(" with the profile `{profile}`"));
        let profile = profile.unwrap_or_default();
        let detail = format!("{count} names, and {directory} takes {most} in one order{profile}");
        let hint = format!(
            "Divide them: --split {most} makes several certificates of the names of -d, or of a line."
        );
        Err(Problem::new(&types::NAMES_TOO_MANY, detail).hint(&hint))
    }

    /// Refuses to say for how long the certificate is to be valid where the CA takes no such order.
    fn check_validity(&self, wanted: &Wanted) -> Result<(), Problem> {
        let directory = self.accounts.directory(wanted);
        if self.accounts.validity(wanted).is_open() || known_cas::takes_validity(directory) {
            return Ok(());
        }
        let kind = match wanted.validity.is_open() {
            true => &types::USAGE,
            false => &types::DOCUMENT,
        };
        let detail =
            format!("{directory} takes no order that says for how long the certificate is valid");
        Err(Problem::new(kind, detail)
            .hint("Leave out --not-before and --not-after: at this CA the profile decides."))
    }

    /// Places the order. Where the CA refuses it for the certificate that it is to replace, it is placed without that.
    fn order(&self, label: &str, wanted: &Wanted) -> Result<Placed, Problem> {
        self.check_count(wanted)?;
        self.check_validity(wanted)?;
        let (account, key) = self.accounts.of(wanted)?;
        let account = account.renewed();
        self.accounts.check(&account, wanted)?;
        let ordered = wanted.names.ordered.iter();
        let identifiers: Vec<_> = ordered.map(Identifier::dns).collect();
        let replaces = wanted.replaces.as_deref();
        let offers_replacement = account.ca().offers_renewal_info();
        if replaces.is_some() && !offers_replacement {
            message::note(&format!(
                "{label}: ordered as a certificate that replaces none: the CA has no `renewalInfo` (RFC 9773)"
            ));
        }
        let (validity, now) = (self.accounts.validity(wanted), account.ca().now());
        let mut request = NewOrder {
            identifiers: &identifiers,
            not_before: validity.not_before(now),
            not_after: validity.not_after(now),
            profile: self.accounts.profile(wanted),
            replaces: replaces.filter(|_| offers_replacement),
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
        self.accounts.ordered(&account, wanted, &order);
        let order = order.map_err(problem)?;
        order.check_identifiers(&identifiers).map_err(problem)?;
        order.check_profile(request.profile).map_err(problem)?;
        message::detail(&format!("{label}: order {}", order.url));
        let replaces = request.replaces.map(str::to_owned);
        let profile = request.profile.map(str::to_owned);
        Ok(Placed {
            account,
            key,
            order,
            replaces,
            profile,
            challenge: self.accounts.challenge(wanted).map(<[_]>::to_vec),
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
        if let Some(types) = &self.challenge {
            acme_cli::set_option(document, "challenge", ChallengeType::list(types));
        }
        acme_cli::set_order(document, order);
        document.set_challenges([]);
        if order.object.status.has_failed() {
            return Err(problem(order.failure()));
        }
        let authorizations = fetch(account, &order.object).map_err(problem)?;
        Ok(self.add_challenges(document, &authorizations))
    }

    /// Adds a challenge for each authorization, in the sequence of the names that were requested: a CA may list
    /// authorizations in any. Returns what is wrong with some.
    fn add_challenges(
        &self,
        document: &mut Document,
        authorizations: &[Resource<Authorization>],
    ) -> Outcomes {
        let wanted = self.challenge.as_deref().unwrap_or(&[ChallengeType::Dns01]);
        let objects: Vec<_> = authorizations.iter().map(|found| &found.object).collect();
        let mut sorted: Vec<_> = assign(&objects, &self.identifiers)
            .into_iter()
            .zip(authorizations)
            .collect();
        sorted.sort_by_key(|(position, _)| position.unwrap_or(usize::MAX));
        let mut failed = Outcomes::new();
        let challenges = sorted.iter().enumerate().map(|(index, (position, found))| {
            let ordered = position.map(|position| &self.identifiers[position]);
            let (challenge, problem) = acme_cli::challenge(&self.account, found, ordered, wanted);
            failed.extend(problem.map(|problem| (index, problem.into())));
            challenge
        });
        document.set_challenges(challenges);
        failed
    }
}

/// The order's authorizations, side by side.
fn fetch(account: &Account, order: &Order) -> acme::Result<Vec<Resource<Authorization>>> {
    let found = account.side_by_side(&order.authorizations, |url| account.authorization(url));
    found.into_iter().collect()
}
