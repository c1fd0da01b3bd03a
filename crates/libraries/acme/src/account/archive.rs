//! Moves accounts aside, to `accounts/.archive/<server>/<email>/<time>`: nothing of them is lost.

use crate::account::store::AccountStore;
use crate::error::{Error, Result};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The name of the directory of accounts that were moved aside. That of no server begins with a dot.
pub(crate) const ARCHIVE: &str = ".archive";
/// How many accounts of one name may be moved aside within a second.
const TRIES: usize = 100;

impl AccountStore {
    /// Moves the account's files aside, and removes the links by which it is found. Returns where they are now.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn move_aside(&self, now: SystemTime) -> Result<PathBuf> {
        let place = self.real_directory()?;
        self.try_move_aside(&place, now)
            .map_err(|error| Error::file("move aside", &place, error))
    }

    fn try_move_aside(&self, place: &Path, now: SystemTime) -> io::Result<PathBuf> {
        files::trust_below(self.path(), self.server_directory())?;
        let names = [self.server_directory(), place].map(|part| part.file_name());
        let [Some(server), Some(name)] = names else {
            return Err(ErrorKind::InvalidInput.into());
        };
        let archive = self.accounts().join(ARCHIVE).join(server).join(name);
        files::make_trusted_dir(self.path(), &archive)?;
        let time = humantime::format_rfc3339_seconds(now).to_string();
        for number in 1..=TRIES {
            let target = match number {
                1 => archive.join(&time),
                number => archive.join(format!("{time}-{number}")),
            };
            if target.symlink_metadata().is_ok() {
                continue;
            }
            fs::rename(place, &target)?;
            for link in self.links_to(place)? {
                fs::remove_file(link)?;
            }
            files::sync_dir(self.server_directory())?;
            files::sync_dir(&archive)?;
            return Ok(target);
        }
        Err(ErrorKind::AlreadyExists.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keys::KeyType;

    #[test]
    fn an_account_is_moved_aside_whole_with_the_links_that_lead_to_it() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let path = dir.path().join("state");
        let store = |email| AccountStore::new(&path, "https://ca.test/", Some(email));
        let (one, two) = (store("one@x.test"), store("two@x.test"));
        let mut moved = Vec::new();
        // Twice within a second, by either of its names.
        for by in [&one, &two] {
            one.make_key(KeyType::EC256).expect("a key");
            one.save("https://ca.test/1").expect("saved");
            one.link("two@x.test").expect("linked");
            assert!(two.registered().expect("readable").is_some());
            moved.push(by.move_aside(SystemTime::UNIX_EPOCH).expect("moved"));
            assert!(!one.has_key() && !two.has_key());
            assert!(fs::symlink_metadata(two.directory_of_files()).is_err());
        }
        let archive = path.join("accounts/.archive/ca.test/one@x.test");
        let expected = ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z-2"];
        assert_eq!(moved, expected.map(|name| archive.join(name)));
        for place in moved {
            assert!(place.join("account.key").exists() && place.join("account.json").exists());
        }
    }
}
