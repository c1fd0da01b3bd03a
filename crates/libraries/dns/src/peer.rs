//! What a run has learned about one server address.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex as Turn, MutexGuard};

use crate::silence::Silence;

/// How long a server that kept silent is not tried again: every name of a run would wait for it in turn.
const SILENCE_HOLDS: Duration = Duration::from_secs(2);

/// Questions per second to one address beyond a first burst: what NSD's response rate limiting lets through.
const RATE: u32 = 200;
const BURST: Duration = Duration::from_secs(1);

/// One server address.
#[derive(Debug, Default)]
pub(crate) struct Peer {
    known: Mutex<Known>,
    first_contact: Turn<()>,
}

#[derive(Debug, Default)]
struct Known {
    last_reply: Option<Instant>,
    round_trip: Option<Duration>,
    silence: Option<(Instant, Silence)>,
    rejects_edns: bool,
    /// Theoretical arrival time of the generic cell rate algorithm.
    paced_until: Option<Instant>,
}

impl Peer {
    /// Its silence, while that is too fresh to try again.
    pub(crate) fn silence(&self) -> Option<Silence> {
        let known = self.known();
        known
            .silence
            .as_ref()
            .filter(|(since, _)| since.elapsed() < SILENCE_HOLDS)
            .map(|(_, silence)| silence.clone())
    }

    /// Whether it has answered, and not kept silent since.
    pub(crate) fn is_responsive(&self) -> bool {
        self.known().round_trip.is_some()
    }

    /// A guess at its round trip: the longest of the recent ones.
    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.known().round_trip
    }

    /// Whether it gets along with EDNS, as far as is known.
    pub(crate) fn takes_edns(&self) -> bool {
        !self.known().rejects_edns
    }

    /// Waits for the first contact to be over, if another question makes it just now.
    pub(crate) async fn first_contact(&self) -> MutexGuard<'_, ()> {
        self.first_contact.lock().await
    }

    /// Takes the next place in the sequence of questions to it: how long to wait for that place.
    pub(crate) fn pace(&self) -> Duration {
        let now = Instant::now();
        let mut known = self.known();
        let slot = known.paced_until.unwrap_or(now).max(now);
        known.paced_until = Some(slot + Duration::from_secs(1) / RATE);
        (slot - now).saturating_sub(BURST)
    }

    /// Notes a reply after `round_trip`.
    pub(crate) fn replied(&self, round_trip: Duration) {
        let mut known = self.known();
        known.last_reply = Some(Instant::now());
        let remembered = known.round_trip.unwrap_or_default() * 7 / 8;
        known.round_trip = Some(remembered.max(round_trip));
        known.silence = None;
    }

    /// Notes that it does not get along with EDNS.
    pub(crate) fn rejected_edns(&self) {
        self.known().rejects_edns = true;
    }

    /// Notes that a question asked at `asked` stayed without reply.
    ///
    /// A server that has answered another question meanwhile is there, and a resolver that has ever answered is too:
    /// it may be waiting for others.
    pub(crate) fn kept_silent(&self, asked: Instant, recursion: bool, silence: &Silence) {
        let mut known = self.known();
        if known.last_reply.is_some_and(|at| recursion || at > asked) {
            return;
        }
        known.round_trip = None;
        known.silence = Some((Instant::now(), silence.clone()));
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_kept_silent_is_left_alone_for_a_while() {
        let peer = Peer::default();
        peer.kept_silent(Instant::now(), false, &Silence::Timeout);
        assert_eq!(peer.silence(), Some(Silence::Timeout));
        peer.replied(Duration::from_millis(1));
        assert_eq!(peer.silence(), None);
    }

    #[test]
    fn one_lost_reply_does_not_make_a_server_that_answers_others_a_silent_one() {
        let peer = Peer::default();
        let asked = Instant::now();
        peer.replied(Duration::from_millis(1));
        peer.kept_silent(asked, false, &Silence::Timeout);
        assert_eq!(peer.silence(), None);
        peer.kept_silent(Instant::now(), true, &Silence::Timeout);
        assert_eq!(peer.silence(), None);
        peer.kept_silent(Instant::now(), false, &Silence::Timeout);
        assert_eq!(peer.silence(), Some(Silence::Timeout));
    }

    #[test]
    fn a_burst_goes_out_at_once_and_the_rest_is_spread() {
        let peer = Peer::default();
        let waits: Vec<_> = (0..300).map(|_| peer.pace()).collect();
        assert!(waits[..200].iter().all(Duration::is_zero));
        assert!(waits[299] > Duration::from_millis(300), "{:?}", waits[299]);
    }
}
