//! Waits for what a CA has to do, look by look.

use crate::account::Account;
use crate::error::{Error, Result};
use crate::issuance::poll::PollSchedule;
use std::time::Duration;

/// What a look at something found.
#[derive(Debug)]
pub(crate) enum Look<T> {
    /// What was waited for.
    Done(T),
    /// It is not there yet; the CA may want to be asked again after so long. The error is the one to report where there is
    /// no time for another look.
    NotYet(Option<Duration>, Error),
}

impl<T> Look<T> {
    /// What a look found that failed: a failure that may pass does not end the wait.
    ///
    /// # Errors
    /// Any other failure.
    pub(crate) fn failed(error: Error) -> Result<Look<T>> {
        if error.is_passing() {
            return Ok(Look::NotYet(error.retry_after(), error));
        }
        Err(error)
    }
}

impl Account {
    /// Calls `look` until it finds what is waited for, or the CA's time is over.
    ///
    /// # Errors
    /// The failure of a look, or that of the last one which had time enough.
    pub(crate) fn poll<T>(&self, mut look: impl FnMut() -> Result<Look<T>>) -> Result<T> {
        let ca = self.ca();
        let mut schedule = PollSchedule::new(ca.fastest(), ca.is_next_door());
        let mut last = None;
        loop {
            let (retry_after, why) = match look()? {
                Look::Done(found) => return Ok(found),
                Look::NotYet(retry_after, why) => (retry_after, why),
            };
            if self.deadline().is_over() {
                return Err(last.unwrap_or(why));
            }
            match schedule.pause(self.deadline().left(), retry_after) {
                Some(pause) => self.ca().cancellation().sleep(pause)?,
                None => return Err(why),
            }
            last = Some(why);
        }
    }
}
