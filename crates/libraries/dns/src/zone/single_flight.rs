//! Single flight: those who ask for the same thing at the same time wait for one answer, which is kept for a while.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

/// The questions of one run come at about the same time; a run that goes on for longer sees changes.
const FRESH: Duration = Duration::from_secs(30);

/// How many answers are kept before stale ones are removed for the first time.
const CROWDED: usize = 1024;

/// Answers by question, for as long as they are fresh.
pub(super) struct SingleFlight<K, V>(Mutex<Cells<K, V>>);

struct Cells<K, V> {
    by_key: HashMap<K, (Instant, Arc<OnceCell<V>>)>,
    /// How many there are when stale ones are removed next.
    crowded: usize,
}

impl<K, V> Default for SingleFlight<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Cells {
            by_key: HashMap::new(),
            crowded: CROWDED,
        }))
    }
}

impl<K: Eq + Hash, V: Clone> SingleFlight<K, V> {
    /// The answer for `key`, found by `find` unless it is known or being found.
    pub(super) async fn get<F: Future<Output = V>>(&self, key: K, find: impl FnOnce() -> F) -> V {
        let cell = self.cell(key, Instant::now());
        // Most callers only wait: the future that finds the answer is made, and takes memory, for one of them.
        cell.get_or_init(|| Box::pin(find())).await.clone()
    }

    fn cell(&self, key: K, now: Instant) -> Arc<OnceCell<V>> {
        let is_fresh = |since: Instant| now.saturating_duration_since(since) < FRESH;
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cells.by_key.len() >= cells.crowded {
            cells.by_key.retain(|_, (since, _)| is_fresh(*since));
            // To look at all of them for each new one would take long.
            cells.crowded = (cells.by_key.len() * 2).max(CROWDED);
        }
        let (since, cell) = cells
            .by_key
            .entry(key)
            .or_insert_with(|| (now, Arc::default()));
        if !is_fresh(*since) {
            (*since, *cell) = (now, Arc::default());
        }
        cell.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::testing::block_on;

    #[test]
    fn one_answer_serves_all_who_ask_for_it() {
        let (flight, asked) = (SingleFlight::default(), Cell::new(0));
        let find = || async {
            asked.set(asked.get() + 1);
            "answer"
        };
        block_on(async {
            assert_eq!(flight.get(1, find).await, "answer");
            assert_eq!(flight.get(1, find).await, "answer");
        });
        assert_eq!(asked.get(), 1);
    }

    #[test]
    fn an_answer_is_found_again_once_it_is_stale() {
        let (flight, now) = (SingleFlight::<u16, u8>::default(), Instant::now());
        let cell = flight.cell(0, now);
        for (age, same) in [(FRESH - Duration::from_nanos(1), true), (FRESH, false)] {
            assert_eq!(Arc::ptr_eq(&cell, &flight.cell(0, now + age)), same);
        }
    }

    #[test]
    fn stale_answers_make_room_for_others() {
        let (flight, now) = (SingleFlight::<usize, u8>::default(), Instant::now());
        for key in 0..CROWDED {
            flight.cell(key, now);
        }
        flight.cell(CROWDED, now + FRESH);
        assert_eq!(flight.0.lock().unwrap().by_key.len(), 1);
    }
}
