//! Whose turn it is at a target: services reload one certificate after another.

use command::{Stop, StopReason};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The turns of all targets; clones are the same ones.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Inner>);

struct Inner {
    /// How many are at each target.
    busy: Mutex<HashMap<String, usize>>,
    changed: Condvar,
    most: usize,
    stop: Stop,
}

/// A turn at a target, until this is dropped.
pub(crate) struct Turn<'a> {
    turns: &'a Turns,
    target: String,
}

impl Turns {
    /// Turns of which so many are taken at once at each target, until the program is to stop.
    pub(crate) fn new(most: usize, stop: &Stop) -> Turns {
        let inner = Arc::new(Inner {
            busy: Mutex::default(),
            changed: Condvar::new(),
            most,
            stop: stop.clone(),
        });
        let waiting = inner.clone();
        stop.on_stop(move |_| {
            // Whoever is about to wait has this lock until then.
            drop(lock(&waiting.busy));
            waiting.changed.notify_all();
        });
        Turns(inner)
    }

    /// Waits for a turn at this target.
    ///
    /// # Errors
    /// The program is to stop.
    pub(crate) fn take(&self, target: &str) -> Result<Turn<'_>, StopReason> {
        let mut busy = lock(&self.0.busy);
        loop {
            if let Some(reason) = self.0.stop.reason() {
                return Err(reason);
            }
            let count = busy.entry(target.to_owned()).or_default();
            if *count < self.0.most {
                *count += 1;
                return Ok(Turn {
                    turns: self,
                    target: target.to_owned(),
                });
            }
            let woken = self.0.changed.wait(busy);
            busy = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(count) = lock(&self.turns.0.busy).get_mut(&self.target) {
            *count -= 1;
        }
        self.turns.0.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_turn_is_waited_for_where_it_is_taken_and_nowhere_else() {
        let stop = Stop::silent().expect("a pipe");
        let turns = Turns::new(1, &stop);
        let first = turns.take("a").expect("free");
        let other = turns.take("b").expect("another target");
        let (sender, taken) = mpsc::channel();
        std::thread::scope(|scope| {
            let (turns, sender) = (turns.clone(), sender);
            scope.spawn(move || {
                let turn = turns.take("a");
                let _ = sender.send(turn.is_ok());
            });
            assert!(taken.try_recv().is_err());
            drop(first);
            assert_eq!(taken.recv(), Ok(true));
        });
        drop(other);
        let two = Turns::new(2, &stop);
        let _one = two.take("a").expect("free");
        assert!(two.take("a").is_ok());
    }

    #[test]
    fn nobody_waits_for_a_turn_when_the_program_is_to_stop() {
        let stop = Stop::silent().expect("a pipe");
        let turns = Turns::new(1, &stop);
        let _first = turns.take("a").expect("free");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.take("a").err());
            stop.stop(StopReason::Signal(15));
            assert_eq!(waiting.join().ok(), Some(Some(StopReason::Signal(15))));
        });
        assert!(turns.take("b").is_err());
    }
}
