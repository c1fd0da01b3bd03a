//! How a version is put back.

use super::archive;
use super::entry::Installed;
use super::layout::{self, Layout};
use super::lego;
use super::look::{Health, Look};
use super::root::{LARGEST_FILE, Store};
use super::version::{self, Note};
use super::versions::lock;
use crate::error::{Error, Result};
use crate::validity::Moment;
use files::{read_bounded, trust_link};
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::time::SystemTime;

impl Store {
    /// Puts a version of the certificate `name` back in use, by the same one rename as a new one; also one that was moved
    /// aside. Returns notes on that for a person.
    ///
    /// # Errors
    /// [`Error::Name`]; and [`Error::File`] where there is no such version, it is damaged, another certificate is in
    /// place of one that was moved aside, or somebody else can change what is kept here.
    pub fn restore(&self, name: &str, version: &str, now: SystemTime) -> Result<Vec<Note>> {
        let layout = Layout::new(&self.root, name)?;
        if !layout::is_file_name(version) {
            return Err(Error::Name(version.to_owned()));
        }
        let dir = layout.versions();
        let refused = |why: &str| Error::file("restore", &dir.join(version), why);
        if !dir.is_dir() && !layout.archive().is_dir() {
            return Err(refused("there is no such certificate"));
        }
        files::make_trusted_dir(&self.path, &dir)
            .map_err(|error| Error::file("make", &dir, error))?;
        archive::finish_move(&layout)?;
        let _lock = lock(&layout).map_err(|error| Error::file("write below", &dir, error))?;
        let link = layout.link();
        match trust_link(&link) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            trusted => trusted.map_err(|error| Error::file("use", &link, error))?,
        }
        layout.refuse_what_is_no_version()?;
        let kept = dir.join(version);
        let archived = if kept.is_dir() {
            None
        } else {
            archive::find(&layout, version)
        };
        let place = archived.as_ref().map_or(&kept, |(place, _)| place);
        if !place.is_dir() {
            return Err(refused("there is no such version"));
        }
        let look = Look::at(place);
        let is_legos = look.record.as_ref().is_some_and(|one| one.outputs.lego);
        if let Health::Damaged { file, why } = &look.health {
            return Err(refused(&format!("{file} {why}")));
        }
        if archived.is_some() && link.is_symlink() {
            return Err(refused(
                "it was moved aside, and another certificate is in its place",
            ));
        }
        if is_legos {
            lego::check(layout.root(), name)?;
        }
        let mut notes = Vec::new();
        if let Some((place, note)) = archived {
            archive::take_back(&place, &kept)
                .map_err(|error| Error::file("restore", &place, error))?;
            notes.extend(note);
        }
        if is_legos && let (Some(found), Some(record)) = (Installed::at(&kept), &look.record) {
            let pfx = read_bounded(&kept.join(layout::PFX), LARGEST_FILE).ok();
            lego::write(
                layout.root(),
                name,
                &found.holder,
                &found.chain,
                record,
                pfx.as_deref(),
            )?;
        }
        version::switch(&layout, OsStr::new(version))
            .map_err(|error| Error::file("restore", &link, error))?;
        if let Some(validity) = look.chain.and_then(|chain| chain.validity().ok())
            && validity.at(now) != Moment::Valid
        {
            notes.push(Note::NotValid { validity, now });
        }
        Ok(notes)
    }
}
