//! What a run has learned of each server address: Unbound's *infra cache*.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex as Turn, MutexGuard as TurnGuard};

use crate::transport::fault::NetworkFault;

/// The most addresses of which anything is kept.
const MOST_ENTRIES: usize = 4096;

/// For how long a server that did not answer is not asked again: every name of a run would wait for it in turn.
const FAULT_HOLDS: Duration = Duration::from_secs(2);

/// Questions per second to one address beyond a first burst: what NSD's response rate limiting lets through.
const RATE: u32 = 200;
const BURST: Duration = Duration::from_secs(1);

/// What is known, by address.
#[derive(Default)]
pub(super) struct InfraCache(Mutex<HashMap<SocketAddr, Arc<InfraEntry>>>);

impl InfraCache {
    /// What is known of this address.
    pub(super) fn entry(&self, server: SocketAddr) -> Arc<InfraEntry> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST_ENTRIES {
            entries.clear();
        }
        entries.entry(server).or_default().clone()
    }
}

/// What is known of one server address.
#[derive(Debug, Default)]
pub(super) struct InfraEntry {
    known: Mutex<Known>,
    first_contact: Turn<()>,
}

#[derive(Debug, Default)]
struct Known {
    last_reply: Option<Instant>,
    round_trip: Option<Duration>,
    fault: Option<(Instant, NetworkFault)>,
    rejects_edns: bool,
    /// Theoretical arrival time of the generic cell rate algorithm.
    paced_until: Option<Instant>,
}

impl InfraEntry {
    /// Why it gave no reply, while that is too recent to try again.
    pub(super) fn fault(&self, now: Instant) -> Option<NetworkFault> {
        let known = self.known();
        known
            .fault
            .as_ref()
            .filter(|(since, _)| now.saturating_duration_since(*since) < FAULT_HOLDS)
            .map(|(_, fault)| fault.clone())
    }

    /// A guess at its round trip: the longest of the recent ones. None where it is not known to answer.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.known().round_trip
    }

    /// Whether it has ever answered.
    pub(super) fn has_replied(&self) -> bool {
        self.known().last_reply.is_some()
    }

    /// Whether it has answered any question after `asked`.
    pub(super) fn has_replied_since(&self, asked: Instant) -> bool {
        self.known().last_reply.is_some_and(|at| at > asked)
    }

    /// Whether it supports EDNS, as far as is known.
    pub(super) fn takes_edns(&self) -> bool {
        !self.known().rejects_edns
    }

    /// Waits for the first contact to be over, if another question makes it just now.
    pub(super) async fn first_contact(&self) -> TurnGuard<'_, ()> {
        self.first_contact.lock().await
    }

    /// Takes the next place in the sequence of questions to it, and returns how long to wait for that place.
    pub(super) fn take_place(&self, now: Instant) -> Duration {
        let mut known = self.known();
        let place = known.paced_until.unwrap_or(now).max(now);
        known.paced_until = Some(place + Duration::from_secs(1) / RATE);
        (place - now).saturating_sub(BURST)
    }

    /// Learns of a reply after `round_trip`.
    pub(super) fn replied(&self, now: Instant, round_trip: Duration) {
        let mut known = self.known();
        known.last_reply = Some(now);
        let remembered = known.round_trip.unwrap_or_default() * 7 / 8;
        known.round_trip = Some(remembered.max(round_trip));
        known.fault = None;
    }

    /// Learns that it does not support EDNS.
    pub(super) fn rejected_edns(&self) {
        self.known().rejects_edns = true;
    }

    /// Learns that it does not answer.
    pub(super) fn failed(&self, now: Instant, fault: NetworkFault) {
        let mut known = self.known();
        known.round_trip = None;
        known.fault = Some((now, fault));
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_answer_is_left_alone_for_two_seconds_or_until_it_answers() {
        let (entry, now) = (InfraEntry::default(), Instant::now());
        entry.failed(now, NetworkFault::Timeout);
        for (milliseconds, fault) in [
            (0, Some(NetworkFault::Timeout)),
            (1999, Some(NetworkFault::Timeout)),
            (2000, None),
        ] {
            let later = now + Duration::from_millis(milliseconds);
            assert_eq!(entry.fault(later), fault, "{milliseconds} ms");
        }
        entry.replied(now, Duration::from_millis(1));
        assert_eq!(entry.fault(now), None);
    }

    #[test]
    fn the_longest_of_the_recent_round_trips_counts_and_fades() {
        let (entry, now) = (InfraEntry::default(), Instant::now());
        for (round_trip, guess) in [(8, 8), (1, 7), (16, 16)] {
            entry.replied(now, Duration::from_millis(round_trip));
            assert_eq!(entry.round_trip(), Some(Duration::from_millis(guess)));
        }
        entry.failed(now, NetworkFault::Refused);
        assert_eq!(entry.round_trip(), None);
        assert!(entry.has_replied());
    }

    #[test]
    fn a_burst_goes_out_at_once_and_the_rest_is_spread() {
        let (entry, now) = (InfraEntry::default(), Instant::now());
        let waits: Vec<_> = (0..300).map(|_| entry.take_place(now)).collect();
        assert!(waits[..201].iter().all(Duration::is_zero));
        assert_eq!(waits[201], Duration::from_millis(5));
        assert_eq!(waits[299], Duration::from_millis(495));
    }

    #[test]
    fn no_more_addresses_than_a_run_has_use_for_are_remembered() {
        let cache = InfraCache::default();
        let server = |port: u16| SocketAddr::from(([192, 0, 2, 1], port));
        cache.entry(server(0)).rejected_edns();
        assert!(!cache.entry(server(0)).takes_edns());
        for port in 1..=u16::try_from(MOST_ENTRIES).unwrap() {
            cache.entry(server(port));
        }
        assert!(cache.entry(server(0)).takes_edns());
    }
}
