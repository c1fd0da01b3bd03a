//! Files as every program here keeps them: in directories that are their owner's alone, whole or not there at all, secret
//! from their first byte on, and read only up to a limit.

mod lock;
mod read;
mod rights;
mod unique;
mod write;

pub use lock::Lock;
pub use read::{open_regular, read_bounded};
pub use rights::{Lost, Rights};
pub use unique::write_unique;
pub use write::{create, create_private_dir, sync_dir, write_file, write_new};
