//! Set-ups that look wrong, and that a CA accepts: a certificate comes out of each, and nothing says that it will not.

mod cases;
mod layout;
mod run;

pub use cases::all;
pub use layout::layout;
pub use run::{Odd, Outcome, run_all};
