//! Where pipes meet ACME: what the programs that speak to a CA have in common, and neither of the libraries below knows.
//! Their options and variables, and what those come to; documents at work until a signal comes; documents to and from
//! the objects of ACME; and what went wrong, in the words of a document, with what a person can do about it.

mod challenges;
mod documents;
mod environment;
mod hints;
mod options;
mod problem;
mod validation;
mod work;

#[cfg(feature = "certificates")]
mod certificate;

#[cfg(feature = "certificates")]
pub use certificate::{certificate, certificate_problem, order_record};
pub use challenges::challenge;
pub use documents::{credentials, missing, order_url, ordered_identifiers, set_account, set_order};
pub use options::{EMAIL, JOBS, PATH, SERVER, TIMEOUT, VARIABLES, directory, external_account};
pub use problem::problem;
pub use validation::{Validation, validate};
pub use work::{client, each, main};
