//! Placing orders, and looking at them and their authorizations (RFC 8555 §7.4, §7.5).

use crate::account::Account;
use crate::error::{Error, Result};
use crate::issuance::order_state::{IssuanceState, ValidationState};
use crate::issuance::resource::{self, Resource};
use crate::objects::{
    Authorization, Challenge, ChallengeType, Identifier, NewOrder, NoChallenge, Offer, Order,
};
use crate::request::{Purpose, Request};
use crate::text::quote;
use crate::transport::Reply;
use crate::url::require_https;
use std::collections::HashSet;

/// How many more authorizations than names an order may have (RFC 8555 §7.1.3).
const MORE_AUTHORIZATIONS: usize = 10;

impl Account {
    /// Places an order (RFC 8555 §7.4).
    ///
    /// # Errors
    /// [`Error::UnknownProfile`], and what the CA says to it; [`Error::is_about_replacement`] tells whether the same without `replaces` may succeed.
    pub fn new_order(&self, ordered: &NewOrder<'_>) -> Result<Resource<Order>> {
        let identifiers = ordered.identifiers;
        self.check_profile(ordered.profile)?;
        let url = &self.ca().directory().new_order;
        let reply = self.post(Purpose::NewOrder, url, ordered)?;
        let location = reply.location.clone().ok_or_else(|| {
            let request = Request::post(Purpose::NewOrder, url);
            Error::reply(request, "the reply does not say where the order is")
        })?;
        let mut order = order(Purpose::NewOrder, &location, &reply)?;
        if order.object.identifiers.is_empty() {
            order.object.identifiers = identifiers.to_vec();
        }
        check_authorizations(&order.object, identifiers.len())
            .and_then(|()| check_usable(&order.object).map_err(str::to_owned))
            .map_err(|why| Error::reply(format_args!("order {location}"), why))?;
        Ok(order)
    }

    /// Refuses a profile that the CA does not offer: clients must not ask for one (draft-ietf-acme-profiles §4).
    fn check_profile(&self, profile: Option<&str>) -> Result<()> {
        let Some(profile) = profile else {
            return Ok(());
        };
        let offered = self.ca().directory().meta.profiles.clone();
        let offered = offered.unwrap_or_default();
        if offered.iter().any(|one| one.name == profile) {
            return Ok(());
        }
        Err(Error::UnknownProfile {
            directory: self.ca().url().to_owned(),
            profile: profile.to_owned(),
            offered,
        })
    }

    /// An order as it stands (RFC 8555 §7.4).
    ///
    /// # Errors
    /// What the CA says to it.
    pub fn order(&self, url: &str) -> Result<Resource<Order>> {
        order(Purpose::Order, url, &self.fetch(Purpose::Order, url)?)
    }

    /// An authorization as it stands (RFC 8555 §7.5).
    ///
    /// # Errors
    /// What the CA says to it.
    pub fn authorization(&self, url: &str) -> Result<Resource<Authorization>> {
        let purpose = Purpose::Authorization;
        resource::read(purpose, url, &self.fetch(purpose, url)?)
    }
}

impl Resource<Order> {
    /// Checks that it is for these names, each once, in any sequence.
    ///
    /// # Errors
    /// [`Error::Reply`] if it is for others, or for some of them only.
    pub fn check_identifiers(&self, ordered: &[Identifier]) -> Result<()> {
        let Some(Identifier { value, .. }) = self.object.difference(ordered) else {
            return Ok(());
        };
        let why = format!(
            "it is not for the names that were ordered: `{}` is in one of the two only",
            quote(value)
        );
        Err(Error::reply(format_args!("order {}", self.url), why))
    }

    /// Checks that it has the profile that was asked for, where one was, and the CA says which one it has
    /// (draft-ietf-acme-profiles §4).
    ///
    /// # Errors
    /// [`Error::Reply`] if it has another.
    pub fn check_profile(&self, ordered: Option<&str>) -> Result<()> {
        match (ordered, self.object.profile.as_deref()) {
            (Some(ordered), Some(found)) if ordered != found => {
                let why = format!(
                    "it has the profile `{}`, and `{}` was ordered",
                    quote(found),
                    quote(ordered)
                );
                Err(Error::reply(format_args!("order {}", self.url), why))
            }
            _ => Ok(()),
        }
    }
}

impl Resource<Authorization> {
    /// The challenge that has to be met, of the first of these types that there is; `None` where the authorization is valid
    /// already.
    ///
    /// # Errors
    /// Why none can be: [`Error::NotOffered`], [`Error::Authorization`] and [`Error::Reply`].
    pub fn challenge_to_meet(&self, wanted: &[ChallengeType]) -> Result<Option<&Challenge>> {
        let url = &self.url;
        match self.object.offer(wanted) {
            Ok(Offer::Proven) => Ok(None),
            Ok(Offer::Challenge(challenge)) => Ok(Some(challenge)),
            Err(NoChallenge::NotOffered(offered)) => Err(Error::NotOffered {
                authorization: url.clone(),
                identifier: self.object.identifier.value.clone(),
                wanted: wanted.to_vec(),
                offered,
            }),
            Err(NoChallenge::BadToken) => {
                Err(Error::reply(url, "the challenge's token is not base64url"))
            }
            Err(NoChallenge::Final(status)) => Err(Error::Authorization {
                url: Some(url.clone()),
                status,
            }),
        }
    }
}

/// The order that a CA sent, checked against what this client accepts.
pub(crate) fn order(purpose: Purpose, url: &str, reply: &Reply) -> Result<Resource<Order>> {
    let order: Resource<Order> = resource::read(purpose, url, reply)?;
    let what = format!("order {url}");
    let names = order.object.identifiers.len();
    check_authorizations(&order.object, names).map_err(|why| Error::reply(&what, why))?;
    let Order {
        authorizations,
        finalize,
        certificate,
        ..
    } = &order.object;
    let urls = authorizations
        .iter()
        .chain([&order.url])
        .chain(finalize)
        .chain(certificate);
    for url in urls {
        require_https(&what, url)?;
    }
    Ok(order)
}

/// Refuses an order from which no certificate can come.
fn check_usable(order: &Order) -> std::result::Result<(), &'static str> {
    let is_open = !matches!(
        IssuanceState::of(order.status),
        IssuanceState::Issued | IssuanceState::Failed
    );
    if is_open && order.finalize.is_none() {
        return Err("it does not say where it is finalized");
    }
    if ValidationState::of(order.status) == ValidationState::Pending
        && order.authorizations.is_empty()
    {
        return Err("it waits for authorizations, and has none");
    }
    Ok(())
}

/// Refuses an order with many more authorizations than names, where those are known, or with one of them twice.
fn check_authorizations(order: &Order, names: usize) -> std::result::Result<(), String> {
    let all = &order.authorizations;
    let count = all.len();
    if names > 0 && count > names + MORE_AUTHORIZATIONS {
        return Err(format!("{count} authorizations for {names} names"));
    }
    let different: HashSet<_> = all.iter().collect();
    if different.len() < count {
        return Err(format!("{count} authorizations, one of them twice"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::Status;

    #[test]
    fn an_order_has_about_as_many_authorizations_as_names_and_none_twice() {
        let numbered = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>();
        let twice = [numbered(2), numbered(1)].concat();
        for (names, authorizations, is_good) in [
            (1, numbered(0), true),
            (1, numbered(1), true),
            (1, numbered(11), true),
            (1, numbered(12), false),
            (5, twice.clone(), false),
            (0, twice, false),
            (0, numbered(20), true),
        ] {
            let order = Order {
                identifiers: vec![Identifier::dns("a.test"); names],
                authorizations,
                ..Order::default()
            };
            assert_eq!(
                check_authorizations(&order, names).is_ok(),
                is_good,
                "{order:?}"
            );
        }
    }

    #[test]
    fn an_order_that_is_open_says_where_it_is_finalized_and_what_it_waits_for() {
        for (status, has_finalize, has_authorizations, is_good) in [
            (Status::Pending, true, true, true),
            (Status::Pending, true, false, false),
            (Status::Pending, false, true, false),
            (Status::Unknown, true, false, false),
            (Status::Ready, true, false, true),
            (Status::Ready, false, true, false),
            (Status::Processing, true, false, true),
            (Status::Valid, false, false, true),
            (Status::Invalid, false, false, true),
        ] {
            let order = Order {
                status,
                authorizations: vec!["u".to_owned(); usize::from(has_authorizations)],
                finalize: has_finalize.then(|| "f".to_owned()),
                ..Order::default()
            };
            assert_eq!(check_usable(&order).is_ok(), is_good, "{order:?}");
        }
    }
}
