//! Makes changes of names, and keeps what became of those of each: what goes wrong at one of them is no matter of the others.

use crate::api::{Api, Changed};
use crate::reading::{Reading, name_of};
use dns_program::Failure;
use pipeline::{DomainName, Value};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// How much time may go into requests for single names that come to nothing, as a multiple of what one may take: enough to wait
/// twice for each of two names, and no more where a server lets the changes of a hundred names hang.
const MOST_IN_VAIN: u32 = 4;

/// What became of changes so far.
#[derive(Default)]
pub(crate) struct Made {
    names: HashMap<String, Name>,
    /// Each name has a request of its own.
    is_apart: bool,
    /// How long the requests for single names took that nothing was read after.
    unseen: Vec<(String, Duration)>,
    /// How much time went into requests for single names that came to nothing.
    in_vain: Duration,
    /// How much went into the readings that showed it.
    looked: Duration,
}

/// What became of the changes of a name.
#[derive(Default)]
struct Name {
    /// Why the last one was not made, as far as that is known.
    failure: Option<Failure>,
    /// One was made, or may have been.
    is_changed: bool,
    /// The answer to one was lost.
    is_lost: bool,
    /// The server is asked for no more.
    is_over: bool,
}

impl Made {
    /// Makes the changes by one request; where that goes wrong, by one for each name, for which the zone is read again where what
    /// was read is old. Says whether there was a fault of the server's, which may pass.
    ///
    /// # Errors
    /// The zone could not be read again: the names that are left were not asked for.
    pub(crate) fn make(
        &mut self,
        api: &Api,
        zone: &DomainName,
        reading: &mut Reading,
        read: impl Fn() -> Result<Reading, Failure>,
    ) -> Result<bool, Failure> {
        let names: Vec<&[Value]> = reading.by_name().collect();
        if names.len() > 1 && !self.is_apart {
            let changed = api.change(&api.patch(zone, &reading.changes));
            self.is_apart = match changed {
                Ok(Changed::Refused(_) | Changed::Lost(_)) => true,
                // The first may pass. After that it may be a matter of one of the names.
                Ok(Changed::Fault(_)) => names.iter().any(|one| self.why(name_of(one)).is_some()),
                Ok(Changed::Done) | Err(_) => false,
            };
            if !matches!(changed, Ok(Changed::Refused(_))) {
                let changed = changed.unwrap_or_else(Changed::Refused);
                let note = |_, one: &&[Value]| self.note(name_of(one), &changed);
                return Ok(names.iter().fold(false, note));
            }
        }
        let mut names: Vec<String> = names.iter().map(|one| name_of(one).to_owned()).collect();
        // Who has taken much time takes none from the others.
        names.sort_by_key(|name| self.names.get(name).is_some_and(|name| name.is_lost));
        let mut is_fault = false;
        let mut is_lost = false;
        for name in &names {
            // After an answer that was lost this says whether the change was made after all, and whether the server answers.
            if (is_lost || reading.is_old()) && !self.is_given_up(api) {
                *reading = read()?;
                self.see(reading);
                is_lost = false;
            }
            let changes = reading.of(name);
            if changes.is_empty() {
                continue;
            }
            let request = api.patch(zone, changes);
            if self.is_given_up(api) {
                self.leave(name, &request.name());
                continue;
            }
            let start = Instant::now();
            // What is refused otherwise, since there are too many requests for instance, is no matter of the others either.
            let changed = api.change(&request).unwrap_or_else(Changed::Refused);
            self.unseen.push((name.clone(), start.elapsed()));
            is_lost = matches!(changed, Changed::Lost(_));
            is_fault |= self.note(name, &changed);
        }
        Ok(is_fault)
    }

    /// Whether too much time went into what came to nothing.
    fn is_given_up(&self, api: &Api) -> bool {
        self.in_vain.max(self.looked) >= api.limit() * MOST_IN_VAIN
    }

    /// Takes note of what is still to be changed: the time that went into it came to nothing.
    pub(crate) fn see(&mut self, reading: &Reading) {
        let left: HashSet<&str> = reading.by_name().map(name_of).collect();
        let unseen = self.unseen.drain(..);
        let in_vain = unseen.filter(|(name, _)| left.contains(&**name));
        let in_vain: Vec<Duration> = in_vain.map(|(_, took)| took).collect();
        if !in_vain.is_empty() {
            self.in_vain += in_vain.iter().sum::<Duration>();
            self.looked += reading.took;
        }
    }

    /// Whether the server is asked for no more changes of the name of this one.
    pub(crate) fn is_over(&self, change: &Value) -> bool {
        let name = self.names.get(name_of(std::slice::from_ref(change)));
        name.is_some_and(|name| name.is_over)
    }

    /// Why the last change of a name was not made, if there is a reason.
    pub(crate) fn why(&self, name: &str) -> Option<&Failure> {
        self.names.get(name)?.failure.as_ref()
    }

    /// Whether a change of this name was made, or may have been.
    pub(crate) fn is_changed(&self, name: &str) -> bool {
        self.names.get(name).is_some_and(|name| name.is_changed)
    }

    /// Notes what became of the changes of a name. Says whether that is a fault.
    fn note(&mut self, name: &str, changed: &Changed) -> bool {
        let name = self.names.entry(name.to_owned()).or_default();
        name.failure = match changed {
            Changed::Done => None,
            Changed::Fault(why) | Changed::Lost(why) | Changed::Refused(why) => Some(why.clone()),
        };
        match changed {
            Changed::Done => name.is_changed = true,
            Changed::Fault(_) => {}
            // Since that may have taken as long as a request can, it is tried once more.
            Changed::Lost(_) => {
                name.is_over = name.is_lost;
                name.is_changed = true;
                name.is_lost = true;
            }
            Changed::Refused(_) => name.is_over = true,
        }
        matches!(changed, Changed::Fault(_))
    }

    /// Gives up a name without the request for its changes. What went wrong before is why, or that somebody undid what was made.
    fn leave(&mut self, name: &str, request: &str) {
        let name = self.names.entry(name.to_owned()).or_default();
        name.is_over = true;
        if !name.is_changed && name.failure.is_none() {
            let why =
                "not sent, since changes of other names that came to nothing had taken too long";
            name.failure = Some(Failure::new(format!("{request}: {why}")));
        }
    }
}
