//! Why waiting for a value has ended without it.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::rr::Name;

use crate::address;
use crate::propagation::mistake::Mistake;
use crate::propagation::observation::{Observation, list};
use crate::propagation::observed::{ServerState, shorten};
use crate::propagation::reason::Reason;

/// Not every server that counts serves the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The name that was asked for.
    pub name: Name,
    /// Why.
    pub cause: Cause,
    /// What each server address answered last.
    pub observations: Vec<Observation>,
}

/// Why waiting ended without the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A server has something that was meant to be the value and is not.
    WrongValue {
        /// The server.
        server: Name,
        /// Its address.
        address: SocketAddr,
        /// What it has.
        found: String,
        /// How that differs from the value.
        mistake: Mistake,
    },
    /// Every usable server has another value that the run writes at this name, and not this one.
    Overwritten {
        /// One of the servers.
        server: Name,
        /// Its address.
        address: SocketAddr,
        /// Whose value it has.
        owner: String,
    },
    /// The value was there, or has to have been, and is on no server any more.
    Removed {
        /// One of the servers.
        server: Name,
        /// Its address.
        address: SocketAddr,
        /// What tells.
        how: Removal,
    },
    /// No server answers with authority.
    NoUsableServer,
    /// Fewer addresses serve the value than are to, and no other will.
    TooFewServers {
        /// How long that took.
        after: Duration,
        /// How many are to.
        at_least: usize,
    },
    /// The value is served, and too late to be served for as long as it is to be.
    NotSettled {
        /// How long it took until then.
        after: Duration,
        /// For how long it is to be served.
        settle: Duration,
    },
    /// A server still has a value that is to be gone, after all this time.
    StillThere {
        /// How long that was.
        after: Duration,
    },
    /// A server lacks the value after all this time.
    NotPropagated {
        /// How long that was.
        after: Duration,
        /// What the answers point to.
        reason: Reason,
    },
}

/// What tells that a value was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// The server has had it.
    WasThere,
    /// The server has the value of this owner, which was written to the zone later.
    HasLater(String),
    /// The server has the value that this owner's name is to have.
    HasValueOf(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name, observations, ..
        } = self;
        match &self.cause {
            Cause::WrongValue {
                server,
                address,
                found,
                mistake,
            } => {
                let (address, found) = (address::format(address), shorten(found));
                write!(
                    f,
                    "{server} ({address}) serves {found:?} at {name}: {mistake}"
                )
            }
            Cause::Overwritten {
                server,
                address,
                owner,
            } => {
                let address = address::format(address);
                write!(
                    f,
                    "{server} ({address}) has shown the value of {owner} at {name} and not this one: \
                     writing the one has removed the other"
                )
            }
            Cause::Removed {
                server,
                address,
                how,
            } => {
                let address = address::format(address);
                match how {
                    Removal::WasThere => write!(
                        f,
                        "the value at {name} was there and is gone: {server} ({address}) has it no more"
                    ),
                    Removal::HasLater(owner) => write!(
                        f,
                        "{server} ({address}) has the value of {owner}, which was written later, and not this one at \
                         {name} any more: writing the one has removed the other"
                    ),
                    Removal::HasValueOf(owner) => write!(
                        f,
                        "{server} ({address}) has shown the value of {owner} at {name} and not this one: one value stands at \
                         several names, and writing the one has removed the other"
                    ),
                }
            }
            Cause::NoUsableServer if observations.is_empty() => {
                write!(f, "no server of the zone of {name} has an address")
            }
            Cause::NoUsableServer => {
                write!(
                    f,
                    "no name server is usable for {name}: {}",
                    list(observations)
                )
            }
            Cause::TooFewServers { after, at_least } => {
                write!(
                    f,
                    "{} of {} name server addresses serve the value at {name} after {:.0} s, and {at_least} are to: {}",
                    count_serving(observations),
                    count(observations),
                    after.as_secs_f64(),
                    list(observations)
                )
            }
            Cause::NotSettled { after, settle } => {
                write!(
                    f,
                    "{} of {} name server addresses serve the value at {name} after {:.0} s, too late to do so for {} s: {}",
                    count_serving(observations),
                    count(observations),
                    after.as_secs_f64(),
                    settle.as_secs_f64(),
                    list(observations)
                )
            }
            Cause::StillThere { after } => {
                write!(
                    f,
                    "{} of {} name server addresses still serve the value at {name} after {:.0} s: {}",
                    count_serving(observations),
                    count(observations),
                    after.as_secs_f64(),
                    list(observations)
                )
            }
            Cause::NotPropagated { after, .. } => {
                write!(
                    f,
                    "{} of {} name server addresses serve the value at {name} after {:.0} s: {}",
                    count_serving(observations),
                    count(observations),
                    after.as_secs_f64(),
                    list(observations)
                )
            }
        }
    }
}

impl Error {
    /// Whether all servers that answer with authority show what was written later in place of the value.
    #[must_use]
    pub fn is_replaced_by_later(&self) -> bool {
        let is_newer = |one: &Observation| match &one.history.other {
            Some(other) => other.is_newer == Some(true),
            None => one.state() != ServerState::Waiting,
        };
        match &self.cause {
            Cause::Removed {
                how: Removal::HasLater(_),
                ..
            } => true,
            Cause::Overwritten { .. } | Cause::Removed { .. } => {
                self.observations.iter().all(is_newer)
            }
            _ => false,
        }
    }
}

fn count(observations: &[Observation]) -> usize {
    let of_value = observations.iter().filter(|one| one.alias.is_none());
    of_value.count()
}

fn count_serving(observations: &[Observation]) -> usize {
    let of_value = observations.iter().filter(|one| one.alias.is_none());
    let serving = of_value.filter(|one| one.state() == ServerState::Serving);
    serving.count()
}

impl std::error::Error for Error {}
