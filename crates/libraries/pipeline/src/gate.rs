//! How much may be under way at once: documents and their bytes, so that a hostile stream cannot fill memory.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Documents under way at once.
const DOCUMENTS: usize = 1024;
/// Bytes of JSON under way at once; one document alone may be larger.
const BYTES: usize = 16 << 20;

/// Lets documents in while there is room, and makes the reader wait where there is none.
#[derive(Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<Inside>, Condvar)>);

#[derive(Default)]
struct Inside {
    documents: usize,
    bytes: usize,
}

/// A document's place; leaving it makes room for the next.
pub(crate) struct Place {
    gate: Gate,
    bytes: usize,
}

impl Gate {
    /// Waits until there is room for a document of so many bytes.
    pub(crate) fn enter(&self, bytes: usize) -> Place {
        let mut inside = self.lock();
        while inside.documents > 0
            && (inside.documents >= DOCUMENTS || inside.bytes.saturating_add(bytes) > BYTES)
        {
            let waited = self.0.1.wait(inside);
            inside = waited.unwrap_or_else(PoisonError::into_inner);
        }
        inside.documents += 1;
        inside.bytes += bytes;
        Place {
            gate: self.clone(),
            bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.gate.lock();
        inside.documents -= 1;
        inside.bytes -= self.bytes;
        drop(inside);
        self.gate.0.1.notify_one();
    }
}
