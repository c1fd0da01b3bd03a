//! Under which names something is listed: certificates, what was tried and never came, and what the configuration asks for.

use crate::certificate::Asked;
use certificates::Store;
use command::message;
use lifecycle::{Outcome, State as _};
use std::collections::BTreeSet;

/// All names, sorted.
///
/// # Errors
/// The store cannot be read.
pub(crate) fn all(store: &Store, asked: &[Asked]) -> Result<BTreeSet<String>, String> {
    let names = store.all_names().map_err(|error| error.to_string())?;
    if let Some(note) = names.note() {
        message::warning(&note);
    }
    let without = store.names_without_certificate();
    let without = without.map_err(|error| error.to_string())?;
    let tried = without.into_iter().filter(|name| {
        let outcome = Outcome::load(store, name);
        outcome.failure.is_some() && outcome.succeeded.is_none()
    });
    let mut all: BTreeSet<String> = names.certificates.into_iter().chain(tried).collect();
    all.extend(asked.iter().map(|one| one.entry.name.clone()));
    Ok(all)
}
