//! The options of `acme-order`, read and checked.

use crate::validity::Validity;
use acme::{ChallengeType, Registration};
use acme_cli::{Failures, KeyPlaces};
use acme_order::{ACCEPT_TOS, CHALLENGE, FORCE, KEY_TYPES, PROFILE};
use command::{Args, Usage, state_directory};
use keys::KeyType;
use std::path::PathBuf;

/// What the command line and the environment say, for requests that do not say it themselves.
pub(crate) struct Config {
    /// The URL of the CA's directory.
    pub(crate) directory: String,
    pub(crate) registration: Registration,
    /// The directory below which accounts are kept.
    pub(crate) state: PathBuf,
    /// Where the keys are that documents name.
    pub(crate) key_places: KeyPlaces,
    pub(crate) profile: Option<String>,
    /// Order names too that failed lately.
    pub(crate) force: bool,
    pub(crate) failures: Failures,
    /// The types of challenges that are wanted, where it says.
    pub(crate) challenge: Option<Vec<ChallengeType>>,
    /// For how long certificates are to be valid.
    pub(crate) validity: Validity,
    /// The kinds of key, one certificate each.
    pub(crate) key_types: Vec<KeyType>,
}

impl Config {
    pub(crate) fn from_args(args: &Args) -> Result<Config, Usage> {
        args.no_operands("names are given with -d")?;
        Ok(Config {
            directory: acme_cli::directory(args)?,
            state: state_directory(args)?,
            key_places: KeyPlaces::from_args(args)?,
            registration: Registration {
                email: acme_cli::email(args)?,
                terms_agreed: args.flag(&ACCEPT_TOS)?,
                binding: acme_cli::binding(args)?,
                zero_ssl_access_key: acme_cli::zero_ssl_access_key(args)?,
            },
            profile: args.text(&PROFILE)?,
            force: args.flag(&FORCE)?,
            failures: Failures::from_args(args)?,
            challenge: challenge(args)?,
            validity: Validity::from_args(args)?,
            key_types: key_types(args)?,
        })
    }
}

impl Config {
    /// Refuses what the CA of the command line does not take. Requests that are read may be for other CAs.
    ///
    /// # Errors
    /// It takes no order that says for how long the certificate is valid.
    pub(crate) fn check_ca(&self) -> Result<(), Usage> {
        match self.validity.is_open() || known_cas::takes_validity(&self.directory) {
            true => Ok(()),
            false => Err(Usage::new(format!(
                "--not-before and --not-after: {} takes no order that says for how long the certificate is valid; there the \
                 profile decides",
                self.directory
            ))),
        }
    }
}

fn challenge(args: &Args) -> Result<Option<Vec<ChallengeType>>, Usage> {
    let names = args.list(&CHALLENGE)?;
    if names.is_empty() && !args.is_given(&CHALLENGE) {
        return Ok(None);
    }
    let types = ChallengeType::parse_list(&names.join(","));
    let wrong = |why| Usage::new(format!("--{}: {why}", CHALLENGE.long));
    types.map(Some).map_err(wrong)
}

/// The kinds of key, each once.
fn key_types(args: &Args) -> Result<Vec<KeyType>, Usage> {
    let mut kinds = Vec::new();
    for name in args.list(&KEY_TYPES)? {
        let kind = KeyType::parse(&name).ok_or_else(|| {
            let known = keys::NAMES.join(", ");
            Usage::new(format!("--key-type takes some of {known}, not `{name}`"))
        })?;
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    Ok(kinds)
}
