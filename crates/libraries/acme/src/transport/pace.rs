//! How many requests a CA gets in a second. Let's Encrypt refuses more than 20 requests for a nonce, and other CAs even fewer
//! requests of any kind; one next door has nobody else to serve.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many requests there are in a second where nobody says it: as many as lego sends.
pub(crate) const MOST: usize = 18;
/// A CA that has answered anything within this is next door: in the same machine or building. Between continents light takes
/// longer, and a CA that many share has several machines before the one that answers.
pub(crate) const NEXT_DOOR: Duration = Duration::from_millis(10);

const SECOND: Duration = Duration::from_secs(1);

/// The moments of the last requests, as many as there may be in a second.
#[derive(Debug)]
pub(crate) struct Pace {
    most: usize,
    sent: Mutex<VecDeque<Instant>>,
}

impl Pace {
    /// So many requests in a second, but at least one.
    pub(crate) fn new(most: usize) -> Pace {
        Pace {
            most: most.max(1),
            sent: Mutex::default(),
        }
    }

    /// How long a request that could be sent at `now` has to wait. It counts as sent after that.
    pub(crate) fn take(&self, now: Instant) -> Duration {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let mut at = now;
        if sent.len() >= self.most
            && let Some(first) = sent.pop_front()
        {
            at = at.max(first + SECOND);
        }
        sent.push_back(at);
        at.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_no_second_there_are_more_requests_than_there_may_be() {
        let start = Instant::now();
        for (most, gap) in [(1, 0), (3, 0), (18, 0), (18, 7), (18, 100), (0, 0)] {
            let pace = Pace::new(most);
            let sent: Vec<Duration> = (0..100)
                .map(|number| {
                    let now = start + Duration::from_millis(gap * number);
                    now + pace.take(now) - start
                })
                .collect();
            let most = most.max(1);
            assert!(sent.is_sorted());
            for several in sent.windows(most + 1) {
                assert!(
                    several[most] - several[0] >= SECOND,
                    "{most} {gap}: {several:?}"
                );
            }
            // What is slow enough waits for nothing.
            if gap == 100 {
                assert_eq!(sent[99], Duration::from_millis(9900));
            }
        }
    }
}
