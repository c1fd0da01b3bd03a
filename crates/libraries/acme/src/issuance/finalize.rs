//! Finalizing an order, and waiting for its certificate (RFC 8555 §7.4).

use crate::account::Account;
use crate::error::{Error, Result, Unfinished};
use crate::issuance::order_state::IssuanceState;
use crate::issuance::orders;
use crate::issuance::poll::Look;
use crate::issuance::resource::Resource;
use crate::objects::{Finalize, Order};
use crate::request::Purpose;
use keys::base64url;

impl Account {
    /// Sends a certificate request in DER for an order whose authorizations are valid, as soon as it is ready, and waits
    /// until the certificate is made. An order that is past that already is waited for in the same way.
    ///
    /// # Errors
    /// What the CA says to it, [`Error::Order`] where the order leads to no certificate, and [`Error::Unfinished`].
    pub fn finalize(&self, order: Resource<Order>, request: &[u8]) -> Result<Resource<Order>> {
        let mut finalization = Finalization {
            account: self,
            request,
            order,
            is_known: true,
            is_accepted: false,
            refusal: None,
        };
        self.poll(|| finalization.look())
    }
}

/// An order on its way to a certificate.
struct Finalization<'a> {
    account: &'a Account,
    /// The certificate request.
    request: &'a [u8],
    /// The order as it was last.
    order: Resource<Order>,
    /// Whether that is how it stands now.
    is_known: bool,
    /// Whether the CA has the request.
    is_accepted: bool,
    /// What the CA said where it was not ready for the request, though its order was.
    refusal: Option<Error>,
}

impl Finalization<'_> {
    /// Looks at the order once, and sends the request where the CA waits for it.
    fn look(&mut self) -> Result<Look<Resource<Order>>> {
        if !std::mem::take(&mut self.is_known) {
            match self.account.order(&self.order.url) {
                Ok(order) => self.order = order,
                Err(error) => return Look::failed(error),
            }
        }
        if self.state() == IssuanceState::Ready && !self.is_accepted {
            self.send()?;
        }
        let order = &self.order;
        match self.state() {
            IssuanceState::Issued if order.object.certificate.is_some() => {
                Ok(Look::Done(order.clone()))
            }
            IssuanceState::Failed => Err(failed(order)),
            // CAs of several servers may take a moment until all of them know how an order stands.
            _ => Ok(Look::NotYet(order.retry_after, self.unfinished())),
        }
    }

    fn state(&self) -> IssuanceState {
        IssuanceState::of(self.order.object.status)
    }

    /// Sends the request (RFC 8555 §7.4).
    fn send(&mut self) -> Result<()> {
        let Some(url) = &self.order.object.finalize else {
            let what = format_args!("order {}", self.order.url);
            return Err(Error::reply(what, "it does not say where it is finalized"));
        };
        let payload = Finalize {
            csr: base64url(self.request),
        };
        match self.account.post(Purpose::Finalization, url, &payload) {
            Ok(reply) => {
                self.is_accepted = true;
                match orders::order(Purpose::Finalization, &self.order.url, &reply) {
                    Ok(order) => self.order = order,
                    // The next look tells how the order stands.
                    Err(Error::Unreadable { .. }) => self.order.retry_after = reply.retry_after,
                    Err(error) => return Err(error),
                }
                Ok(())
            }
            // Somebody was quicker: our own request whose reply was lost, or another run with the same order.
            Err(error) if error.is_refusal("orderNotReady") || error.is_passing() => {
                self.order = self.account.order(&self.order.url)?;
                self.is_accepted = matches!(
                    self.state(),
                    IssuanceState::Processing | IssuanceState::Issued
                );
                if !self.is_accepted && error.is_passing() {
                    return Err(error);
                }
                self.refusal = Some(error);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The error where there is no time for another look.
    fn unfinished(&self) -> Error {
        match &self.refusal {
            Some(refusal) if !self.is_accepted => refusal.clone(),
            _ => Error::Unfinished {
                what: Unfinished::Issuance(self.order.url.clone(), self.order.object.status),
                within: self.account.deadline().within(),
            },
        }
    }
}

/// The error of an order that leads to no certificate.
pub(crate) fn failed(order: &Resource<Order>) -> Error {
    Error::Order {
        url: order.url.clone(),
        status: order.object.status,
        problem: order.object.error.clone().map(Box::new),
    }
}
