//! Why a server gave no reply.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use rustix::io::Errno;

use crate::address;

/// Why a question to a server ended without a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// Nothing came back in fair tries over UDP and TCP.
    Timeout,
    /// Nothing listens there: ICMP port unreachable, or a TCP reset.
    Refused,
    /// This machine has no route to the address's family, or no address of it.
    Unroutable,
    /// The system said something else.
    Network(String),
    /// What came back cannot be read.
    Malformed(String),
}

impl From<io::Error> for Silence {
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::TIMEDOUT) => Self::Timeout,
            Some(Errno::CONNREFUSED | Errno::CONNRESET) => Self::Refused,
            Some(Errno::NETUNREACH | Errno::ADDRNOTAVAIL | Errno::AFNOSUPPORT) => Self::Unroutable,
            _ => Self::Network(error.to_string()),
        }
    }
}

impl fmt::Display for Silence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("no answer over UDP or TCP"),
            Self::Refused => f.write_str("nothing listens on its port"),
            Self::Unroutable => f.write_str("no route from here"),
            Self::Network(error) => f.write_str(error),
            Self::Malformed(error) => write!(f, "an answer that cannot be read: {error}"),
        }
    }
}

/// Why a server was no help: it kept silent, or what it said is of no use.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    Silent(Silence),
    Useless(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent(silence) => silence.fmt(f),
            Self::Useless(reason) => f.write_str(reason),
        }
    }
}

/// What was wrong with each of several servers, in one line.
pub(crate) fn list(faults: &[(SocketAddr, Fault)]) -> String {
    let said = faults
        .iter()
        .map(|(server, fault)| format!("{}: {fault}", address::format(server)));
    said.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_address_family_is_unroutable_and_a_closed_port_is_not() {
        for errno in [Errno::NETUNREACH, Errno::ADDRNOTAVAIL, Errno::AFNOSUPPORT] {
            assert_eq!(Silence::from(io::Error::from(errno)), Silence::Unroutable);
        }
        assert_eq!(
            Silence::from(io::Error::from(Errno::CONNREFUSED)),
            Silence::Refused
        );
    }
}
