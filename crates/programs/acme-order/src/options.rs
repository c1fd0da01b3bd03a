//! The options of `acme-order`, read and checked.

use acme::Registration;
use acme_cli::KeyPlaces;
use acme_order::{ACCEPT_TOS, PROFILE};
use command::{Args, Usage, state_directory};
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
        })
    }
}
