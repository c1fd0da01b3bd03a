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
    /// As [`Way::Udp`], once more from another port, with a question for the machine's identifier (RFC 5001): which time it is,
    /// from 1 to [`Way::MOST_AGAIN`].
    Again(u8),
}

/// What a capture calls it to be asked once more.
const AGAIN: [&str; Way::MOST_AGAIN as usize] = ["udp-again-1", "udp-again-2", "udp-again-3"];

impl Way {
    /// How often the same is asked once more.
    pub const MOST_AGAIN: u8 = 3;

    /// All of them.
    pub const ALL: [Way; 8] = [
        Way::Udp,
        Way::MixedCase,
        Way::Plain,
        Way::Tcp,
        Way::Resolver,
        Way::Again(1),
        Way::Again(2),
        Way::Again(3),
    ];

    /// Where it stands in [`Way::ALL`].
    pub(super) fn index(self) -> usize {
        match self {
            Way::Udp => 0,
            Way::MixedCase => 1,
            Way::Plain => 2,
            Way::Tcp => 3,
            Way::Resolver => 4,
            Way::Again(time) => 4 + usize::from(time.clamp(1, Way::MOST_AGAIN)),
        }
    }

    /// What a capture calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Way::Udp => "udp",
            Way::MixedCase => "udp-mixed-case",
            Way::Plain => "udp-without-edns",
            Way::Tcp => "tcp",
            Way::Resolver => "resolver",
            Way::Again(time) => AGAIN[usize::from(time.clamp(1, Way::MOST_AGAIN)) - 1],
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_stands_at_its_place_and_has_a_name_of_its_own() {
        for (index, way) in Way::ALL.into_iter().enumerate() {
            assert_eq!(way.index(), index, "{way}");
            let named = Way::ALL.iter().filter(|one| one.as_str() == way.as_str());
            assert_eq!(named.count(), 1, "{way}");
        }
    }
}
