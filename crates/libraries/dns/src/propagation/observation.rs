//! Each address of each server, and what it showed last.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::rr::Name;

use crate::address;
use crate::propagation::observed::{Observed, ServerState};
use crate::propagation::run_values::Other;
use crate::propagation::target::Target;
use crate::zone::NameServer;

/// The most addresses that are asked: no zone has that many, and each is named in the result.
const MOST_OBSERVATIONS: usize = 128;

/// How many are listed in one line.
const MOST_LISTED: usize = 12;

/// One address of one server, and what it answered last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// The server's name.
    pub server: Name,
    /// The address.
    pub address: SocketAddr,
    /// The answer.
    pub observed: Observed,
    /// The serial of the zone that the server has, where that is known.
    pub serial: Option<u32>,
    /// How long it took until the server served the value.
    pub after: Option<Duration>,
    /// What it has answered before.
    pub history: History,
}

/// What an address has answered while it was watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Whether it has had the value.
    pub(super) had_it: bool,
    /// The other value of the run that it had last.
    pub(super) other: Option<Other>,
}

impl Observation {
    /// An address that has not been asked yet.
    pub(super) fn pending(server: Name, address: SocketAddr) -> Self {
        Self {
            server,
            address,
            observed: Observed::Pending,
            serial: None,
            after: None,
            history: History::default(),
        }
    }

    /// Takes in what it answers `elapsed` after the waiting for this target began.
    pub(super) fn update(&mut self, observed: Observed, elapsed: Duration, target: &Target) {
        if observed.state() == ServerState::Serving {
            self.after.get_or_insert(elapsed);
            self.history.had_it = true;
        } else {
            self.after = None;
        }
        if let Observed::OtherValues(values) = &observed
            && let Some(other) = target.others.among(values)
        {
            self.history.other = Some(other);
        }
        self.serial = observed.serial();
        self.observed = observed;
    }

    /// Its state with regard to the value.
    #[must_use]
    pub fn state(&self) -> ServerState {
        self.observed.state()
    }

    /// Whether it has had the value, even if it has it no more.
    #[must_use]
    pub fn has_shown_it(&self) -> bool {
        self.history.had_it
    }

    /// Whether it has lost the value, or shown another of the run in its place.
    pub(super) fn is_replaced(&self) -> bool {
        let is_lost = self.history.had_it || self.history.other.is_some();
        is_lost && self.state() != ServerState::Serving
    }

    /// What it answered last, worded to follow its name.
    #[must_use]
    pub fn describe(&self) -> String {
        self.observed.describe()
    }
}

/// One for each address of these servers, none of them asked yet.
pub(super) fn all_pending(servers: &[NameServer]) -> Vec<Observation> {
    let mut observations: Vec<Observation> = Vec::new();
    for server in servers {
        for address in &server.addresses {
            let known = observations.iter().any(|one| one.address == *address);
            if !known && observations.len() < MOST_OBSERVATIONS {
                observations.push(Observation::pending(server.name.clone(), *address));
            }
        }
    }
    observations
}

/// What each of them answered last, in one line.
pub(super) fn list(observations: &[Observation]) -> String {
    let listed = observations.iter().take(MOST_LISTED);
    let mut listed: Vec<_> = listed
        .map(|one| format!("{} {}", label(one), one.describe()))
        .collect();
    if observations.len() > MOST_LISTED {
        listed.push(format!("{} more", observations.len() - MOST_LISTED));
    }
    listed.join("; ")
}

fn label(observation: &Observation) -> String {
    let server = &observation.server;
    let address = address::format(&observation.address);
    match observation.serial {
        // The answer itself tells it.
        Some(serial) if observation.observed.serial().is_none() => {
            format!("{server} ({address}, serial {serial})")
        }
        _ => format!("{server} ({address})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    fn server(addresses: &[u8]) -> NameServer {
        NameServer {
            name: parse("ns1.test").unwrap(),
            addresses: addresses
                .iter()
                .map(|last| ([192, 0, 2, *last], 53).into())
                .collect(),
        }
    }

    #[test]
    fn an_address_of_two_servers_is_asked_once_and_no_more_than_a_zone_has() {
        assert_eq!(all_pending(&[server(&[1, 2]), server(&[2, 3])]).len(), 3);
        let many: Vec<u8> = (0..=255).collect();
        assert_eq!(all_pending(&[server(&many)]).len(), MOST_OBSERVATIONS);
    }

    #[test]
    fn a_server_that_loses_the_value_has_not_served_it() {
        let mut one = Observation::pending(parse("ns1.test").unwrap(), ([192, 0, 2, 1], 53).into());
        let second = Duration::from_secs;
        for (observed, at, after, serial) in [
            (Observed::NoData(Some(7)), 0, None, Some(7)),
            (Observed::Value, 1, Some(1), None),
            (Observed::Value, 2, Some(1), None),
            (Observed::NoData(None), 3, None, None),
            (Observed::Value, 4, Some(4), None),
        ] {
            one.update(observed, second(at), &Target::fake());
            assert_eq!((one.is_replaced(), one.has_shown_it()), (at == 3, at > 0));
            assert_eq!((one.after, one.serial), (after.map(second), serial));
        }
    }

    #[test]
    fn a_line_has_the_first_twelve_servers_each_with_its_serial() {
        let with = |observed, serial| Observation {
            observed,
            serial,
            ..Observation::pending(parse("ns1.test").unwrap(), ([192, 0, 2, 1], 53).into())
        };
        for (observed, serial, line) in [
            (
                Observed::Value,
                Some(7),
                "ns1.test. (192.0.2.1, serial 7) has it",
            ),
            (Observed::Value, None, "ns1.test. (192.0.2.1) has it"),
            (
                Observed::NoData(Some(7)),
                Some(7),
                "ns1.test. (192.0.2.1) says NODATA (serial 7)",
            ),
        ] {
            assert_eq!(list(&[with(observed, serial)]), line);
        }
        let line = |count| list(&vec![with(Observed::Value, None); count]);
        assert!(line(12).ends_with("has it"));
        assert!(line(13).ends_with("has it; 1 more"));
    }
}
