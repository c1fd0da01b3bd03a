//! The short names of well-known CAs; the same as lego's.

/// Each name and the URL of the CA's directory.
pub const SERVERS: &[(&str, &str)] = &[
    ("actalis", "https://acme-api.actalis.com/acme/directory"),
    (
        "digicert",
        "https://one.digicert.com/mpki/api/v1/acme/v2/directory",
    ),
    ("freessl", "https://acmepro.freessl.cn/v2/DV"),
    (
        "globalsign",
        "https://emea.acme.atlas.globalsign.com/directory",
    ),
    ("googletrust", "https://dv.acme-v02.api.pki.goog/directory"),
    (
        "googletrust-staging",
        "https://dv.acme-v02.test-api.pki.goog/directory",
    ),
    (
        "letsencrypt",
        "https://acme-v02.api.letsencrypt.org/directory",
    ),
    (
        "letsencrypt-staging",
        "https://acme-staging-v02.api.letsencrypt.org/directory",
    ),
    ("litessl", "https://acme.litessl.com/acme/v2/directory"),
    ("peeringhub", "https://stica.peeringhub.io/acme"),
    ("sectigo", "https://acme.sectigo.com/v2/DV"),
    ("sectigoev", "https://acme.sectigo.com/v2/EV"),
    ("sectigoov", "https://acme.sectigo.com/v2/OV"),
    ("sslcomecc", "https://acme.ssl.com/sslcom-dv-ecc"),
    ("sslcomrsa", "https://acme.ssl.com/sslcom-dv-rsa"),
    ("zerossl", "https://acme.zerossl.com/v2/DV90"),
];

/// The CA that is meant where nobody names one; the same as lego's.
pub const DEFAULT: &str = "letsencrypt";

/// The URL of the directory of the CA with this short name, in any case.
pub fn directory(name: &str) -> Option<&'static str> {
    let mut servers = SERVERS.iter();
    let (_, url) = servers.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(url)
}
