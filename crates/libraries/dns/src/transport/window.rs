//! How many questions to one server may be under way: as many as it answers, by the rules by which TCP avoids congestion
//! (RFC 5681 §3.1).

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Semaphore, SemaphorePermit};

/// With how many it begins, and the most.
const FIRST: usize = 64;
const MOST: usize = 512;

/// Places for questions to one server.
#[derive(Debug)]
pub(super) struct Window {
    places: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// How many places there are to be.
    size: usize,
    /// How many there are; those in use are taken away when they are given back.
    there: usize,
    /// Up to this size each reply makes room for one more question.
    threshold: usize,
    /// Replies since it last grew.
    replies: usize,
    /// When it last shrank.
    shrank: Option<Instant>,
}

/// A place in a window.
pub(super) struct Place<'a> {
    window: &'a Window,
    permit: Option<SemaphorePermit<'a>>,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            places: Semaphore::new(FIRST),
            state: Mutex::new(State {
                size: FIRST,
                there: FIRST,
                threshold: MOST,
                replies: 0,
                shrank: None,
            }),
        }
    }
}

impl Window {
    /// Waits for a place.
    pub(super) async fn place(&self) -> Place<'_> {
        let permit = self.places.acquire().await;
        Place {
            window: self,
            permit: Some(permit.expect("nothing closes this semaphore")),
        }
    }

    /// Grows after a reply.
    pub(super) fn replied(&self) {
        let mut state = self.state();
        state.replies += 1;
        let grows = state.size < state.threshold || state.replies >= state.size;
        if grows && state.size < MOST {
            state.size += 1;
            state.replies = 0;
            if state.there < state.size {
                state.there += 1;
                self.places.add_permits(1);
            }
        }
    }

    /// Shrinks to half of its size after a question that was sent then has had no answer, or one that means "too many":
    /// once for all that were under way at the same time.
    pub(super) fn lost(&self, sent: Instant, now: Instant) {
        let mut state = self.state();
        if state.shrank.is_some_and(|shrank| sent <= shrank) {
            return;
        }
        state.size = (state.size / 2).max(1);
        state.threshold = state.size;
        state.shrank = Some(now);
        let surplus = state.there.saturating_sub(state.size);
        state.there -= self.places.forget_permits(surplus);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.window.state();
        if state.there > state.size
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
            state.there -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::block_on;

    /// How many places are free.
    fn free(window: &Window) -> usize {
        window.places.available_permits()
    }

    #[test]
    fn each_reply_makes_room_for_one_more_until_there_are_enough() {
        let window = Window::default();
        assert_eq!(free(&window), FIRST);
        for replies in 1..=2 * MOST {
            window.replied();
            assert_eq!(free(&window), (FIRST + replies).min(MOST));
        }
    }

    #[test]
    fn what_is_lost_together_halves_it_once_and_then_it_grows_slowly() {
        let (window, start) = (Window::default(), Instant::now());
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        for (sent, now, left) in [(0, 250, 32), (200, 260, 32), (250, 300, 32), (251, 500, 16)] {
            window.lost(at(sent), at(now));
            assert_eq!(free(&window), left, "sent at {sent}, lost at {now}");
        }
        for replies in 1..=16 + 17 {
            window.replied();
            let left = 16 + usize::from(replies >= 16) + usize::from(replies >= 33);
            assert_eq!(free(&window), left, "{replies} replies");
        }
    }

    #[test]
    fn one_question_at_a_time_is_always_allowed() {
        let (window, start) = (Window::default(), Instant::now());
        for round in 0..20 {
            window.lost(
                start + Duration::from_millis(round),
                start + Duration::from_millis(round),
            );
        }
        assert_eq!(free(&window), 1);
    }

    #[test]
    fn places_in_use_are_taken_away_when_they_are_given_back() {
        block_on(async {
            let (window, start) = (Window::default(), Instant::now());
            let mut taken = Vec::new();
            for _ in 0..FIRST {
                taken.push(window.place().await);
            }
            window.lost(start, start);
            assert_eq!(free(&window), 0);
            taken.truncate(FIRST / 2);
            assert_eq!(free(&window), 0);
            taken.clear();
            assert_eq!(free(&window), FIRST / 2);
        });
    }
}
