//! Ways in which dns-01 fails, set up on real servers: what the pipeline says of each, what `dns01-check` says before an
//! order is placed, and what the CA says. Beside them set-ups that look wrong and that a CA accepts.

mod blame;
mod cases;
mod layout;
mod odd;
mod pebble_says;
mod points;
mod run;
mod score;
mod way;

pub use blame::Blame;
pub use cases::all;
pub use layout::layout;
pub use odd::{Odd, Outcome, all as odd, layout as odd_layout, run_all as run_odd};
pub use pebble_says::BY_CHANCE;
pub use points::Points;
pub use run::{TOOLS, Told, run_all};
pub use score::{points, table, wrongly_blamed};
pub use way::{Kind, Unseen, Way};
