//! Places the order that a request asks for.

use crate::assignment::assign;
use crate::options::Config;
use acme::{Account, Authorization, Client, Identifier, Order, Resource};
use acme_cli::problem;
use command::message;
use pipeline::catalogue::order::{ACCOUNT, CHALLENGES, ORDER};
use pipeline::{Document, Object, Outcomes, Problem, value};
use std::sync::{Arc, OnceLock};

/// Places orders for one account, which is found or registered when the first is placed.
pub(crate) struct Orders {
    config: Config,
    client: Client,
    account: OnceLock<acme::Result<Arc<Account>>>,
}

impl Orders {
    pub(crate) fn new(config: Config, client: Client) -> Orders {
        Orders {
            config,
            client,
            account: OnceLock::new(),
        }
    }

    /// Places the order that `document` asks for.
    pub(crate) fn place(&self, document: &mut Document) -> Outcomes {
        self.try_place(document).unwrap_or_else(|problem| {
            // Without an account in the document the order was not placed: what was requested is no order.
            let is_placed = document.has(&ACCOUNT);
            if !is_placed {
                document.remove(&ORDER);
                document.remove(&CHALLENGES);
            }
            document.fail(&problem);
            Outcomes::new()
        })
    }

    fn try_place(&self, document: &mut Document) -> Result<Outcomes, Problem> {
        let requested: Object = value::required(&document.object(), ORDER.name)?;
        let identifiers: Vec<Identifier> = value::required(&requested, "identifiers")?;
        let account = self.account().map_err(problem)?.renewed();
        let profile = self.config.profile.as_deref();
        let order = account.new_order(&identifiers, profile).map_err(problem)?;
        order.check_identifiers(&identifiers).map_err(problem)?;
        message::detail(&format!("{}: order {}", document.label(), order.url));
        document.remove(&CHALLENGES);
        document.remove(&ORDER);
        acme_cli::set_account(document, &account, &self.config.store.key_path());
        acme_cli::set_order(document, &order);
        document.set_challenges([]);
        if order.object.status.has_failed() {
            return Err(problem(order.failure()));
        }
        let authorizations = fetch(&account, &order.object).map_err(problem)?;
        Ok(add_challenges(
            document,
            &account,
            &identifiers,
            &authorizations,
        ))
    }

    fn account(&self) -> acme::Result<Arc<Account>> {
        let find = || {
            let ca = self.client.ca(&self.config.directory)?;
            Account::find_or_register(ca, &self.config.store, &self.config.registration)
                .map(Arc::new)
        };
        self.account.get_or_init(find).clone()
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
