//! The service: updates of zones.

use crate::{settings, words};
use command::{Args, Usage};
use dns_program::{Answer, Change, Failure, Service};
use dns_update::{Action, Client, Failed, Name, Txt, name, script};
use dns01_rfc2136::{POLLING_INTERVAL, PROPAGATION_TIMEOUT, TTL};
use pipeline::DomainName;
use std::cell::OnceCell;

/// Updates at these servers.
pub(crate) struct Updates {
    client: Client,
    ttl: u32,
    answer: Answer,
    /// The failure of a message that no server answered: no other is sent after that, since each would take as long.
    silence: OnceCell<Failure>,
}

impl Updates {
    /// As options, variables and files say.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn from_args(args: &Args) -> Result<Updates, Usage> {
        let answer = Answer::read(args, &PROPAGATION_TIMEOUT, &POLLING_INTERVAL)?;
        let ttl = args.seconds_as_lego(&TTL)?.unwrap_or_default();
        Ok(Updates {
            client: Client::new(
                settings::servers(args)?,
                settings::key(args)?,
                settings::server_timeout(args)?,
            ),
            ttl: u32::try_from(ttl.as_secs()).unwrap_or(u32::MAX),
            answer: Answer {
                batch: true,
                ..answer
            },
            silence: OnceCell::new(),
        })
    }

    /// The failure, which is that of all later messages where no server answered.
    fn noted(&self, failed: &[Failed], failure: Failure) -> Failure {
        if !failed.iter().any(|one| one.fault.is_answer()) {
            let _ = self.silence.set(failure.clone());
        }
        failure
    }

    fn action(&self, change: &Change<'_>) -> Action {
        match change.action {
            dns_program::Action::Present => Action::Add { ttl: self.ttl },
            dns_program::Action::Cleanup => Action::Delete,
        }
    }
}

impl Service for Updates {
    fn answer(&self) -> Answer {
        self.answer
    }

    fn zone(&self, name: &DomainName) -> Result<DomainName, Failure> {
        if let Some(failure) = self.silence.get() {
            return Err(failure.clone());
        }
        let asked = read(name)?;
        let zone = self.client.zone(&asked);
        let zone = zone
            .map_err(|failed| self.noted(&failed, words::no_zone(&failed, name, &self.client)))?;
        DomainName::parse(&zone.to_string())
            .map_err(|why| Failure::new(format!("the zone of {name} is {zone}, which {why}")))
    }

    fn change(&self, change: &Change<'_>) -> Vec<Result<(), Failure>> {
        if let Some(failure) = self.silence.get() {
            return vec![Err(failure.clone()); change.records.len()];
        }
        let (zone, records) = match parts(change) {
            Ok(parts) => parts,
            Err(failure) => return vec![Err(failure); change.records.len()],
        };
        let records: Vec<&Txt> = records.iter().collect();
        let outcomes = self.client.update(&zone, self.action(change), &records);
        let explained = outcomes.into_iter().zip(&change.records);
        explained
            .map(|(outcome, record)| {
                let name = &record.name;
                outcome.map_err(|failed| {
                    let failure = words::not_changed(&failed, name, change.zone, &self.client);
                    self.noted(&failed, failure)
                })
            })
            .collect()
    }

    fn show(&self, change: &Change<'_>) -> Result<String, Failure> {
        let (zone, records) = parts(change)?;
        let records: Vec<&Txt> = records.iter().collect();
        let Client { servers, key, .. } = &self.client;
        let action = self.action(change);
        Ok(script(&servers[0], key.as_ref(), &zone, action, &records))
    }
}

/// The zone and the records of a change.
fn parts(change: &Change<'_>) -> Result<(Name, Vec<Txt>), Failure> {
    let records = change.records.iter().map(|record| {
        Ok(Txt {
            name: read(&record.name)?,
            value: record.value.clone(),
        })
    });
    Ok((read(change.zone)?, records.collect::<Result<_, Failure>>()?))
}

fn read(text: &DomainName) -> Result<Name, Failure> {
    name(text.as_str()).map_err(|why| Failure::new(format!("{text}: {why}")))
}
