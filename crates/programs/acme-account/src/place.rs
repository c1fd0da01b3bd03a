//! Which account is meant: the CA, the address, and where its files are.

use crate::failure::Failure;
use acme::{Account, AccountObject, AccountStore, Client, Error, KeptAccount, Known, new_key_path};
use command::text::shell_word;
use command::{Args, Usage, message, state_directory};
use keys::{Jwk, KeyFile};
use std::path::{Path, PathBuf};

/// Which account is meant, and what speaks to its CA.
pub(crate) struct Place {
    pub(crate) client: Client,
    /// The directory of all that is kept.
    pub(crate) path: PathBuf,
    pub(crate) directory: String,
    pub(crate) email: Option<String>,
}

impl Place {
    pub(crate) fn from_args(args: &Args) -> Result<Place, Usage> {
        if !matches!(args.command(), "import" | "caa") {
            args.no_operands("an account is named by --server and --email")?;
        }
        let (client, cancellation) = acme_cli::client(args)?;
        acme_cli::end_on_signal(args, &cancellation)?;
        Ok(Place {
            client,
            path: state_directory(args)?,
            directory: acme_cli::directory(args)?,
            email: acme_cli::email(args)?,
        })
    }

    pub(crate) fn store(&self) -> AccountStore {
        AccountStore::new(&self.path, &self.directory, self.email.as_deref())
    }

    /// The account as the CA knows it.
    pub(crate) fn known(&self) -> Result<(Account, AccountObject), Failure> {
        match self.client.look_up(&self.store())? {
            Known::Here(account, object) => Ok((account, object)),
            Known::Moved { noted, account, .. } => Err(Error::OtherAccount {
                key: self.store().key_path(),
                noted,
                found: Some(account.url().to_owned()),
            }
            .into()),
            Known::Nowhere => Err(self.unknown()),
        }
    }

    /// The account as it is kept here; the CA is asked only where its URL is not known.
    pub(crate) fn kept(&self) -> Result<Account, Failure> {
        let found = self.client.find_account(&self.store())?;
        found.ok_or_else(|| self.unknown())
    }

    /// Lets the account that is kept with this key under another address be found by this one too. A copy would be of no use
    /// once one of them gets another key. Returns whether there is one.
    pub(crate) fn link_kept(&self, jwk: &Jwk) -> Result<bool, Failure> {
        let store = self.store();
        let has_it = |path: &Path| KeyFile::read(path).is_ok_and(|key| key.jwk() == *jwk);
        let others = store.others().into_iter();
        let mut with_it =
            others.filter(|other| has_it(&other.key) || has_it(&new_key_path(&other.key)));
        let Some(other) = with_it.next() else {
            return Ok(false);
        };
        store.link_to(&other.key)?;
        let this = match &self.email {
            Some(email) => format!("by --email {}", shell_word(email)),
            None => "without --email".to_owned(),
        };
        message::note(&format!(
            "the account is kept in {}, and is found {this} too from now on",
            other.key.display()
        ));
        Ok(true)
    }

    /// That there is no such account, and which there are.
    fn unknown(&self) -> Failure {
        let store = self.store();
        let who = match &self.email {
            Some(email) => format!("of {email}"),
            None => "without an address".to_owned(),
        };
        let why = if store.has_key() {
            format!(
                "{} has no account for the key {}",
                self.directory,
                store.key_path().display()
            )
        } else {
            format!(
                "there is no account {who} at {} in {}",
                self.directory,
                self.path.display()
            )
        };
        let others: Vec<String> = store.others().iter().filter_map(option).collect();
        let hint = match others[..] {
            [] => "`acme-account register` registers one, `acme-account list` shows all that are kept.".to_owned(),
            _ => format!("There is one with {}.", others.join(", and one with ")),
        };
        Failure::Failed(why, Some(hint))
    }
}

/// The option that finds an account.
fn option(account: &KeptAccount) -> Option<String> {
    Some(match account.found_by.first()? {
        Some(email) => format!("--email {}", shell_word(email)),
        None => "no --email".to_owned(),
    })
}
