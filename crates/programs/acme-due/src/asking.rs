//! Asks CAs, several at once. One that is down is learnt once, and said once.

use crate::need::Need;
use acme::{Client, Error};
use command::message;
use lifecycle::{RenewalAnswer, Window};
use parallel::Workers;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The CAs that certificates come from.
pub(crate) struct Cas {
    client: Client,
    jobs: usize,
    /// The directories of those that were said to be down.
    said: Mutex<HashSet<String>>,
}

impl Cas {
    pub(crate) fn new(client: Client, jobs: usize) -> Cas {
        Cas {
            client,
            jobs,
            said: Mutex::default(),
        }
    }

    /// What CAs say to each of these.
    pub(crate) fn ask(&self, needs: &[&Need]) -> Vec<RenewalAnswer> {
        parallel::map(Workers::new(self.jobs), needs, |need| self.answer(need))
    }

    fn answer(&self, need: &Need) -> RenewalAnswer {
        match need {
            Need::Nothing => RenewalAnswer::NotAsked,
            Need::Directory(directory) => match self.client.ca(directory) {
                Ok(_) => RenewalAnswer::NotAsked,
                Err(error) => self.down(directory, &error),
            },
            Need::Window(directory, id) => match self.client.ca(directory) {
                Err(error) => self.down(directory, &error),
                Ok(ca) if !ca.offers_renewal_info() => RenewalAnswer::NotOffered,
                Ok(ca) => answer(ca.renewal_info(id)),
            },
        }
    }

    fn down(&self, directory: &str, error: &Error) -> RenewalAnswer {
        let why = error.to_string();
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if *error != Error::Interrupted && said.insert(directory.to_owned()) {
            message::warning(&format!(
                "the CA is down, so nothing is renewed there while there is time: {why}"
            ));
        }
        RenewalAnswer::Down(why)
    }
}

fn answer(answer: acme::Result<acme::RenewalInfo>) -> RenewalAnswer {
    match answer {
        Ok(info) => RenewalAnswer::Window {
            window: Window {
                start: info.start,
                end: info.end,
            },
            explanation: info.explanation,
            retry_after: info.retry_after,
        },
        Err(error) => {
            let why = error.to_string();
            message::detail(&why);
            RenewalAnswer::NotKnown {
                why,
                retry_after: error.retry_after(),
            }
        }
    }
}
