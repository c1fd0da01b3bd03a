//! Ways in which dns-01 fails, set up on real servers: what the pipeline says of each, what `dns01-check` says before an
//! order is placed, and what the CA says.

mod cases;
mod layout;
mod run;
mod score;
mod way;

pub use cases::ALL;
pub use layout::layout;
pub use run::{TOOLS, Told, run_all};
pub use score::{Points, points, table};
pub use way::{Kind, Way};
