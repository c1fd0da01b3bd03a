//! Which kinds of keys well-known CAs put into certificates: what they do not take, they refuse only when all is done but the
//! certificate.

use crate::well_known::SERVERS;

/// The CAs, by their names in [`SERVERS`], and the kinds that each takes, by their names in `keys`.
///
/// Let's Encrypt: <https://letsencrypt.org/docs/integration-guide/>, "Supported Key Algorithms".
const TAKEN: [(&str, &[&str]); 2] = [
    ("letsencrypt", LETS_ENCRYPT),
    ("letsencrypt-staging", LETS_ENCRYPT),
];
const LETS_ENCRYPT: &[&str] = &["EC256", "EC384", "RSA2048", "RSA3072", "RSA4096"];

/// The kinds of certificates' keys that the CA with this directory takes, by name; none where that is not known.
pub fn key_types_taken(directory: &str) -> Option<&'static [&'static str]> {
    let same = |url: &str| url.eq_ignore_ascii_case(directory.trim_end_matches('/'));
    let (name, _) = SERVERS.iter().find(|(_, url)| same(url))?;
    let mut known = TAKEN.iter();
    known.find(|(of, _)| of == name).map(|(_, taken)| *taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::KeyType;

    #[test]
    fn what_a_known_ca_takes_are_kinds_that_there_are() {
        for url in ["letsencrypt", "letsencrypt-staging"] {
            let directory = crate::directory_url(url).expect("a well-known CA");
            let taken = key_types_taken(&directory).expect("known");
            assert!(taken.contains(&"RSA4096") && !taken.contains(&"Ed25519"));
            for name in taken {
                assert_eq!(KeyType::parse(name).map(KeyType::name), Some(*name));
            }
        }
        assert_eq!(key_types_taken("https://ca.test/directory"), None);
        assert_eq!(key_types_taken("nonsense"), None);
    }
}
