//! What a program of this kind has to be able to do.

use crate::answer::Answer;
use crate::failure::Failure;
use crate::record::Record;
use pipeline::DomainName;

/// Whether records are added or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// They are added to what is there already.
    Present,
    /// Those values are removed, and no others. One that is not there is no failure.
    Cleanup,
}

/// Records of one zone that are to be added, or removed: each once.
#[derive(Debug, Clone)]
pub struct Change<'a> {
    /// What is to be done.
    pub action: Action,
    /// The zone that they go to.
    pub zone: &'a DomainName,
    /// The records, at least one.
    pub records: Vec<&'a Record>,
}

/// A DNS service, by the settings of this call.
pub trait Service {
    /// What it answers to `timeout`.
    fn answer(&self) -> Answer;

    /// Whether it is called with the domain, the token and the key authorization (lego's RAW mode) in place of a name and a
    /// value. The records of a batch have both.
    fn is_raw(&self) -> bool {
        false
    }

    /// Whether it matters to which zone a record goes. Where it does not, all names are in the root, whoever says what.
    fn has_zones(&self) -> bool {
        true
    }

    /// The zone that holds a name, where nobody has told it. A service that knows no zones says the root: all names are
    /// in it.
    ///
    /// # Errors
    /// It cannot be found out.
    fn zone(&self, name: &DomainName) -> Result<DomainName, Failure>;

    /// Adds or removes the records. It returns what became of each, in their order.
    fn change(&self, change: &Change<'_>) -> Vec<Result<(), Failure>>;

    /// The requests that [`Service::change`] would make, as text for a person.
    ///
    /// # Errors
    /// They cannot be known.
    fn show(&self, change: &Change<'_>) -> Result<String, Failure>;
}
