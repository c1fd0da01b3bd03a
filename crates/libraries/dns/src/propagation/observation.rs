//! Each address of each server, and what it showed last.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::rr::Name;

use crate::address;
use crate::propagation::observed::{Observed, ServerState};
use crate::propagation::run_values::Other;
use crate::propagation::target::Target;
use crate::transport::{ExtendedErrors, ReplyFault};
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
    /// Where it is not asked for the value: the name whose CNAME, on the way to the value, it is asked for.
    pub alias: Option<Name>,
    /// The answer.
    pub observed: Observed,
    /// What it says beside that (RFC 8914).
    pub errors: ExtendedErrors,
    /// Since when it has been in its state, since the waiting began.
    pub since: Duration,
    /// The serial of the zone that the server has, where that is known.
    pub serial: Option<u32>,
    /// How long it took until the server served the value.
    pub after: Option<Duration>,
    /// When it was asked that, since the waiting began.
    pub(super) asked: Duration,
    /// Since when it has been of no use.
    pub(super) unusable_since: Option<Duration>,
    /// What it has answered before.
    pub history: History,
}

/// What an address has answered while it was watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// Whether it has ever answered with authority.
    pub(super) was_usable: bool,
    /// Whether it has had the value.
    pub(super) had_it: bool,
    /// The other value of the run that it had last.
    pub(super) other: Option<Other>,
}

impl Observation {
    /// An address that has not been asked yet.
    #[must_use]
    pub fn pending(server: Name, address: SocketAddr) -> Self {
        Self {
            server,
            address,
            alias: None,
            observed: Observed::Pending,
            errors: ExtendedErrors::default(),
            since: Duration::ZERO,
            serial: None,
            after: None,
            asked: Duration::ZERO,
            unusable_since: None,
            history: History::default(),
        }
    }

    /// Takes in what it answers `elapsed` after the waiting for this target began, to what it was `asked` then.
    pub(super) fn update(
        &mut self,
        observed: Observed,
        asked: Duration,
        elapsed: Duration,
        target: &Target,
    ) {
        self.asked = asked;
        if observed.state() != self.state() {
            self.since = elapsed;
        }
        if observed.state() == ServerState::Serving {
            self.after.get_or_insert(elapsed);
            self.history.had_it = true;
        } else {
            self.after = None;
        }
        if observed.state().is_usable() {
            self.history.was_usable = true;
            self.unusable_since = None;
        } else {
            self.unusable_since.get_or_insert(elapsed);
        }
        if let Observed::OtherValues(values) = &observed
            && let Some(other) = target.others.among(values)
        {
            self.history.other = Some(other);
        }
        self.serial = observed.serial();
        self.observed = observed;
    }

    /// Whether it may be of use again soon: it has been, or there is somebody who refuses.
    pub(super) fn may_come_back(&self) -> bool {
        let is_there = match &self.observed {
            Observed::Lame(ReplyFault::ResponseCode(..)) => true,
            Observed::NoAnswer(fault) => fault.is_refusal(),
            _ => false,
        };
        self.history.was_usable || is_there
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
        self.observed.describe_with(&self.errors)
    }
}

/// One for each address of the target's servers and one for each of those that have a CNAME on the way to it, none of them asked
/// yet.
pub(super) fn all_pending(target: &Target) -> Vec<Observation> {
    let mut observations = Vec::new();
    add_pending(&mut observations, &target.servers, None);
    observations.shrink_to_fit();
    for alias in &target.aliases {
        add_pending(&mut observations, &alias.servers, Some(&alias.name));
    }
    observations
}

fn add_pending(observations: &mut Vec<Observation>, servers: &[NameServer], alias: Option<&Name>) {
    let before = observations.len();
    for server in servers {
        for address in &server.addresses {
            let added = &observations[before..];
            let is_known = added.iter().any(|one| one.address == *address);
            if !is_known && added.len() < MOST_OBSERVATIONS {
                observations.push(Observation {
                    alias: alias.cloned(),
                    ..Observation::pending(server.name.clone(), *address)
                });
            }
        }
    }
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
    if let Some(alias) = &observation.alias {
        return format!("{server} ({address}), asked for the CNAME at {alias},");
    }
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
    use crate::transport::NetworkFault;
    use crate::zone::Alias;
    use hickory_proto::op::ResponseCode;

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
        let count = |servers: Vec<NameServer>, aliases| {
            let target = Target {
                servers,
                aliases,
                ..Target::fake()
            };
            all_pending(&target).len()
        };
        let alias = Alias {
            name: parse("b.test").unwrap(),
            target: parse("c.test").unwrap(),
            zone: parse("test").unwrap(),
            servers: vec![server(&[1])],
        };
        let two = || vec![server(&[1, 2]), server(&[2, 3])];
        assert_eq!(count(two(), vec![]), 3);
        assert_eq!(count(two(), vec![alias.clone(), alias]), 5);
        let many: Vec<u8> = (0..=255).collect();
        assert_eq!(count(vec![server(&many)], vec![]), MOST_OBSERVATIONS);
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
            one.update(observed, second(at), second(at), &Target::fake());
            assert_eq!((one.is_replaced(), one.has_shown_it()), (at == 3, at > 0));
            assert_eq!((one.after, one.serial), (after.map(second), serial));
        }
    }

    #[test]
    fn one_that_was_of_use_or_refuses_may_come_back() {
        let lame = |fault| Observed::Lame(fault);
        let mut one = Observation::pending(parse("ns1.test").unwrap(), ([192, 0, 2, 1], 53).into());
        let second = Duration::from_secs;
        for (observed, at, may_come_back, since) in [
            (lame(ReplyFault::NotAuthoritative), 0, false, Some(0)),
            (
                lame(ReplyFault::ResponseCode(
                    ResponseCode::Refused,
                    crate::transport::ExtendedErrors::default(),
                )),
                1,
                true,
                Some(0),
            ),
            (Observed::NoAnswer(NetworkFault::Timeout), 2, false, Some(0)),
            (Observed::NoAnswer(NetworkFault::Refused), 3, true, Some(0)),
            (Observed::NoData(None), 4, true, None),
            (Observed::NoAnswer(NetworkFault::Timeout), 5, true, Some(5)),
        ] {
            one.update(observed, second(at), second(at), &Target::fake());
            let found = (one.may_come_back(), one.unusable_since);
            assert_eq!(found, (may_come_back, since.map(second)), "{at}");
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
