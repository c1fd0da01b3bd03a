//! Which calls of the user's program may run at the same time. Scripts that were written for lego have never seen two
//! calls at once, so those for names of one zone do not overlap, not even with those of other processes; those for
//! different zones do. With `--jobs N`, up to N calls overlap, whatever their zones.

mod batches;
mod gathering;
mod permits;
mod tasks;
mod threads;
mod turns;
mod zone_lock;

pub(crate) use batches::{Batches, Called, Waits};
pub(crate) use permits::{Overlap, Schedule};
pub(crate) use tasks::{Task, work_off};
pub(crate) use threads::side_by_side;
pub(crate) use turns::{DocumentTurns, Place, Turns};
pub(crate) use zone_lock::interrupted;
