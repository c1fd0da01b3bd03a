//! How many questions are under way at once.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{Semaphore, SemaphorePermit};

const MOST_QUESTIONS: usize = 512;

/// How many sockets a question holds where it is asked in all ways, and how many files are open beside those.
const SOCKETS: usize = 3;
const OTHER_FILES: usize = 128;

/// Permits for questions.
pub(super) struct Limits(Semaphore);

impl Limits {
    /// At most this many questions at once; less than one counts as one, and more than 512 as 512.
    pub(super) fn new(questions: usize) -> Self {
        let questions = questions.clamp(1, MOST_QUESTIONS);
        allow_files(questions * SOCKETS + OTHER_FILES);
        Self(Semaphore::new(questions))
    }

    /// Waits until one more question may go out.
    pub(super) async fn question(&self) -> SemaphorePermit<'_> {
        let permit = self.0.acquire().await;
        permit.expect("nothing closes this semaphore")
    }
}

/// Raises the limit of open files to this, as far as the system lets us: it is 1024 by default.
fn allow_files(count: usize) {
    let limit = getrlimit(Resource::Nofile);
    let wanted = count as u64;
    let wanted = limit.maximum.map_or(wanted, |most| wanted.min(most));
    if limit.current.is_some_and(|current| current < wanted) {
        let raised = Rlimit {
            current: Some(wanted),
            ..limit
        };
        // With fewer, a question may fail, and says so.
        let _ = setrlimit(Resource::Nofile, raised);
    }
}
