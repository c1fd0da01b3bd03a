//! The service: an acme-dns server with an account for each name.

use crate::accounts::Accounts;
use crate::api::Api;
use crate::settings;
use crate::storage::{Found, domain_of};
use command::{Args, Usage, message};
use dns_program::{Action, Answer, Change, Failure, Record, Service, ZONE};
use dns01_acme_dns::{POLLING_INTERVAL, PROPAGATION_TIMEOUT};
use pipeline::DomainName;
use std::collections::HashMap;
use web_service::Request;

/// How many values a server keeps of an account.
const KEPT: usize = 2;

/// A server.
pub(crate) struct AcmeDns {
    api: Api,
    accounts: Accounts,
    answer: Answer,
    /// Whether somebody has looked where the record's CNAMEs lead.
    is_resolved: bool,
}

impl AcmeDns {
    /// As options, variables and files say.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn from_args(args: &Args) -> Result<AcmeDns, Usage> {
        let answer = Answer::read(args, &PROPAGATION_TIMEOUT, &POLLING_INTERVAL)?;
        let api = settings::api(args)?;
        let accounts = settings::accounts(args, &settings::place(args)?)?;
        Ok(AcmeDns {
            api,
            accounts,
            answer: Answer {
                batch: true,
                ..answer
            },
            is_resolved: args.variable(ZONE.variable.unwrap_or_default()).is_some(),
        })
    }

    /// The account for a record.
    fn find(&self, record: &Record) -> Result<Found, Failure> {
        let found = self.accounts.find(&record.name)?;
        found.ok_or_else(|| {
            let name = &record.name;
            let place = self.accounts.place();
            let failure = Failure::new(format!("{place}: no account for {name} in it"));
            match domain_of(name) {
                Some(domain) => failure.hint(format!(
                    "`dns01-acme-dns register {domain}` gets one, and prints the CNAME that has to be there before an order is \
                     placed."
                )),
                None => failure.hint(
                    "The record's CNAME leads elsewhere than to an account that is kept: `dns01-acme-dns register NAME` prints \
                     where it has to lead.",
                ),
            }
        })
    }

    /// The requests that add the records' values. The server keeps two, so more than that at once cannot be.
    fn requests(&self, records: &[&Record]) -> Vec<Result<Request, Failure>> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        let mut request = |record: &&Record| {
            let Found { account, is_led_to } = self.find(record)?;
            let url = self.api.base.join(&[]);
            if !account.is_at(&url) {
                let server = account.server.as_deref().unwrap_or_default();
                let place = self.accounts.place();
                return Err(Failure::new(format!(
                    "{place}: the account for {} is one of {server}, and not of {url}",
                    record.name
                ))
                .hint(
                    "ACME_DNS_API_BASE has to be the server that the account was registered at.",
                ));
            }
            let count = counts.entry(account.subdomain.clone()).or_default();
            *count += 1;
            if *count > KEPT {
                return Err(Failure::new(format!(
                    "{}: an acme-dns server keeps the last {KEPT} values of an account, and this would be one more",
                    record.name
                ))
                .hint("Order the name and its wildcard in one certificate, and no other with them at the same time."));
            }
            if !is_led_to && self.is_resolved {
                message::warning(&format!(
                    "{} is no CNAME of {} yet, so no CA will see the value there",
                    record.name, account.full_domain
                ));
            }
            Ok(self.api.update(&account, &record.value))
        };
        records.iter().map(&mut request).collect()
    }
}

impl Service for AcmeDns {
    fn answer(&self) -> Answer {
        self.answer
    }

    fn has_zones(&self) -> bool {
        false
    }

    fn zone(&self, _: &DomainName) -> Result<DomainName, Failure> {
        DomainName::parse(".").map_err(Failure::new)
    }

    fn change(&self, change: &Change<'_>) -> Vec<Result<(), Failure>> {
        if change.action == Action::Cleanup {
            message::detail("acme-dns removes nothing: the next values take the place of these");
            return vec![Ok(()); change.records.len()];
        }
        let requests = self.requests(&change.records).into_iter();
        requests
            .map(|request| self.api.send(&request?).map(drop))
            .collect()
    }

    fn show(&self, change: &Change<'_>) -> Result<String, Failure> {
        if change.action == Action::Cleanup {
            return Ok(String::new());
        }
        let requests = self.requests(&change.records).into_iter();
        requests.map(|request| Ok(request?.show())).collect()
    }
}
