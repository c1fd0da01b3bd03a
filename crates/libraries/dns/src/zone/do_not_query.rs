//! Names that no resolver is to be asked about, since a record is to be there soon: it would remember for the zone's
//! negative TTL that there is nothing (RFC 2308 §5).

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hickory_proto::rr::Name;

/// The names of a run: where its records are to be, and what those names are aliases of.
#[derive(Default)]
pub(super) struct DoNotQuery(Mutex<HashSet<Name>>);

impl DoNotQuery {
    /// Adds names.
    pub(super) fn extend(&self, names: impl IntoIterator<Item = Name>) {
        self.names().extend(names);
    }

    /// Whether a resolver is not to be asked about this name: one of those, or one that begins with an underscored
    /// label (RFC 8552), as those of other runs do.
    pub(super) fn contains(&self, name: &Name) -> bool {
        let is_underscored = name
            .iter()
            .next()
            .is_some_and(|first| first.starts_with(b"_"));
        is_underscored || self.names().contains(name)
    }

    fn names(&self) -> MutexGuard<'_, HashSet<Name>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    #[test]
    fn no_name_of_a_run_is_asked_about_nor_any_with_an_underscore() {
        let do_not_query = DoNotQuery::default();
        do_not_query.extend([parse("b.example.test").unwrap()]);
        for (name, contains) in [
            ("_label.example.test", true),
            ("_label._tcp.test", true),
            ("b.example.test", true),
            ("example.test", false),
            ("x.b.example.test", false),
            ("a_b.test", false),
            (".", false),
        ] {
            assert_eq!(do_not_query.contains(&parse(name).unwrap()), contains);
        }
    }
}
