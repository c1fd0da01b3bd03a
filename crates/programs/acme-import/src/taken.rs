//! What is known of a certificate that is here now.

use certificates::OrderRecord;
use other_clients::{Hook, Validation};

/// A certificate that is here, and how it was renewed there.
pub(crate) struct Taken {
    /// The name that it is kept under.
    pub(crate) name: String,
    /// How it is ordered from now on.
    pub(crate) record: OrderRecord,
    /// How its names were proven.
    pub(crate) validation: Validation,
    pub(crate) hooks: Vec<Hook>,
    /// What a person has to know.
    pub(crate) remarks: Vec<String>,
    /// Where it is from: the client and its folder.
    pub(crate) from: String,
}
