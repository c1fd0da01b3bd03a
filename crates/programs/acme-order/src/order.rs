//! From a request to an order document.

use crate::options::Config;
use acme::{
    Account, AccountStore, Authorization, Cancellation, Client, Identifier, Order, Resource,
};
use acme_cli::failure;
use pipeline::{Document, Failure, Outcomes, Value, message, value};
use std::sync::{Arc, OnceLock};

/// All orders are of one account, which is found or registered when the first is placed.
pub(crate) struct Orders {
    config: Config,
    client: Client,
    store: AccountStore,
    account: OnceLock<acme::Result<Arc<Account>>>,
}

impl Orders {
    pub(crate) fn new(config: Config, cancellation: Cancellation) -> Orders {
        let email = config.registration.email.as_deref();
        Orders {
            client: Client::new(config.client.clone(), cancellation),
            store: AccountStore::new(&config.path, &config.directory, email),
            account: OnceLock::new(),
            config,
        }
    }

    /// Places the order that `document` asks for.
    pub(crate) fn place(&self, document: &mut Document) -> Outcomes {
        self.try_place(document).unwrap_or_else(|failure| {
            // An order that the CA does not know yet is none.
            let is_placed = document.has("account");
            if !is_placed {
                document.remove("order");
                document.remove("challenges");
            }
            document.fail(&failure);
            Outcomes::new()
        })
    }

    fn try_place(&self, document: &mut Document) -> Result<Outcomes, Failure> {
        let requested: Value = value::required(&document.object(), "order")?;
        let requested = requested.as_object().cloned().unwrap_or_default();
        let identifiers: Vec<Identifier> = value::required(&requested, "identifiers")?;
        let account = self.account().map_err(failure)?;
        let profile = self.config.profile.as_deref();
        let order = account.new_order(&identifiers, profile).map_err(failure)?;
        order.check_identifiers(&identifiers).map_err(failure)?;
        message::detail(&format!("{}: order {}", document.label(), order.url));
        document.remove("challenges");
        document.remove("order");
        acme_cli::set_account(document, &account, &self.store.key_path());
        acme_cli::set_order(document, &order);
        document.set_challenges([]);
        let authorizations = fetch(&account, &order.object).map_err(failure)?;
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
            Account::find_or_register(ca, &self.store, &self.config.registration).map(Arc::new)
        };
        self.account.get_or_init(find).clone()
    }
}

/// The order's authorizations, side by side.
fn fetch(account: &Account, order: &Order) -> acme::Result<Vec<Resource<Authorization>>> {
    let found = account.side_by_side(&order.authorizations, |url| account.authorization(url));
    found.into_iter().collect()
}

/// A challenge for each authorization, in the order in which the names were asked for: CAs have none of their own.
/// Returns what is wrong with some.
fn add_challenges(
    document: &mut Document,
    account: &Account,
    identifiers: &[Identifier],
    authorizations: &[Resource<Authorization>],
) -> Outcomes {
    let mut placed: Vec<_> = authorizations
        .iter()
        .map(|found| (place(&found.object, identifiers), found))
        .collect();
    placed.sort_by_key(|(place, _)| place.unwrap_or(usize::MAX));
    let mut failed = Outcomes::new();
    let challenges = placed.iter().enumerate().map(|(index, (place, found))| {
        let (challenge, failure) = acme_cli::challenge(account, found, place.is_some());
        failed.extend(failure.map(|failure| (index, Err(failure).into())));
        challenge
    });
    document.set_challenges(challenges);
    failed
}

/// Which of these an authorization is for.
fn place(authorization: &Authorization, identifiers: &[Identifier]) -> Option<usize> {
    let wildcard = if authorization.wildcard { "*." } else { "" };
    let name = format!("{wildcard}{}", authorization.identifier.value);
    identifiers
        .iter()
        .position(|identifier| identifier.value == name)
}
