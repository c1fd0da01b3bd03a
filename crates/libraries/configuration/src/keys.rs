//! The keys that a file may have.

/// The keys for all certificates: the long options of acme-renew, which a test of it compares with its table. A program that
/// reads the file knows its own of them, and that the others are no mistakes.
pub const KEYS: &[&str] = &[
    "accept-tos",
    "accounts",
    "allow-tld",
    "at-least",
    "batch",
    "challenge",
    "days",
    "deactivate-authorizations",
    "deploy-hook",
    "dns",
    "double-dash",
    "eab",
    "email",
    "exec",
    "follow-wildcard-cname",
    "group",
    "hmac",
    "hook-timeout",
    "install",
    "interval",
    "ipv4",
    "ipv6",
    "jobs",
    "keep-versions",
    "key-mode",
    "key-type",
    "kid",
    "layout",
    "mode",
    "must-staple",
    "no-ari",
    "no-bundle",
    "no-cname",
    "no-sleep",
    "not-after",
    "not-before",
    "one-per-name",
    "one-per-zone",
    "overall-request-limit",
    "owner",
    "path",
    "pem",
    "pfx",
    "pfx-format",
    "pfx-pass",
    "post-hook",
    "pre-hook",
    "preferred-chain",
    "profile",
    "program-timeout",
    "recursive",
    "recursive-only",
    "resolver",
    "reuse-key",
    "sequence-interval",
    "server",
    "settle",
    "sign-command",
    "strict",
    "timeout",
    "user-agent",
];
/// The key of the table with variables.
pub(crate) const ENV: &str = "env";
/// The key of files with variables.
pub(crate) const ENV_FILE: &str = "env-file";
/// The key of the tables with certificates.
pub(crate) const CERTIFICATE: &str = "certificate";

/// What is said of a key that is none of these.
pub(crate) fn unknown<'a>(key: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let shown = key.escape_debug();
    match command::nearest(key, known) {
        Some(near) => format!("there is no key `{shown}`; did you mean `{near}`?"),
        None => format!("there is no key `{shown}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_named_where_one_is_near() {
        for (key, says) in [
            ("emial", "there is no key `emial`; did you mean `email`?"),
            (
                "keytype",
                "there is no key `keytype`; did you mean `key-type`?",
            ),
            ("Server", "there is no key `Server`; did you mean `server`?"),
            ("nonsense", "there is no key `nonsense`"),
            ("", "there is no key ``"),
        ] {
            assert_eq!(unknown(key, KEYS.iter().copied()), says);
        }
    }
}
