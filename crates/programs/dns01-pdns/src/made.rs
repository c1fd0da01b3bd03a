//! Makes changes of names, and keeps what became of those of each: what goes wrong at one of them is no matter of the others.

use crate::api::{Api, Changed};
use dns_program::Failure;
use pipeline::{DomainName, Value};
use std::collections::HashMap;
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
    /// How much time went into requests for single names that were not answered, or with a fault.
    in_vain: Duration,
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
    /// Makes changes by one request; where that goes wrong, by one for each name. Says whether there was a fault of the server's,
    /// which may pass.
    pub(crate) fn make(&mut self, api: &Api, zone: &DomainName, changes: &[Value]) -> bool {
        let mut names: Vec<&[Value]> = changes.chunk_by(|a, b| a["name"] == b["name"]).collect();
        if names.len() > 1 && !self.is_apart {
            let changed = api.change(&api.patch(zone, changes));
            self.is_apart = match changed {
                Ok(Changed::Refused(_) | Changed::Lost(_)) => true,
                // The first may pass. After that it may be a matter of one of the names.
                Ok(Changed::Fault(_)) => names.iter().any(|one| self.why(name_of(one)).is_some()),
                Ok(Changed::Done) | Err(_) => false,
            };
            if !matches!(changed, Ok(Changed::Refused(_))) {
                return self.note(&names, &changed.unwrap_or_else(Changed::Refused));
            }
        }
        // Who has taken much time takes none from the others.
        names.sort_by_key(|one| {
            self.names
                .get(name_of(one))
                .is_some_and(|name| name.is_lost)
        });
        let mut is_fault = false;
        for one in names {
            let request = api.patch(zone, one);
            if self.in_vain >= api.limit() * MOST_IN_VAIN {
                self.leave(name_of(one), &request.name());
                continue;
            }
            let start = Instant::now();
            // What is refused otherwise, since there are too many requests for instance, is no matter of the others either.
            let changed = api.change(&request).unwrap_or_else(Changed::Refused);
            if let Changed::Fault(_) | Changed::Lost(_) = changed {
                self.in_vain += start.elapsed();
            }
            if let Changed::Lost(_) = changed {
                api.probe();
            }
            is_fault |= self.note(&[one], &changed);
        }
        is_fault
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

    /// Notes what became of the changes of these names. Says whether that is a fault.
    fn note(&mut self, names: &[&[Value]], changed: &Changed) -> bool {
        for one in names {
            let name = self.names.entry(name_of(one).to_owned()).or_default();
            name.failure = match changed {
                Changed::Done => None,
                Changed::Fault(why) | Changed::Lost(why) | Changed::Refused(why) => {
                    Some(why.clone())
                }
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
        }
        matches!(changed, Changed::Fault(_))
    }

    /// Gives up a name without the request for its changes.
    fn leave(&mut self, name: &str, request: &str) {
        let name = self.names.entry(name.to_owned()).or_default();
        name.is_over = true;
        name.failure.get_or_insert_with(|| {
            Failure::new(format!(
                "{request}: not sent, since the server took too long for changes of other names, and made none of those"
            ))
        });
    }
}

/// The name that changes are of.
fn name_of(changes: &[Value]) -> &str {
    let first = changes.first();
    first
        .and_then(|change| change["name"].as_str())
        .unwrap_or_default()
}
