//! Asks the CA to revoke certificates: as the account that ordered one, or with the certificate's own key.

use crate::reason::Reason;
use crate::remaining::Left;
use crate::subject::{Place, Subject};
use crate::{records, remaining};
use acme::{AccountStore, Client, Credentials, Error, Result, Revoked};
use acme_revoke::{KEEP, KEY};
use certificates::Store;
use command::{Args, Usage, message, state_directory};
use configuration::Configuration;
use keys::PrivateKey;
use lifecycle::Revocation;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What a CA says to an account that may not revoke a certificate, or that it does not know.
const NOT_FOR_THIS_ACCOUNT: [&str; 2] = ["unauthorized", "accountDoesNotExist"];

/// Revokes certificates.
pub(crate) struct Revoker {
    client: Client,
    store: Store,
    /// Where accounts are kept.
    path: PathBuf,
    /// The CA and the account's address for what the store does not know.
    directory: String,
    email: Option<String>,
    reason: Option<Reason>,
    keeps: bool,
    /// A key was named: no account is asked to sign.
    has_key: bool,
    /// What says which certificates are to be there.
    configuration: Option<Configuration>,
}

impl Revoker {
    pub(crate) fn new(
        args: &Args,
        client: Client,
        reason: Option<Reason>,
        configuration: Option<Configuration>,
    ) -> std::result::Result<Revoker, Usage> {
        let path = state_directory(args)?;
        Ok(Revoker {
            client,
            store: Store::new(&path),
            path,
            directory: acme_cli::directory(args)?,
            email: acme_cli::email(args)?,
            reason,
            keeps: args.flag(&KEEP)?,
            has_key: args.is_given(&KEY),
            configuration,
        })
    }

    /// Revokes a certificate, moves it aside, and says so, with what is left to be seen to. Returns whether that was done.
    pub(crate) fn revoke(&self, subject: &Subject) -> bool {
        let label = &subject.label;
        let serial = subject.certificate.serial_hex();
        let revocation = match self.try_revoke(subject) {
            Ok(Revoked::Now) => {
                message::note(&format!("{label}: revoked{}", self.why(" as ")));
                Revocation {
                    serial,
                    at: Some(SystemTime::now()),
                    reason: self.reason.map(|reason| reason.name.to_owned()),
                }
            }
            Ok(Revoked::Before) => {
                message::note(&format!("{label}: was revoked before"));
                // When, and why, the CA does not say.
                Revocation {
                    serial,
                    ..Revocation::default()
                }
            }
            Err(error) => {
                let problem = acme_cli::problem(error);
                message::error(&format!("{label}: {}", problem.detail));
                if let Some(hint) = problem.hint {
                    message::error(&hint);
                }
                return false;
            }
        };
        let known = records::keep(&self.store, subject, revocation);
        // What is known of them is moved aside too.
        let names = subject.names();
        let copies: Vec<_> = names
            .iter()
            .map(|name| remaining::copies(&self.store, name, &subject.certificate))
            .collect();
        let is_done = match &subject.stored {
            Some(stored) if !self.keeps => self.move_aside(&stored.place, &known.revocation),
            _ => true,
        };
        for (name, copies) in names.into_iter().zip(copies) {
            let left = Left {
                name,
                place: remaining::place(&self.store, subject, name),
                copies,
                is_kept: !known.lost.contains(name),
                waits: remaining::waits(&self.store, name, self.configuration.as_ref()),
            };
            if let Some(left) = remaining::in_words(&left, self.configuration.as_ref()) {
                message::note(&format!("{name}: {left}"));
            }
        }
        is_done && known.lost.is_empty()
    }

    fn why(&self, before: &str) -> String {
        self.reason
            .map_or(String::new(), |reason| format!("{before}{}", reason.name))
    }

    fn move_aside(&self, place: &Place, revocation: &Revocation) -> bool {
        let Place { name, version } = place;
        let now = SystemTime::now();
        match self
            .store
            .move_aside(name, version, &revocation.note(), now)
        {
            Ok(true) => {
                message::note(&format!(
                    "{name}: moved aside; `acme-list --archives` shows it"
                ));
                true
            }
            Ok(false) => {
                message::note(&format!(
                    "{name}: stays where it is: another certificate is in its place by now"
                ));
                true
            }
            Err(error) => {
                message::error(&format!(
                    "{name}: it is revoked, and still installed: {error}"
                ));
                false
            }
        }
    }

    fn try_revoke(&self, subject: &Subject) -> Result<Revoked> {
        let reason = self.reason.map(|reason| reason.number);
        let revocation = acme::Revocation::new(subject.certificate.der(), reason);
        let directory = self.directory(subject);
        let with_key = |path: &Path| {
            let key = PrivateKey::read(path).map_err(|error| Error::AccountKey {
                path: path.to_owned(),
                error,
            })?;
            self.client.ca(directory)?.revoke(&revocation, &key)
        };
        if let (true, Some(key)) = (self.has_key, &subject.key) {
            return with_key(key);
        }
        let by_account = self
            .credentials(subject)
            .and_then(|credentials| self.client.account(&credentials)?.revoke(&revocation));
        match (by_account, &subject.key) {
            (Err(error), Some(key)) if is_for_the_key(&error) => {
                message::note(&format!(
                    "{}: the certificate's own key asks for it, since its account cannot: {error}",
                    subject.label
                ));
                with_key(key)
            }
            (result, _) => result,
        }
    }

    fn directory<'a>(&'a self, subject: &'a Subject) -> &'a str {
        let record = subject.stored.as_ref().and_then(|one| one.record.as_ref());
        record.map_or(&self.directory, |record| &record.directory)
    }

    /// The account that ordered it, or the one that the command line means.
    fn credentials(&self, subject: &Subject) -> Result<Credentials> {
        let record = subject.stored.as_ref().and_then(|one| one.record.as_ref());
        if let Some(record) = record {
            let key = PathBuf::from(&record.account.key);
            let url = match &record.account.url {
                Some(url) => url.clone(),
                None => {
                    let account = self.client.account_of_key(&record.directory, &key)?;
                    account.url().to_owned()
                }
            };
            return Ok(Credentials {
                directory: record.directory.clone(),
                url,
                key,
            });
        }
        let accounts = AccountStore::new(&self.path, &self.directory, self.email.as_deref());
        let registered = accounts.registered()?.ok_or_else(|| Error::AccountKey {
            path: accounts.key_path(),
            error: keys::Error::Read("there is no such account".into()),
        })?;
        Ok(Credentials {
            directory: self.directory.clone(),
            url: registered.url,
            key: registered.key,
        })
    }
}

/// Whether the certificate's own key may do what the account could not.
fn is_for_the_key(error: &Error) -> bool {
    let mut refusals = NOT_FOR_THIS_ACCOUNT.iter();
    matches!(error, Error::AccountKey { .. }) || refusals.any(|name| error.is_refusal(name))
}
