//! Names that no resolver is to be asked about, since a record is to be there soon: it would remember for the zone's
//! negative TTL that there is nothing (RFC 2308 §5).

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hickory_proto::rr::Name;
use tokio::sync::Notify;
use tokio::time::timeout;

/// How long the search for one alias's zone waits for the other aliases to be known: authoritative servers are asked for
/// them, and mostly answer within a round trip.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The names of a run: where its records are to be, and what those names are aliases of.
#[derive(Default)]
pub(super) struct DoNotQuery {
    state: Mutex<State>,
    resolved: Notify,
}

#[derive(Default)]
struct State {
    names: HashSet<Name>,
    /// The names of which it is not known yet whether they are aliases.
    open: HashSet<Name>,
}

impl DoNotQuery {
    /// Says that these will be searched for.
    pub(super) fn expect(&self, names: impl IntoIterator<Item = Name>) {
        let mut state = self.lock();
        for name in names {
            if state.names.insert(name.clone()) {
                state.open.insert(name);
            }
        }
    }

    /// Says that this one is an alias of `target`, or none, or that it could not be found out.
    pub(super) fn resolve(&self, name: &Name, target: Option<&Name>) {
        let mut state = self.lock();
        state.names.insert(name.clone());
        state.names.extend(target.cloned());
        state.open.remove(name);
        if state.open.is_empty() {
            self.resolved.notify_waiters();
        }
    }

    /// Waits, for a moment at most, until it is known of all names what they are aliases of.
    pub(super) async fn all_resolved(&self) {
        let resolved = async {
            loop {
                let changed = self.resolved.notified();
                if self.lock().open.is_empty() {
                    return;
                }
                changed.await;
            }
        };
        let _ = timeout(LONGEST_WAIT, resolved).await;
    }

    /// Whether a resolver is not to be asked about this name: one of those, or one that begins with an underscored
    /// label (RFC 8552), as those of other runs do. The root always may be: nothing lies above it.
    pub(super) fn contains(&self, name: &Name) -> bool {
        let Some(first) = name.iter().next() else {
            return false;
        };
        first.starts_with(b"_") || self.lock().names.contains(name)
    }

    /// The nearest name above `name` that a resolver may be asked about.
    pub(super) fn parent(&self, name: &Name) -> Name {
        let mut parent = name.base_name();
        while self.contains(&parent) {
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
    fn no_name_of_a_run_or_alias_of_one_is_asked_about_as_the_parent_of_another() {
        let do_not_query = DoNotQuery::default();
        do_not_query.resolve(&name("_label.b.test"), Some(&name("b.example.test")));
        for (of, parent) in [
            ("_label.example.test", "example.test"),
            ("x._label.example.test", "example.test"),
            ("a.b.example.test", "example.test"),
        ] {
            assert_eq!(do_not_query.parent(&name(of)), name(parent));
        }
        assert_eq!(do_not_query.parent(&name("test")), Name::root());
    }

    #[test]
    fn nothing_lies_above_the_root_even_where_it_is_searched_for() {
        let do_not_query = DoNotQuery::default();
        do_not_query.expect([Name::root(), name("test")]);
        for of in [Name::root(), name("test"), name("a.test")] {
            assert_eq!(do_not_query.parent(&of), Name::root());
        }
    }

    #[test]
    fn one_alias_waits_for_the_others_to_be_known_and_not_for_ever() {
        block_on(async {
            let do_not_query = DoNotQuery::default();
            do_not_query.all_resolved().await;
            do_not_query.expect([name("a.test"), name("b.test")]);
            do_not_query.resolve(&name("a.test"), None);
            let began = tokio::time::Instant::now();
            do_not_query.all_resolved().await;
            assert!(began.elapsed() >= LONGEST_WAIT);
            do_not_query.resolve(&name("b.test"), Some(&name("c.test")));
            do_not_query.all_resolved().await;
            assert!(do_not_query.contains(&name("c.test")));
        });
    }
}
