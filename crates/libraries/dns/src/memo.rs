//! What is known is shared: those who ask for the same thing at the same time wait for one answer.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::OnceCell;

/// Documents of one run come at about the same time; a stream that stays open for longer sees changes.
const FRESH: Duration = Duration::from_secs(30);

/// How many answers are kept before the stale ones among them are looked for.
const CROWDED: usize = 1024;

type Cells<K, V> = HashMap<K, (Instant, Arc<OnceCell<V>>)>;

/// Answers by question, for as long as they are fresh.
pub(crate) struct Memo<K, V>(Mutex<Cells<K, V>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(Mutex::new(HashMap::new()))
    }
}

impl<K: Eq + Hash, V: Clone> Memo<K, V> {
    /// The answer for `key`, found by `find` unless it is known or being found.
    pub(crate) async fn get<F: Future<Output = V>>(&self, key: K, find: impl FnOnce() -> F) -> V {
        let cell = self.cell(key);
        // Most of those who ask only wait: what finds the answer is made, and takes memory, for one of them.
        cell.get_or_init(|| Box::pin(find())).await.clone()
    }

    fn cell(&self, key: K) -> Arc<OnceCell<V>> {
        let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cells.len() >= CROWDED {
            cells.retain(|_, (since, _)| since.elapsed() < FRESH);
        }
        let (since, cell) = cells
            .entry(key)
            .or_insert_with(|| (Instant::now(), Arc::default()));
        if since.elapsed() >= FRESH {
            (*since, *cell) = (Instant::now(), Arc::default());
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
        let (memo, asked) = (Memo::default(), Cell::new(0));
        let find = || async {
            asked.set(asked.get() + 1);
            "answer"
        };
        block_on(async {
            assert_eq!(memo.get(1, find).await, "answer");
            assert_eq!(memo.get(1, find).await, "answer");
        });
        assert_eq!(asked.get(), 1);
    }
}
