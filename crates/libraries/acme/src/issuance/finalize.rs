//! Finalizing an order, and waiting for its certificate (RFC 8555 §7.4).

use crate::account::Account;
use crate::error::{Error, Result, Unfinished};
use crate::issuance::order_state::IssuanceState;
use crate::issuance::orders;
use crate::issuance::poll::PollSchedule;
use crate::issuance::resource::Resource;
use crate::objects::{Finalize, Order};
use crate::request::Purpose;
use keys::base64url;
use std::time::Instant;

impl Account {
    /// Sends a certificate request in DER for an order that is ready, and waits until the certificate is made. An order
    /// that is past that already is waited for in the same way.
    ///
    /// # Errors
    /// What the CA says to it, [`Error::Order`] where the order leads to no certificate, and [`Error::Unfinished`].
    pub fn finalize(&self, order: Resource<Order>, request: &[u8]) -> Result<Resource<Order>> {
        if IssuanceState::of(order.object.status) != IssuanceState::Ready {
            return self.wait_for_certificate(order);
        }
        let payload = Finalize {
            csr: base64url(request),
        };
        let finalized = self.post(Purpose::Finalization, &order.object.finalize, &payload);
        let order = match finalized {
            Ok(reply) => orders::order(Purpose::Finalization, &order.url, reply)?,
            // Somebody was quicker: our own request whose reply was lost, or another run with the same order.
            Err(error) if error.is_refusal("orderNotReady") => {
                let order = self.order(&order.url)?;
                match IssuanceState::of(order.object.status) {
                    IssuanceState::Processing | IssuanceState::Issued => order,
                    IssuanceState::Ready | IssuanceState::Failed => return Err(error),
                }
            }
            Err(error) => return Err(error),
        };
        self.wait_for_certificate(order)
    }

    /// Waits until an order that has been finalized is valid.
    fn wait_for_certificate(&self, mut order: Resource<Order>) -> Result<Resource<Order>> {
        let timeout = self.ca().timeout();
        let mut schedule = PollSchedule::new(self.ca().fastest(), timeout);
        let began = Instant::now();
        loop {
            match IssuanceState::of(order.object.status) {
                IssuanceState::Issued => return Ok(order),
                IssuanceState::Processing => {}
                IssuanceState::Ready | IssuanceState::Failed => return Err(failed(&order)),
            }
            let Some(pause) = schedule.pause(began.elapsed(), order.retry_after) else {
                return Err(Error::Unfinished {
                    what: Unfinished::Issuance(order.url),
                    within: timeout,
                });
            };
            self.ca().cancellation().sleep(pause)?;
            order = self.order(&order.url)?;
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
