//! Finalizing an order, and waiting for its certificate (RFC 8555 §7.4).

use crate::account::Account;
use crate::error::{Error, Result, Unfinished};
use crate::issuance::order_state::IssuanceState;
use crate::issuance::orders;
use crate::issuance::resource::Resource;
use crate::issuance::wait::Look;
use crate::objects::{Finalize, Order, Status};
use crate::request::Purpose;
use keys::base64url;

/// An order that is not ready at so many looks, which take half a second, may have an authorization that has expired.
const FIRST_DOUBT: u32 = 8;

impl Account {
    /// Sends a certificate request in DER for an order whose authorizations are valid, as soon as it is ready, and waits
    /// until the certificate is made. Without a request, the CA has had one already.
    ///
    /// # Errors
    /// What the CA says to it, [`Error::Order`] where the order leads to no certificate, and [`Error::Unfinished`].
    pub fn finalize(
        &self,
        order: Resource<Order>,
        request: Option<&[u8]>,
    ) -> Result<Resource<Order>> {
        let mut finalization = Finalization {
            account: self,
            request,
            order,
            is_known: true,
            looks: 0,
            refusal: None,
        };
        self.poll(|| finalization.look())
    }
}

/// An order on its way to a certificate.
struct Finalization<'a> {
    account: &'a Account,
    /// The certificate request, as long as the CA does not have it.
    request: Option<&'a [u8]>,
    /// The order as it was last.
    order: Resource<Order>,
    /// Whether that is how it stands now.
    is_known: bool,
    /// How often it was found not to be ready.
    looks: u32,
    /// Why the CA did not take the request, though the order was ready for it.
    refusal: Option<Error>,
}

impl Finalization<'_> {
    /// Looks at the order once, and sends the request where the CA waits for it.
    fn look(&mut self) -> Result<Look<Resource<Order>>> {
        if !std::mem::take(&mut self.is_known) {
            match self.account.order(&self.order.url) {
                Ok(order) => self.order = order,
                Err(error) => return self.trouble(error),
            }
        }
        if self.state() == IssuanceState::Ready
            && let Some(request) = self.request
        {
            match self.send(request) {
                Ok(()) => {}
                Err(error) => return self.trouble(error),
            }
        }
        if self.state() == IssuanceState::NotReady {
            self.looks += 1;
            if self.looks >= FIRST_DOUBT && self.looks.is_power_of_two() {
                self.look_at_authorizations()?;
            }
        }
        let order = &self.order;
        match self.state() {
            IssuanceState::Issued if order.object.certificate.is_some() => {
                Ok(Look::Done(order.clone()))
            }
            IssuanceState::Failed => Err(order.failure()),
            // CAs of several servers may take a moment until all of them know how an order stands.
            _ => Ok(Look::NotYet(order.retry_after, self.unfinished())),
        }
    }

    fn state(&self) -> IssuanceState {
        IssuanceState::of(self.order.object.status)
    }

    /// A failure that may pass ends nothing, and hides no refusal.
    fn trouble(&self, error: Error) -> Result<Look<Resource<Order>>> {
        let is_final =
            matches!(error, Error::NotAsked { .. }) && self.refusal.as_ref() == Some(&error);
        if is_final {
            return Err(error);
        }
        match (&self.refusal, Look::failed(error)?) {
            (Some(refusal), Look::NotYet(retry_after, _)) if self.request.is_some() => {
                Ok(Look::NotYet(retry_after, refusal.clone()))
            }
            (_, look) => Ok(look),
        }
    }

    /// Sends the request (RFC 8555 §7.4).
    fn send(&mut self, request: &[u8]) -> Result<()> {
        let Some(url) = &self.order.object.finalize else {
            let what = format!("order {}", self.order.url);
            return Err(Error::reply(what, "it does not say where it is finalized"));
        };
        let payload = Finalize {
            csr: base64url(request),
        };
        match self.account.post(Purpose::Finalization, url, &payload) {
            Ok(reply) => {
                self.request = None;
                match orders::order(Purpose::Finalization, &self.order.url, &reply) {
                    Ok(order) => self.order = order,
                    // The next look tells how the order stands.
                    Err(Error::Unreadable { .. }) => self.order.retry_after = reply.retry_after,
                    Err(error) => return Err(error),
                }
                Ok(())
            }
            Err(Error::Interrupted) => Err(Error::Interrupted),
            // Somebody may have been quicker: our own request whose reply was lost, or another run with the same order.
            // Or the CA is not ready for it yet: then it is sent again, as long as the order waits for it.
            Err(error) => {
                let may_be_sent_again = error.is_refusal("orderNotReady")
                    || error.is_passing() && !matches!(error, Error::NotAsked { .. });
                self.refusal = Some(error.clone());
                self.order = self.account.order(&self.order.url)?;
                match self.state() {
                    IssuanceState::Processing | IssuanceState::Issued => {
                        self.request = None;
                        Ok(())
                    }
                    _ if may_be_sent_again => Ok(()),
                    _ => Err(error),
                }
            }
        }
    }

    /// Fails where an authorization has become one that keeps the order from ever being ready.
    fn look_at_authorizations(&self) -> Result<()> {
        let urls = &self.order.object.authorizations;
        let account = self.account;
        let found = account.side_by_side(urls, |url| {
            let found = account.authorization(url).ok()?;
            let status = found.object.status;
            (status.is_final() && status != Status::Valid).then(|| Error::Authorization {
                url: Some(url.clone()),
                status,
            })
        });
        found.into_iter().flatten().next().map_or(Ok(()), Err)
    }

    /// The error where there is no time for another look.
    fn unfinished(&self) -> Error {
        match &self.refusal {
            Some(refusal) if self.request.is_some() => refusal.clone(),
            _ => Error::Unfinished {
                what: Unfinished::Issuance(self.order.url.clone(), self.order.object.status),
                within: self.account.deadline().within(),
            },
        }
    }
}

impl Resource<Order> {
    /// The error of an order that leads to no certificate.
    pub fn failure(&self) -> Error {
        Error::Order {
            url: self.url.clone(),
            status: self.object.status,
            problem: self.object.error.clone().map(Box::new),
        }
    }
}
