//! The file of an account: read again where it has changed, and written under a lock, so that runs side by side lose nothing.

use crate::record::{Held, Record};
use files::Lock;
use ring::digest::{SHA256, digest};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// The directory of these files.
const DIRECTORY: &str = "failures";
/// The largest file that is read, in bytes: ten thousand names with the longest of texts.
const LARGEST: u64 = 32 * 1024 * 1024;
/// How many octets of an account's digest name its file.
const DIGEST: usize = 16;

/// Which names of an account have failed lately.
#[derive(Debug)]
pub struct Failures {
    account: String,
    root: PathBuf,
    directory: PathBuf,
    path: PathBuf,
    /// What was read last, and from which file.
    last: Mutex<Option<(Stamp, Arc<Record>)>>,
}

/// What tells a file from one that was put in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    file: u64,
    size: u64,
    changed: (i64, i64),
}

impl Failures {
    /// Those of the account at this URL, kept below `root`.
    pub fn of(root: &Path, account: &str) -> Failures {
        let directory = root.join(DIRECTORY);
        let digest = digest(&SHA256, account.as_bytes());
        let mut name = String::new();
        for byte in &digest.as_ref()[..DIGEST] {
            let _ = write!(name, "{byte:02x}");
        }
        Failures {
            account: account.to_owned(),
            root: root.to_owned(),
            path: directory.join(format!("{name}.json")),
            directory,
            last: Mutex::new(None),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why no order with these names is to be placed at `now`. With `only_pauses`, for no other reason than that the CA has
    /// paused the account.
    ///
    /// # Errors
    /// The file cannot be read, or somebody else can change it. One that is damaged counts as none.
    pub fn held(
        &self,
        names: &[&str],
        only_pauses: bool,
        now: SystemTime,
    ) -> io::Result<Option<Held>> {
        Ok(self.read()?.held(names, only_pauses, now))
    }

    /// Notes that the validation of these names has failed at `now`: each with the type of its problem, and what the CA said.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn fail(&self, failed: &[(&str, &str, &str)], now: SystemTime) -> io::Result<()> {
        self.change(|record| {
            for (name, kind, detail) in failed {
                record.fail(name, kind, detail, now);
            }
            !failed.is_empty()
        })
    }

    /// Notes that the CA has paused the account for these names, and at which URL a person ends that.
    ///
    /// # Errors
    /// As [`Failures::fail`].
    pub fn pause(
        &self,
        names: &[&str],
        kind: &str,
        detail: &str,
        url: Option<&str>,
        now: SystemTime,
    ) -> io::Result<()> {
        self.change(|record| {
            for name in names {
                record.pause(name, kind, detail, url, now);
            }
            !names.is_empty()
        })
    }

    /// Notes that the CA takes orders with these names.
    ///
    /// # Errors
    /// As [`Failures::fail`].
    pub fn end_pause(&self, names: &[&str]) -> io::Result<()> {
        self.change_if_any(names, Record::end_pause)
    }

    /// Notes that these names were validated.
    ///
    /// # Errors
    /// As [`Failures::fail`].
    pub fn succeed(&self, names: &[&str]) -> io::Result<()> {
        self.change_if_any(names, Record::succeed)
    }

    fn change_if_any(
        &self,
        names: &[&str],
        change: fn(&mut Record, &str) -> bool,
    ) -> io::Result<()> {
        // Mostly there is nothing, and then nothing is locked.
        if !self.read()?.has_any(names) {
            return Ok(());
        }
        self.change(|record| {
            let changed: Vec<bool> = names.iter().map(|name| change(record, name)).collect();
            changed.contains(&true)
        })
    }

    /// Changes the record, and keeps that where `change` says that there is news.
    fn change(&self, change: impl FnOnce(&mut Record) -> bool) -> io::Result<()> {
        files::make_trusted_dir(&self.root, &self.directory)?;
        let mut options = File::options();
        options.write(true).create(true).truncate(false).mode(0o600);
        // The directory's own lock is for whoever writes a file in it.
        let lock = self.path.with_extension("lock");
        let _lock = Lock::wait(files::open_trusted(&lock, &mut options)?)?;
        let mut record = Record::clone(&*self.read()?);
        if !change(&mut record) {
            return Ok(());
        }
        record.account.clone_from(&self.account);
        // Strings, numbers and times, which JSON can always express.
        let text = serde_json::to_string(&record).unwrap_or_default();
        files::write_cache(&self.path, format!("{text}\n").as_bytes())
    }

    fn read(&self) -> io::Result<Arc<Record>> {
        let stamp = match std::fs::metadata(&self.path) {
            Ok(found) => Stamp {
                file: found.ino(),
                size: found.size(),
                changed: (found.mtime(), found.mtime_nsec()),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Arc::default()),
            Err(error) => return Err(error),
        };
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, record)) = &*last
            && *known == stamp
        {
            return Ok(record.clone());
        }
        files::trust_below(&self.root, &self.directory)?;
        let text = match files::read_trusted(&self.path, LARGEST) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Arc::default()),
            text => text?,
        };
        // What is lost with one that is damaged is no more than a pause.
        let record: Arc<Record> = Arc::new(serde_json::from_slice(&text).unwrap_or_default());
        *last = Some((stamp, record.clone()));
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Duration;

    const ACCOUNT: &str = "https://ca.test/account/1";

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
    }

    #[test]
    fn what_failed_is_known_to_others_of_the_same_account() {
        let root = tempfile::tempdir().expect("a directory");
        let one = Failures::of(root.path(), ACCOUNT);
        let other = Failures::of(root.path(), ACCOUNT);
        let stranger = Failures::of(root.path(), "https://ca.test/account/2");
        let is_held = |failures: &Failures, now| {
            failures
                .held(&["a.test"], false, at(now))
                .expect("read")
                .is_some()
        };
        assert!(!is_held(&one, 0));
        // Where there is nothing, nothing is made.
        one.succeed(&["a.test"]).expect("nothing to do");
        assert_eq!(fs::read_dir(root.path()).expect("listed").count(), 0);
        one.fail(&[("a.test", "t", "d")], at(0)).expect("kept");
        assert!(is_held(&one, 59) && is_held(&other, 59) && !is_held(&other, 60));
        assert!(!is_held(&stranger, 0));
        other.fail(&[("a.test", "t", "d")], at(60)).expect("kept");
        assert!(is_held(&one, 659) && !is_held(&one, 660));
        let mode = fs::metadata(one.path())
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        other.succeed(&["a.test"]).expect("kept");
        assert!(!is_held(&one, 60));
    }

    #[test]
    fn runs_side_by_side_lose_no_failure() {
        let root = tempfile::tempdir().expect("a directory");
        std::thread::scope(|scope| {
            for number in 0..8 {
                let root = root.path();
                scope.spawn(move || {
                    let failures = Failures::of(root, ACCOUNT);
                    for _ in 0..5 {
                        let own = format!("n{number}.test");
                        failures
                            .fail(&[(&own, "t", "d"), ("all.test", "t", "d")], at(0))
                            .expect("kept");
                    }
                });
            }
        });
        let failures = Failures::of(root.path(), ACCOUNT);
        let count = |name: &str| {
            let held = failures.held(&[name], false, at(0)).expect("read");
            held.map(|held| held.failed.count)
        };
        assert_eq!((count("n3.test"), count("all.test")), (Some(5), Some(40)));
        let files = fs::read_dir(root.path().join(DIRECTORY)).expect("listed");
        assert_eq!(files.count(), 2, "the record and its lock");
    }

    #[test]
    fn a_damaged_file_counts_as_none_and_one_that_others_can_change_is_an_error() {
        let root = tempfile::tempdir().expect("a directory");
        let failures = Failures::of(root.path(), ACCOUNT);
        failures.fail(&[("a.test", "t", "d")], at(0)).expect("kept");
        for damaged in [
            "",
            "{",
            "[]",
            "{\"names\": 7}",
            "{\"names\": {\"a.test\": {\"count\": -1}}}",
        ] {
            fs::write(failures.path(), damaged).expect("written");
            assert_eq!(
                failures.held(&["a.test"], false, at(0)).expect("read"),
                None,
                "{damaged}"
            );
        }
        failures.fail(&[("a.test", "t", "d")], at(0)).expect("kept");
        assert!(
            failures
                .held(&["a.test"], false, at(0))
                .expect("read")
                .is_some()
        );
        fs::set_permissions(failures.path(), fs::Permissions::from_mode(0o666)).expect("changed");
        let fresh = Failures::of(root.path(), ACCOUNT);
        assert!(fresh.held(&["a.test"], false, at(0)).is_err());
    }
}
