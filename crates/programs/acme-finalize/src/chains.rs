//! Which of the chains that a CA offers is taken, and whether it is one (RFC 8555 §7.4.2).

use acme::{Account, Identifier};
use acme_cli::{certificate_problem, problem};
use certificates::{Chain, PathCheck};
use command::message;
use pipeline::Problem;
use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

/// No CA offers more: it would be asked for all of them.
const MOST_ALTERNATES: usize = 10;

/// How many names a warning has.
const MOST_NAMED: usize = 20;

/// How long all of them may take: the certificate is there, and waits for them.
const ALTERNATES_TIMEOUT: Duration = Duration::from_secs(10);

/// A chain that is to be downloaded.
pub(crate) struct Sought<'a> {
    pub(crate) account: &'a Account,
    /// The certificate's URL.
    pub(crate) url: &'a str,
    /// The names that it is for.
    pub(crate) names: &'a [Identifier],
    /// The common name that the chain should have in it.
    pub(crate) preferred: Option<&'a str>,
    /// What the certificate is called in messages.
    pub(crate) label: &'a str,
    pub(crate) now: SystemTime,
}

/// Downloads the chain: the first one with the preferred name in it, or that of the CA's own choice.
///
/// # Errors
/// What the CA says to it, or what is wrong with the CA's own choice.
pub(crate) fn download(sought: &Sought<'_>) -> Result<Chain, Problem> {
    let (default, alternates) = one(sought, sought.account, sought.url)?;
    let Some(preferred) = sought.preferred else {
        return Ok(default);
    };
    if default.has_common_name(preferred) {
        return Ok(default);
    }
    let account = sought.account.hurried(ALTERNATES_TIMEOUT);
    let mut offered: BTreeSet<String> = default.common_names().map(str::to_owned).collect();
    for url in alternates.iter().take(MOST_ALTERNATES) {
        match one(sought, &account, url) {
            Ok((chain, _)) if chain.leaf() != default.leaf() => {}
            Ok((chain, _)) if chain.has_common_name(preferred) => return Ok(chain),
            Ok((chain, _)) => offered.extend(chain.common_names().map(str::to_owned)),
            // The certificate is issued, and there is a chain for it.
            Err(problem) => {
                let what = format!("{}: a chain that the CA offers is left aside", sought.label);
                message::warning(&format!("{what}: {}", problem.detail));
            }
        }
    }
    let offered: Vec<String> = offered
        .iter()
        .take(MOST_NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    let none = match alternates.len() > MOST_ALTERNATES {
        true => format!("none of the first {MOST_ALTERNATES} other chains that the CA offers"),
        false => "no chain that the CA offers".to_owned(),
    };
    message::warning(&format!(
        "{}: {none} has the common name `{preferred}` in it, so its own choice is taken; there are {}",
        sought.label,
        offered.join(", ")
    ));
    Ok(default)
}

/// The chain at this URL, and where others are.
fn one(sought: &Sought<'_>, account: &Account, url: &str) -> Result<(Chain, Vec<String>), Problem> {
    let download = account.certificate(url).map_err(problem)?;
    let chain = checked(sought, download.pem()).map_err(certificate_problem)?;
    Ok((chain, download.alternates().to_vec()))
}

/// Parses a chain that the CA sent, and checks its names and its path.
fn checked(sought: &Sought<'_>, text: &[u8]) -> certificates::Result<Chain> {
    let chain = Chain::from_pem(text)?;
    chain.check_names(sought.names.iter().map(|one| one.value.as_str()))?;
    if let PathCheck::UnknownAlgorithm(why) = chain.check_path(sought.now)? {
        message::warning(&format!(
            "{}: the chain's signatures are not checked: {why}",
            sought.label
        ));
    }
    Ok(chain)
}
