//! The variables that lego has for those who speak to a CA.

use acme::Trust;
use pipeline::{Usage, Variable};
use std::env;
use std::path::Path;

const CERTIFICATES: &str = "LEGO_CA_CERTIFICATES";
const SYSTEM_CERT_POOL: &str = "LEGO_CA_SYSTEM_CERT_POOL";
const SERVER_NAME: &str = "LEGO_CA_SERVER_NAME";
const TRACE: &str = "LEGO_DEBUG_ACME_HTTP_CLIENT";

/// No bundle of all the world's CAs is larger, in bytes.
const LARGEST_BUNDLE: u64 = 16 * 1024 * 1024;

/// The variables that no option stands for.
pub const VARIABLES: &[Variable] = &[
    Variable {
        name: CERTIFICATES,
        help: "PEM files, with colons between, in place of the system's CA certificates",
    },
    Variable {
        name: SYSTEM_CERT_POOL,
        help: "if true, trust the system's CA certificates as well",
    },
    Variable {
        name: SERVER_NAME,
        help: "the name in the ACME server's certificate, if not its URL's",
    },
    Variable {
        name: TRACE,
        help: "if true, show requests and replies on stderr",
    },
    Variable {
        name: "SSL_CERT_FILE, SSL_CERT_DIR",
        help: "where the system's CA certificates are, if not in the usual place",
    },
    Variable {
        name: "HTTPS_PROXY, NO_PROXY",
        help: "a proxy for requests to the CA, and hosts asked without it",
    },
];

/// Whom to believe that it is the CA: `LEGO_CA_CERTIFICATES` (PEM files, separated by colons) stands in for the system's
/// certificates, or with `LEGO_CA_SYSTEM_CERT_POOL` beside them; `LEGO_CA_SERVER_NAME` is the name that the server's
/// certificate has to be for, instead of the one in its URL.
///
/// # Errors
/// One of the files is unreadable or has no certificate, the name is none, or the pool neither true nor false.
pub(crate) fn trust() -> Result<Trust, Usage> {
    let mut trust = Trust::default();
    let paths = env::var_os(CERTIFICATES).unwrap_or_default();
    let mut is_system = true;
    for path in env::split_paths(&paths).filter(|path| !path.as_os_str().is_empty()) {
        add_bundle(&mut trust, &path)
            .map_err(|why| Usage::new(format!("{CERTIFICATES}: {}: {why}", path.display())))?;
        is_system = false;
    }
    if is_true(SYSTEM_CERT_POOL)? || is_system {
        trust.add_system();
    }
    if let Ok(name) = env::var(SERVER_NAME)
        && !name.is_empty()
    {
        trust
            .set_server_name(&name)
            .map_err(|why| Usage::new(format!("{SERVER_NAME}: {why}: {name}")))?;
    }
    Ok(trust)
}

fn add_bundle(trust: &mut Trust, path: &Path) -> Result<(), String> {
    let bundle = files::read_bounded(path, LARGEST_BUNDLE).map_err(|error| error.to_string())?;
    trust.add_pem(&bundle).map_err(str::to_owned)
}

/// Who gets to see requests and replies.
///
/// # Errors
/// The variable is neither true nor false.
pub(crate) fn trace() -> Result<Option<fn(&str)>, Usage> {
    Ok(is_true(TRACE)?.then_some(show))
}

/// Shows requests and replies on stderr, where nothing in them can steer a terminal.
fn show(text: &str) {
    let clean = |c: char| if c.is_control() && c != '\n' { ' ' } else { c };
    eprintln!("{}", text.chars().map(clean).collect::<String>());
}

/// What a variable says that is true or false. One that is not set, or empty, is false.
fn is_true(variable: &str) -> Result<bool, Usage> {
    let value = env::var_os(variable).unwrap_or_default();
    let value = value.to_string_lossy();
    parse_bool(&value)
        .ok_or_else(|| Usage::new(format!("{variable} is neither true nor false: `{value}`")))
}

/// What Go's `strconv.ParseBool` takes, which is what lego asks, and yes and no.
fn parse_bool(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" | "yes" | "on" => Some(true),
        "" | "0" | "f" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn true_and_false_are_what_go_takes_and_yes_and_no() {
        for (text, expected) in [
            ("1", Some(true)),
            ("T", Some(true)),
            ("TRUE", Some(true)),
            ("yes", Some(true)),
            ("on", Some(true)),
            ("", Some(false)),
            ("0", Some(false)),
            ("False", Some(false)),
            ("no", Some(false)),
            ("off", Some(false)),
            ("2", None),
            (" true", None),
        ] {
            assert_eq!(parse_bool(text), expected, "{text}");
        }
    }

    #[test]
    fn a_bundle_that_is_none_is_refused() {
        let mut trust = Trust::default();
        assert!(add_bundle(&mut trust, Path::new("/nowhere")).is_err());
        assert!(add_bundle(&mut trust, Path::new("/dev/null")).is_err());
    }
}
