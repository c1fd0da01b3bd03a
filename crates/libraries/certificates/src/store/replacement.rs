//! Whether a new certificate takes the place of the one that is installed.

use crate::validity::{Moment, Validity};
use std::time::SystemTime;

/// What to do with a new certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replacement {
    /// Put it in its place.
    Install,
    /// Put it in its place, and say that it is not valid by the system's clock. Nothing better is there.
    InstallAndSay,
    /// Leave what is there, which is good.
    Refuse,
}

/// Decides for a certificate with this validity.
pub(super) fn decide(validity: &Validity, is_good_installed: bool, now: SystemTime) -> Replacement {
    match (validity.at(now), is_good_installed) {
        (Moment::Valid, _) => Replacement::Install,
        (Moment::Early | Moment::Late, false) => Replacement::InstallAndSay,
        (Moment::Early | Moment::Late, true) => Replacement::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_good_certificate_is_replaced_by_a_valid_one_only() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let validity = Validity {
            not_before: at(1000),
            not_after: at(2000),
        };
        for (now, is_good_installed, replacement) in [
            (1500, false, Replacement::Install),
            (1500, true, Replacement::Install),
            (500, false, Replacement::InstallAndSay),
            (500, true, Replacement::Refuse),
            (2500, false, Replacement::InstallAndSay),
            (2500, true, Replacement::Refuse),
        ] {
            assert_eq!(decide(&validity, is_good_installed, at(now)), replacement);
        }
    }
}
