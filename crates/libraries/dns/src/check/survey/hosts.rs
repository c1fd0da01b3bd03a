//! The addresses of a name server that is named in another zone.

use std::rc::Rc;

use hickory_proto::rr::{Name, RecordType};

use crate::check::survey::found::{End, Host, Unheard, Zone};
use crate::check::survey::kept::{Cache, Caches};
use crate::check::survey::said::Asked;
use crate::check::survey::view::View;
use crate::check::survey::zones::ips_of;
use crate::name::from_wire;
use crate::transport::NetworkFault;

/// Where the names of servers lead to each other, they are followed so deep.
const DEEPEST: usize = 6;

impl View<'_> {
    /// Finds a host from the root down.
    pub(super) fn host(&self, name: &Name) -> Rc<Host> {
        let cache: fn(&mut Caches) -> &mut Cache<Host> = |caches| &mut caches.hosts;
        if let Some(host) = self.recall(cache, name) {
            return host;
        }
        let is_circular = {
            let under_way = self.under_way.borrow();
            under_way.contains(name) || under_way.len() >= DEEPEST
        };
        if is_circular {
            self.leave_open();
            return Rc::default();
        }
        self.under_way.borrow_mut().push(name.clone());
        let host = self.find(cache, name, || self.find_host(name));
        self.under_way.borrow_mut().pop();
        host
    }

    fn find_host(&self, name: &Name) -> Host {
        let mut host = Host::default();
        let walk = self.walk(name);
        let zone = match (walk.zone(), &walk.end) {
            (Some(zone), End::Found | End::NotRegistered(_)) => zone,
            (Some(zone), End::NoAnswer(asked)) => {
                host.unheard = unheard(zone, asked);
                return host;
            }
            _ => return host,
        };
        // A top-level domain that delegates no such name may have a host at it all the same: its own servers are there.
        if matches!(walk.end, End::NotRegistered(_)) {
            host.addresses = Some(Vec::new());
        }
        for record_type in [RecordType::A, RecordType::AAAA] {
            let asked = self.consult(zone, name, record_type);
            let Some(reply) = asked.iter().find_map(|asked| asked.of_zone()) else {
                host.unheard = unheard(zone, &asked);
                continue;
            };
            host.addresses
                .get_or_insert_default()
                .extend(ips_of(reply, name));
            if let Some(target) = reply.cname_of(name).and_then(from_wire) {
                let behind = self.host(&target);
                host.alias = Some(target);
                host.addresses.clone_from(&behind.addresses);
                host.unheard.clone_from(&behind.unheard);
                break;
            }
        }
        host
    }
}

/// What is to be said of a zone none of whose servers says anything of use; where none could be asked, of the one that their
/// addresses depend on.
fn unheard(zone: &Zone, asked: &[Asked]) -> Option<Unheard> {
    if asked.is_empty() {
        return zone.servers.iter().find_map(|one| one.unheard.clone());
    }
    let has_no_route = |one: &Asked| one.said.fault() == Some(&NetworkFault::Unroutable);
    Some(Unheard {
        zone: zone.name.clone(),
        has_no_route: asked.iter().any(has_no_route),
    })
}
