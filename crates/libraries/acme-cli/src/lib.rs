//! What the programs that speak to a CA have in common, and neither `acme` nor `pipeline` knows: their options and
//! variables; the work on documents until a signal comes; documents to and from the objects of ACME; and what went
//! wrong, as the `error` of a document with a hint.

mod accounts;
mod challenges;
mod deactivation;
mod document_options;
mod documents;
mod environment;
mod expiry;
mod failures;
mod hints;
pub mod kept;
mod key_places;
mod key_type;
mod limits;
mod options;
mod problem;
mod seen;
mod sight;
mod sign;
mod subproblems;
mod validation;
mod work;

#[cfg(feature = "certificates")]
mod certificate;

pub use accounts::{find_or_register, register};
#[cfg(feature = "certificates")]
pub use certificate::{certificate, certificate_problem, order_record, record_options};
pub use challenges::challenge;
pub use deactivation::{deactivate, is_given_up};
pub use document_options::{DocumentOptions, set_option, text};
pub use documents::{credentials, missing, order_url, ordered_identifiers, set_account, set_order};
pub use expiry::{expired, say_clock};
pub use failures::Failures;
pub use key_places::KeyPlaces;
pub use key_type::check_key_type;
pub use names::Names;
pub use options::{
    ACCEPT_TOS, ACCOUNTS, CSR, EAB, EMAIL, HMAC, JOBS, KID, PATH, REQUEST_LIMIT, SERVER, SERVERS,
    TIMEOUT, USER_AGENT, VARIABLES, VARIABLES_TO_REGISTER, binding, directory, email,
    external_account, zero_ssl_access_key,
};
pub use problem::problem;
pub use sign::SIGN_COMMAND;
pub use subproblems::of_challenges;
pub use validation::{Validation, validate};
pub use work::{client, each, end_on_signal, main, status_of_signal};
