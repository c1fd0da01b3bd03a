//! Looks for a value that is not at its name where somebody may have written it by mistake.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;

use futures_util::future::join_all;
use hickory_proto::rr::{Name, RecordType};

use crate::propagation::observation::Observation;
use crate::propagation::observed::{Observed, read};
use crate::propagation::target::Target;
use crate::slip::{Slip, names_by_mistake, without_zone};
use crate::transport::{Client, Question};
use crate::zone::{NameServer, ZoneFinder};

/// At how many addresses each of these names is asked for.
const ADDRESSES: usize = 2;

/// So many values of a zone are looked for elsewhere in a run: who writes one at a wrong name writes all of them there, and a
/// server is not to be asked for each.
const MOST_OF_ZONE: usize = 4;

/// How often was looked elsewhere, by zone. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Searches(Rc<RefCell<HashMap<Option<Name>, usize>>>);

impl Searches {
    /// Whether another value of this zone may be looked for.
    fn take(&self, zone: Option<&Name>) -> bool {
        let mut all = self.0.borrow_mut();
        let count = all.entry(zone.cloned()).or_default();
        *count += 1;
        *count <= MOST_OF_ZONE
    }
}

/// Where a value stands in place of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The name that has it.
    pub name: Name,
    /// How that differs from the one that was meant.
    pub slip: Slip,
    /// A server that has it there.
    pub server: Name,
    /// Its address.
    pub address: SocketAddr,
}

/// Asks servers of the zone for the value at other names, and those of the zone that a CNAME was meant to lead to.
pub(super) async fn find(
    client: &Client,
    finder: &ZoneFinder,
    searches: &Searches,
    target: &Target,
    observations: &[Observation],
) -> Option<Elsewhere> {
    if !searches.take(target.zone.as_ref()) {
        return None;
    }
    let in_zone = async {
        let zone = target.zone.as_ref()?;
        let usable = observations
            .iter()
            .filter(|one| one.alias.is_none() && one.state().is_usable());
        // The primary has it first.
        let (first, others): (Vec<_>, Vec<_>) =
            usable.partition(|one| target.primary.as_ref() == Some(&one.server));
        let all = first.into_iter().chain(others).take(ADDRESSES);
        let servers: Vec<_> = all.map(|one| (one.server.clone(), one.address)).collect();
        let names = names_by_mistake(&target.name, zone);
        let asked = names
            .into_iter()
            .map(|(name, slip)| ask(client, name, slip, target, &servers));
        join_all(asked).await.into_iter().flatten().next()
    };
    let (in_zone, behind_alias) =
        futures_util::future::join(in_zone, behind_alias(client, finder, target)).await;
    in_zone.or(behind_alias)
}

/// The value at the name that the last CNAME was meant to lead to.
async fn behind_alias(client: &Client, finder: &ZoneFinder, target: &Target) -> Option<Elsewhere> {
    let alias = target.aliases.last()?;
    let meant = without_zone(&target.name, &alias.zone)?;
    // It is on the heap: it is rarely needed, and large.
    let location = Box::pin(finder.locate(&meant)).await.ok()?;
    let servers = one_address_each(client, &location.servers);
    ask(client, meant, Slip::AliasTarget, target, &servers).await
}

/// An address of each server that is asked, of so many servers.
fn one_address_each(client: &Client, servers: &[NameServer]) -> Vec<(Name, SocketAddr)> {
    let one_address = |server: &NameServer| {
        let mut used = server.addresses.iter().filter(|one| client.uses(**one));
        Some((server.name.clone(), *used.next()?))
    };
    servers
        .iter()
        .filter_map(one_address)
        .take(ADDRESSES)
        .collect()
}

async fn ask(
    client: &Client,
    name: Name,
    slip: Slip,
    target: &Target,
    servers: &[(Name, SocketAddr)],
) -> Option<Elsewhere> {
    let question = Question::new(&name, RecordType::TXT);
    let has_it = servers.iter().map(async |(server, address)| {
        let answer = client.authoritative(*address).ask(&question).await;
        let observed = read(answer, &name, &target.value, None);
        (observed == Observed::Value).then(|| (server.clone(), *address))
    });
    let holder = join_all(has_it).await.into_iter().flatten().next();
    let (server, address) = holder?;
    Some(Elsewhere {
        name,
        slip,
        server,
        address,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;
    use crate::transport::{Family, Network};

    #[test]
    fn servers_are_asked_at_addresses_of_the_version_of_ip_that_is_used() {
        let four = SocketAddr::from(([192, 0, 2, 1], 53));
        let six = SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 53));
        let server = |addresses: &[SocketAddr]| NameServer {
            name: parse("ns.test").unwrap(),
            addresses: addresses.to_vec(),
        };
        let servers = [[four, six].as_slice(), &[four], &[], &[six]].map(server);
        for (family, expected) in [
            (Family::Both, [four, four]),
            (Family::V4, [four, four]),
            (Family::V6, [six, six]),
        ] {
            let network = Network {
                family,
                ..Network::default()
            };
            let asked = one_address_each(&Client::over(network, 1), &servers);
            let asked: Vec<_> = asked.into_iter().map(|(_, address)| address).collect();
            assert_eq!(asked, expected, "{family:?}");
        }
    }
}
