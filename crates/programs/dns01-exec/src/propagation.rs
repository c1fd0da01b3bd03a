//! How long to wait for propagation, and how often to look: `{"timeout": 60, "interval": 2}`, in seconds.

use crate::call::Protocol;
use pipeline::{Object, value};
use std::sync::OnceLock;
use std::time::Duration;

/// What lego waits where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How often lego looks where nothing is said.
const INTERVAL: Duration = Duration::from_secs(2);
/// How long the program may take to answer: one that does not know the question should cost a moment.
const MOMENT: Duration = Duration::from_secs(2);

/// The two durations; the program is asked at most once a run, and not at all when both are given.
pub(crate) struct Propagation {
    protocol: Protocol,
    timeout: Option<Duration>,
    interval: Option<Duration>,
    answer: OnceLock<(Duration, Duration)>,
}

impl Propagation {
    pub(crate) fn new(
        protocol: Protocol,
        timeout: Option<Duration>,
        interval: Option<Duration>,
    ) -> Propagation {
        Propagation {
            protocol,
            timeout,
            interval,
            answer: OnceLock::new(),
        }
    }

    /// The document member; option and variable count more than what the program says, and that more than defaults.
    pub(crate) fn member(&self) -> Object {
        let (timeout, interval) = match (self.timeout, self.interval) {
            (Some(timeout), Some(interval)) => (timeout, interval),
            (timeout, interval) => {
                let (says_timeout, says_interval) = *self
                    .answer
                    .get_or_init(|| self.protocol.timeout(MOMENT).unwrap_or((TIMEOUT, INTERVAL)));
                (
                    timeout.unwrap_or(says_timeout),
                    interval.unwrap_or(says_interval),
                )
            }
        };
        let seconds = [("timeout", timeout), ("interval", interval)];
        seconds
            .into_iter()
            .map(|(name, duration)| (name.to_owned(), value::seconds(duration)))
            .collect()
    }
}
