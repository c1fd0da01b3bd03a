//! The addresses of a name server that is named in another zone.

use std::rc::Rc;

use hickory_proto::rr::{Name, RecordType};

use crate::check::survey::found::{End, Host};
use crate::check::survey::kept::{Shelf, Shelves};
use crate::check::survey::view::View;
use crate::check::survey::zones::ips_of;
use crate::name::from_wire;

/// Where the names of servers lead to each other, they are followed so deep.
const DEEPEST: usize = 6;

impl View<'_> {
    /// Finds a host from the root down.
    pub(super) fn host(&self, name: &Name) -> Rc<Host> {
        let shelf: fn(&mut Shelves) -> &mut Shelf<Host> = |shelves| &mut shelves.hosts;
        if let Some(host) = self.recall(shelf, name) {
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
        let host = self.find(shelf, name, || self.find_host(name));
        self.under_way.borrow_mut().pop();
        host
    }

    fn find_host(&self, name: &Name) -> Host {
        let mut host = Host::default();
        let walk = self.walk(name);
        let (Some(zone), End::Found) = (walk.zones.last(), &walk.end) else {
            if matches!(walk.end, End::NotRegistered(_)) {
                host.addresses = Some(Vec::new());
            }
            return host;
        };
        for record_type in [RecordType::A, RecordType::AAAA] {
            let asked = self.consult(zone, name, record_type);
            let Some(reply) = asked.iter().find_map(|asked| asked.of_zone()) else {
                continue;
            };
            host.addresses
                .get_or_insert_default()
                .extend(ips_of(reply, name));
            if let Some(target) = reply.cname_of(name).and_then(from_wire) {
                let behind = self.host(&target);
                host.alias = Some(target);
                host.addresses.clone_from(&behind.addresses);
                break;
            }
        }
        host
    }
}
