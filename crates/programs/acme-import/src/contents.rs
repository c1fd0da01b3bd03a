//! A certificate of a folder with its key, read and checked.

use certificates::{Certificate as Leaf, Chain, Error, Holder, Moment, rfc3339};
use command::text::{clean, shorten};
use keys::PrivateKey;
use names::Names;
use other_clients::{Certificate, Folder};
use pipeline::{Problem, types};
use std::path::Path;
use std::time::SystemTime;

/// The longest word of another client that is kept, in characters.
const LONGEST: usize = 200;
/// The longest description of what is wrong with names, in characters.
const LONGEST_COMPLAINT: usize = 1000;

/// A certificate with its key.
pub(crate) struct Contents {
    pub(crate) chain: Chain,
    pub(crate) holder: Holder,
    /// The kind of its key, by lego's name.
    pub(crate) key_type: String,
    /// Its names, in the order in which they were asked for.
    pub(crate) names: Vec<String>,
}

impl Contents {
    /// Reads it.
    ///
    /// # Errors
    /// `acmepipe:import` and `acmepipe:certificate:key`.
    pub(crate) fn read(folder: &Folder, from: &Certificate) -> Result<Contents, Problem> {
        if let Some(fault) = &from.fault {
            return Err(refused(fault.clone()));
        }
        let chain = chain(folder, from)?;
        let key = folder.root.read(&from.key).map_err(refused)?;
        let file = folder.root.path().join(&from.key);
        let key = PrivateKey::from_pem(&key)
            .map_err(|error| wrong_key(format!("{} {error}", file.display())))?;
        let key_type = key.type_name();
        let holder = Holder::Store(key);
        if !chain.is_for(&holder) {
            return Err(wrong_key(format!(
                "{} is the key of another certificate",
                file.display()
            )));
        }
        Ok(Contents {
            names: names(chain.leaf(), &from.names)?,
            chain,
            holder,
            key_type,
        })
    }

    /// Refuses a certificate that has expired: what is not renewed there is not to be renewed here.
    pub(crate) fn check_time(&self, now: SystemTime) -> Result<(), Problem> {
        let validity = self.chain.leaf().validity();
        match validity.at(now) {
            Moment::Late => Err(refused(format!(
                "it has expired, at {}",
                rfc3339(validity.not_after)
            ))
            .hint("Where it is still wanted, order it anew: acme-issue(1), or acmepipe.toml(5).")),
            _ => Ok(()),
        }
    }
}

/// A problem with what another client has.
pub(crate) fn refused(why: impl Into<String>) -> Problem {
    Problem::new(&types::IMPORT, why)
}

fn wrong_key(why: String) -> Problem {
    Problem::new(&types::CERTIFICATE_KEY, why)
}

/// The word of another client, where it is fit to be kept.
pub(crate) fn word(text: &str) -> Option<&str> {
    let is_fit = clean(text) == text && shorten(text, LONGEST) == text && !text.contains('\t');
    is_fit.then_some(text)
}

fn chain(folder: &Folder, from: &Certificate) -> Result<Chain, Problem> {
    let read = |path: &Path| {
        let text = folder.root.read(path).map_err(refused)?;
        let file = folder.root.path().join(path);
        match text.trim_ascii().is_empty() {
            true => Err(refused(format!("{} is empty", file.display()))),
            false => Ok((text, file)),
        }
    };
    // Who reads it says so of a CA's reply.
    let unreadable = |file: &Path, error| match error {
        Error::NoChain => refused(format!(
            "{} holds something else than certificates in PEM",
            file.display()
        )),
        error => refused(format!("{}: {error}", file.display())),
    };
    let (text, file) = read(&from.chain)?;
    let chain = Chain::from_pem(&text).map_err(|error| unreadable(&file, error))?;
    let Some(issuers) = from.issuers.as_ref().filter(|_| chain.issuers().is_empty()) else {
        return Ok(chain);
    };
    let (issuers, file) = read(issuers)?;
    Chain::from_pem(&[&text[..], b"\n", &issuers].concat())
        .map_err(|error| unreadable(&file, error))
}

/// The names of the certificate, in the order of `noted` as far as that has them.
fn names(leaf: &Leaf, noted: &[String]) -> Result<Vec<String>, Problem> {
    let all = leaf.names();
    if all.is_empty() {
        return Err(refused("the certificate is for no name of the DNS"));
    }
    if leaf.has_other_names() {
        return Err(refused(
            "the certificate is for an address or the like too, which dns-01 cannot prove",
        ));
    }
    let noted = noted.iter().map(|name| name.to_ascii_lowercase());
    let mut names: Vec<String> = Vec::new();
    for name in noted.chain(all.iter().map(|name| (*name).to_owned())) {
        if all.contains(&name.as_str()) && !names.contains(&name) {
            names.push(name);
        }
    }
    // One that a wildcard covers is left out, as the next order leaves it out.
    let parsed = Names::parse(names.iter().map(String::as_str));
    parsed
        .map(|names| names.ordered)
        .map_err(|wrong| Problem::new(&types::NAMES, shorten(&wrong, LONGEST_COMPLAINT)))
}
