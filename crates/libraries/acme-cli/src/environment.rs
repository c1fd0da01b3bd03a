//! The variables that say how to speak to a CA: those that lego knows, and those for proxies.

use command::{Args, Usage, Variable, message};
use https::Trust;
use trust::{CERTIFICATES, SYSTEM_CERT_POOL, SYSTEM_CERTIFICATES};

/// The name that the ACME server's certificate is for.
const SERVER_NAME: Variable = Variable {
    name: "LEGO_CA_SERVER_NAME",
    help: "the name in the ACME server's certificate, if not its URL's",
};
/// Whether requests and replies are shown.
const TRACE: Variable = Variable {
    name: "LEGO_DEBUG_ACME_HTTP_CLIENT",
    help: "if true, show requests and replies on stderr, as -vv does",
};

/// What a customer of ZeroSSL is known by; the file that holds it can be named too.
pub(crate) const ZERO_SSL_ACCESS_KEY: Variable = Variable {
    name: "ZERO_SSL_ACCESS_KEY",
    help: "what ZeroSSL gives an external account for, where --eab is not given",
};
/// The variables that no option stands for.
pub const VARIABLES: &[Variable] = &[
    CERTIFICATES,
    SYSTEM_CERT_POOL,
    SERVER_NAME,
    TRACE,
    SYSTEM_CERTIFICATES,
    proxies::VARIABLES[0],
    proxies::VARIABLES[1],
];
/// Those of a program that registers accounts.
pub const VARIABLES_TO_REGISTER: &[Variable] = &[
    ZERO_SSL_ACCESS_KEY,
    CERTIFICATES,
    SYSTEM_CERT_POOL,
    SERVER_NAME,
    TRACE,
    SYSTEM_CERTIFICATES,
    proxies::VARIABLES[0],
    proxies::VARIABLES[1],
];

/// What is trusted in a server's certificate: the CAs that are trusted. `LEGO_CA_SERVER_NAME` is the name that it has to be
/// for, instead of the one in its URL.
///
/// # Errors
/// One of the files is unreadable or has no certificate, the name is no name, or the pool neither true nor false.
pub(crate) fn trust(args: &Args) -> Result<Trust, Usage> {
    let mut trust = Trust::default();
    let trusted = trust::trusted(args)?;
    trust.add(trusted.certificates);
    if trusted.system {
        trust.add_system();
    }
    if let Some(name) = args.variable(SERVER_NAME.name) {
        let name = name.to_string_lossy();
        trust
            .set_server_name(&name)
            .map_err(|why| Usage::new(format!("{}: {why}: {name}", SERVER_NAME.name)))?;
    }
    Ok(trust)
}

/// The function that shows requests and replies, if they are to be shown.
///
/// # Errors
/// The variable is neither true nor false.
pub(crate) fn trace(args: &Args) -> Result<Option<fn(&str)>, Usage> {
    let is_wanted = args.switch(&TRACE)? || message::is_very_verbose();
    Ok(is_wanted.then_some(message::traffic))
}
