//! What counts for a request that says nothing of it: the command line, the file, variables, and what the programs take
//! where none of them says anything.

use command::{Args, Usage};

/// What a certificate is ordered with where its request leaves it open.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    /// The URL of the CA's directory.
    pub(crate) directory: Option<String>,
    /// The account's address.
    pub(crate) email: Option<String>,
    /// The kind of key.
    pub(crate) key_type: Option<String>,
}

impl Defaults {
    /// Reads them. What is wrong with the CA is for acme-order to say.
    ///
    /// # Errors
    /// A value is none of its option.
    pub(crate) fn from_args(args: &Args) -> Result<Defaults, Usage> {
        Ok(Defaults {
            directory: acme_cli::directory(args).ok(),
            email: args.text(&acme_order::EMAIL)?,
            key_type: args.list(&acme_order::KEY_TYPES)?.into_iter().next(),
        })
    }
}
