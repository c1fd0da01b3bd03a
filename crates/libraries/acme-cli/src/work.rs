//! Documents at work, until they are done or a signal comes.

use acme::Cancellation;
use pipeline::{Document, Outcomes, Run, Threads};
use std::time::Duration;

/// Requests are cut off by a signal, so what waits for them comes back at once.
const PATIENCE: Duration = Duration::from_secs(2);

/// How many documents are worked on at once. Most of their time they wait for the CA, and one that waits for a CA that
/// does not answer holds up no other: it is requests that [`acme::ClientConfig`] bounds.
const DOCUMENTS: usize = 64;

/// Hands each of the run's documents to what `prepare` makes. The [`Cancellation`] is for requests to the CA: it says so
/// when the program is to stop.
pub fn each<W>(run: &Run, prepare: impl FnOnce(Cancellation) -> W)
where
    W: Fn(&mut Document) -> Outcomes + Send + Sync + 'static,
{
    let cancellation = Cancellation::default();
    let of_requests = cancellation.clone();
    run.stop().on_stop(move |_| of_requests.cancel());
    let threads = Threads {
        at_once: DOCUMENTS,
        patience: PATIENCE,
        failed_too: false,
    };
    run.each(&threads, prepare(cancellation));
}
