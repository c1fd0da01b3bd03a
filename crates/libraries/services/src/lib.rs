//! The DNS services that a person names by lego's code: which program serves each, the variables that it needs, and what
//! that program calls them.

mod list;
mod mapping;
mod row;
mod table;

pub mod manual;

pub use list::list;
pub use mapping::{Missing, Prepared, prepare};
pub use row::{Route, Served, Service, Through, Variable};
pub use table::{all, by_other_name, find};
