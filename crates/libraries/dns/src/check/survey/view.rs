//! What is captured, seen as answers; and what is wanted beside that.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use hickory_proto::rr::{Name, RecordType};

use crate::check::capture::Capture;
use crate::check::probe::{Probe, Way};
use crate::check::roots::Roots;
use crate::check::survey::found::{Zone, ZoneFacts};
use crate::check::survey::kept::{Basis, Cache, Caches, Found, Silent};
use crate::check::survey::said::{Said, rejects_edns};
use crate::check::table::Set;
use crate::transport::{NetworkFault, Remark};

/// What is captured, seen as answers. It lasts for one survey.
pub(in crate::check) struct View<'a> {
    capture: &'a Capture,
    pub(super) roots: &'a Roots,
    wanted: RefCell<Wanted>,
    /// What this survey has found, or taken from those before it.
    found: RefCell<Caches>,
    /// What rests on what, of what is being found.
    bases: RefCell<Vec<Basis>>,
    /// The hosts whose addresses are being looked for.
    pub(super) under_way: RefCell<Vec<Name>>,
}

#[derive(Default)]
struct Wanted {
    known: Set<Probe>,
    list: Vec<Probe>,
}

impl<'a> View<'a> {
    pub(in crate::check) fn new(capture: &'a Capture, roots: &'a Roots) -> Self {
        Self {
            capture,
            roots,
            wanted: RefCell::default(),
            found: RefCell::default(),
            bases: RefCell::default(),
            under_way: RefCell::default(),
        }
    }

    /// Whether all was asked that was looked for so far.
    pub(super) fn wants_nothing(&self) -> bool {
        self.wanted.borrow().list.is_empty()
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
        let said = self.seen(server, way, name, record_type);
        if said.is_pending() {
            self.leave_open();
            let probe = Probe {
                server,
                way,
                name: name.to_lowercase(),
                record_type,
            };
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
        match Said::of(self.capture.get(server, way, name, record_type)) {
            // There is no third way to the whole of it.
            Said::Reply(answer) if way == Way::Tcp && answer.is_truncated() => {
                Said::Silent(NetworkFault::Malformed("TC is set there, too".into()))
            }
            said => said,
        }
    }

    /// What a server says, over whatever way it can be heard.
    pub(super) fn ask(&self, server: SocketAddr, name: &Name, record_type: RecordType) -> Said {
        if self.is_given_up((server, None)) {
            let fault = self.capture.first_fault(server);
            return Said::Silent(fault.unwrap_or(NetworkFault::Timeout));
        }
        let again = |way| match self.is_given_up((server, Some(way))) {
            true => Said::Silent(NetworkFault::Timeout),
            false => self.probe(server, way, name, record_type),
        };
        match again(Way::Udp) {
            // Only over TCP can the whole be had, so that is tried whatever became of it before.
            Said::Reply(answer) if answer.is_truncated() => {
                match self.probe(server, Way::Tcp, name, record_type) {
                    Said::Silent(fault) => Said::Silent(NetworkFault::CutShort(Box::new(fault))),
                    said => said,
                }
            }
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

    /// Whether a server is not asked any more, or not in this way.
    fn is_given_up(&self, silent: Silent) -> bool {
        let (server, way) = silent;
        let heard = self.capture.heard(server);
        if heard.has_replied(way) {
            return false;
        }
        let is_given_up = heard.is_given_up(way);
        if let Some(basis) = self.bases.borrow_mut().last_mut() {
            basis.add_silent(silent, is_given_up);
        }
        is_given_up
    }

    /// What this survey has found of a name, or one before it, as far as that holds.
    pub(super) fn recall<T>(
        &self,
        cache: fn(&mut Caches) -> &mut Cache<T>,
        name: &Name,
    ) -> Option<Rc<T>> {
        let own = cache(&mut self.found.borrow_mut()).get(name).cloned();
        let found = own.or_else(|| {
            let mut kept = self.capture.found(self.roots);
            let found = cache(&mut kept.caches).get(name)?.clone();
            let is_given_up = |(server, way)| self.capture.heard(server).is_given_up(way);
            let changes = self.capture.changes();
            let holds = found.basis.holds(changes, &is_given_up);
            holds.then(|| {
                cache(&mut self.found.borrow_mut()).insert(name.clone(), found.clone());
                found
            })
        })?;
        if let Some(basis) = self.bases.borrow_mut().last_mut() {
            basis.add(&found.basis);
        }
        Some(found.value)
    }

    /// Finds something, and keeps it: for this survey, and for others where it does not change any more.
    pub(super) fn find<T>(
        &self,
        cache: fn(&mut Caches) -> &mut Cache<T>,
        name: &Name,
        find: impl FnOnce() -> T,
    ) -> Rc<T> {
        self.find_on(Basis::default(), cache, name, find)
    }

    /// The same for what rests on all that was looked at before, too.
    pub(super) fn find_here<T>(
        &self,
        cache: fn(&mut Caches) -> &mut Cache<T>,
        name: &Name,
        find: impl FnOnce() -> T,
    ) -> Rc<T> {
        let so_far = self.bases.borrow().last().cloned();
        self.find_on(so_far.unwrap_or_default(), cache, name, find)
    }

    fn find_on<T>(
        &self,
        basis: Basis,
        cache: fn(&mut Caches) -> &mut Cache<T>,
        name: &Name,
        find: impl FnOnce() -> T,
    ) -> Rc<T> {
        self.bases.borrow_mut().push(basis);
        let value = Rc::new(find());
        let mut bases = self.bases.borrow_mut();
        let basis = Rc::new(bases.pop().unwrap_or_default());
        if let Some(outer) = bases.last_mut() {
            outer.add(&basis);
        }
        drop(bases);
        let found = Found { value, basis };
        if !found.basis.is_open {
            let mut kept = self.capture.found(self.roots);
            cache(&mut kept.caches).insert(name.clone(), found.clone());
        }
        let value = found.value.clone();
        cache(&mut self.found.borrow_mut()).insert(name.clone(), found);
        value
    }

    /// What is known of a zone that was found.
    pub(super) fn facts_of(
        &self,
        zone: &Rc<Zone>,
        find: impl FnOnce() -> ZoneFacts,
    ) -> Rc<ZoneFacts> {
        let cache: fn(&mut Caches) -> &mut Cache<ZoneFacts> = |caches| &mut caches.facts;
        match self.recall(cache, &zone.name) {
            Some(facts) if Rc::ptr_eq(&facts.zone, zone) => facts,
            _ => {
                let of_zone = self.found.borrow().zones.get(&zone.name).cloned();
                let of_zone = of_zone.filter(|found| Rc::ptr_eq(&found.value, zone));
                // One that was found while another one was looked for may be known in part.
                let basis = match of_zone {
                    Some(found) => Basis::of(vec![found.basis]),
                    None => Basis::open(),
                };
                self.find_on(basis, cache, &zone.name, find)
            }
        }
    }

    /// Something is not known that what is being found rests on.
    pub(super) fn leave_open(&self) {
        if let Some(basis) = self.bases.borrow_mut().last_mut() {
            basis.is_open = true;
        }
    }
}
