//! The service: zones of a PowerDNS server. What is there is read, changed, and looked at again.

use crate::api::{Api, MOST_TRIES, PAUSE};
use crate::made::Made;
use crate::plan::{Way, changes};
use crate::reading::Reading;
use crate::zone::Zone;
use crate::{server_lock, settings};
use command::{Args, Usage, message, state_directory};
use dns_program::{Action, Answer, Change, Failure, Record, Service};
use dns01_pdns::{POLLING_INTERVAL, PROPAGATION_TIMEOUT, TTL};
use pipeline::DomainName;
use std::cell::OnceCell;
use std::collections::HashSet;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Instant;

/// A server.
pub(crate) struct PowerDns {
    api: Api,
    ttl: u64,
    answer: Answer,
    state_directory: PathBuf,
    has_extend: OnceCell<bool>,
}

impl PowerDns {
    /// As options, variables and files say.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn from_args(args: &Args) -> Result<PowerDns, Usage> {
        let state_directory = state_directory(args)?;
        let answer = Answer::read(args, &PROPAGATION_TIMEOUT, &POLLING_INTERVAL)?;
        let ttl = args.seconds_as_lego(&TTL)?.unwrap_or_default();
        Ok(PowerDns {
            api: settings::api(args)?,
            ttl: ttl.as_secs(),
            answer: Answer {
                batch: true,
                ..answer
            },
            state_directory,
            has_extend: OnceCell::new(),
        })
    }

    /// What is there, and what has to change.
    fn read(&self, change: &Change<'_>) -> Result<Reading, Failure> {
        let start = Instant::now();
        let names: HashSet<&DomainName> = change.records.iter().map(|one| &one.name).collect();
        let zone = self.api.zone(change.zone, &names)?;
        if zone.is_secondary() {
            return Err(Failure::new(format!(
                "the PowerDNS server is a secondary server of {} (its kind is {}), and takes its records from the primary",
                change.zone, zone.kind
            ))
            .hint("Name the API of the primary server in PDNS_API_URL."));
        }
        let way = |has_extend| Way {
            ttl: self.ttl,
            has_extend,
        };
        let mut planned = changes(change.action, way(false), &change.records, &zone);
        if !planned.is_empty() && *self.has_extend.get_or_init(|| self.api.has_extend()) {
            planned = changes(change.action, way(true), &change.records, &zone);
        }
        Ok(Reading::new(zone, planned, start))
    }

    /// Changes the zone until it is as it should be: who writes to it at the same time, and without the lock, may undo it.
    fn change_zone(&self, change: &Change<'_>) -> Result<Vec<Result<(), Failure>>, Failure> {
        let lock = server_lock::lock(&self.state_directory, &self.api.url())?;
        let mut reading = self.read(change)?;
        let before = reading.zone.serial;
        let mut made = Made::default();
        let (mut unread, mut is_seen) = (None, true);
        for number in 1..=MOST_TRIES {
            reading.changes.retain(|change| !made.is_over(change));
            if reading.changes.is_empty() {
                break;
            }
            let read = || self.read(change);
            let outcome = made.make(&self.api, change.zone, &mut reading, read);
            if let Ok(true) = outcome
                && number < MOST_TRIES
            {
                sleep(PAUSE * number);
            }
            // Of an answer that was lost, this says what became of the change.
            match self.read(change) {
                Ok(next) => {
                    made.see(&next);
                    reading = next;
                    unread = outcome.err();
                }
                Err(failure) => {
                    unread = Some(failure);
                    is_seen = false;
                }
            }
            if unread.is_some() {
                break;
            }
        }
        drop(lock);
        let result = |record: &&Record| {
            // It may have been refused a second time only, after an answer that was lost.
            if is_done(change.action, record, &reading.zone) {
                return Ok(());
            }
            let why = made.why(record.name.as_str()).or(unread.as_ref());
            Err(why.cloned().unwrap_or_else(|| undone(record)))
        };
        let results: Vec<Result<(), Failure>> = change.records.iter().map(result).collect();
        let changed = change.records.iter().zip(&results);
        let changed: Vec<&Result<(), Failure>> = changed
            .filter(|(record, _)| made.is_changed(record.name.as_str()))
            .map(|(_, result)| result)
            .collect();
        if !changed.is_empty() && reading.zone.is_primary() {
            // A serial stays where nothing was changed.
            let is_seen = is_seen && changed.iter().any(|result| result.is_ok());
            let after = reading.zone.serial.filter(|_| is_seen);
            self.notify(change.zone, before, after);
        }
        Ok(results)
    }

    /// Has the secondaries told. That it fails is no failure of the records: they may fetch them all the same.
    fn notify(&self, zone: &DomainName, before: Option<u64>, after: Option<u64>) {
        if before.is_some() && before == after {
            message::warning(&format!(
                "the serial of {zone} is {} as before, so secondary servers will not fetch the change\n  hint: \
                 `pdnsutil set-meta {zone} SOA-EDIT-API DEFAULT` lets the server raise it.",
                after.unwrap_or_default()
            ));
        }
        if let Err(failure) = self.api.send(&self.api.notify(zone)) {
            message::warning(&format!(
                "the secondary servers of {zone} were not told of the change: {failure}"
            ));
        }
    }
}

fn is_done(action: Action, record: &Record, zone: &Zone) -> bool {
    match action {
        Action::Present => zone.serves(&record.name, &record.value),
        Action::Cleanup => !zone.has(&record.name, &record.value),
    }
}

fn undone(record: &Record) -> Failure {
    Failure::new(format!(
        "{}: the PowerDNS server took the change, and each time it was undone",
        record.name
    ))
    .hint("Find out what else writes to this name at the same time: without EXTEND and PRUNE it replaces all values.")
}

impl Service for PowerDns {
    fn answer(&self) -> Answer {
        self.answer
    }

    fn zone(&self, name: &DomainName) -> Result<DomainName, Failure> {
        self.api.zone_of(name)
    }

    fn change(&self, change: &Change<'_>) -> Vec<Result<(), Failure>> {
        let done = self.change_zone(change);
        done.unwrap_or_else(|failure| vec![Err(failure); change.records.len()])
    }

    fn show(&self, change: &Change<'_>) -> Result<String, Failure> {
        let Reading { zone, changes, .. } = self.read(change)?;
        if changes.is_empty() {
            return Ok(String::new());
        }
        let mut text = self.api.patch(change.zone, &changes).show();
        if zone.is_primary() {
            text.push_str(&self.api.notify(change.zone).show());
        }
        Ok(text)
    }
}
