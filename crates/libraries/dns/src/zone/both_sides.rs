//! The servers of a zone that it names itself, or a resolver does, and those that the zone above names, brought together.

use std::net::SocketAddr;

use hickory_proto::rr::Name;

use crate::transport::{Remark, is_internal};
use crate::zone::location::NameServer;
use crate::zone::response::MOST_ADDRESSES;

/// The servers of both sides, and what is to be said where they differ.
pub(super) fn unite(
    zone: &Name,
    own: Vec<NameServer>,
    above: Vec<NameServer>,
) -> (Vec<NameServer>, Option<Remark>) {
    let lacks = |servers: &[NameServer], server: &NameServer| {
        !servers.iter().any(|other| other.name == server.name)
    };
    let names = |of: &[NameServer], other: &[NameServer]| -> Vec<Name> {
        let only = of.iter().filter(|server| lacks(other, server));
        only.map(|server| server.name.clone()).collect()
    };
    let (only_above, only_own) = (names(&above, &own), names(&own, &above));
    if !above.is_empty() && are_internal(&own) && !are_internal(&above) {
        return (own, Some(Remark::SplitHorizon(zone.clone())));
    }
    let mut servers = own;
    for server in &above {
        match servers.iter_mut().find(|other| other.name == server.name) {
            // What glue says may be old, and resolvers use it all the same.
            Some(same) => add_addresses(same, &server.addresses),
            None => servers.push(server.clone()),
        }
    }
    if above.is_empty() || (only_above.is_empty() && only_own.is_empty()) {
        return (servers, None);
    }
    let remark = Remark::OtherServers {
        zone: zone.clone(),
        only_above,
        only_own,
    };
    (servers, Some(remark))
}

fn add_addresses(server: &mut NameServer, addresses: &[SocketAddr]) {
    for address in addresses {
        if !server.addresses.contains(address) && server.addresses.len() < MOST_ADDRESSES {
            server.addresses.push(*address);
        }
    }
}

/// Whether there are addresses, and none that the world can reach.
fn are_internal(servers: &[NameServer]) -> bool {
    let mut addresses = servers
        .iter()
        .flat_map(|server| &server.addresses)
        .peekable();
    addresses.peek().is_some() && addresses.all(is_internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    fn servers(list: &[(&str, [u8; 4])]) -> Vec<NameServer> {
        let server = |(name, ip): &(&str, [u8; 4])| NameServer {
            name: parse(name).unwrap(),
            addresses: vec![(*ip, 53).into()],
        };
        list.iter().map(server).collect()
    }

    #[test]
    fn the_addresses_of_both_sides_are_taken_and_a_server_without_any_is_not_internal() {
        let zone = parse("example.test").unwrap();
        let (glue, own) = (([192, 0, 2, 9], 53).into(), ([192, 0, 2, 1], 53).into());
        let server = |addresses| NameServer {
            name: parse("a.test").unwrap(),
            addresses,
        };
        for (own_addresses, addresses) in [
            (vec![own], vec![own, glue]),
            (vec![glue], vec![glue]),
            (vec![], vec![glue]),
        ] {
            let found = unite(&zone, vec![server(own_addresses)], vec![server(vec![glue])]);
            assert_eq!(found, (vec![server(addresses)], None));
        }
    }

    #[test]
    fn the_servers_of_both_sides_are_taken_and_a_difference_is_said() {
        const A: (&str, [u8; 4]) = ("a.test", [192, 0, 2, 1]);
        const B: (&str, [u8; 4]) = ("b.test", [192, 0, 2, 2]);
        const INSIDE: (&str, [u8; 4]) = ("c.test", [10, 0, 0, 1]);
        for (own, above, all, says) in [
            (vec![A], vec![], vec![A], None),
            (vec![A, B], vec![B, A], vec![A, B], None),
            (
                vec![A],
                vec![A, B],
                vec![A, B],
                Some("only the zone above names b.test."),
            ),
            (
                vec![A, B],
                vec![A],
                vec![A, B],
                Some("only the zone itself names b.test."),
            ),
            (vec![A], vec![B], vec![A, B], Some("names b.test.; only")),
            (vec![A], vec![INSIDE], vec![A, INSIDE], Some("c.test.")),
            (vec![INSIDE], vec![A], vec![INSIDE], Some("split horizon")),
        ] {
            let zone = parse("example.test").unwrap();
            let (found, remark) = unite(&zone, servers(&own), servers(&above));
            assert_eq!(found, servers(&all));
            let said = remark.map(|remark| remark.to_string());
            assert_eq!(said.is_some(), says.is_some(), "{said:?}");
            assert!(said.unwrap_or_default().contains(says.unwrap_or_default()));
        }
    }
}
