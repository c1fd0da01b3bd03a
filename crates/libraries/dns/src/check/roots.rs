//! The root servers, from which everything begins.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::address::PORT;

/// Where the way down begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    /// Resolvers that are asked for the root's servers where the well-known ones do not answer.
    pub resolvers: Vec<SocketAddr>,
    /// Whether the resolvers alone say which servers those are: a network may have a root of its own.
    pub by_resolver: bool,
}

/// The root servers' letters with their addresses (<https://www.internic.net/domain/named.root>, of November 2024).
const HINTS: [(char, Ipv4Addr, Ipv6Addr); 13] = [
    ('a', v4(198, 41, 0, 4), v6(0x503, 0xba3e, 0, 2, 0x30)),
    (
        'b',
        v4(170, 247, 170, 2),
        Ipv6Addr::new(0x2801, 0x1b8, 0x10, 0, 0, 0, 0, 0xb),
    ),
    ('c', v4(192, 33, 4, 12), v6(0x500, 2, 0, 0, 0xc)),
    ('d', v4(199, 7, 91, 13), v6(0x500, 0x2d, 0, 0, 0xd)),
    ('e', v4(192, 203, 230, 10), v6(0x500, 0xa8, 0, 0, 0xe)),
    ('f', v4(192, 5, 5, 241), v6(0x500, 0x2f, 0, 0, 0xf)),
    ('g', v4(192, 112, 36, 4), v6(0x500, 0x12, 0, 0, 0xd0d)),
    ('h', v4(198, 97, 190, 53), v6(0x500, 1, 0, 0, 0x53)),
    (
        'i',
        v4(192, 36, 148, 17),
        Ipv6Addr::new(0x2001, 0x7fe, 0, 0, 0, 0, 0, 0x53),
    ),
    ('j', v4(192, 58, 128, 30), v6(0x503, 0xc27, 0, 2, 0x30)),
    (
        'k',
        v4(193, 0, 14, 129),
        Ipv6Addr::new(0x2001, 0x7fd, 0, 0, 0, 0, 0, 1),
    ),
    ('l', v4(199, 7, 83, 42), v6(0x500, 0x9f, 0, 0, 0x42)),
    (
        'm',
        v4(202, 12, 27, 33),
        Ipv6Addr::new(0x2001, 0xdc3, 0, 0, 0, 0, 0, 0x35),
    ),
];

const fn v4(a: u8, b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, d)
}

const fn v6(b: u16, c: u16, d: u16, g: u16, h: u16) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, b, c, d, 0, 0, g, h)
}

/// The names of the root servers with their addresses, IPv4 first.
pub(super) fn hints() -> impl Iterator<Item = (String, SocketAddr)> {
    let name = |letter: char| format!("{letter}.root-servers.net.");
    let at = |ip: IpAddr| SocketAddr::new(ip, PORT);
    let four = HINTS
        .iter()
        .map(move |(letter, four, _)| (name(*letter), at((*four).into())));
    let six = HINTS
        .iter()
        .map(move |(letter, _, six)| (name(*letter), at((*six).into())));
    four.chain(six)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_the_root_servers_are_those_of_the_hints_file() {
        let all: Vec<String> = hints()
            .map(|(name, at)| format!("{name} {}", at.ip()))
            .collect();
        assert_eq!(all.len(), 26);
        for line in [
            "a.root-servers.net. 198.41.0.4",
            "a.root-servers.net. 2001:503:ba3e::2:30",
            "b.root-servers.net. 2801:1b8:10::b",
            "c.root-servers.net. 2001:500:2::c",
            "d.root-servers.net. 2001:500:2d::d",
            "e.root-servers.net. 2001:500:a8::e",
            "f.root-servers.net. 2001:500:2f::f",
            "g.root-servers.net. 2001:500:12::d0d",
            "h.root-servers.net. 2001:500:1::53",
            "i.root-servers.net. 2001:7fe::53",
            "j.root-servers.net. 2001:503:c27::2:30",
            "k.root-servers.net. 2001:7fd::1",
            "l.root-servers.net. 2001:500:9f::42",
            "m.root-servers.net. 2001:dc3::35",
        ] {
            assert!(all.iter().any(|one| one == line), "{line} of {all:#?}");
        }
    }
}
