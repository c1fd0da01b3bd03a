//! What well-known CAs take: said before they are asked, it costs no try.

use crate::servers::SERVERS;

/// What is known of a CA.
struct KnownCa {
    /// The names of its servers in [`SERVERS`].
    servers: &'static [&'static str],
    /// The kinds of certificates' keys that it takes, by their names in `keys`. What it does not take, it refuses only when all
    /// is done but the certificate.
    key_types: &'static [&'static str],
    /// How many names it takes in one order, by the profile; none for an order that asks for none.
    most_names: &'static [(Option<&'static str>, usize)],
    /// Whether an order may say from when and until when the certificate is valid.
    takes_validity: bool,
}

/// Let's Encrypt: of keys <https://letsencrypt.org/docs/integration-guide/>, "Supported Key Algorithms"; of names
/// <https://letsencrypt.org/docs/profiles/>, as of 14 July 2026; of validity docs/acme-divergences.md of Boulder.
const LETS_ENCRYPT: KnownCa = KnownCa {
    servers: &["letsencrypt", "letsencrypt-staging"],
    key_types: &["EC256", "EC384", "RSA2048", "RSA3072", "RSA4096"],
    most_names: &[
        (None, 100),
        (Some("classic"), 100),
        (Some("tlsserver"), 25),
        (Some("shortlived"), 25),
    ],
    takes_validity: false,
};

const KNOWN: [KnownCa; 1] = [LETS_ENCRYPT];

/// What is known of the CA with this directory.
fn known(directory: &str) -> Option<&'static KnownCa> {
    let directory = directory.trim_end_matches('/');
    let mut servers = SERVERS.iter();
    let (name, _) = servers.find(|(_, url)| url.eq_ignore_ascii_case(directory))?;
    KNOWN.iter().find(|ca| ca.servers.contains(name))
}

/// The kinds of certificates' keys that the CA with this directory takes, by name; none where that is not known.
pub fn key_types_taken(directory: &str) -> Option<&'static [&'static str]> {
    known(directory).map(|ca| ca.key_types)
}

/// How many names the CA with this directory takes in one order with this profile, where that is known.
pub fn most_names(directory: &str, profile: Option<&str>) -> Option<usize> {
    let mut limits = known(directory)?.most_names.iter();
    limits.find(|(of, _)| *of == profile).map(|(_, most)| *most)
}

/// Whether the CA with this directory lets an order say from when and until when the certificate is valid, as far as is
/// known.
pub fn takes_validity(directory: &str) -> bool {
    known(directory).is_none_or(|ca| ca.takes_validity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::KeyType;

    const PRODUCTION: &str = "https://acme-v02.api.letsencrypt.org/directory";
    const STAGING: &str = "https://acme-staging-v02.api.letsencrypt.org/directory";

    #[test]
    fn each_server_of_which_something_is_known_is_a_well_known_one() {
        for server in KNOWN.iter().flat_map(|ca| ca.servers) {
            assert!(SERVERS.iter().any(|(name, _)| name == server), "{server}");
        }
    }

    #[test]
    fn what_a_known_ca_takes_are_kinds_that_there_are() {
        for directory in [PRODUCTION, STAGING] {
            let taken = key_types_taken(directory).expect("known");
            assert!(taken.contains(&"RSA4096") && !taken.contains(&"Ed25519"));
            for name in taken {
                assert_eq!(KeyType::parse(name).map(KeyType::name), Some(*name));
            }
        }
        assert_eq!(key_types_taken("https://ca.test/directory"), None);
        assert_eq!(key_types_taken("nonsense"), None);
    }

    #[test]
    fn limits_are_those_of_ca_and_profile_however_its_url_is_written() {
        let with_slash = format!("{PRODUCTION}/");
        for (directory, profile, expected) in [
            (PRODUCTION, None, Some(100)),
            (PRODUCTION, Some("classic"), Some(100)),
            (&with_slash, Some("tlsserver"), Some(25)),
            (&PRODUCTION.to_ascii_uppercase(), None, Some(100)),
            (STAGING, Some("shortlived"), Some(25)),
            (PRODUCTION, Some("new"), None),
            ("https://ca.test/directory", Some("shortlived"), None),
            ("https://acme.zerossl.com/v2/DV90", None, None),
        ] {
            let is_lets_encrypt = directory.to_ascii_lowercase().contains("letsencrypt");
            assert_eq!(takes_validity(directory), !is_lets_encrypt, "{directory}");
            assert_eq!(
                most_names(directory, profile),
                expected,
                "{directory} {profile:?}"
            );
        }
    }
}
