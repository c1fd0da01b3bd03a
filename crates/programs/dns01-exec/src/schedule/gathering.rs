//! Requests that wait for the same thing go into one call: what comes while a call is under way is in the next one. As long
//! as requests come one after the other, a call waits for more: where each had its own, the calls would take all there is of
//! the machine, or of what a DNS service allows.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The largest size of the requests in one call, unless one alone is larger.
const LARGEST_CALL: usize = 1000;
/// How long a call waits for more at most.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Gathers requests under a key, and hands each its answer.
pub(super) struct Gathering<Request, Answer> {
    state: Mutex<State<Request, Answer>>,
    answered: Condvar,
    came: Condvar,
    longest_wait: Duration,
}

struct State<Request, Answer> {
    /// The calls under each key that are not made yet.
    waiting: HashMap<String, Vec<Call<Request>>>,
    /// How long the last call under each key took.
    took: HashMap<String, Duration>,
    /// Those that nobody has fetched yet.
    answers: HashMap<u64, Answer>,
    count: u64,
}

/// The requests of one call, by their numbers. The thread of the first makes it.
struct Call<Request> {
    requests: Vec<(u64, Request)>,
    size: usize,
}

impl<Request, Answer> Gathering<Request, Answer> {
    pub(super) fn new() -> Gathering<Request, Answer> {
        Gathering {
            state: Mutex::new(State {
                waiting: HashMap::new(),
                took: HashMap::new(),
                answers: HashMap::new(),
                count: 0,
            }),
            answered: Condvar::new(),
            came: Condvar::new(),
            longest_wait: LONGEST_WAIT,
        }
    }

    /// Has the request answered, in one call with others under this key. The thread of the first waits until none came for
    /// as long as the last call took, and with `wait` until the call may be made; all requests that have come by then are in
    /// it. `call` returns an answer for each, in their order.
    pub(super) fn answer<Permit>(
        &self,
        key: &str,
        request: Request,
        size: usize,
        wait: impl FnOnce() -> Permit,
        call: impl FnOnce(Permit, Vec<Request>) -> Vec<Answer>,
    ) -> Answer {
        let (number, is_first) = self.lock().add(key, request, size);
        if !is_first {
            self.came.notify_all();
        } else {
            self.wait_for_more(key, number);
            let permit = wait();
            let gathered = self.lock().take(key, number);
            let (numbers, requests): (Vec<u64>, Vec<Request>) = gathered.into_iter().unzip();
            let begin = Instant::now();
            let answers = call(permit, requests);
            assert_eq!(answers.len(), numbers.len(), "an answer for each request");
            let mut state = self.lock();
            state.took.insert(key.to_owned(), begin.elapsed());
            state.answers.extend(numbers.into_iter().zip(answers));
            drop(state);
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

    /// Waits until the call with this first request is full, or none came to it for as long as the last call took.
    fn wait_for_more(&self, key: &str, first: u64) {
        let mut state = self.lock();
        let Some(&pause) = state.took.get(key) else {
            return;
        };
        let begin = Instant::now();
        loop {
            let size = state.size_of(key, first);
            let left = self.longest_wait.saturating_sub(begin.elapsed());
            if size >= LARGEST_CALL || left.is_zero() {
                return;
            }
            let (after, waited) = self
                .came
                .wait_timeout_while(state, pause.min(left), |state| {
                    state.size_of(key, first) == size
                })
                .unwrap_or_else(PoisonError::into_inner);
            if waited.timed_out() {
                return;
            }
            state = after;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<Request, Answer>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Request, Answer> State<Request, Answer> {
    /// Adds a request; returns its number, and whether it is the first of its call.
    fn add(&mut self, key: &str, request: Request, size: usize) -> (u64, bool) {
        self.count += 1;
        let calls = self.waiting.entry(key.to_owned()).or_default();
        match calls.last_mut() {
            Some(call) if call.size + size <= LARGEST_CALL => {
                call.requests.push((self.count, request));
                call.size += size;
                (self.count, false)
            }
            _ => {
                let requests = vec![(self.count, request)];
                calls.push(Call { requests, size });
                (self.count, true)
            }
        }
    }

    /// The size of the call whose first request has this number.
    fn size_of(&self, key: &str, first: u64) -> usize {
        let calls = self.waiting.get(key).map_or(&[][..], Vec::as_slice);
        let call = calls.iter().find(|call| call.requests[0].0 == first);
        call.map_or(0, |call| call.size)
    }

    /// Takes the requests of the call whose first has this number.
    fn take(&mut self, key: &str, first: u64) -> Vec<(u64, Request)> {
        let Some(calls) = self.waiting.get_mut(key) else {
            return Vec::new();
        };
        let is_it = |call: &Call<Request>| call.requests[0].0 == first;
        let call = calls.iter().position(is_it).map(|at| calls.remove(at));
        if calls.is_empty() {
            self.waiting.remove(key);
        }
        call.map_or_else(Vec::new, |call| call.requests)
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
                gathering.answer("a", 1, 1, wait, call)
            });
            while gathering.lock().count < 1 {
                std::thread::yield_now();
            }
            let second = scope.spawn(move || gathering.answer("a", 2, 1, || (), call));
            while gathering.lock().count < 2 {
                std::thread::yield_now();
            }
            assert_eq!(gathering.answer("b", 3, 1, || (), call), 30);
            permit.send(()).unwrap();
            assert_eq!((first.join().unwrap(), second.join().unwrap()), (10, 20));
            assert_eq!(gathering.answer("a", 4, 1, || (), call), 40);
        });
        assert_eq!(*calls.lock().unwrap(), [vec![3], vec![1, 2], vec![4]]);
    }
    #[test]
    fn a_call_after_another_waits_for_more_until_it_is_full() {
        let mut gathering = Gathering::<u32, u32>::new();
        gathering.longest_wait = Duration::MAX;
        gathering.lock().took.insert("a".to_owned(), Duration::MAX);
        let calls = Mutex::new(Vec::new());
        let call = |(), requests: Vec<u32>| {
            calls.lock().unwrap().push(requests.clone());
            requests
        };
        std::thread::scope(|scope| {
            let gathering = &gathering;
            let first = scope.spawn(move || gathering.answer("a", 1, 600, || (), call));
            while gathering.lock().count < 1 {
                std::thread::yield_now();
            }
            let second = scope.spawn(move || gathering.answer("a", 2, 300, || (), call));
            while gathering.lock().count < 2 {
                std::thread::yield_now();
            }
            assert_eq!(gathering.answer("a", 3, 100, || (), call), 3);
            assert_eq!((first.join().unwrap(), second.join().unwrap()), (1, 2));
        });
        assert_eq!(*calls.lock().unwrap(), [[1, 2, 3]]);
        assert!(gathering.lock().took["a"] < Duration::MAX);
    }

    #[test]
    fn a_call_has_as_many_requests_as_fit() {
        let mut state = Gathering::<&str, ()>::new().state.into_inner().unwrap();
        let mut add = |request, size| state.add("a", request, size);
        assert_eq!(add("one", 600), (1, true));
        assert_eq!(add("two", 400), (2, false));
        assert_eq!(add("large", 5000), (3, true));
        assert_eq!(add("three", 1), (4, true));
        assert_eq!(state.take("a", 3), [(3, "large")]);
        assert_eq!(state.take("a", 1), [(1, "one"), (2, "two")]);
        assert_eq!(state.take("a", 4), [(4, "three")]);
        assert!(state.waiting.is_empty() && state.take("a", 4).is_empty());
    }
}
