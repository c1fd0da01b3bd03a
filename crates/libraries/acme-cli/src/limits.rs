//! What a person can do about a limit of a CA's: each is over by itself but one, and that one never is.

use acme::Limit;
use std::time::{Duration, SystemTime};

/// What to do about a limit that is over after `wait`, where that is known: one sentence.
pub(crate) fn hint(limit: &Limit, wait: Option<Duration>, now: SystemTime) -> String {
    let until = wait.and_then(|wait| now.checked_add(wait));
    let when = until.map_or_else(
        || "later".to_owned(),
        |until| format!("from {} on", humantime::format_rfc3339_seconds(until)),
    );
    match limit {
        Limit::Orders => {
            format!(
                "The account has placed as many orders as the CA takes from it: it takes others {when}."
            )
        }
        Limit::Certificates => format!(
            "The CA has issued as many certificates for the registered domain as it does in a while: it issues others \
             {when}, and fewer are needed where one has more names."
        ),
        Limit::SameNames => format!(
            "The CA has issued as many certificates for just these names as it does in a while: use one of those, as it \
             issues another {when}."
        ),
        Limit::FailedValidations => format!(
            "Too many validations of a name have failed: find out why first, as the CA takes another order with it {when}."
        ),
        Limit::Accounts => format!(
            "Too many accounts were registered from this address: use one that is there, as the CA takes another {when}."
        ),
        Limit::PendingAuthorizations => format!(
            "Too many of the account's authorizations are pending: finish their orders or let them expire, as the CA takes \
             others {when}."
        ),
        Limit::Load => format!(
            "The CA has much to do, or was asked too often in a short time: ask it again {when}."
        ),
        Limit::Unknown => format!(
            "The CA does not say which of its limits was met: mend what failed before, and ask it again {when}."
        ),
        Limit::Paused(url) => {
            let place = match url {
                Some(_) => "open the URL below",
                None => "open the URL that the CA has for that",
            };
            format!(
                "Waiting does not help: mend what failed for so long, {place} and end the pause there, then order with \
                 --force, or renew with acme-renew --retry."
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_says_when_it_is_over_and_a_pause_that_waiting_does_not_help() {
        let now = SystemTime::UNIX_EPOCH;
        for limit in [
            Limit::Orders,
            Limit::Certificates,
            Limit::SameNames,
            Limit::FailedValidations,
            Limit::Accounts,
            Limit::PendingAuthorizations,
            Limit::Load,
            Limit::Unknown,
        ] {
            let known = hint(&limit, Some(Duration::from_secs(60)), now);
            assert!(known.contains("from 1970-01-01T00:01:00Z on"), "{known}");
            for wait in [None, Some(Duration::MAX)] {
                let hint = hint(&limit, wait, now);
                assert!(hint.contains("later"), "{hint}");
                assert!(hint.ends_with('.') && !hint.contains(". "), "{hint}");
            }
        }
        for url in [None, Some("https://ca.test/unpause?jwt=a".to_owned())] {
            let hint = hint(&Limit::Paused(url), Some(Duration::from_secs(60)), now);
            assert!(hint.starts_with("Waiting does not help") && !hint.contains("1970"));
            assert!(hint.ends_with('.') && !hint.contains(". "), "{hint}");
        }
    }
}
