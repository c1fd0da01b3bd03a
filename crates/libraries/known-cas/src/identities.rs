//! What well-known CAs are called in CAA records (RFC 8659 §4.2).

const SECTIGO: &[&str] = &[
    "sectigo.com",
    "trust-provider.com",
    "usertrust.com",
    "comodoca.com",
    "comodo.com",
];

/// By the end of their directories' hosts.
const IDENTITIES: [(&str, &[&str]); 8] = [
    ("letsencrypt.org", &["letsencrypt.org"]),
    ("zerossl.com", SECTIGO),
    ("sectigo.com", SECTIGO),
    ("pki.goog", &["pki.goog"]),
    ("buypass.com", &["buypass.com", "buypass.no"]),
    ("ssl.com", &["ssl.com"]),
    ("digicert.com", &["digicert.com"]),
    ("actalis.com", &["actalis.it"]),
];

/// What the CA with this directory is called in CAA records; nothing where that is not known.
pub fn caa_identities(directory: &str) -> &'static [&'static str] {
    let place = directory.split_once("://").map_or("", |(_, place)| place);
    let host = place.split(['/', ':']).next().unwrap_or_default();
    let is_of = |domain: &str| match host.strip_suffix(domain) {
        Some(before) => before.is_empty() || before.ends_with('.'),
        None => false,
    };
    let known = IDENTITIES.iter().find(|(domain, _)| is_of(domain));
    known.map_or(&[], |(_, identities)| identities)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_well_known_ca_is_known_by_its_directory_and_no_other_by_a_name_like_it() {
        for (directory, identity) in [
            (
                "https://acme-v02.api.letsencrypt.org/directory",
                Some("letsencrypt.org"),
            ),
            (
                "https://acme-staging-v02.api.letsencrypt.org:443/directory",
                Some("letsencrypt.org"),
            ),
            (
                "https://dv.acme-v02.api.pki.goog/directory",
                Some("pki.goog"),
            ),
            ("https://acme.zerossl.com/v2/DV90", Some("sectigo.com")),
            ("https://notletsencrypt.org/directory", None),
            ("https://ca.test/letsencrypt.org", None),
            ("letsencrypt.org", None),
            ("", None),
        ] {
            let first = caa_identities(directory).first().copied();
            assert_eq!(first, identity, "{directory}");
        }
    }
}
