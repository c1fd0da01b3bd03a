//! The states of orders, authorizations and challenges (RFC 8555 §7.1.6).

use std::fmt;

/// The states of all objects (RFC 8555 §7.1.6).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Status {
    /// Waiting for the client.
    Pending,
    /// An order whose authorizations are all valid.
    Ready,
    /// The CA is at work.
    Processing,
    /// Done, with success.
    Valid,
    /// Done, and failed.
    Invalid,
    /// Given up by the client.
    Deactivated,
    /// Past its time.
    Expired,
    /// Revoked by the CA.
    Revoked,
    /// A state that the RFC does not define, or none.
    #[default]
    Unknown,
}

impl Status {
    /// The state of this name, in whatever case.
    pub fn parse(name: &str) -> Status {
        let all = [
            Status::Pending,
            Status::Ready,
            Status::Processing,
            Status::Valid,
            Status::Invalid,
            Status::Deactivated,
            Status::Expired,
            Status::Revoked,
        ];
        all.into_iter()
            .find(|status| status.as_str().eq_ignore_ascii_case(name))
            .unwrap_or(Status::Unknown)
    }

    /// Whether an authorization in this state stays in it.
    pub fn is_final(self) -> bool {
        !matches!(self, Status::Pending | Status::Processing | Status::Unknown)
    }

    /// Whether nothing becomes valid any more that is in this state.
    pub fn has_failed(self) -> bool {
        self.is_final() && !matches!(self, Status::Ready | Status::Valid)
    }

    /// The RFC's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Ready => "ready",
            Status::Processing => "processing",
            Status::Valid => "valid",
            Status::Invalid => "invalid",
            Status::Deactivated => "deactivated",
            Status::Expired => "expired",
            Status::Revoked => "revoked",
            Status::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_has_the_rfc_s_name_and_stays_or_does_not() {
        for (name, status, is_final) in [
            ("pending", Status::Pending, false),
            ("ready", Status::Ready, true),
            ("processing", Status::Processing, false),
            ("valid", Status::Valid, true),
            ("invalid", Status::Invalid, true),
            ("deactivated", Status::Deactivated, true),
            ("expired", Status::Expired, true),
            ("revoked", Status::Revoked, true),
            ("pondering", Status::Unknown, false),
        ] {
            if status != Status::Unknown {
                assert_eq!(status.to_string(), name);
            }
            assert_eq!(Status::parse(name), status);
            assert_eq!(Status::parse(&name.to_uppercase()), status);
            assert_eq!(status.is_final(), is_final, "{name}");
            let has_failed = is_final && !["ready", "valid"].contains(&name);
            assert_eq!(status.has_failed(), has_failed, "{name}");
            if status != Status::Unknown {
                assert_eq!(status.as_str(), name);
            }
        }
    }
}
