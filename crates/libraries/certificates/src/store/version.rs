//! A version of a certificate: it is written whole, put in place of the one before with one rename, and has the same
//! owner, group, mode and access control list.

use super::layout::{self, Layout};
use super::record::OrderRecord;
use crate::chain::Chain;
use crate::error::Result;
use crate::holder::Holder;
use crate::validity::{Validity, rfc3339};
use files::{Lost, Rights, create, sync_dir, write_new};
use std::cmp::Reverse;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::TempDir;

/// How much room a version takes, in bytes: with a chain of several certificates and a large key it has 20 kB, thrice
/// that with all in one PEM file and one of PKCS#12, and a disk
/// gives whole blocks.
const ROOM: usize = 96 * 1024;

/// A note for a person on a certificate that was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// It is not valid by the system's clock.
    NotValid {
        /// When it is valid.
        validity: Validity,
        /// The system's clock.
        now: SystemTime,
    },
    /// It was moved aside before, and is back.
    MovedAside {
        /// When it was moved.
        at: String,
        /// Why.
        why: String,
    },
    /// Rights of the version before could not be carried over.
    RightsLost {
        /// The file or directory.
        path: PathBuf,
        /// The rights that are lost.
        lost: Lost,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::NotValid { validity, now } => write!(
                f,
                "the certificate is valid from {} to {}, and the system's clock says {}",
                rfc3339(validity.not_before),
                rfc3339(validity.not_after),
                rfc3339(*now)
            ),
            Note::MovedAside { at, why } => {
                write!(f, "the certificate was moved aside at {at}: {why}")
            }
            Note::RightsLost { path, lost } => {
                let parts = [
                    lost.owner.map(|number| format!("its owner, user {number}")),
                    lost.group
                        .map(|number| format!("its group, number {number}")),
                    lost.acl.then(|| "its access control list".to_owned()),
                ];
                let parts: Vec<String> = parts.into_iter().flatten().collect();
                write!(
                    f,
                    "{} loses {}: this user may not carry that over from the version before",
                    path.display(),
                    parts.join(" and ")
                )
            }
        }
    }
}

/// A file of a version.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) content: Vec<u8>,
    /// The mode that it has the first time.
    mode: u32,
}

/// What a version consists of.
///
/// # Errors
/// [`Error::Pfx`].
pub(super) fn files(
    name: &str,
    holder: &Holder,
    chain: &Chain,
    record: &OrderRecord,
) -> Result<Vec<File>> {
    let public = |name, text: String| File {
        name,
        content: text.into_bytes(),
        mode: 0o644,
    };
    let secret = |name, content| File {
        name,
        content,
        mode: 0o600,
    };
    let [cert, rest, full] = chain.to_pems();
    let [key_file, cert_file, chain_file, full_file] = layout::PEM_FILES;
    let mut files = Vec::new();
    match holder {
        Holder::Store(key) => {
            let outputs = &record.outputs;
            let key_text = key.to_pem();
            if outputs.pem {
                files.push(secret(layout::COMBINED, combined(&full, &key_text)));
            }
            if let Some(pfx) = &outputs.pfx {
                files.push(secret(layout::PFX, pfx.encode(name, key, chain)?));
            }
            files.push(secret(key_file, key_text.into_bytes()));
        }
        Holder::Elsewhere(request) => files.push(public(layout::REQUEST, request.to_pem())),
    }
    files.push(public(cert_file, cert));
    files.push(public(chain_file, rest));
    files.push(public(full_file, full));
    // It has paths and maybe an address, which servers have no use for.
    files.push(secret(layout::RECORD, record.to_json().into_bytes()));
    Ok(files)
}

/// Certificates and their key in one file, in lego's order.
pub(super) fn combined(certificates: &str, key: &str) -> Vec<u8> {
    [certificates, key].concat().into_bytes()
}

/// Whether servers read these already, since an earlier run came this far. How it was ordered does not count.
pub(super) fn is_installed(layout: &Layout, files: &[File]) -> bool {
    files.iter().all(|file| {
        let path = layout.link().join(file.name);
        match file.name {
            layout::RECORD => true,
            // It is encrypted anew each time.
            layout::PFX => path.exists(),
            _ => {
                let bytes = files::read_bounded(&path, file.content.len() as u64);
                bytes.is_ok_and(|bytes| bytes == file.content)
            }
        }
    })
}

/// Adds the record to a version that an earlier release has installed without one.
pub(super) fn add_record(layout: &Layout, files: &[File]) -> io::Result<()> {
    for file in files.iter().filter(|file| file.name == layout::RECORD) {
        write_new(&layout.link().join(file.name), &file.content)?;
    }
    Ok(())
}

/// Makes the directory of a version with a file as large as all of its files, and removes it, to find out whether that can
/// be done: a certificate that was issued and cannot be kept counts against the CA's limits all the same.
pub(super) fn try_to_make(layout: &Layout) -> io::Result<()> {
    let directory = directory(&layout.versions(), "try")?;
    fs::write(directory.path().join("room"), [0; ROOM])
}

/// Makes a directory for a version, which is removed again unless it is kept.
pub(super) fn directory(versions: &Path, serial: &str) -> io::Result<TempDir> {
    tempfile::Builder::new()
        .prefix(&format!("{serial:.80}-"))
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(versions)
}

/// Writes a version, to which no link leads yet, and which is removed again unless [`put_in_place`] keeps it.
///
/// The umask decides who may read the directory of the first version. The directories above, which are the owner's alone
/// unless somebody opens them, and the key's own mode keep others out.
pub(super) fn write(
    layout: &Layout,
    serial: &str,
    files: &[File],
    previous: Option<&Path>,
) -> io::Result<(TempDir, Vec<Note>)> {
    let version = directory(&layout.versions(), serial)?;
    let mut notes = Vec::new();
    let mut carry = |file: &fs::File, name: &str| -> io::Result<()> {
        let before = previous.map(|previous| previous.join(name));
        let Some(rights) = before.and_then(|before| rights(&before)) else {
            return Ok(());
        };
        let lost = rights.give(file)?;
        if !lost.is_nothing() {
            let path = layout.link().join(name);
            notes.push(Note::RightsLost { path, lost });
        }
        Ok(())
    };
    for File {
        name,
        content,
        mode,
    } in files
    {
        let file = create(&version.path().join(name), content, *mode)?;
        carry(&file, name)?;
        file.sync_all()?;
    }
    carry(&fs::File::open(version.path())?, "")?;
    sync_dir(version.path())?;
    Ok((version, notes))
}

/// Has the link lead to a version that is complete and on disk, and removes those before the one that it led to until `keep`
/// are left.
pub(super) fn put_in_place(
    layout: &Layout,
    version: TempDir,
    previous: Option<&Path>,
    keep: usize,
) -> io::Result<()> {
    let fresh = version.path().file_name().unwrap_or_default().to_owned();
    let version = version.keep();
    if let Err(error) = switch(layout, &fresh) {
        let leads_to_it =
            fs::read_link(layout.link()).is_ok_and(|target| target == layout.target(&fresh));
        // Where the link leads to it, it stays, whatever failed after that.
        if !leads_to_it {
            let _ = fs::remove_dir_all(version);
        }
        return Err(error);
    }
    prune(layout, &fresh, previous.and_then(Path::file_name), keep);
    Ok(())
}

/// Has the link lead to this version, in place of another: with one rename, once the version's name is on disk.
pub(super) fn switch(layout: &Layout, version: &OsStr) -> io::Result<()> {
    let versions = layout.versions();
    let link = versions.join("link");
    match fs::remove_file(&link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => symlink(layout.target(version), &link)?,
    }
    sync_dir(&versions)?;
    fs::rename(&link, layout.link())?;
    sync_dir(layout.root())
}

/// The version before: the one that the link leads to, or the newest that is whole, where somebody removed the link.
pub(super) fn previous(layout: &Layout) -> Option<PathBuf> {
    if let Ok(target) = fs::read_link(layout.link()) {
        return target
            .file_name()
            .map(|version| layout.versions().join(version));
    }
    newest_first(layout).into_iter().next()
}

/// The versions that have all of their files, the newest first.
fn newest_first(layout: &Layout) -> Vec<PathBuf> {
    let entries = fs::read_dir(layout.versions()).into_iter().flatten();
    let is_whole = |version: &PathBuf| {
        let mut files = layout::served(version).into_iter();
        files.all(|file| version.join(file).is_file())
    };
    let versions = entries.flatten().map(|entry| entry.path());
    let mut whole: Vec<PathBuf> = versions.filter(is_whole).collect();
    whole.sort_by_cached_key(|version| {
        let modified = fs::metadata(version).and_then(|found| found.modified());
        Reverse(modified.ok())
    });
    whole
}

/// The rights of a file or directory; `None` where it is a link, or is not there.
fn rights(path: &Path) -> Option<Rights> {
    let is_link = fs::symlink_metadata(path).ok()?.is_symlink();
    if is_link { None } else { Rights::of(path).ok() }
}

/// Removes all versions but the fresh one, the one before it, and the newest of the others until `keep` are kept; as well
/// as what was cut off before it became one.
fn prune(layout: &Layout, fresh: &OsStr, previous: Option<&OsStr>, keep: usize) {
    let whole = newest_first(layout);
    let names = whole.iter().filter_map(|version| version.file_name());
    let others = names.filter(|name| *name != fresh && Some(*name) != previous);
    let besides = keep.saturating_sub(usize::from(previous.is_some()));
    let kept: Vec<&OsStr> = [fresh]
        .into_iter()
        .chain(previous)
        .chain(others.take(besides))
        .collect();
    let entries = fs::read_dir(layout.versions()).into_iter().flatten();
    for entry in entries.flatten() {
        if !kept.contains(&entry.file_name().as_os_str()) {
            // One that cannot be removed is only litter.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_carried_over_is_said_in_full() {
        let text = |lost| {
            let path = PathBuf::from("/c/privkey.pem");
            Note::RightsLost { path, lost }.to_string()
        };
        for (owner, group, acl, expected) in [
            (None, Some(33), false, "loses its group, number 33: this"),
            (
                Some(7),
                Some(33),
                false,
                "loses its owner, user 7 and its group, number 33: ",
            ),
            (None, None, true, "loses its access control list: "),
        ] {
            let text = text(Lost { owner, group, acl });
            assert!(text.contains(expected), "{text}");
        }
    }
}
