//! Documents on their way through a pipe: read from stdin however they are laid out, as many at a time as memory allows, and
//! written to stdout, one on a line.

mod dropped;
mod in_flight;
mod output;
mod plain;
mod reader;
mod source;
mod stdin;

pub use dropped::Dropped;
pub(crate) use in_flight::{InFlight, Slot};
pub use output::{Gone, Output};
pub use reader::{Item, Piece, Reader};
