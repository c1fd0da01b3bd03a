//! What is known of the orders that CAs take: said before an order is placed, it costs no try. A CA that is not here is asked.

/// The names that a CA takes in one order.
struct Limit {
    /// The codes of the CA's servers.
    servers: &'static [&'static str],
    /// The profile; none for an order that asks for none.
    profile: Option<&'static str>,
    names: usize,
}

const LETS_ENCRYPT: &[&str] = &["letsencrypt", "letsencrypt-staging"];

/// Of Let's Encrypt: <https://letsencrypt.org/docs/profiles/>, as of 14 July 2026.
const LIMITS: [Limit; 4] = [
    Limit {
        servers: LETS_ENCRYPT,
        profile: None,
        names: 100,
    },
    Limit {
        servers: LETS_ENCRYPT,
        profile: Some("classic"),
        names: 100,
    },
    Limit {
        servers: LETS_ENCRYPT,
        profile: Some("tlsserver"),
        names: 25,
    },
    Limit {
        servers: LETS_ENCRYPT,
        profile: Some("shortlived"),
        names: 25,
    },
];

/// How many names the CA with this directory takes in one order with this profile, where that is known.
pub fn most_names(directory: &str, profile: Option<&str>) -> Option<usize> {
    let mut limits = LIMITS.iter();
    let limit =
        limits.find(|limit| limit.profile == profile && is_one_of(limit.servers, directory))?;
    Some(limit.names)
}

/// Whether the CA with this directory lets an order say from when and until when the certificate is valid, as far as is known.
/// Let's Encrypt refuses such orders: docs/acme-divergences.md of Boulder.
pub fn takes_validity(directory: &str) -> bool {
    !is_one_of(LETS_ENCRYPT, directory)
}

/// Whether the directory is that of one of these CAs.
fn is_one_of(servers: &[&str], directory: &str) -> bool {
    let mut known = acme::SERVERS.iter();
    known.any(|(code, url)| *url == directory && servers.contains(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_server_with_limits_is_one_that_is_known() {
        for server in LIMITS.iter().flat_map(|limit| limit.servers) {
            assert!(
                acme::SERVERS.iter().any(|(code, _)| code == server),
                "{server}"
            );
        }
    }

    #[test]
    fn limits_are_those_of_ca_and_profile() {
        let production = "https://acme-v02.api.letsencrypt.org/directory";
        let staging = "https://acme-staging-v02.api.letsencrypt.org/directory";
        for (directory, profile, expected) in [
            (production, None, Some(100)),
            (production, Some("classic"), Some(100)),
            (production, Some("tlsserver"), Some(25)),
            (staging, Some("shortlived"), Some(25)),
            (production, Some("new"), None),
            ("https://ca.test/directory", Some("shortlived"), None),
            ("https://acme.zerossl.com/v2/DV90", None, None),
        ] {
            let is_lets_encrypt = directory.contains("letsencrypt");
            assert_eq!(takes_validity(directory), !is_lets_encrypt, "{directory}");
            assert_eq!(
                most_names(directory, profile),
                expected,
                "{directory} {profile:?}"
            );
        }
    }
}
