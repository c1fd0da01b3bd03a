//! What comes before the file with the accounts is written: others are kept out, and a link leads somewhere.

use files::{Lock, trust_link};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long another that writes the file is waited for, and how often it is looked whether that is over.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// How many links are followed, as the kernel does it.
const MOST_LINKS: usize = 40;

/// Makes the file that a link leads to, where there is a link and no such file: a file without accounts, for its owner alone.
///
/// # Errors
/// It cannot be made, or the link is somebody else's.
pub(crate) fn make_target(path: &Path) -> Result<(), String> {
    let mut place = path.to_owned();
    let mut links = 0;
    while let Ok(target) = fs::read_link(&place) {
        links += 1;
        if links > MOST_LINKS {
            return Err(format!("{}: too many links", path.display()));
        }
        trust_link(&place).map_err(|error| format!("{}: {error}", place.display()))?;
        place = place.parent().unwrap_or(Path::new("")).join(target);
    }
    if links == 0 || place.exists() {
        return Ok(());
    }
    match files::write_new(&place, b"{}\n") {
        Ok(_) => Ok(()),
        Err(error) => Err(format!(
            "{} is a link to {}, which cannot be made: {error}",
            path.display(),
            place.display()
        )),
    }
}

/// The lock for writing the file: a file beside it, since the file itself is replaced.
///
/// # Errors
/// It cannot be had.
pub(crate) fn lock(path: &Path) -> Result<Lock, String> {
    let mut lock = fs::canonicalize(path)
        .unwrap_or_else(|_| path.to_owned())
        .into_os_string();
    lock.push(".lock");
    let lock = PathBuf::from(lock);
    let cannot = |why: String| format!("cannot lock {}: {why}", lock.display());
    let start = Instant::now();
    loop {
        match Lock::try_path(&lock) {
            Ok(Some(lock)) => return Ok(lock),
            Ok(None) if start.elapsed() < LONGEST_WAIT => sleep(POLL_INTERVAL),
            Ok(None) => return Err(cannot("another process holds it".to_owned())),
            Err(error) => return Err(cannot(error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn what_a_link_leads_to_is_made_where_it_is_missing() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::create_dir(path("kept")).unwrap();
        symlink("second", path("first")).unwrap();
        symlink("kept/accounts", path("second")).unwrap();
        make_target(&path("first")).unwrap();
        assert!(path("first").is_symlink() && path("second").is_symlink());
        assert_eq!(fs::read_to_string(path("kept/accounts")).unwrap(), "{}\n");
        fs::write(path("kept/accounts"), "7").unwrap();
        make_target(&path("first")).unwrap();
        assert_eq!(fs::read_to_string(path("first")).unwrap(), "7");
        // What is no link is made when there is something to write.
        make_target(&path("none")).unwrap();
        assert!(!path("none").exists());
        symlink("nowhere/accounts", path("third")).unwrap();
        symlink("loop", path("loop")).unwrap();
        for name in ["third", "loop"] {
            assert!(make_target(&path(name)).is_err(), "{name}");
        }
    }
}
