//! What the state of an order means (RFC 8555 §7.1.6).

use crate::objects::Status;

/// What it means for the challenges of the order, which are being validated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValidationState {
    /// The CA is still validating some.
    Pending,
    /// All authorizations are valid.
    Validated,
    /// One of them has failed, and the order with it.
    Failed,
}

/// What it means for the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IssuanceState {
    /// The CA has not noticed yet that all authorizations are valid.
    NotReady,
    /// The CA waits for the certificate request.
    Ready,
    /// The CA is making the certificate.
    Processing,
    /// The certificate is there.
    Issued,
    /// No certificate comes of it.
    Failed,
}

impl ValidationState {
    pub(crate) fn of(status: Status) -> ValidationState {
        match status {
            Status::Pending | Status::Unknown => ValidationState::Pending,
            Status::Ready | Status::Processing | Status::Valid => ValidationState::Validated,
            Status::Invalid | Status::Deactivated | Status::Expired | Status::Revoked => {
                ValidationState::Failed
            }
        }
    }
}

impl IssuanceState {
    pub(crate) fn of(status: Status) -> IssuanceState {
        match status {
            Status::Ready => IssuanceState::Ready,
            Status::Processing => IssuanceState::Processing,
            Status::Valid => IssuanceState::Issued,
            Status::Pending | Status::Unknown => IssuanceState::NotReady,
            Status::Invalid | Status::Deactivated | Status::Expired | Status::Revoked => {
                IssuanceState::Failed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_of_an_order_has_one_meaning_for_validation_and_one_for_issuance() {
        use IssuanceState as I;
        use ValidationState as V;
        for (status, validation, issuance) in [
            (Status::Pending, V::Pending, I::NotReady),
            (Status::Ready, V::Validated, I::Ready),
            (Status::Processing, V::Validated, I::Processing),
            (Status::Valid, V::Validated, I::Issued),
            (Status::Invalid, V::Failed, I::Failed),
            (Status::Deactivated, V::Failed, I::Failed),
            (Status::Expired, V::Failed, I::Failed),
            (Status::Revoked, V::Failed, I::Failed),
            (Status::Unknown, V::Pending, I::NotReady),
        ] {
            assert_eq!(V::of(status), validation, "{status}");
            assert_eq!(I::of(status), issuance, "{status}");
        }
    }
}
