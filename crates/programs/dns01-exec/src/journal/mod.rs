//! The journal: the challenges that are about to be presented, or were presented and are not removed yet. It is for when
//! no `cleanup` comes: after SIGKILL, a crash or power loss. It also says whose they are, and so who may remove them.
//!
//! One file per document, written whole and on disk before its first record is presented, so that many runs keep theirs
//! side by side. It has a line per challenge; `cleanup` appends a line for each that it has removed, and the last removes
//! the file.

mod arrived;
mod checksum;
mod entry;
mod look;
mod members;
mod owner;
mod pipeline_end;
mod pipes;
mod selection;
mod store;
mod system;
mod this_process;
mod waiting;
mod whose;

pub(crate) use arrived::Arrived;
pub(crate) use entry::{Call, Entry};
pub(crate) use pipeline_end::PipelineEnd;
pub(crate) use selection::{Lost, in_use, in_use_and_left, lost};
pub(crate) use store::{Contents, Journal};
pub(crate) use system::join_run;
pub(crate) use waiting::{wait_for_calls_to_end, wait_for_presents_to_end, wait_for_those_cut_off};
