//! What is still being waited for, on one line for a person.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Instant;

use dns::{Propagated, Sighting, State, Target};
use pipeline::message;

/// The challenges that are being waited for, and who lacks their values.
pub(crate) struct Board {
    start: Instant,
    next: usize,
    lacking: BTreeMap<usize, Vec<String>>,
    reported: BTreeSet<String>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            next: 0,
            lacking: BTreeMap::new(),
            reported: BTreeSet::new(),
        }
    }
}

/// One challenge's place on the board, for as long as it is waited for.
pub(crate) struct Entry {
    board: Rc<RefCell<Board>>,
    name: String,
    number: usize,
}

impl Board {
    pub(crate) fn enter(board: &Rc<RefCell<Board>>, target: &Target) -> Entry {
        let mut state = board.borrow_mut();
        state.next += 1;
        let number = state.next;
        state.lacking.insert(number, Vec::new());
        Entry {
            board: board.clone(),
            name: target.name.to_string(),
            number,
        }
    }

    /// How long, for how many names, and which servers still lack how many values.
    fn line(&self) -> String {
        let mut servers: BTreeMap<&str, usize> = BTreeMap::new();
        for server in self.lacking.values().flatten() {
            *servers.entry(server).or_default() += 1;
        }
        let several = self.lacking.len() > 1;
        let lacking: Vec<_> = servers
            .into_iter()
            .map(|(server, count)| {
                if several {
                    format!("{server} lacks {count}")
                } else {
                    server.to_owned()
                }
            })
            .collect();
        let elapsed = self.start.elapsed().as_secs();
        let verb = if several { "" } else { " at" };
        format!(
            "{elapsed} s, waiting for {} of {}{verb}: {}",
            self.lacking.len(),
            self.next,
            lacking.join(", ")
        )
    }
}

impl Entry {
    /// Hears how things stand.
    pub(crate) fn update(&self, sightings: &[Sighting]) {
        if !message::shows_progress() {
            return;
        }
        let lacking = sightings
            .iter()
            .filter(|s| matches!(s.state(), State::Waiting | State::Pending));
        let lacking = lacking
            .map(|s| format!("{} ({})", s.name, dns::address::format(&s.address)))
            .collect();
        let mut board = self.board.borrow_mut();
        board.lacking.insert(self.number, lacking);
        message::progress(|| board.line());
    }

    /// Says which servers are of no use, once for each of them.
    pub(crate) fn report(&self, propagated: &Propagated) {
        let mut board = self.board.borrow_mut();
        for unusable in propagated
            .servers
            .iter()
            .filter(|s| s.state() != State::Serving)
        {
            let address = dns::address::format(&unusable.address);
            let text = format!(
                "{} ({address}) {}; it was not waited for",
                unusable.name,
                unusable.describe()
            );
            if board.reported.insert(text.clone()) {
                message::note(&text);
            }
        }
        let serving = propagated
            .servers
            .iter()
            .filter(|s| s.state() == State::Serving)
            .count();
        let of = propagated.servers.len();
        let seconds = propagated.after.as_secs_f64();
        message::detail(&format!(
            "{}: served by {serving} of {of} after {seconds:.2} s",
            self.name
        ));
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.board.borrow_mut().lacking.remove(&self.number);
    }
}
