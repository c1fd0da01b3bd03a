//! Probes and what came back: all that a judgement is made of. What was captured once can be judged again at any time.

use std::cell::{Ref, RefCell, RefMut};
use std::net::SocketAddr;
use std::sync::Arc;

use hickory_proto::rr::{Name, RecordType};

use crate::check::entry::{Entry, Heard, Observed};
use crate::check::probe::{Probe, Way};
use crate::check::roots::Roots;
use crate::check::survey::Kept;
use crate::check::table::Table;
use crate::check::wire;

/// More probes than this are not kept: a thousand names take some ten thousand.
const MOST_PROBES: usize = 1 << 18;

/// More octets of replies than this are not kept.
const MOST_OCTETS: usize = 256 << 20;

/// Probes and what came back.
#[derive(Default)]
pub struct Capture {
    said: RefCell<AllSaid>,
    /// What surveys have found in it.
    found: RefCell<Kept>,
}

/// What is asked about a name: whom, how, and for records of which type.
type Question = (SocketAddr, Way, RecordType);

#[derive(Default)]
struct AllSaid {
    entries: Table<Name, Table<Question, Arc<Entry>>>,
    /// In the order in which they came.
    order: Vec<(Probe, Arc<Entry>)>,
    heard: Table<SocketAddr, Heard>,
    /// How often a server was given up, or was heard after all.
    changes: usize,
    octets: usize,
}

impl Capture {
    /// Adds what came of a probe. Returns whether there was room.
    pub fn add(&self, probe: Probe, observed: Observed) -> bool {
        let size = observed.reply.as_ref().map_or(0, Vec::len);
        let mut said = self.said.borrow_mut();
        let said = &mut *said;
        let question = (probe.server, probe.way, probe.record_type);
        let is_there = said
            .entries
            .get(&probe.name)
            .is_some_and(|of_name| of_name.contains_key(&question));
        if is_there {
            return true;
        }
        if said.order.len() >= MOST_PROBES || said.octets + size > MOST_OCTETS {
            return false;
        }
        let decoded = observed
            .reply
            .as_ref()
            .ok()
            .map(|octets| wire::decode(octets));
        let heard = said.heard.entry(probe.server).or_default();
        let before = *heard;
        heard.add(probe.way, observed.reply.as_ref().map(|_| ()));
        let is_other = heard.is_given_up(None) != before.is_given_up(None)
            || heard.is_given_up(Some(probe.way)) != before.is_given_up(Some(probe.way));
        said.changes += usize::from(is_other);
        said.octets += size;
        let entry = Arc::new(Entry { observed, decoded });
        let of_name = said.entries.entry(probe.name.clone()).or_default();
        of_name.insert(question, entry.clone());
        said.order.push((probe, entry));
        true
    }

    /// All probes and what came of them, in the order in which they came.
    #[must_use]
    pub fn all(&self) -> Vec<(Probe, Observed)> {
        let said = self.said();
        let all = said.order.iter();
        all.map(|(probe, entry)| (probe.clone(), entry.observed.clone()))
            .collect()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.said().order.len()
    }

    /// What came of one probe.
    pub(super) fn get(
        &self,
        server: SocketAddr,
        way: Way,
        name: &Name,
        record_type: RecordType,
    ) -> Option<Arc<Entry>> {
        let said = self.said();
        let of_name = said.entries.get(name)?;
        of_name.get(&(server, way, record_type)).cloned()
    }

    /// How a server was heard so far.
    pub(super) fn heard(&self, server: SocketAddr) -> Heard {
        self.said().heard.get(&server).copied().unwrap_or_default()
    }

    /// How often a server was given up, or was heard after all.
    pub(super) fn changes(&self) -> usize {
        self.said().changes
    }

    /// What surveys have found so far that began at these roots.
    pub(super) fn found(&self, roots: &Roots) -> RefMut<'_, Kept> {
        let mut found = self.found.borrow_mut();
        found.begin_at(roots);
        found
    }

    fn said(&self) -> Ref<'_, AllSaid> {
        self.said.borrow()
    }
}
