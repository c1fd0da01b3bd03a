//! Files as every program here keeps them: in directories that are their owner's alone, whole or not there at all, secret
//! from their first byte on, read only up to a limit, and used only where nobody else can change them.

mod directory;
mod lock;
mod name;
mod read;
mod rights;
mod trust;
mod unfinished;
mod unique;
mod write;

pub use directory::{create_private_dir, open_dir, sync_dir};
pub use lock::Lock;
pub use name::is_file_name;
pub use read::{open_regular, read_at_most, read_bounded};
pub use rights::{Lost, Rights};
pub use trust::{
    make_trusted_dir, open_trusted, read_trusted, trust_below, trust_link, trust_mode_of_dir,
};
pub use unfinished::{is_unfinished, remove_unfinished};
pub use unique::write_unique;
pub use write::{Staged, create, rewrite_file, write_cache, write_file, write_for_all, write_new};
