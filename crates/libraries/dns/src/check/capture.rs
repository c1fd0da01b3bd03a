//! Probes and what came back: all that a judgement is made of. What was captured once can be judged again at any time.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::check::probe::Probe;
use crate::check::wire::{self, Decoded};
use crate::transport::NetworkFault;

/// More probes than this are not kept: a thousand names take some ten thousand.
const MOST_PROBES: usize = 1 << 18;

/// More octets of replies than this are not kept.
const MOST_OCTETS: usize = 256 << 20;

/// What came of a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// When it was sent.
    pub at: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// The octets of the reply, or why there is none.
    pub reply: Result<Vec<u8>, NetworkFault>,
}

/// A probe's outcome, and what its reply says.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) observed: Observed,
    /// The reply, read; nothing where there is none.
    pub(super) decoded: Option<Result<Decoded, String>>,
}

/// How often a server was heard, and how often not.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    pub(super) replies: usize,
    pub(super) silences: usize,
    /// Why it was not heard for the first time.
    pub(super) fault: Option<NetworkFault>,
}

/// Probes and what came back.
#[derive(Default)]
pub struct Capture(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    entries: HashMap<Probe, Arc<Entry>>,
    /// In the order in which they came.
    order: Vec<Probe>,
    heard: HashMap<SocketAddr, Heard>,
    octets: usize,
}

impl Capture {
    /// Adds what came of a probe. Returns whether there was room.
    pub fn add(&self, probe: Probe, observed: Observed) -> bool {
        let mut kept = self.kept();
        let size = observed.reply.as_ref().map_or(0, Vec::len);
        if kept.entries.contains_key(&probe) {
            return true;
        }
        if kept.order.len() >= MOST_PROBES || kept.octets + size > MOST_OCTETS {
            return false;
        }
        let decoded = observed
            .reply
            .as_ref()
            .ok()
            .map(|octets| wire::decode(octets));
        let heard = kept.heard.entry(probe.server).or_default();
        match &observed.reply {
            Ok(_) => heard.replies += 1,
            Err(fault) => {
                heard.silences += 1;
                heard.fault.get_or_insert_with(|| fault.clone());
            }
        }
        kept.octets += size;
        kept.order.push(probe.clone());
        kept.entries
            .insert(probe, Arc::new(Entry { observed, decoded }));
        true
    }

    /// All probes and what came of them, in the order in which they came.
    #[must_use]
    pub fn all(&self) -> Vec<(Probe, Observed)> {
        let kept = self.kept();
        let all = kept.order.iter();
        all.filter_map(|probe| Some((probe.clone(), kept.entries.get(probe)?.observed.clone())))
            .collect()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.kept().order.len()
    }

    pub(super) fn get(&self, probe: &Probe) -> Option<Arc<Entry>> {
        self.kept().entries.get(probe).cloned()
    }

    pub(super) fn heard(&self, server: SocketAddr) -> Heard {
        self.kept().heard.get(&server).cloned().unwrap_or_default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
