//! The journal: the challenges that are about to be presented, or were presented and are not removed yet. It is for when
//! no `cleanup` comes: after SIGKILL, a crash or power loss. It also says whose they are, and so who may remove them.
//!
//! One file per document, written whole and on disk before its first record is presented, so that many runs keep theirs
//! side by side. It has a line per challenge; `cleanup` appends a line for each that it has removed, and the last removes
//! the file.

mod arrived;
mod entry;
mod owner;
mod selection;
mod store;
mod system;
mod this_process;
mod upstream;
mod waiting;

pub(crate) use arrived::Arrived;
pub(crate) use entry::Entry;
pub(crate) use owner::PipelineEnd;
pub(crate) use selection::{in_use_and_left, lost};
pub(crate) use store::Journal;
pub(crate) use system::System;
pub(crate) use this_process::this_process;
pub(crate) use upstream::Upstream;
pub(crate) use waiting::{wait_for_calls_to_end, wait_for_pipeline_to_end};
