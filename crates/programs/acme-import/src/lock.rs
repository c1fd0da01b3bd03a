//! One run at a time for a directory of `--path`: two at once would not see what the other is about to keep, such as the same
//! account. The kernel's lock goes with its process, however that ends.

use command::{Usage, message};
use files::{Lock, make_trusted_dir};
use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
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
    let open = || {
        let mut options = File::options();
        options.write(true).create(true).truncate(false).mode(0o600);
        files::open_trusted(&path, &mut options)
    };
    if let Some(lock) = open().and_then(Lock::try_file).map_err(cannot)? {
        return Ok(lock);
    }
    message::note("waiting for another run, which takes something over as well");
    open().and_then(Lock::wait).map_err(cannot)
}
