//! Validates the challenges of a document.

use acme::{Account, AccountStore, Client, Credentials};
use acme_cli::{Failures, KeyPlaces, Validation, problem};
use command::{Args, Usage, state_directory};
use pipeline::{Challenge, Document, Kind, Outcomes, Problem};

/// Validates documents, each for the account that it names.
pub(crate) struct Validator {
    client: Client,
    /// The CA and the account's files for documents that name no account.
    directory: String,
    store: AccountStore,
    /// Where the keys are that documents name.
    keys: KeyPlaces,
    /// Which names have failed lately.
    failures: Failures,
}

impl Validator {
    pub(crate) fn new(args: &Args, client: Client) -> Result<Validator, Usage> {
        let (directory, email) = (acme_cli::directory(args)?, acme_cli::email(args)?);
        Ok(Validator {
            client,
            store: AccountStore::new(&state_directory(args)?, &directory, email.as_deref()),
            directory,
            keys: KeyPlaces::from_args(args)?,
            failures: Failures::from_args(args)?,
        })
    }

    /// Has the CA validate the open challenges of `document`.
    pub(crate) fn validate(&self, document: &mut Document) -> Outcomes {
        self.try_validate(document).unwrap_or_else(|problem| {
            document.fail(&problem);
            Outcomes::new()
        })
    }

    fn try_validate(&self, document: &mut Document) -> Result<Outcomes, Problem> {
        let account = self.account(document)?;
        let expired = acme_cli::expired(document, account.ca().now())?;
        if !expired.is_empty() {
            return Ok(expired);
        }
        let url = match document.kind() {
            Kind::Order => acme_cli::order_url(document)?,
            _ => None,
        };
        let is_deferred = document
            .challenges()
            .any(|one| Challenge::is_deferred(&one));
        // An order with deferred challenges stays `pending`, so its status tells nothing.
        let order = match &url {
            Some(url) if !is_deferred => Some(account.order(url).map_err(problem)?),
            _ => None,
        };
        let Validation {
            outcomes,
            order: found,
        } = acme_cli::validate(document, &account, order.as_ref(), &self.failures);
        // Validation changes the order's status. Where the order was not polled, it is fetched once more; if that fails,
        // the document keeps what it says.
        let latest = match (found, url) {
            (None, Some(url)) if !outcomes.is_empty() || is_deferred => account.order(&url).ok(),
            (found, _) => found.or(order),
        };
        if let Some(order) = latest {
            acme_cli::set_order(document, &order);
        }
        Ok(outcomes)
    }

    fn account(&self, document: &Document) -> Result<Account, Problem> {
        let credentials = match acme_cli::credentials(document, &self.keys)? {
            Some(credentials) => credentials,
            None => self.own()?,
        };
        self.client.account(&credentials).map_err(problem)
    }

    /// The account that the options select.
    fn own(&self) -> Result<Credentials, Problem> {
        match self.store.registered().map_err(problem)? {
            Some(found) => Ok(Credentials {
                directory: self.directory.clone(),
                url: found.url,
                key: found.key,
            }),
            None => {
                let detail = format!(
                    "member `account` is missing, and there is no account for {} in {}",
                    self.directory,
                    self.store.key_path().display()
                );
                Err(Problem::document(detail).hint(
                    "Say with --server, --email and --path which account a challenge belongs to.",
                ))
            }
        }
    }
}
