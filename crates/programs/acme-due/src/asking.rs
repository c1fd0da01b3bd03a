//! Asks CAs, several at once. One that is down is learnt once.

use crate::need::Need;
use acme::Client;
use command::message;
use lifecycle::{RenewalAnswer, Window};
use parallel::Workers;

/// The CAs that certificates come from.
pub(crate) struct Cas {
    client: Client,
    jobs: usize,
}

impl Cas {
    pub(crate) fn new(client: Client, jobs: usize) -> Cas {
        Cas { client, jobs }
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
                Err(error) => out_of_reach(&error),
            },
            Need::Window(directory, id) => match self.client.ca(directory) {
                Err(error) => out_of_reach(&error),
                Ok(ca) if !ca.offers_renewal_info() => RenewalAnswer::NotOffered,
                Ok(ca) => answer(ca.renewal_info(id)),
            },
        }
    }
}

/// What it means that a directory cannot be had. A CA that takes connections is there, however long its answer takes.
fn out_of_reach(error: &acme::Error) -> RenewalAnswer {
    let why = error.to_string();
    match error {
        acme::Error::NoAnswer {
            awaited: "answer", ..
        }
        | acme::Error::Unfinished { .. } => RenewalAnswer::Slow(why),
        _ => RenewalAnswer::Down(why),
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
