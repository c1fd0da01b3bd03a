//! Names that no resolver is to be asked about, since a record is to be there soon: it would remember for the zone's
//! negative TTL that there is nothing (RFC 2308 §5).

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hickory_proto::rr::Name;
use tokio::sync::Notify;
use tokio::time::timeout;

/// How long the search for one alias's zone waits for the others to be known: they are asked of authoritative servers,
/// and mostly answered within a round trip.
const PATIENCE: Duration = Duration::from_secs(1);

/// The names of a run: where its challenges are, and what those are aliases of.
#[derive(Default)]
pub(crate) struct Unasked {
    state: Mutex<State>,
    settled: Notify,
}

#[derive(Default)]
struct State {
    names: HashSet<Name>,
    /// Of which it is not known yet whether they are aliases.
    open: HashSet<Name>,
}

impl Unasked {
    /// These will be searched for.
    pub(crate) fn expect(&self, names: impl IntoIterator<Item = Name>) {
        let mut state = self.lock();
        for name in names {
            if state.names.insert(name.clone()) {
                state.open.insert(name);
            }
        }
    }

    /// This one is an alias of `target`, or none, or it could not be found out.
    pub(crate) fn settle(&self, name: &Name, target: Option<&Name>) {
        let mut state = self.lock();
        state.names.insert(name.clone());
        state.names.extend(target.cloned());
        state.open.remove(name);
        if state.open.is_empty() {
            self.settled.notify_waiters();
        }
    }

    /// Waits until it is known of all names what they are aliases of, for a moment at most.
    pub(crate) async fn all_settled(&self) {
        let settled = async {
            loop {
                let changed = self.settled.notified();
                if self.lock().open.is_empty() {
                    return;
                }
                changed.await;
            }
        };
        let _ = timeout(PATIENCE, settled).await;
    }

    /// Whether a resolver is not to be asked about this name: one of those, or one that begins with an underscored
    /// label (RFC 8552), as challenges of other runs do. The root always may be: nothing lies above it.
    pub(crate) fn has(&self, name: &Name) -> bool {
        let underscored = |label: &[u8]| label.starts_with(b"_");
        !name.is_root()
            && (name.iter().next().is_some_and(underscored) || self.lock().names.contains(name))
    }

    /// The nearest name above `name` that a resolver may be asked about.
    pub(crate) fn parent(&self, name: &Name) -> Name {
        let mut parent = name.base_name();
        while self.has(&parent) {
            parent = parent.base_name();
        }
        parent
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;
    use crate::testing::block_on;

    fn name(text: &str) -> Name {
        parse(text).unwrap()
    }

    #[test]
    fn no_challenge_name_or_alias_of_one_is_asked_about_as_the_parent_of_another() {
        let unasked = Unasked::default();
        unasked.settle(
            &name("_acme-challenge.b.test"),
            Some(&name("b.example.test")),
        );
        for (of, parent) in [
            ("_acme-challenge.example.test", "example.test"),
            ("x._acme-challenge.example.test", "example.test"),
            ("a.b.example.test", "example.test"),
        ] {
            assert_eq!(unasked.parent(&name(of)), name(parent));
        }
        assert_eq!(unasked.parent(&name("test")), Name::root());
    }

    #[test]
    fn nothing_lies_above_the_root_even_where_it_is_searched_for() {
        let unasked = Unasked::default();
        unasked.expect([Name::root(), name("test")]);
        for of in [Name::root(), name("test"), name("a.test")] {
            assert_eq!(unasked.parent(&of), Name::root());
        }
    }

    #[test]
    fn one_alias_waits_for_the_others_to_be_known_and_not_for_ever() {
        block_on(async {
            let unasked = Unasked::default();
            unasked.all_settled().await;
            unasked.expect([name("a.test"), name("b.test")]);
            unasked.settle(&name("a.test"), None);
            let began = tokio::time::Instant::now();
            unasked.all_settled().await;
            assert!(began.elapsed() >= PATIENCE);
            unasked.settle(&name("b.test"), Some(&name("c.test")));
            unasked.all_settled().await;
            assert!(unasked.has(&name("c.test")));
        });
    }
}
