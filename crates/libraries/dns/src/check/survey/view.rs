//! What is captured, seen as answers; and what is wanted beside that.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::rc::Rc;

use hickory_proto::rr::{Name, RecordType};

use crate::check::capture::Capture;
use crate::check::probe::{Probe, Way};
use crate::check::roots::Roots;
use crate::check::survey::found::{Host, Walk, Zone};
use crate::check::survey::said::{Said, rejects_edns};
use crate::transport::{NetworkFault, Remark};

/// So many probes without any reply, and a server is not asked any more.
const DEAD_AFTER: usize = 3;

/// What is captured, seen as answers. It lasts for one survey.
pub(in crate::check) struct View<'a> {
    capture: &'a Capture,
    pub(super) roots: &'a Roots,
    wanted: RefCell<Wanted>,
    pub(super) zones: RefCell<HashMap<Name, Rc<Zone>>>,
    pub(super) walks: RefCell<HashMap<Name, Rc<Walk>>>,
    pub(super) hosts: RefCell<HashMap<Name, Rc<Host>>>,
    /// The hosts whose addresses are being looked for.
    pub(super) under_way: RefCell<Vec<Name>>,
}

#[derive(Default)]
struct Wanted {
    known: HashSet<Probe>,
    list: Vec<Probe>,
}

impl<'a> View<'a> {
    pub(in crate::check) fn new(capture: &'a Capture, roots: &'a Roots) -> Self {
        Self {
            capture,
            roots,
            wanted: RefCell::default(),
            zones: RefCell::default(),
            walks: RefCell::default(),
            hosts: RefCell::default(),
            under_way: RefCell::default(),
        }
    }

    /// What is to be asked before more can be known.
    pub(in crate::check) fn into_wanted(self) -> Vec<Probe> {
        self.wanted.into_inner().list
    }

    /// What came of one probe.
    pub(super) fn probe(
        &self,
        server: SocketAddr,
        way: Way,
        name: &Name,
        record_type: RecordType,
    ) -> Said {
        if matches!(Remark::of_address(server), Some(Remark::NoHost(_))) {
            return Said::Silent(NetworkFault::Unroutable);
        }
        let probe = Probe {
            server,
            way,
            name: name.to_lowercase(),
            record_type,
        };
        let said = Said::of(self.capture.get(&probe));
        if said.is_pending() {
            let mut wanted = self.wanted.borrow_mut();
            if wanted.known.insert(probe.clone()) {
                wanted.list.push(probe);
            }
        }
        said
    }

    /// What came of one probe so far; it is not asked for.
    pub(super) fn seen(
        &self,
        server: SocketAddr,
        way: Way,
        name: &Name,
        record_type: RecordType,
    ) -> Said {
        let name = name.to_lowercase();
        Said::of(self.capture.get(&Probe {
            server,
            way,
            name,
            record_type,
        }))
    }

    /// What a server says, over whatever way it can be heard.
    pub(super) fn ask(&self, server: SocketAddr, name: &Name, record_type: RecordType) -> Said {
        if let Some(fault) = self.dead(server) {
            return Said::Silent(fault);
        }
        let again = |way| self.probe(server, way, name, record_type);
        match again(Way::Udp) {
            Said::Reply(answer) if answer.is_truncated() => match again(Way::Tcp) {
                Said::Silent(fault) => Said::Silent(NetworkFault::CutShort(Box::new(fault))),
                said => said,
            },
            Said::Reply(answer) if rejects_edns(answer.reply()) => match again(Way::Plain) {
                Said::Silent(_) => Said::Reply(answer),
                said => said,
            },
            // Nothing was sent.
            Said::Silent(fault @ (NetworkFault::Unroutable | NetworkFault::OtherFamily)) => {
                Said::Silent(fault)
            }
            Said::Silent(fault) => match (again(Way::Tcp), again(Way::Plain)) {
                (Said::Reply(answer), _) | (_, Said::Reply(answer)) => Said::Reply(answer),
                (Said::Pending, _) | (_, Said::Pending) => Said::Pending,
                _ => Said::Silent(fault),
            },
            said => said,
        }
    }

    /// Why a server is not asked any more.
    fn dead(&self, server: SocketAddr) -> Option<NetworkFault> {
        let heard = self.capture.heard(server);
        let is_dead = heard.replies == 0 && heard.silences >= DEAD_AFTER;
        heard.fault.filter(|_| is_dead)
    }
}
