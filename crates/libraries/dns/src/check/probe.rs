//! A question to a server, and how it goes out.

use std::fmt;
use std::net::SocketAddr;

use hickory_proto::rr::{Name, RecordType};

/// How a question goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// Over UDP with EDNS, 1232 octets, and DO (RFC 3225), as the resolver of a CA asks.
    Udp,
    /// The same with the name in mixed case (draft-vixie-dnsext-dns0x20).
    MixedCase,
    /// Over UDP without EDNS.
    Plain,
    /// Over TCP with EDNS and DO.
    Tcp,
    /// Over UDP to a recursive resolver.
    Resolver,
}

impl Way {
    /// All of them.
    pub const ALL: [Way; 5] = [
        Way::Udp,
        Way::MixedCase,
        Way::Plain,
        Way::Tcp,
        Way::Resolver,
    ];

    /// What a capture calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Udp => "udp",
            Way::MixedCase => "udp-mixed-case",
            Way::Plain => "udp-without-edns",
            Way::Tcp => "tcp",
            Way::Resolver => "resolver",
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One question to one server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Probe {
    /// Who is asked.
    pub server: SocketAddr,
    /// How.
    pub way: Way,
    /// For which name.
    pub name: Name,
    /// For records of which type.
    pub record_type: RecordType,
}
