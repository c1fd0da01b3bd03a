//! Requests that wait for the same thing go into one call: what comes while a call is under way is in the next one.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Gathers requests under a key, and hands each its answer.
pub(super) struct Gathering<Request, Answer> {
    state: Mutex<State<Request, Answer>>,
    answered: Condvar,
}

struct State<Request, Answer> {
    /// The requests under each key that are in no call yet, by their numbers. The thread of the first makes the call.
    waiting: HashMap<String, Vec<(u64, Request)>>,
    /// Those that nobody has fetched yet.
    answers: HashMap<u64, Answer>,
    count: u64,
}

impl<Request, Answer> Gathering<Request, Answer> {
    pub(super) fn new() -> Gathering<Request, Answer> {
        Gathering {
            state: Mutex::new(State {
                waiting: HashMap::new(),
                answers: HashMap::new(),
                count: 0,
            }),
            answered: Condvar::new(),
        }
    }

    /// Has the request answered, in one call with others under this key. The thread of the first waits with `wait` until
    /// the call may be made; all requests that have come by then are in it. `call` returns an answer for each, in their
    /// order.
    pub(super) fn answer<Permit>(
        &self,
        key: &str,
        request: Request,
        wait: impl FnOnce() -> Permit,
        call: impl FnOnce(Permit, Vec<Request>) -> Vec<Answer>,
    ) -> Answer {
        let (number, is_first) = self.lock().add(key, request);
        if is_first {
            let permit = wait();
            let gathered = self.lock().waiting.remove(key).unwrap_or_default();
            let (numbers, requests): (Vec<u64>, Vec<Request>) = gathered.into_iter().unzip();
            let answers = call(permit, requests);
            assert_eq!(answers.len(), numbers.len(), "an answer for each request");
            self.lock().answers.extend(numbers.into_iter().zip(answers));
            self.answered.notify_all();
        }
        let mut state = self.lock();
        loop {
            match state.answers.remove(&number) {
                Some(answer) => return answer,
                None => {
                    state = self
                        .answered
                        .wait(state)
                        .unwrap_or_else(PoisonError::into_inner);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<Request, Answer>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Request, Answer> State<Request, Answer> {
    /// Adds a request; returns its number, and whether it is the first of its call.
    fn add(&mut self, key: &str, request: Request) -> (u64, bool) {
        self.count += 1;
        let waiting = self.waiting.entry(key.to_owned()).or_default();
        waiting.push((self.count, request));
        (self.count, waiting.len() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;

    #[test]
    fn what_comes_before_the_call_may_be_made_is_in_it_and_each_gets_its_own_answer() {
        let gathering = Gathering::<u32, u32>::new();
        let calls = Mutex::new(Vec::new());
        let call = |(), requests: Vec<u32>| {
            calls.lock().unwrap().push(requests.clone());
            requests.iter().map(|request| request * 10).collect()
        };
        let (permit, permitted) = channel();
        std::thread::scope(|scope| {
            let gathering = &gathering;
            let first = scope.spawn(move || {
                let wait = || permitted.recv().unwrap();
                gathering.answer("a", 1, wait, call)
            });
            while gathering.lock().count < 1 {
                std::thread::yield_now();
            }
            let second = scope.spawn(move || gathering.answer("a", 2, || (), call));
            while gathering.lock().count < 2 {
                std::thread::yield_now();
            }
            assert_eq!(gathering.answer("b", 3, || (), call), 30);
            permit.send(()).unwrap();
            assert_eq!((first.join().unwrap(), second.join().unwrap()), (10, 20));
            assert_eq!(gathering.answer("a", 4, || (), call), 40);
        });
        assert_eq!(*calls.lock().unwrap(), [vec![3], vec![1, 2], vec![4]]);
    }
}
