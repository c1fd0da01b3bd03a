//! What a CA does not answer, so that it is not tried anew for each of a thousand documents.

use crate::error::Error;
use crate::request::{Purpose, Request};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many requests in a row have to go without an answer: one alone may have met with an accident.
const ENOUGH: u32 = 2;
/// For how long they have to: a CA that is restarted is back by then.
const LONG: Duration = Duration::from_secs(5);
/// How long such requests are not sent then. After that one is, to see whether the CA is back.
const PAUSE: Duration = Duration::from_secs(10);

/// For each kind of request, how the last ones went.
#[derive(Debug, Default)]
pub(crate) struct Outages(Mutex<HashMap<Purpose, Recent>>);

#[derive(Debug)]
struct Recent {
    /// How many in a row went without an answer, when the first of them began, and why the last was given up.
    unanswered: u32,
    since: Instant,
    why: Option<Error>,
    /// When one was sent last although they go without answer, or began to.
    tried: Instant,
    /// When the last answer came.
    answered: Option<Instant>,
}

impl Outages {
    /// Has to be called before a request is sent at `now`.
    ///
    /// # Errors
    /// [`Error::NotAsked`] where its kind has gone without an answer lately.
    pub(crate) fn check(&self, request: &Request, now: Instant) -> Result<(), Error> {
        let mut all = self.lock();
        let Some(recent) = all.get_mut(&request.purpose) else {
            return Ok(());
        };
        let is_known =
            recent.unanswered >= ENOUGH && now.saturating_duration_since(recent.since) >= LONG;
        let Some(why) = recent.why.as_ref().filter(|_| is_known) else {
            return Ok(());
        };
        if now.saturating_duration_since(recent.tried) >= PAUSE {
            recent.tried = now;
            return Ok(());
        }
        Err(Error::NotAsked {
            request: Box::new(request.clone()),
            why: Box::new(why.clone()),
        })
    }

    /// Notes that an answer to such a request came at `now`, whatever it was.
    pub(crate) fn answered(&self, purpose: Purpose, now: Instant) {
        let recent = Recent {
            unanswered: 0,
            since: now,
            why: None,
            tried: now,
            answered: Some(now),
        };
        self.lock().insert(purpose, recent);
    }

    /// Notes that a request that `began` then has been given up at `now`. Where others were answered meanwhile, that says
    /// nothing of the CA.
    pub(crate) fn unanswered(&self, purpose: Purpose, began: Instant, now: Instant, why: &Error) {
        let mut all = self.lock();
        let recent = all.entry(purpose).or_insert(Recent {
            unanswered: 0,
            since: began,
            why: None,
            tried: now,
            answered: None,
        });
        if recent.answered.is_some_and(|answered| answered >= began) {
            return;
        }
        if recent.unanswered == 0 {
            recent.since = began;
        }
        recent.unanswered += 1;
        recent.why = Some(why.clone());
        recent.tried = now;
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Purpose, Recent>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ca_that_does_not_answer_is_left_alone_until_it_may_be_back() {
        let order = Request::post(Purpose::Order, "https://ca.test/1");
        let other = Request::post(Purpose::NewOrder, "https://ca.test/2");
        let outages = Outages::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let gives_up = |began, now| {
            outages.unanswered(Purpose::Order, at(began), at(now), &Error::Interrupted)
        };
        let is_sent = |now| outages.check(&order, at(now)).is_ok();

        assert!(is_sent(0));
        gives_up(0, 1);
        assert!(is_sent(9));
        gives_up(6, 9);
        assert!(!is_sent(9) && !is_sent(18));
        assert!(outages.check(&other, at(10)).is_ok());
        assert_eq!(
            outages.check(&order, at(10)),
            Err(Error::NotAsked {
                request: Box::new(order.clone()),
                why: Box::new(Error::Interrupted),
            })
        );
        // One is sent to see whether it is back, and no more until that is known.
        assert!(is_sent(19));
        assert!(!is_sent(20));
        gives_up(19, 25);
        assert!(!is_sent(34));
        assert!(is_sent(35));
        outages.answered(Purpose::Order, at(36));
        assert!(is_sent(36));
        // What began before an answer came says nothing.
        gives_up(30, 42);
        gives_up(36, 43);
        assert!(is_sent(44));
        // What goes on for a moment may be a restart.
        gives_up(37, 38);
        gives_up(40, 41);
        assert!(is_sent(41));
        assert!(!is_sent(42));
    }
}
