//! What is still being waited for, on one line for a person: values that servers lack, or that they are to lose.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Instant;

use command::message;
use dns::address;
use dns::propagation::{Observation, Propagated, ServerState, Target};

/// The values that are being waited for, and which servers hold that up. Clones share this.
#[derive(Clone)]
pub(crate) struct Progress(Rc<RefCell<State>>);

struct State {
    start: Instant,
    begun: usize,
    /// Whether the values are to be gone.
    gone: bool,
    /// The servers that lack a value, or still have it, by the number of the value.
    lacking: BTreeMap<usize, Vec<String>>,
    /// What was said of servers already.
    said: BTreeSet<String>,
}

/// One value's part of the progress, while it is waited for.
pub(crate) struct Part {
    progress: Progress,
    name: String,
    number: usize,
}

impl Progress {
    /// Progress that starts now, with nothing to wait for.
    pub(crate) fn new(gone: bool) -> Progress {
        Progress(Rc::new(RefCell::new(State {
            start: Instant::now(),
            begun: 0,
            gone,
            lacking: BTreeMap::new(),
            said: BTreeSet::new(),
        })))
    }

    /// Adds a value to wait for.
    pub(crate) fn begin(&self, target: &Target) -> Part {
        let mut state = self.0.borrow_mut();
        state.begun += 1;
        let number = state.begun;
        state.lacking.insert(number, Vec::new());
        Part {
            progress: self.clone(),
            name: target.name.to_string(),
            number,
        }
    }
}

impl State {
    /// Whether a server in this state holds up the waiting.
    fn is_waited_for(&self, server: ServerState) -> bool {
        match server {
            ServerState::Pending => true,
            ServerState::Serving => self.gone,
            ServerState::Waiting => !self.gone,
            _ => false,
        }
    }

    /// The line: for how long, for how many values, and how many of them each server still lacks.
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
                    let verb = if self.gone { "has" } else { "lacks" };
                    format!("{server} {verb} {count}")
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
            self.begun,
            lacking.join(", ")
        )
    }
}

impl Part {
    /// Takes note of the latest observations.
    pub(crate) fn update(&self, observations: &[Observation]) {
        if !message::shows_progress() {
            return;
        }
        let mut state = self.progress.0.borrow_mut();
        let lacking = observations
            .iter()
            .filter(|one| state.is_waited_for(one.state()))
            .map(|one| format!("{} ({})", one.server, address::format(&one.address)))
            .collect();
        state.lacking.insert(self.number, lacking);
        message::progress(|| state.line());
    }

    /// Says which servers are of no use, once for each of them, and how long the others took.
    pub(crate) fn report(&self, propagated: &Propagated) {
        let mut state = self.progress.0.borrow_mut();
        let wanted = match state.gone {
            true => ServerState::Waiting,
            false => ServerState::Serving,
        };
        let is_wanted = |one: &&Observation| one.state() == wanted;
        let observations = &propagated.observations;
        for unusable in observations.iter().filter(|one| !is_wanted(one)) {
            let text = format!(
                "{} ({}) {}; it was not waited for",
                unusable.server,
                address::format(&unusable.address),
                unusable.describe()
            );
            if state.said.insert(text.clone()) {
                message::warning(&text);
            }
        }
        message::detail(&format!(
            "{}: {} {} of {} after {:.2} s",
            self.name,
            if state.gone { "gone at" } else { "served by" },
            observations.iter().filter(is_wanted).count(),
            observations.len(),
            propagated.after.as_secs_f64()
        ));
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.progress.0.borrow_mut().lacking.remove(&self.number);
    }
}
