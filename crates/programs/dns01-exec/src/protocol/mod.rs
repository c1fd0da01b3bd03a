//! The exec protocol: how the user's program is called for a challenge, as lego calls it, what its environment says
//! beside that, what it answers, and what its failures mean.

mod arguments;
mod asked;
pub(crate) mod batch;
mod environment;
mod hint;
mod operands;
mod permanent;
mod program;

pub(crate) use arguments::Arguments;
#[cfg(test)]
pub(crate) use arguments::of_json;
pub(crate) use asked::Asked;
pub(crate) use operands::{NEEDED_IN_RAW_MODE, from_operands};
pub(crate) use permanent::is_permanent;
pub(crate) use program::{Action, KEPT_OUTPUT, UserProgram};
