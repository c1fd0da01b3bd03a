//! The two requests of acme-dns's API, and what its refusals mean.

use crate::account::Account;
use dns_program::Failure;
use serde_json::json;
use web_service::{Base, Client, Header, Reply, Request};

/// An acme-dns server.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) client: Client,
    pub(crate) base: Base,
}

impl Api {
    /// The request for a new account, which may be used from these networks; from everywhere if there are none.
    pub(crate) fn registration(&self, networks: &[String]) -> Request {
        let request = Request::new("POST", self.base.join(&["register"]));
        match networks {
            [] => request,
            networks => request.body(json!({ "allowfrom": networks })),
        }
    }

    /// Gets a new account.
    ///
    /// # Errors
    /// The server gives none.
    pub(crate) fn register(&self, networks: &[String]) -> Result<Account, Failure> {
        let reply = self.send(&self.registration(networks))?;
        Account::read(&reply.json()?)
            .map_err(|why| reply.unexpected(&format!("its answer is no account: {why}")))
    }

    /// The request that adds a value.
    pub(crate) fn update(&self, account: &Account, value: &str) -> Request {
        let headers = [
            Header::secret("X-Api-User", &*account.user),
            Header::secret("X-Api-Key", &*account.password),
        ];
        Request::new("POST", self.base.join(&["update"]))
            .headers(&headers)
            .body(json!({"subdomain": account.subdomain, "txt": value}))
    }

    /// Sends a request.
    ///
    /// # Errors
    /// It is refused, or not answered.
    pub(crate) fn send(&self, request: &Request) -> Result<Reply, Failure> {
        let reply = self.client.send(request)?;
        if reply.is_success() {
            return Ok(reply);
        }
        let failure = reply.refused();
        let says = reply.says().unwrap_or_default();
        Err(match hint(reply.status, &says) {
            Some(hint) => failure.hint(hint),
            None => failure,
        })
    }
}

fn hint(status: u16, says: &str) -> Option<&'static str> {
    let hint = match (status, says) {
        (401, _) => {
            "The server does not know the account, or takes nothing from this machine's address with it: where it was \
             registered at another server, ACME_DNS_API_BASE has to be that; else take it out of the storage file, register \
             again and change the CNAME."
        }
        (400, "bad_txt") => {
            "acme-dns takes nothing but the values of dns-01 challenges: 43 characters."
        }
        (400, "invalid_allowfrom_cidr") => {
            "The networks of --allow or ACME_DNS_ALLOWLIST are written like 192.0.2.0/24."
        }
        (404 | 405, _) => {
            "Check ACME_DNS_API_BASE, and whether registration is disabled at the server (disable_registration)."
        }
        _ => return None,
    };
    Some(hint)
}
