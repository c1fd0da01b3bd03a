//! What came of a probe.

use std::time::{Duration, SystemTime};

use crate::check::probe::Way;
use crate::check::wire::Decoded;
use crate::transport::NetworkFault;

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

/// So many probes without any reply, and a server is not asked any more, or not in this way.
const GIVEN_UP_AFTER: usize = 3;

/// Over TCP nothing is lost on the way.
const TCP_GIVEN_UP_AFTER: usize = 1;

/// How often a server was heard, and how often not.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heard {
    all: Count,
    by_way: [Count; Way::ALL.len()],
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    replies: usize,
    silences: usize,
}

impl Heard {
    pub(super) fn add(&mut self, way: Way, reply: Result<(), &NetworkFault>) {
        let of_way = &mut self.by_way[way.index()];
        match reply {
            Ok(()) => {
                self.all.replies += 1;
                of_way.replies += 1;
            }
            Err(fault) => {
                self.all.silences += 1;
                // What fails at once is soon asked again.
                of_way.silences += usize::from(*fault == NetworkFault::Timeout);
            }
        }
    }

    /// Whether it has replied in a way, or in any.
    pub(super) fn has_replied(&self, way: Option<Way>) -> bool {
        self.count(way).replies > 0
    }

    /// Whether it is not asked any more in a way, or in none.
    pub(super) fn is_given_up(&self, way: Option<Way>) -> bool {
        let count = self.count(way);
        let most = match way {
            Some(Way::Tcp) => TCP_GIVEN_UP_AFTER,
            _ => GIVEN_UP_AFTER,
        };
        count.replies == 0 && count.silences >= most
    }

    fn count(&self, way: Option<Way>) -> Count {
        way.map_or(self.all, |way| self.by_way[way.index()])
    }
}
