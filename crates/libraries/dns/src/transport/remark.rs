//! What is odd about a server, and no reason not to use it.

use std::collections::BTreeSet;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use crate::address;

/// The most remarks that are kept.
const MOST: usize = 1024;

/// Something odd about a server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    /// It answers only questions without EDNS (RFC 6891).
    WithoutEdns,
    /// It answers for a zone without authority (no AA), and no other server does better.
    NotAuthoritative,
    /// Its address is one of this machine, or of a private network.
    Private,
    /// Its address is none that anybody can be at.
    NoHost,
}

/// The remarks that there are, each once.
#[derive(Debug, Default)]
pub(super) struct Remarks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    made: BTreeSet<(SocketAddr, Remark)>,
    new: Vec<(SocketAddr, Remark)>,
}

impl Remarks {
    pub(super) fn make(&self, server: SocketAddr, remark: Remark) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.made.len() < MOST && state.made.insert((server, remark.clone())) {
            state.new.push((server, remark));
        }
    }

    /// Those that nobody has taken yet.
    pub(super) fn take(&self) -> Vec<(SocketAddr, Remark)> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.new)
    }
}

impl Remark {
    /// What is to be said of the address of an authoritative server.
    pub(crate) fn of_address(server: SocketAddr) -> Option<Remark> {
        match server.ip() {
            ip if ip.is_unspecified() || ip.is_multicast() => Some(Self::NoHost),
            IpAddr::V4(ip) if ip.is_broadcast() => Some(Self::NoHost),
            IpAddr::V4(ip) if ip.is_loopback() || ip.is_private() || ip.is_link_local() => {
                Some(Self::Private)
            }
            IpAddr::V6(ip)
                if ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() =>
            {
                Some(Self::Private)
            }
            _ => None,
        }
    }

    /// Says it of the server at this address.
    #[must_use]
    pub fn about(&self, server: &SocketAddr) -> String {
        format!("the name server at {} {self}", address::format(server))
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WithoutEdns => "answers only questions without EDNS (RFC 6891)",
            Self::NotAuthoritative => {
                "answers without authority (no AA), and no other does better; some resolvers do not take that"
            }
            Self::Private => {
                "has a loopback or private address: no CA outside of this network can ask it"
            }
            Self::NoHost => "is not asked: nobody can be at that address",
        })
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
            ("0.0.0.0", Some(Remark::NoHost)),
            ("::", Some(Remark::NoHost)),
            ("224.0.0.1", Some(Remark::NoHost)),
            ("ff02::1", Some(Remark::NoHost)),
            ("255.255.255.255", Some(Remark::NoHost)),
            ("127.0.0.53", Some(Remark::Private)),
            ("::1", Some(Remark::Private)),
            ("10.0.0.1", Some(Remark::Private)),
            ("192.168.0.1", Some(Remark::Private)),
            ("169.254.0.1", Some(Remark::Private)),
            ("fe80::1", Some(Remark::Private)),
            ("fd00::1", Some(Remark::Private)),
        ] {
            let server = SocketAddr::new(ip.parse().unwrap(), 53);
            assert_eq!(Remark::of_address(server), remark, "{ip}");
        }
    }

    #[test]
    fn a_remark_is_made_once() {
        let remarks = Remarks::default();
        let server = |port: u16| SocketAddr::from(([192, 0, 2, 1], port));
        for port in [1, 1, 2] {
            remarks.make(server(port), Remark::WithoutEdns);
        }
        let new = [
            (server(1), Remark::WithoutEdns),
            (server(2), Remark::WithoutEdns),
        ];
        assert_eq!(remarks.take(), new);
        remarks.make(server(1), Remark::WithoutEdns);
        assert_eq!(remarks.take(), []);
    }
}
