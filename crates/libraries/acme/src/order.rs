//! Orders, authorizations and certificates (RFC 8555 §7.4, §7.5).

use crate::client::require_https;
use crate::http::Reply;
use crate::key::base64url;
use crate::types::{Authorization, Identifier, Order, Status};
use crate::{Account, Error, Problem, Result, pem};
use serde::de::DeserializeOwned;
use serde_json::json;
use std::time::Duration;

/// An order has an authorization for each of its names, and may want some more (RFC 8555 §7.1.3).
const MORE_AUTHORIZATIONS: usize = 10;

/// An object of the CA's.
#[derive(Debug, Clone)]
pub struct Resource<T> {
    /// Where it is.
    pub url: String,
    /// What we understand of it.
    pub object: T,
    /// When the CA wants to be asked again.
    pub retry_after: Option<Duration>,
}

impl<T: DeserializeOwned> Resource<T> {
    fn new(what: &str, url: &str, reply: &Reply) -> Result<Resource<T>> {
        let asked = format!("{what} (POST {url})");
        let object = T::deserialize(&reply.object(&asked)?)
            .map_err(|error| Error::new("ca:reply", format!("{asked}: {error}")))?;
        Ok(Resource {
            url: url.to_owned(),
            object,
            retry_after: reply.retry_after,
        })
    }
}

impl Account {
    /// Places an order (RFC 8555 §7.4), of a certificate profile if the CA has several.
    ///
    /// # Errors
    /// What the CA says to it.
    pub fn new_order(
        &self,
        identifiers: &[Identifier],
        profile: Option<&str>,
    ) -> Result<Resource<Order>> {
        let mut payload = json!({"identifiers": identifiers});
        if let Some(profile) = profile {
            payload["profile"] = profile.into();
        }
        let url = &self.client().directory().new_order;
        let reply = self.post("new order", url, &payload)?;
        let location = reply.location.clone().ok_or_else(|| {
            Error::new(
                "ca:reply",
                format!("new order (POST {url}): the reply does not say where the order is"),
            )
        })?;
        checked("new order", &location, reply)
    }

    /// An order as it stands (RFC 8555 §7.4).
    ///
    /// # Errors
    /// What the CA says to it.
    pub fn order(&self, url: &str) -> Result<Resource<Order>> {
        checked("order", url, self.fetch("order", url)?)
    }

    /// An authorization as it stands (RFC 8555 §7.5).
    ///
    /// # Errors
    /// What the CA says to it.
    pub fn authorization(&self, url: &str) -> Result<Resource<Authorization>> {
        Resource::new("authorization", url, &self.fetch("authorization", url)?)
    }

    /// Sends a CSR in DER for an order that is ready, and waits until the certificate is made (RFC 8555 §7.4).
    /// An order that is past that already is waited for in the same way.
    ///
    /// # Errors
    /// What the CA says to it, and `acmepipe:ca:timeout`.
    pub fn finalize(&self, order: Resource<Order>, csr: &[u8]) -> Result<Resource<Order>> {
        let finalize = order.object.finalize.clone();
        let url = order.url.clone();
        if order.object.status != Status::Ready {
            return self.issued(order);
        }
        let order = match self.post("finalization", &finalize, &json!({"csr": base64url(csr)})) {
            Ok(reply) => checked("finalization", &url, reply)?,
            // Somebody was quicker: our own request whose reply was lost, or another run with the same order.
            Err(error) if error.is("orderNotReady") => {
                let order = self.order(&url)?;
                if !matches!(order.object.status, Status::Processing | Status::Valid) {
                    return Err(error);
                }
                order
            }
            Err(error) => return Err(error),
        };
        self.issued(order)
    }

    /// Waits until an order that has been finalized is valid.
    ///
    /// # Errors
    /// Why it became something else, and `acmepipe:ca:timeout`.
    fn issued(&self, mut order: Resource<Order>) -> Result<Resource<Order>> {
        let mut pace = self.client().pace();
        loop {
            match order.object.status {
                Status::Valid => return Ok(order),
                Status::Processing => {}
                _ => return Err(dead(&order)),
            }
            let Some(pause) = pace.next(order.retry_after) else {
                return Err(Error::new(
                    "ca:timeout",
                    format!(
                        "order {}: still `processing` after {} s",
                        order.url,
                        self.client().patience().as_secs()
                    ),
                )
                .with_hint(
                    "run acme-finalize again with the same document: it carries on from there",
                ));
            };
            self.client().stop().sleep(pause)?;
            order = self.order(&order.url)?;
        }
    }

    /// The certificate of a valid order and those that lead from it to a root, DER (RFC 8555 §7.4.2, §9.1).
    ///
    /// # Errors
    /// What the CA says to it, and `acmepipe:ca:reply` if it is no chain.
    pub fn certificate(&self, url: &str) -> Result<Vec<Vec<u8>>> {
        let reply = self.fetch("certificate", url)?;
        pem::certificates(&reply.body).ok_or_else(|| {
            let detail = format!("certificate (POST {url}): not a chain of certificates in PEM");
            Error::new("ca:reply", detail)
        })
    }
}

/// Why nothing comes of an order any more.
pub(crate) fn dead(order: &Resource<Order>) -> Error {
    let status = order.object.status;
    let said = format!("order {} is `{status}`", order.url);
    match &order.object.error {
        Some(problem) => Error::from_ca(&said, Problem::from_json(problem)),
        None => Error::new(&format!("order:{status}"), said)
            .with_hint("an order that has come to this cannot be mended: place a new one"),
    }
}

/// The order that a CA sent, held against what we are ready to do.
fn checked(what: &str, url: &str, reply: Reply) -> Result<Resource<Order>> {
    let mut order: Resource<Order> = Resource::new(what, url, &reply)?;
    order.object.raw = reply.body;
    let Order {
        identifiers,
        authorizations,
        finalize,
        certificate,
        ..
    } = &order.object;
    let (names, count) = (identifiers.len(), authorizations.len());
    let is_new = |(index, url): &(usize, &String)| !authorizations[..*index].contains(url);
    let is_odd = count > names + MORE_AUTHORIZATIONS
        || authorizations.iter().enumerate().filter(is_new).count() < count;
    if is_odd {
        return Err(Error::new(
            "ca:reply",
            format!(
                "order {}: {count} authorizations for {names} names, or one of them twice",
                order.url
            ),
        ));
    }
    let whose = format!("order {}", order.url);
    let urls = authorizations
        .iter()
        .chain([finalize, &order.url])
        .chain(certificate);
    for url in urls {
        require_https(&whose, url)?;
    }
    Ok(order)
}
