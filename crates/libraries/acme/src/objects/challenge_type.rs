//! The types of challenges that are met by a TXT record.

use ring::digest::{SHA256, digest};
use std::fmt;

/// A type of challenge that is met by a TXT record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeType {
    /// RFC 8555 §8.4: the record is at `_acme-challenge`.
    Dns01,
    /// draft-ietf-acme-dns-account-label §3: the record has a label of the account's too, so that several systems can prove
    /// control of one name side by side.
    DnsAccount01,
}

impl ChallengeType {
    /// All of them.
    pub const ALL: [ChallengeType; 2] = [ChallengeType::Dns01, ChallengeType::DnsAccount01];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            ChallengeType::Dns01 => "dns-01",
            ChallengeType::DnsAccount01 => "dns-account-01",
        }
    }

    /// The type of this name.
    pub fn parse(name: &str) -> Option<ChallengeType> {
        ChallengeType::ALL
            .into_iter()
            .find(|one| one.name() == name)
    }

    /// Types in the order in which they are wanted, each once; there is one at least.
    ///
    /// # Errors
    /// One is not known, or there is none.
    pub fn parse_list(names: &str) -> Result<Vec<ChallengeType>, String> {
        let mut types = Vec::new();
        for name in names.split(',').map(str::trim) {
            let Some(one) = ChallengeType::parse(name) else {
                let known = ChallengeType::list(&ChallengeType::ALL);
                let name = crate::text::quote(name);
                return Err(format!("`{name}` is none of {known}"));
            };
            if !types.contains(&one) {
                types.push(one);
            }
        }
        Ok(types)
    }

    /// The names of these, with commas.
    pub fn list(types: &[ChallengeType]) -> String {
        let names: Vec<_> = types.iter().map(|one| one.name()).collect();
        names.join(",")
    }

    /// What stands before the identifier in the record's name, for the account at this URL.
    pub fn prefix(self, account: &str) -> String {
        match self {
            ChallengeType::Dns01 => "_acme-challenge".to_owned(),
            ChallengeType::DnsAccount01 => format!("{}._acme-challenge", account_label(account)),
        }
    }
}

impl fmt::Display for ChallengeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The account's label (draft-ietf-acme-dns-account-label §3.2): an underscore, and the first ten octets of the SHA-256 of
/// its URL in base32 and lower case.
fn account_label(account: &str) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let digest = digest(&SHA256, account.as_bytes());
    let octets = digest.as_ref().iter().take(10);
    let bits = octets.fold(0_u128, |bits, octet| bits << 8 | u128::from(*octet));
    let letters = (0..16).rev().map(|place| {
        let five = (bits >> (5 * place)) as usize % ALPHABET.len();
        char::from(ALPHABET[five])
    });
    std::iter::once('_').chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_of_an_account_is_that_of_the_draft() {
        let account = "https://example.com/acme/acct/ExampleAccount";
        assert_eq!(account_label(account), "_ujmmovf2vn55tgye");
        // `printf x | sha256sum | cut -c-20 | xxd -r -p | base32`
        assert_eq!(account_label("x"), "_fvyrmqvxe2yeialc");
        let prefix = ChallengeType::DnsAccount01.prefix(account);
        assert_eq!(prefix, "_ujmmovf2vn55tgye._acme-challenge");
        assert_eq!(ChallengeType::Dns01.prefix(account), "_acme-challenge");
    }

    #[test]
    fn types_are_wanted_in_the_order_in_which_they_are_named() {
        use ChallengeType::{Dns01, DnsAccount01};
        for (names, expected) in [
            ("dns-01", Some(vec![Dns01])),
            ("dns-account-01, dns-01", Some(vec![DnsAccount01, Dns01])),
            ("dns-01,dns-01", Some(vec![Dns01])),
            ("", None),
            ("dns-01,", None),
            ("DNS-01", None),
            ("http-01", None),
        ] {
            assert_eq!(ChallengeType::parse_list(names).ok(), expected, "{names}");
        }
        let wrong = ChallengeType::parse_list("http-01").expect_err("no such type");
        assert_eq!(wrong, "`http-01` is none of dns-01,dns-account-01");
    }
}
