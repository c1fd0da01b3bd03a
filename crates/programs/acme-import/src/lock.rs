//! One run at a time for a directory of `--path`: two at once would not see what the other is about to keep, such as the same
//! account. The kernel's lock goes with its process, however that ends.

use command::{Usage, message};
use files::{Lock, make_trusted_dir};
use std::io;
use std::path::Path;

/// The lock's file in the directory.
const FILE: &str = "import.lock";

/// Takes the lock, and waits for the end of another run that has it, which is said.
///
/// # Errors
/// The directory cannot be made, or others can change it; or the lock cannot be taken.
pub(crate) fn take(directory: &Path) -> Result<Lock, Usage> {
    let path = directory.join(FILE);
    let cannot = |error: io::Error| Usage::new(format!("cannot lock {}: {error}", path.display()));
    make_trusted_dir(directory, directory).map_err(cannot)?;
    if let Some(lock) = Lock::try_path(&path).map_err(cannot)? {
        return Ok(lock);
    }
    message::note("waiting for another run, which takes something over as well");
    Lock::wait_path(&path).map_err(cannot)
}
