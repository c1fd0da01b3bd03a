//! From a request to an order document.

use crate::options::Config;
use acme::{
    Account, Authorization, Clients, Error, Identifier, Order, Resource, Status, Stop, Store,
};
use pipeline::{Document, Failure, Object, Outcomes, Value, message, value};
use serde_json::json;
use std::sync::{Arc, OnceLock};

/// All orders are of one account, which is found or registered when the first is placed.
pub(crate) struct Orders {
    config: Config,
    clients: Clients,
    store: Store,
    account: OnceLock<acme::Result<Arc<Account>>>,
}

impl Orders {
    pub(crate) fn new(config: Config, stop: Stop) -> Orders {
        Orders {
            clients: Clients::new(config.settings.clone(), stop),
            store: Store::new(&config.path, &config.directory, config.email.as_deref()),
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
        let placed = order.object.check_identifiers(&order.url, &identifiers);
        placed.map_err(failure)?;
        message::detail(&format!("{}: order {}", document.label(), order.url));
        describe(document, &account, &self.store, &order);
        let authorizations = fetch(&account, &order.object).map_err(failure)?;
        Ok(add_challenges(
            document,
            &account,
            &identifiers,
            authorizations,
        ))
    }

    fn account(&self) -> acme::Result<Arc<Account>> {
        let find = || {
            let client = self.clients.at(&self.config.directory)?;
            Account::find_or_register(client, &self.store, &self.config.registration).map(Arc::new)
        };
        self.account.get_or_init(find).clone()
    }
}

/// Where the order is, and who placed it.
fn describe(document: &mut Document, account: &Account, store: &Store, order: &Resource<Order>) {
    document.remove("challenges");
    document.remove("order");
    document.set("directory", account.client().url());
    let key = store.key_path();
    document.set(
        "account",
        json!({"url": account.url(), "key": key.to_string_lossy()}),
    );
    document.set("order", order.to_json(None));
    document.set_challenges([]);
}

/// The order's authorizations, side by side.
fn fetch(account: &Account, order: &Order) -> acme::Result<Vec<Resource<Authorization>>> {
    let found = account.side_by_side(&order.authorizations, |url| {
        let mut found = account.authorization(url)?;
        // The others are only of use for saying what is offered instead.
        let challenges = &mut found.object.challenges;
        if let Some(index) = challenges.iter().position(|one| one.kind == "dns-01") {
            *challenges = vec![challenges.swap_remove(index)];
        }
        Ok(found)
    });
    found.into_iter().collect()
}

/// A challenge for each authorization, in the order in which the names were asked for: CAs have none of their own.
/// Returns what is wrong with some.
fn add_challenges(
    document: &mut Document,
    account: &Account,
    identifiers: &[Identifier],
    authorizations: Vec<Resource<Authorization>>,
) -> Outcomes {
    let place = |authorization: &Authorization| {
        let wildcard = if authorization.wildcard { "*." } else { "" };
        let name = format!("{wildcard}{}", authorization.identifier.value);
        identifiers
            .iter()
            .position(|identifier| identifier.value == name)
    };
    let mut placed: Vec<_> = authorizations
        .into_iter()
        .map(|found| (place(&found.object), found))
        .collect();
    placed.sort_by_key(|(place, _)| place.unwrap_or(usize::MAX));
    let mut failed = Outcomes::new();
    let challenges = placed.iter().enumerate().map(|(index, (place, found))| {
        let (challenge, failure) = challenge(account, found, place.is_some());
        failed.extend(failure.map(|failure| (index, Err(failure).into())));
        challenge
    });
    document.set_challenges(challenges);
    failed
}

/// The dns-01 challenge of an authorization, and why there is none to be met if that is so.
fn challenge(
    account: &Account,
    authorization: &Resource<Authorization>,
    is_ordered: bool,
) -> (Object, Option<Failure>) {
    let Authorization {
        identifier,
        status,
        wildcard,
        ..
    } = &authorization.object;
    let found = authorization.object.challenge("dns-01");
    let key_authorization = found
        .filter(|found| is_token(&found.token))
        .map(|found| account.key().key_authorization(&found.token));

    let mut members = Object::new();
    let mut add = |member: &str, value: Value| members.insert(member.into(), value);
    add("identifier", json!(identifier));
    add("wildcard", (*wildcard).into());
    add("authorization", authorization.url.clone().into());
    add("type", "dns-01".into());
    if let Some(found) = found {
        add("url", found.url.clone().into());
    }
    let state = match found {
        Some(found) if *status == Status::Pending => found.status,
        _ => *status,
    };
    add("status", state.as_str().into());
    if let (Some(found), Some(key_authorization)) = (found, &key_authorization) {
        add("token", found.token.clone().into());
        add("key_authorization", key_authorization.clone().into());
    }
    if is_ordered {
        let fqdn = format!("_acme-challenge.{}.", identifier.value);
        add("fqdn", fqdn.into());
    }
    if let Some(key_authorization) = &key_authorization {
        add("value", acme::dns01_value(key_authorization).into());
    }
    let obstacle = obstacle(authorization, is_ordered, key_authorization.is_some());
    (members, obstacle.map(failure))
}

/// Why nothing can be done about an authorization that is not valid yet.
fn obstacle(
    authorization: &Resource<Authorization>,
    is_ordered: bool,
    has_token: bool,
) -> Option<Error> {
    let url = &authorization.url;
    let Authorization {
        identifier,
        status,
        challenges,
        ..
    } = &authorization.object;
    let of_ca = |what: &str| Error::new("ca:reply", format!("{url}: {what}"));
    if !is_ordered {
        return Some(of_ca(&format!(
            "an authorization for `{}`, which was not ordered",
            identifier.value
        )));
    }
    match status {
        // Proven in whatever way, and maybe long ago.
        Status::Valid => None,
        Status::Pending | Status::Processing | Status::Unknown if has_token => None,
        Status::Pending | Status::Processing | Status::Unknown => {
            let offered: Vec<_> = challenges.iter().map(|found| found.kind.as_str()).collect();
            if offered.contains(&"dns-01") {
                return Some(of_ca("the challenge's token is not base64url"));
            }
            let detail = format!(
                "{url}: for {} the CA does not offer dns-01, only: {}",
                identifier.value,
                offered.join(", ")
            );
            Some(Error::new("challenge:not-offered", detail))
        }
        _ => {
            let detail = format!("{url}: the authorization is `{status}`");
            Some(Error::new(&format!("authorization:{status}"), detail))
        }
    }
}

/// RFC 8555 §8.1. The token goes to users' programs as an argument: nothing but what the RFC allows may pass.
fn is_token(token: &str) -> bool {
    (1..=512).contains(&token.len())
        && token
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn failure(error: Error) -> Failure {
    Failure::from_problem(&error)
}
