//! Where pipes meet ACME: what the programs that speak to a CA have in common, which neither of the libraries below
//! knows of. Their options, and what those come to; their documents at work until a signal comes; what a document's
//! challenges ask the CA, and what is noted of the answer.

mod challenges;
mod options;
mod work;

pub use challenges::{open, outcome};
pub use options::{JOBS, PATH, SERVER, VARIABLES, directory, no_operands, settings, usage};
pub use work::each;
