//! From challenges that are pending to challenges that are valid, or not.

use crate::options::Config;
use acme::{Account, Clients, Credentials, Error, Stop, Store};
use pipeline::{Document, Failure, Kind, Outcomes, is_deferred, message};

/// Validates documents, each for the account that it names.
pub(crate) struct Validator {
    clients: Clients,
    directory: String,
    store: Store,
}

impl Validator {
    pub(crate) fn new(config: Config, stop: Stop) -> Validator {
        Validator {
            clients: Clients::new(config.settings, stop),
            directory: config.directory,
            store: config.store,
        }
    }

    /// Has the CA validate the open challenges of `document`.
    pub(crate) fn validate(&self, document: &mut Document) -> Outcomes {
        let label = document.label();
        self.try_validate(document, &label).unwrap_or_else(|error| {
            document.fail(&Failure::from_problem(&error));
            Outcomes::new()
        })
    }

    fn try_validate(&self, document: &mut Document, label: &str) -> acme::Result<Outcomes> {
        let account = self.account(document)?;
        let url = match document.kind() {
            Kind::Order => acme::order_url(&document.object())?,
            _ => None,
        };
        let deferred = document.challenges().any(|one| is_deferred(&one));
        let open = acme_cli::open(document);
        let count = open.len();
        // An order of which some wait for a second round stays `pending`: it is not what to look at.
        let order = match &url {
            Some(url) if !deferred => Some(account.order(url)?),
            _ => None,
        };
        let (judgements, found) = account.judge(order.as_ref(), open, &|done| {
            message::progress(|| format!("{label}: {done} of {count} challenges done"));
        });
        // Validation moved the order on; where it was not watched, or is lost, the document shows what is known.
        let latest = match (found, url) {
            (None, Some(url)) if count > 0 || deferred => account.order(&url).ok(),
            (found, _) => found.or(order),
        };
        if let Some(order) = latest {
            let before = document.object().shift_remove("order");
            document.set("order", order.to_json(before.as_ref()));
        }
        Ok(judgements.into_iter().map(acme_cli::outcome).collect())
    }

    fn account(&self, document: &Document) -> acme::Result<Account> {
        let credentials = match Credentials::from_object(&document.object())? {
            Some(credentials) => credentials,
            None => self.own()?,
        };
        self.clients.account(&credentials)
    }

    /// The account that the command line means.
    fn own(&self) -> acme::Result<Credentials> {
        match self.store.registered()? {
            Some(found) => Ok(Credentials {
                directory: self.directory.clone(),
                url: found.url,
                key: found.key,
            }),
            None => Err(Error::new(
                "document",
                format!(
                    "member `account` is missing, and there is no account for {} in {}",
                    self.directory,
                    self.store.key_path().display()
                ),
            )
            .with_hint("--server, --email and --path say which account a challenge belongs to")),
        }
    }
}
