//! How many documents are in flight at once, and how many bytes of them: a hostile stream cannot fill memory.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The most documents in flight at once.
const DOCUMENTS: usize = 1024;
/// The most bytes of JSON in flight at once; one document alone may be larger.
const BYTES: usize = 16 << 20;

/// Lets documents in while there is room, and makes the reader wait where there is none.
#[derive(Clone, Default)]
pub(crate) struct InFlight(Arc<(Mutex<Counts>, Condvar)>);

#[derive(Default)]
struct Counts {
    documents: usize,
    bytes: usize,
}

/// A document's share of that; dropping it makes room for the next.
pub(crate) struct Slot {
    all: InFlight,
    bytes: usize,
}

impl InFlight {
    /// Waits until there is room for a document of this many bytes.
    pub(crate) fn enter(&self, bytes: usize) -> Slot {
        let mut counts = self.lock();
        while counts.documents > 0
            && (counts.documents >= DOCUMENTS || counts.bytes.saturating_add(bytes) > BYTES)
        {
            let waited = self.0.1.wait(counts);
            counts = waited.unwrap_or_else(PoisonError::into_inner);
        }
        counts.documents += 1;
        counts.bytes += bytes;
        Slot {
            all: self.clone(),
            bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = self.all.lock();
        counts.documents -= 1;
        counts.bytes -= self.bytes;
        drop(counts);
        self.all.0.1.notify_one();
    }
}
