//! How many questions are under way at once.

use tokio::sync::{Semaphore, SemaphorePermit};

/// Each question under way holds a socket, of which a process has 1024 by default.
const MOST_QUESTIONS: usize = 512;

/// TCP replies may be 64 KiB each, and much more once they are read.
const STREAMS: usize = 32;

/// Permits for questions, and for those among them that go over a stream.
pub(super) struct Limits {
    questions: Semaphore,
    streams: Semaphore,
}

impl Limits {
    /// At most this many questions at once; less than one counts as one, and more than 512 as 512.
    pub(super) fn new(questions: usize) -> Self {
        Self {
            questions: Semaphore::new(questions.clamp(1, MOST_QUESTIONS)),
            streams: Semaphore::new(STREAMS),
        }
    }

    /// Waits until one more question may go out.
    pub(super) async fn question(&self) -> SemaphorePermit<'_> {
        acquire(&self.questions).await
    }

    /// Waits until one more stream may be opened.
    pub(super) async fn stream(&self) -> SemaphorePermit<'_> {
        acquire(&self.streams).await
    }
}

async fn acquire(semaphore: &Semaphore) -> SemaphorePermit<'_> {
    semaphore
        .acquire()
        .await
        .expect("nothing closes this semaphore")
}
