//! What is odd about servers and zones, and no reason not to go on.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hickory_proto::rr::Name;

use crate::address;

/// The most remarks that are kept.
const MOST: usize = 1024;

/// Something odd.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    /// This server answers only questions without EDNS (RFC 6891).
    WithoutEdns(SocketAddr),
    /// This server answers for a zone without authority (no AA), and no other does better.
    NotAuthoritative(SocketAddr),
    /// This server's address is one of this machine, or of a private network.
    Private(SocketAddr),
    /// Nobody can be at this address of a server.
    NoHost(SocketAddr),
    /// Resolvers fail where the servers themselves answer.
    ResolversFail {
        /// What was asked, and how they failed.
        how: String,
        /// Whether one says SERVFAIL, as one does that finds DNSSEC broken.
        is_servfail: bool,
    },
    /// A resolver does not answer, or its addresses are not to be found.
    UselessResolver {
        /// The resolver.
        resolver: String,
        /// Why.
        why: String,
    },
    /// A zone has no NS records of its own, and is served by those that the zone above names.
    NoNs(Name),
    /// A zone and the zone above it name different servers for it.
    OtherServers {
        /// The zone.
        zone: Name,
        /// Those that only the zone above names.
        only_above: Vec<Name>,
        /// Those that only the zone itself names.
        only_own: Vec<Name>,
    },
    /// The zone above this one has not said in time which servers it names for it.
    SilentParent(Name),
    /// A resolver names only internal servers for a zone, and the zone above names others.
    SplitHorizon(Name),
}

/// The remarks that there are, each once.
#[derive(Debug, Default)]
pub(super) struct Remarks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    made: BTreeSet<Remark>,
    new: Vec<Remark>,
}

impl Remarks {
    pub(super) fn make(&self, remark: Remark) {
        let mut state = self.state();
        if state.made.len() < MOST && state.made.insert(remark.clone()) {
            state.new.push(remark);
        }
    }

    /// Those that nobody has taken yet.
    pub(super) fn take(&self) -> Vec<Remark> {
        std::mem::take(&mut self.state().new)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether this is an address of this machine or of a private network.
#[must_use]
pub fn is_internal(server: &SocketAddr) -> bool {
    match server.ip() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

impl Remark {
    /// What is to be said of the address of an authoritative server.
    pub(crate) fn of_address(server: SocketAddr) -> Option<Remark> {
        match server.ip() {
            ip if ip.is_unspecified() || ip.is_multicast() => Some(Self::NoHost(server)),
            IpAddr::V4(ip) if ip.is_broadcast() => Some(Self::NoHost(server)),
            _ if is_internal(&server) => Some(Self::Private(server)),
            _ => None,
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithoutEdns(server) => write!(
                f,
                "the server at {} answers only without EDNS (RFC 6891)",
                address::format(server)
            ),
            Self::NotAuthoritative(server) => write!(
                f,
                "the name server at {} answers without authority (no AA); some resolvers \
                 do not take that",
                address::format(server)
            ),
            Self::Private(server) => write!(
                f,
                "the name server at {} has a loopback or private address: no CA outside of this network can ask it",
                address::format(server)
            ),
            Self::NoHost(server) => write!(
                f,
                "{} is given as the address of a name server: nobody can be there, and it is not asked",
                address::format(server)
            ),
            Self::ResolversFail { how, is_servfail } => {
                write!(
                    f,
                    "{how}; the name servers themselves lead to the zone all the same"
                )?;
                match is_servfail {
                    true => f.write_str(
                        ", but a CA's resolver may fail there as well: is DNSSEC broken?",
                    ),
                    false => Ok(()),
                }
            }
            Self::UselessResolver { resolver, why } => {
                write!(f, "the resolver {resolver} is of no use: {why}")
            }
            Self::NoNs(zone) => write!(
                f,
                "the zone {zone} has no NS records of its own; the servers that the zone above names are taken"
            ),
            Self::OtherServers {
                zone,
                only_above,
                only_own,
            } => {
                write!(
                    f,
                    "the zone {zone} and the zone above it name different servers:"
                )?;
                for (names, who) in [
                    (only_above, "the zone above"),
                    (only_own, "the zone itself"),
                ] {
                    if !names.is_empty() {
                        let names: Vec<_> = names.iter().map(ToString::to_string).collect();
                        write!(f, " only {who} names {};", names.join(", "))?;
                    }
                }
                f.write_str(" a CA may ask any of them, and so the record has to be on all")
            }
            Self::SilentParent(zone) => write!(
                f,
                "the zone above {zone} has not said in time which servers it names for it; those that {zone} names are taken"
            ),
            Self::SplitHorizon(zone) => write!(
                f,
                "the resolver names only internal servers for {zone}, and the zone above it names others (split horizon): \
                 a CA outside of this network does not see this zone; --resolver with an outside one would find the others"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_no_ca_can_reach_are_known() {
        for (ip, remark) in [
            ("192.0.2.1", None),
            ("2001:db8::1", None),
            ("0.0.0.0", Some("nobody")),
            ("::", Some("nobody")),
            ("224.0.0.1", Some("nobody")),
            ("ff02::1", Some("nobody")),
            ("255.255.255.255", Some("nobody")),
            ("127.0.0.53", Some("no CA")),
            ("::1", Some("no CA")),
            ("10.0.0.1", Some("no CA")),
            ("192.168.0.1", Some("no CA")),
            ("169.254.0.1", Some("no CA")),
            ("fe80::1", Some("no CA")),
            ("fd00::1", Some("no CA")),
        ] {
            let server = SocketAddr::new(ip.parse().unwrap(), 53);
            let found = Remark::of_address(server).map(|remark| remark.to_string());
            assert_eq!(found.is_some(), remark.is_some(), "{ip}");
            assert!(
                found
                    .unwrap_or_default()
                    .contains(remark.unwrap_or_default()),
                "{ip}"
            );
        }
    }

    #[test]
    fn a_remark_is_made_once() {
        let remarks = Remarks::default();
        let remark = |port: u16| Remark::WithoutEdns(([192, 0, 2, 1], port).into());
        for port in [1, 1, 2] {
            remarks.make(remark(port));
        }
        assert_eq!(remarks.take(), [remark(1), remark(2)]);
        remarks.make(remark(1));
        assert_eq!(remarks.take(), []);
    }

    #[test]
    fn only_after_servfail_a_cas_resolver_may_fail_as_well() {
        for is_servfail in [true, false] {
            let how = "no resolver answers".to_owned();
            let said = Remark::ResolversFail { how, is_servfail }.to_string();
            assert!(said.contains("answers; the name servers themselves lead to the zone"));
            assert_eq!(said.contains("a CA's resolver"), is_servfail, "{said}");
        }
    }

    #[test]
    fn servers_that_only_one_side_names_are_named() {
        let name = |text| crate::name::parse(text).unwrap();
        let remark =
            |only_above: &[&'static str], only_own: &[&'static str]| Remark::OtherServers {
                zone: name("a.test"),
                only_above: only_above.iter().copied().map(name).collect(),
                only_own: only_own.iter().copied().map(name).collect(),
            };
        let said = remark(&["b.test", "c.test"], &[]).to_string();
        assert!(
            said.contains(": only the zone above names b.test., c.test.; a CA"),
            "{said}"
        );
        let said = remark(&["b.test"], &["d.test"]).to_string();
        assert!(
            said.contains("b.test.; only the zone itself names d.test.; a CA"),
            "{said}"
        );
    }
}
