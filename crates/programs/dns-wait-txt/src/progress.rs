//! What is still being waited for, for a person: a table of servers, or one line where other programs of a pipeline write to the
//! terminal as well.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::{Duration, Instant};

use command::message;
use dns::address;
use dns::propagation::{
    Observation, Observed, Propagated, ResolverObservation, ResolversHaveIt, ServerState, Target,
    quoted,
};
use dns::transport::NetworkFault;

use crate::table::{Row, table};

/// What is seen of an address that is of the version of IP that is not to be used.
const OTHER_FAMILY: Observed = Observed::NoAnswer(NetworkFault::OtherFamily);

/// The values that are being waited for, and which servers hold that up. Clones share this.
#[derive(Clone)]
pub(crate) struct Progress(Rc<RefCell<State>>);

struct State {
    start: Instant,
    begun: usize,
    /// Whether the values are to be gone.
    gone: bool,
    /// The servers, by the number of the value.
    rows: BTreeMap<usize, Vec<Row>>,
    /// What was said of servers already.
    said: BTreeSet<String>,
}

/// One value's part of the progress, while it is waited for.
pub(crate) struct Part {
    progress: Progress,
    name: String,
    number: usize,
    /// When it was begun, since the start of all.
    begun: Duration,
}

impl Progress {
    /// Progress that starts now, with nothing to wait for.
    pub(crate) fn new(gone: bool) -> Progress {
        Progress(Rc::new(RefCell::new(State {
            start: Instant::now(),
            begun: 0,
            gone,
            rows: BTreeMap::new(),
            said: BTreeSet::new(),
        })))
    }

    /// Adds a value to wait for.
    pub(crate) fn begin(&self, target: &Target) -> Part {
        let mut state = self.0.borrow_mut();
        state.begun += 1;
        let number = state.begun;
        state.rows.insert(number, Vec::new());
        Part {
            progress: self.clone(),
            name: target.name.to_string(),
            number,
            begun: state.start.elapsed(),
        }
    }
}

impl State {
    /// The state that is waited for.
    fn wanted(&self) -> ServerState {
        match self.gone {
            true => ServerState::Waiting,
            false => ServerState::Serving,
        }
    }

    /// Whether a server in this state holds up the waiting.
    fn is_waited_for(&self, server: ServerState) -> bool {
        server == ServerState::Pending
            || (server != self.wanted()
                && matches!(server, ServerState::Serving | ServerState::Waiting))
    }

    /// The line: for how long, for how many values, and how many of them each server still lacks.
    fn line(&self) -> String {
        let mut servers: BTreeMap<&str, usize> = BTreeMap::new();
        let rows = self.rows.values().flatten();
        for row in rows.filter(|row| self.is_waited_for(row.state)) {
            *servers.entry(&row.server).or_default() += 1;
        }
        let several = self.rows.len() > 1;
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
            self.rows.len(),
            self.begun,
            lacking.join(", ")
        )
    }

    /// The table, with its heading.
    fn table(&self, name: &str) -> Vec<String> {
        let heading = match (self.rows.len(), self.gone) {
            (1, false) => format!("waiting for the value at {name}"),
            (1, true) => format!("waiting until the value at {name} is gone"),
            (left, false) => format!("waiting for {left} of {} values", self.begun),
            (left, true) => format!("waiting until {left} of {} values are gone", self.begun),
        };
        let heading = format!("{} s, {heading}", self.start.elapsed().as_secs());
        let rows: Vec<&[Row]> = self.rows.values().map(Vec::as_slice).collect();
        let wanted = self.wanted();
        [heading].into_iter().chain(table(&rows, wanted)).collect()
    }
}

impl Part {
    /// Takes note of the latest observations.
    pub(crate) fn update(&self, observations: &[Observation]) {
        if message::shows_progress() {
            let rows = observations.iter().map(|one| Row {
                server: format!("{} ({})", one.server, address::format(&one.address)),
                state: one.state(),
                serial: one.serial,
                since: self.begun + one.since,
                instead: instead(&one.observed),
            });
            self.show(rows.collect());
        }
    }

    /// Takes note of what resolvers answer.
    pub(crate) fn update_resolvers(&self, observations: &[ResolverObservation]) {
        if message::shows_progress() {
            let rows = observations.iter().map(|one| Row {
                server: format!("resolver {}", one.resolver),
                state: one.state(),
                serial: None,
                since: self.begun + one.since,
                instead: instead(&one.observed),
            });
            self.show(rows.collect());
        }
    }

    fn show(&self, rows: Vec<Row>) {
        let mut state = self.progress.0.borrow_mut();
        state.rows.insert(self.number, rows);
        match message::has_terminal_alone() {
            true => message::table(|| state.table(&self.name)),
            false => message::progress(|| state.line()),
        }
    }

    /// Says which servers are of no use, once for each of them, and how long the others took.
    pub(crate) fn report(&self, propagated: &Propagated) {
        let mut state = self.progress.0.borrow_mut();
        let wanted = state.wanted();
        let is_wanted = |one: &&Observation| one.state() == wanted;
        let observations = &propagated.observations;
        // Who chose one version of IP knows that the other is left out.
        let is_chosen = |one: &&Observation| one.observed != OTHER_FAMILY;
        let unusable = observations.iter().filter(|one| !is_wanted(one));
        for unusable in unusable.filter(is_chosen) {
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

    /// The same for resolvers.
    pub(crate) fn report_resolvers(&self, found: &ResolversHaveIt) {
        let mut state = self.progress.0.borrow_mut();
        let has_it = |one: &&ResolverObservation| one.state() == ServerState::Serving;
        for other in found.observations.iter().filter(|one| !has_it(one)) {
            let text = format!(
                "the resolver {} {}; it was not waited for",
                other.resolver,
                other.describe()
            );
            if state.said.insert(text.clone()) {
                message::warning(&text);
            }
        }
        message::detail(&format!(
            "{}: {} of {} resolvers have it after {:.2} s",
            self.name,
            found.observations.iter().filter(has_it).count(),
            found.observations.len(),
            found.after.as_secs_f64()
        ));
    }
}

/// What a server has in the place of the value.
fn instead(observed: &Observed) -> Option<String> {
    match observed {
        Observed::OtherValues(values) => Some(quoted(values)),
        _ => None,
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.progress.0.borrow_mut().rows.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_with_another_value_shows_that() {
        let other = Observed::OtherValues(vec!["x".into(), "y".into()]);
        assert_eq!(instead(&other).as_deref(), Some("\"x\", \"y\""));
        assert_eq!(instead(&Observed::NoData(None)), None);
    }
}
