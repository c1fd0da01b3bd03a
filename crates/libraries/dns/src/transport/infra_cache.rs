//! What a run has learned of each server address: Unbound's *infra cache*.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex as Turn, MutexGuard as TurnGuard};

use crate::transport::endpoint::Endpoint;
use crate::transport::fault::NetworkFault;
use crate::transport::window::Window;

/// The most addresses of which anything is kept.
const MOST_ENTRIES: usize = 4096;

/// For how long a server that did not answer is not asked again: every name of a run would wait for it in turn.
const FAULT_HOLDS: Duration = Duration::from_secs(2);

/// For how long a server is asked over TCP that has cut a reply short, or answered over TCP alone: one that limits the rate
/// of its replies over UDP does not limit them there.
const STREAMS_PREFERRED: Duration = Duration::from_secs(2);

/// How recent an answer has to be for a refusal after it to mean "not so fast".
const OF_USE: Duration = Duration::from_secs(1);

/// How many questions without EDNS have to be answered while the same ones with it are not.
const IGNORED_EDNS: u32 = 2;

/// What is known, by address.
#[derive(Default)]
pub(super) struct InfraCache(Mutex<HashMap<Endpoint, Arc<InfraEntry>>>);

impl InfraCache {
    /// What is known of this address.
    pub(super) fn entry(&self, server: impl Into<Endpoint>) -> Arc<InfraEntry> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST_ENTRIES {
            entries.clear();
        }
        entries.entry(server.into()).or_default().clone()
    }
}

/// What is known of one server address.
#[derive(Debug, Default)]
pub(super) struct InfraEntry {
    known: Mutex<Known>,
    first_contact: Turn<()>,
    /// The questions that are under way to it.
    pub(super) window: Window,
}

#[derive(Debug, Default)]
struct Known {
    last_reply: Option<Instant>,
    round_trip: Option<Duration>,
    fault: Option<(Instant, NetworkFault)>,
    edns: EdnsSupport,
    /// Until when it is to be asked over TCP.
    streams_until: Option<Instant>,
    /// When it last said something about a name.
    was_of_use: Option<Instant>,
}

/// What is known of a server and EDNS (RFC 6891).
#[derive(Debug, Default)]
struct EdnsSupport {
    rejected: bool,
    /// Whether it has ever answered a question with EDNS.
    answered: bool,
    /// How many questions it has answered only without.
    ignored: u32,
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
        !self.known().edns.rejected
    }

    /// Waits for the first contact to be over, if another question makes it just now.
    pub(super) async fn first_contact(&self) -> TurnGuard<'_, ()> {
        self.first_contact.lock().await
    }

    /// Whether it is better asked over TCP.
    pub(super) fn prefers_streams(&self, now: Instant) -> bool {
        self.known().streams_until.is_some_and(|until| now < until)
    }

    /// Learns that it is better asked over TCP for a while.
    pub(super) fn prefer_streams(&self, now: Instant) {
        self.known().streams_until = Some(now + STREAMS_PREFERRED);
    }

    /// Learns that the reply to a question that was sent then came cut short (TC): the reply is long, or the server limits
    /// the rate of its replies.
    pub(super) fn cut_short(&self, sent: Instant, now: Instant) {
        self.prefer_streams(now);
        self.window.lost(sent, now);
    }

    /// Learns that it has said something about a name.
    pub(super) fn was_of_use(&self, now: Instant) {
        self.known().was_of_use = Some(now);
    }

    /// Whether it has said something about a name just now.
    pub(super) fn is_of_use(&self, now: Instant) -> bool {
        let last = self.known().was_of_use;
        last.is_some_and(|at| now.saturating_duration_since(at) < OF_USE)
    }

    /// Learns of a reply after `round_trip`.
    pub(super) fn replied(&self, now: Instant, round_trip: Duration) {
        let mut known = self.known();
        known.last_reply = Some(now);
        let remembered = known.round_trip.unwrap_or_default() * 7 / 8;
        known.round_trip = Some(remembered.max(round_trip));
        known.fault = None;
        drop(known);
        self.window.replied();
    }

    /// Learns that it does not support EDNS.
    pub(super) fn rejected_edns(&self) {
        self.known().edns.rejected = true;
    }

    /// Learns that it answers questions with EDNS.
    pub(super) fn answered_edns(&self) {
        self.known().edns.answered = true;
    }

    /// Learns that it has answered a question without EDNS that it has not answered with it, and returns whether it counts as one
    /// that does not support it: where it never has, and this is not the first time. The first may be a lost packet.
    pub(super) fn ignored_edns(&self) -> bool {
        let edns = &mut self.known().edns;
        edns.ignored += 1;
        edns.rejected |= !edns.answered && edns.ignored >= IGNORED_EDNS;
        edns.rejected
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
    use std::net::SocketAddr;

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
    fn a_reply_cut_short_makes_streams_the_better_way_for_a_while() {
        let (entry, now) = (InfraEntry::default(), Instant::now());
        assert!(!entry.prefers_streams(now));
        entry.cut_short(now, now);
        for (milliseconds, prefers) in [(0, true), (1999, true), (2000, false)] {
            let later = now + Duration::from_millis(milliseconds);
            assert_eq!(entry.prefers_streams(later), prefers, "{milliseconds} ms");
        }
    }

    #[test]
    fn a_server_that_answers_twice_only_without_edns_does_not_support_it() {
        let entry = InfraEntry::default();
        assert!(!entry.ignored_edns() && entry.takes_edns());
        assert!(entry.ignored_edns() && !entry.takes_edns());
        let entry = InfraEntry::default();
        entry.answered_edns();
        for _ in 0..IGNORED_EDNS {
            assert!(!entry.ignored_edns() && entry.takes_edns());
        }
    }

    #[test]
    fn a_server_is_of_use_for_a_second_after_an_answer() {
        let (entry, now) = (InfraEntry::default(), Instant::now());
        assert!(!entry.is_of_use(now));
        entry.was_of_use(now);
        assert!(entry.is_of_use(now + Duration::from_millis(999)));
        assert!(!entry.is_of_use(now + Duration::from_secs(1)));
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
