//! Where certificates are kept.
//!
//! ```text
//! certificates/
//!   example.com -> .versions/example.com/04a1…-x7Fq2P     what servers read
//!   .versions/example.com/04a1…-x7Fq2P/                    privkey.pem cert.pem chain.pem fullchain.pem
//!   .versions/example.com/03be…-Kd81mm/                    the one before
//!   .pending/<hash of an order's URL>.pem                  the key of an order that is not done
//! ```
//!
//! A version is complete and on disk before the link is put in the place of the old one, which is one rename: whoever
//! opens the directory sees a key and a chain that belong together. The version before stays, for those who opened
//! it just then.

use crate::chain::Chain;
use crate::key::{CertificateKey, KeyType};
use acme::{Error, Result};
use files::{Lock, create_private_dir, read_bounded, sync_dir, write_new};
use ring::digest::{SHA256, digest};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

const MAX_KEY: u64 = 64 * 1024;
/// Orders live for days; the key of one that nobody came back for is of no use after that.
const PENDING_FOR: Duration = Duration::from_secs(30 * 86_400);

const KEY: &str = "privkey.pem";
const FILES: [&str; 4] = [KEY, "cert.pem", "chain.pem", "fullchain.pem"];

/// All certificates.
#[derive(Debug)]
pub(crate) struct Shelf {
    root: PathBuf,
}

/// The place of one certificate.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    shelf: &'a Shelf,
    name: String,
    pending: PathBuf,
}

impl Shelf {
    pub(crate) fn new(path: &Path) -> Shelf {
        Shelf {
            root: path.join("certificates"),
        }
    }

    /// The place of the certificate `name`, to be filled by the order at `order`. Made ready here, so that what is
    /// wrong with the directory is known before the CA is asked for anything.
    pub(crate) fn place(&self, name: &str, order: &str) -> Result<Place<'_>> {
        check_name(name)?;
        let hash = digest(&SHA256, order.as_bytes());
        let hash: String = hash.as_ref()[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let pending = self.root.join(".pending");
        let place = Place {
            shelf: self,
            name: name.to_owned(),
            pending: pending.join(format!("{hash}.pem")),
        };
        for dir in [&place.versions(), &pending] {
            create_private_dir(dir).map_err(|error| Error::file("make", dir, error))?;
        }
        if let Ok(found) = fs::symlink_metadata(place.link())
            && !found.is_symlink()
        {
            let link = place.link();
            return Err(Error::file("replace", &link, "it is no link of ours")
                .with_hint("move it away; its place is taken by a link to the newest version"));
        }
        forget_old(&pending);
        Ok(place)
    }
}

impl Place<'_> {
    /// The key for the order: the one that an earlier run made, if it is of the type asked for, else a new one.
    pub(crate) fn key(&self, key_type: KeyType) -> Result<CertificateKey> {
        if let Some(key) = self.pending_key()? {
            if key.is(key_type) {
                return Ok(key);
            }
            self.forget_pending();
        }
        let pem = CertificateKey::generate(key_type)?.pem()?;
        write_new(&self.pending, pem.as_bytes())
            .map_err(|error| Error::file("write", &self.pending, error))?;
        // Not what was just made: another run with the same order may have been quicker.
        self.pending_key()?
            .ok_or_else(|| Error::file("read back", &self.pending, "it holds no key"))
    }

    /// The key of an order that has been finalized, by whom and whenever: the one kept for the order, or the one
    /// that the certificate has been installed with already.
    pub(crate) fn key_of(&self, chain: &Chain) -> Result<CertificateKey> {
        let installed = read_bounded(&self.link().join(KEY), MAX_KEY).ok();
        let installed = installed.and_then(|pem| CertificateKey::from_pem(&pem));
        self.pending_key()?
            .into_iter()
            .chain(installed)
            .find(|key| chain.is_for(&key.public()))
            .ok_or_else(|| {
                Error::new(
                    "certificate:key",
                    format!(
                        "the CA's certificate is for a key that is not in {}",
                        self.shelf.root.display()
                    ),
                )
                .with_hint(
                    "the order was finalized elsewhere, or its key is lost: place a new order",
                )
            })
    }

    fn pending_key(&self) -> Result<Option<CertificateKey>> {
        match read_bounded(&self.pending, MAX_KEY) {
            Ok(pem) => Ok(CertificateKey::from_pem(&pem)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file("read", &self.pending, error)),
        }
    }

    /// For an order of which nothing comes any more, and one that is done.
    pub(crate) fn forget_pending(&self) {
        // One that stays is only litter, and cleared away later.
        let _ = fs::remove_file(&self.pending);
    }

    /// Puts key and chain in the place of what is there.
    pub(crate) fn install(&self, key: &CertificateKey, chain: &Chain) -> Result<()> {
        let [cert, rest, full] = chain.pems();
        let pem = key.pem()?;
        let contents = [&pem, &cert, &rest, &full];
        let versions = self.versions();
        let failed = |error| Error::file("write below", &versions, error);
        let lock = File::open(&versions).and_then(Lock::wait).map_err(failed)?;
        if !self.holds(contents) {
            self.replace(&chain.leaf.serial, contents)
                .map_err(|error| {
                    Error::file("write", self.link(), error).with_hint(
                        "run acme-finalize again with the same document once that is mended",
                    )
                })?;
        }
        drop(lock);
        self.forget_pending();
        Ok(())
    }

    /// Whether an earlier run came so far.
    fn holds(&self, contents: [&String; 4]) -> bool {
        let held = |(file, content): (&str, &String)| {
            fs::read(self.link().join(file)).is_ok_and(|bytes| bytes == content.as_bytes())
        };
        FILES.into_iter().zip(contents).all(held)
    }

    /// The version's directory is as open as the umask lets it be, for reading: who may look is up to the directories
    /// above, which are the owner's unless somebody opens them, and up to the key's own mode.
    fn replace(&self, serial: &str, contents: [&String; 4]) -> io::Result<()> {
        let versions = self.versions();
        let version = tempfile::Builder::new()
            .prefix(&format!("{serial:.80}-"))
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir_in(&versions)?;
        for (file, content) in FILES.into_iter().zip(contents) {
            let mode = if file == KEY { 0o600 } else { 0o644 };
            drop(files::create(
                &version.path().join(file),
                content.as_bytes(),
                mode,
            )?);
        }
        sync_dir(version.path())?;

        let previous = fs::read_link(self.link()).ok();
        let fresh = version.path().file_name().unwrap_or_default().to_owned();
        let target = Path::new(".versions").join(&self.name).join(&fresh);
        let link = versions.join("link");
        match fs::remove_file(&link) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => symlink(target, &link)?,
        }
        sync_dir(&versions)?;
        // From here on the version is not ours to take back.
        let _ = version.keep();
        fs::rename(&link, self.link())?;
        sync_dir(&self.shelf.root)?;
        let previous = previous.as_deref().and_then(Path::file_name);
        prune(&versions, &fresh, previous);
        Ok(())
    }

    /// What servers read; its files are named in documents.
    pub(crate) fn files(&self) -> [(&'static str, PathBuf); 4] {
        let [key, cert, chain, full] = FILES.map(|file| self.link().join(file));
        [
            ("key", key),
            ("cert", cert),
            ("chain", chain),
            ("fullchain", full),
        ]
    }

    fn link(&self) -> PathBuf {
        self.shelf.root.join(&self.name)
    }

    fn versions(&self) -> PathBuf {
        self.shelf.root.join(".versions").join(&self.name)
    }
}

/// A name comes from a document: it has to be that of one entry of a directory, and none that begins with a dot.
fn check_name(name: &str) -> Result<()> {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\');
    if !name.is_empty() && name.len() <= 255 && !name.starts_with('.') && name.chars().all(is_plain)
    {
        return Ok(());
    }
    let shown: String = name.escape_debug().take(60).collect();
    Err(Error::new(
        "document",
        format!("member `name`: `{shown}` cannot be the name of a directory"),
    ))
}

/// Removes all versions but these two, as well as what was cut off before it became one.
fn prune(versions: &Path, fresh: &OsStr, previous: Option<&OsStr>) {
    for entry in fs::read_dir(versions).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name != fresh && Some(name.as_os_str()) != previous {
            // One that cannot be removed is only litter.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn forget_old(pending: &Path) {
    for entry in fs::read_dir(pending).into_iter().flatten().flatten() {
        let age = entry.metadata().and_then(|found| found.modified());
        let age = age.ok().and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age > PENDING_FOR) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    const ORDER: &str = "https://ca.test/order/1";

    fn signed(key: &CertificateKey) -> Chain {
        let pair = KeyPair::from_pem(&key.pem().expect("PEM")).expect("a key");
        let params = CertificateParams::new(vec!["a.example.com".into()]).expect("a name");
        let leaf = params.self_signed(&pair).expect("signed");
        Chain::read(vec![leaf.der().to_vec()]).expect("a chain")
    }

    #[test]
    fn a_new_version_takes_the_place_and_the_one_before_stays() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let shelf = Shelf::new(dir.path());
        for round in 1..=4 {
            let place = shelf
                .place("a.example.com", &format!("{ORDER}{round}"))
                .expect("a place");
            let key = place.key(KeyType::Ec256).expect("a key");
            let chain = signed(&key);
            place.install(&key, &chain).expect("installed");
            place
                .install(&key, &chain)
                .expect("and once more, which changes nothing");
            assert!(place.key_of(&chain).is_ok(), "the installed key is found");
            let read = fs::read(place.link().join(KEY)).expect("readable");
            assert_eq!(read, key.pem().expect("PEM").as_bytes());
            let versions = fs::read_dir(place.versions()).expect("readable").count();
            assert_eq!(versions, round.min(2));
            let mode = fs::metadata(place.link().join(KEY))
                .expect("there")
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let pending = fs::read_dir(shelf.root.join(".pending")).expect("readable");
        assert_eq!(pending.count(), 0);
    }

    #[test]
    fn an_order_keeps_its_key_from_one_run_to_the_next() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let shelf = Shelf::new(dir.path());
        let key = |order: &str, key_type| {
            let place = shelf.place("a.example.com", order).expect("a place");
            place.key(key_type).expect("a key").public()
        };
        let first = key(ORDER, KeyType::Ec256);
        assert_eq!(key(ORDER, KeyType::Ec256), first);
        assert_ne!(key("https://ca.test/order/2", KeyType::Ec256), first);
        assert_ne!(key(ORDER, KeyType::Ec384), first);
    }

    #[test]
    fn a_chain_for_another_key_is_refused() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let shelf = Shelf::new(dir.path());
        let place = shelf.place("a.example.com", ORDER).expect("a place");
        place.key(KeyType::Ec256).expect("a key");
        let other = CertificateKey::generate(KeyType::Ec256).expect("a key");
        assert!(place.key_of(&signed(&other)).is_err());
    }

    #[test]
    fn a_name_never_leads_out_of_the_directory() {
        for bad in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "/etc",
            ".versions",
            "a\0b",
            "a\nb",
            "a\\b",
            &"a".repeat(256),
        ] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
        for good in ["example.com", "_.example.com", "xn--4ca0b.example"] {
            assert!(check_name(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn a_directory_that_somebody_made_is_not_replaced() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let shelf = Shelf::new(dir.path());
        fs::create_dir_all(shelf.root.join("a.example.com")).expect("made");
        let error = shelf
            .place("a.example.com", ORDER)
            .expect_err("it is taken");
        assert_eq!(error.kind, "acmepipe:files");
    }
}
