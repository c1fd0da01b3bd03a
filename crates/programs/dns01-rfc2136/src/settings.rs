//! Servers and key, from options, variables and files.

use crate::key_file;
use command::{Args, Usage, credential, hide};
use dns_program::{CLEANUP, CLEANUP_BATCH};
use dns_update::{Algorithm, Key, Server, keys_of_line};
use dns01_rfc2136::{KEY, KEY_ALGORITHM, KEY_NAME, SECRETS, SERVER, SERVER_TIMEOUT};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The shortest time for a server: a small message is sent again after it.
const SHORTEST_TIMEOUT: Duration = Duration::from_secs(1);

/// The servers.
///
/// # Errors
/// None is named, or one is no server.
pub(crate) fn servers(args: &Args) -> Result<Vec<Server>, Usage> {
    let named = args.list(&SERVER)?;
    if named.is_empty() {
        return Err(Usage::new(
            "no server that takes updates: set RFC2136_NAMESERVER or DNSUPDATE_NAMESERVER, or say which with --server",
        ));
    }
    let read = |text: &String| {
        let name = args.name_given(&SERVER);
        Server::parse(text).map_err(|why| Usage::new(format!("{name}: `{text}` {why}")))
    };
    named.iter().map(read).collect()
}

/// How long a server may take.
///
/// # Errors
/// It is no number, or so short that a message would be sent whose answer nobody waits for.
pub(crate) fn server_timeout(args: &Args) -> Result<Duration, Usage> {
    let timeout = args.seconds_as_lego(&SERVER_TIMEOUT)?.unwrap_or_default();
    // It is no reason to leave a record behind.
    let removes = [CLEANUP, CLEANUP_BATCH].contains(&args.command());
    match timeout >= SHORTEST_TIMEOUT || removes {
        true => Ok(timeout.max(SHORTEST_TIMEOUT)),
        false => Err(Usage::new(format!(
            "{}: a server needs 1 second at least",
            args.name_given(&SERVER_TIMEOUT)
        ))),
    }
}

/// The key, if there is one. No message shows its secret from then on.
///
/// # Errors
/// It cannot be read, or parts of it are missing: an update that is not signed by mistake would be refused for no reason
/// that can be seen.
pub(crate) fn key(args: &Args) -> Result<Option<Key>, Usage> {
    let name = args.text(&KEY_NAME)?;
    let key = match (file(args)?, secret(args)?) {
        (Some(path), _) => {
            let key = key_file::read(&path, name.as_deref());
            // One that systemd hands over is named by its path alone.
            let in_variable = |why: String| match args.path(&KEY) {
                Ok(Some(_)) => Usage::new(format!("{}: {why}", args.name_given(&KEY))),
                _ => Usage::new(why),
            };
            Some(key.map_err(in_variable)?)
        }
        (None, Some((variable, secret))) => Some(from_secret(args, name, variable, &secret)?),
        (None, None) if name.is_some() => {
            let given = args.name_given(&KEY_NAME);
            return Err(Usage::new(format!(
                "{given} names a TSIG key, and its secret is missing: set DNSUPDATE_TSIG_SECRET or RFC2136_TSIG_SECRET, or \
                 name its file in RFC2136_TSIG_FILE (--key)"
            )));
        }
        (None, None) => {
            no_kerberos(std::env::vars_os().map(|(name, _)| name))?;
            None
        }
    };
    Ok(key.inspect(|key| hide(key.secret_text())))
}

/// Refuses what lego has for GSS-TSIG (RFC 3645): without it the updates would not be signed at all.
fn no_kerberos(mut variables: impl Iterator<Item = OsString>) -> Result<(), Usage> {
    let of_kerberos = [
        "DNSUPDATE_TSIG_GSS_",
        "RFC2136_TSIG_GSS_",
        "DNSUPDATE_RFC3645_",
    ];
    let set = variables.find(|name| {
        let name = name.to_string_lossy();
        of_kerberos.iter().any(|prefix| name.starts_with(prefix))
    });
    match set {
        Some(name) => Err(Usage::new(format!(
            "{} is for GSS-TSIG (RFC 3645), which this program does not have: use a TSIG key",
            name.to_string_lossy()
        ))),
        None => Ok(()),
    }
}

/// The file with the key: as it is named, or as systemd hands it to a service.
fn file(args: &Args) -> Result<Option<PathBuf>, Usage> {
    let named = args.path(&KEY)?;
    let variables = KEY
        .variable
        .into_iter()
        .chain(KEY.other_variables.iter().copied());
    let mut credentials = variables.filter_map(|name| credential(Path::new(name)));
    Ok(named.or_else(|| credentials.next()))
}

/// The variable with a secret, and that.
fn secret(args: &Args) -> Result<Option<(&'static str, String)>, Usage> {
    for variable in &SECRETS {
        if let Some(secret) = args.secret(variable)? {
            return Ok(Some((variable.name, secret)));
        }
    }
    Ok(None)
}

fn from_secret(
    args: &Args,
    name: Option<String>,
    variable: &str,
    secret: &str,
) -> Result<Key, Usage> {
    let (variable, more) = of_file(args, variable);
    let in_variable = |why: String| Usage::new(format!("{variable}: {why}{more}"));
    if let Some(key) = keys_of_line(secret).map_err(in_variable)? {
        return Ok(key);
    }
    let Some(name) = name else {
        return Err(Usage::new(format!(
            "{variable} is set, and not the TSIG key's name: set DNSUPDATE_TSIG_KEY or RFC2136_TSIG_KEY{more}"
        )));
    };
    let key = match args.text(&KEY_ALGORITHM)? {
        Some(text) => {
            let algorithm = Algorithm::parse(&text).map_err(|why| {
                let given = args.name_given(&KEY_ALGORITHM);
                Usage::new(format!("{given}: {why}"))
            })?;
            Key::new(&name, algorithm, secret)
        }
        None => Key::of_unsaid_algorithm(&name, secret),
    };
    key.map_err(in_variable)
}

/// What a secret is in, and what is said beside where it is none: many have a file with a whole key.
fn of_file(args: &Args, variable: &str) -> (String, &'static str) {
    let file = format!("{variable}_FILE");
    match args.variable(&file) {
        Some(_) => (
            file,
            "; a file with a whole key is for RFC2136_TSIG_FILE (--key)",
        ),
        None => (variable.to_owned(), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_gss_tsig_are_refused() {
        let names = |name: &str| [OsString::from("PATH"), OsString::from(name)].into_iter();
        for (name, is_taken) in [
            ("DNSUPDATE_TSIG_GSS_REALM", false),
            ("RFC2136_TSIG_GSS_USERNAME", false),
            ("DNSUPDATE_RFC3645_REALM", false),
            ("DNSUPDATE_TTL", true),
        ] {
            assert_eq!(no_kerberos(names(name)).is_ok(), is_taken, "{name}");
        }
    }
}
