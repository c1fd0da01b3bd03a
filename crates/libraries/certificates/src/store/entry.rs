//! The place of one certificate: from the key of its order to a version that servers read.

use super::layout::{self, Layout};
use super::lego;
use super::outputs::Outputs;
use super::pending::Pending;
use super::record::OrderRecord;
use super::replacement::{self, Replacement};
use super::root::{KEPT_VERSIONS, LARGEST_FILE, Store};
use super::served::Files;
use super::version::{self, Note};
use super::{archive, versions};
use crate::chain::Chain;
use crate::error::{Error, Result};
use crate::holder::Holder;
use crate::signing_request::SigningRequest;
use crate::validity::Moment;
use files::{make_trusted_dir, read_bounded};
use keys::{KeyType, PrivateKey};
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// The place of one certificate, to be filled by one order.
#[derive(Debug)]
pub struct Entry {
    layout: Layout,
    pending: Pending,
    keep_versions: usize,
}

/// A certificate with its key, as servers see it.
#[derive(Debug)]
pub struct Installed {
    /// The certificate and those above it.
    pub chain: Chain,
    /// Where its key is.
    pub holder: Holder,
}

impl Installed {
    /// What is in this directory, if it can be read.
    pub(super) fn at(dir: &Path) -> Option<Installed> {
        let chain = read_bounded(&dir.join(layout::FULL_CHAIN), LARGEST_FILE).ok()?;
        let request = dir.join(layout::REQUEST);
        let holder = if request.exists() {
            Holder::Elsewhere(SigningRequest::read(&request).ok()?)
        } else {
            Holder::Store(PrivateKey::read(&dir.join(layout::KEY)).ok()?)
        };
        Some(Installed {
            chain: Chain::from_pem(&chain).ok()?,
            holder,
        })
    }

    /// Whether a server can use it: it is valid, and the key is its own.
    pub fn is_good(&self, now: SystemTime) -> bool {
        let validity = self.chain.validity();
        self.chain.is_for(&self.holder)
            && validity.is_ok_and(|validity| validity.at(now) == Moment::Valid)
    }
}

impl Store {
    /// The place of the certificate `name`, for the order at this URL. It is made ready here, so that what is wrong with
    /// the directory is known before a CA is asked for anything.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::Occupied`] and [`Error::File`], the last also where somebody else can change what is
    /// kept here.
    pub fn entry(&self, name: &str, order: &str) -> Result<Entry> {
        let layout = Layout::new(&self.root, name)?;
        let pending = Pending::new(&self.root, order);
        for dir in [&layout.versions(), pending.dir()] {
            make_trusted_dir(&self.path, dir).map_err(|error| Error::file("make", dir, error))?;
        }
        version::try_to_make(&layout)
            .map_err(|error| Error::file("write below", &layout.versions(), error))?;
        let link = layout.link();
        layout.refuse_what_is_no_version()?;
        // The next version gets the rights of the one that it leads to.
        match files::trust_link(&link) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            trusted => trusted.map_err(|error| Error::file("use", &link, error))?,
        }
        archive::finish_move(&layout)?;
        pending.forget_old();
        Ok(Entry {
            layout,
            pending,
            keep_versions: KEPT_VERSIONS,
        })
    }

    /// The certificate that is installed under this name, if one is there that can be read.
    ///
    /// # Errors
    /// [`Error::Name`].
    pub fn installed(&self, name: &str) -> Result<Option<Installed>> {
        Ok(installed(&Layout::new(&self.root, name)?))
    }
}

impl Entry {
    /// The same place, which keeps so many old versions. The one before always stays, for whoever has just opened it.
    #[must_use]
    pub fn keeping(mut self, versions: usize) -> Entry {
        self.keep_versions = versions.max(1);
        self
    }

    /// The key for the order: the one that an earlier run made, if it is of this kind, else a new one.
    ///
    /// # Errors
    /// [`Error::File`] and [`Error::Key`].
    pub fn key(&self, kind: KeyType) -> Result<PrivateKey> {
        self.pending.key(kind)
    }

    /// Whether an earlier run made a key for the order, and did not come to its certificate.
    pub fn has_pending(&self) -> bool {
        self.pending.kept().is_ok_and(|key| key.is_some())
    }

    /// Has this key be the one for the order: a copy of it is kept.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn use_key(&self, key: &PrivateKey) -> Result<()> {
        self.pending.keep(key)
    }

    /// Has the key that is installed be the one for the order, if it is of this kind and no key is kept yet.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn reuse_key(&self, kind: KeyType) -> Result<()> {
        match self.installed_key() {
            Some(key) if key.key_type() == Some(kind) && self.pending.kept()?.is_none() => {
                self.pending.keep(&key)
            }
            _ => Ok(()),
        }
    }

    /// Forgets a key that an earlier run kept for the order, if it is the one that is installed: a new one is made then.
    ///
    /// # Errors
    /// [`Error::File`] where the kept one cannot be read.
    pub fn forget_reused_key(&self) -> Result<()> {
        let public = |key: PrivateKey| key.subject_public_key_info().to_vec();
        let kept = self.pending.kept()?.map(public);
        if kept.is_some() && kept == self.installed_key().map(public) {
            self.pending.forget();
        }
        Ok(())
    }

    /// Where the key is that the chain is for, whoever finalized the order, and whenever: with whoever made `request`; or
    /// it is the one kept for the order, or the one that is installed.
    ///
    /// # Errors
    /// [`Error::NoKey`], and [`Error::File`] where the kept one cannot be read.
    pub fn holder_for(&self, chain: &Chain, request: Option<SigningRequest>) -> Result<Holder> {
        let known = request
            .map(Holder::Elsewhere)
            .into_iter()
            .chain(self.pending.kept()?.map(Holder::Store))
            .chain(self.installed_key().map(Holder::Store));
        let mut fitting = known.filter(|holder| chain.is_for(holder));
        fitting.next().ok_or_else(|| Error::NoKey {
            store: self.layout.root().to_owned(),
        })
    }

    fn installed_key(&self) -> Option<PrivateKey> {
        PrivateKey::read(&self.layout.link().join(layout::KEY)).ok()
    }

    /// What is written for the certificate that is installed beside its four files.
    pub fn outputs(&self) -> Outputs {
        let path = self.layout.link().join(layout::RECORD);
        let record = read_bounded(&path, LARGEST_FILE).ok();
        record
            .and_then(|text| OrderRecord::from_json(&text).ok())
            .map(|record| record.outputs)
            .unwrap_or_default()
    }

    /// Checks that what is written beside the directory of the certificate can be written, as far as that is known before.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn check(&self, outputs: &Outputs) -> Result<()> {
        match outputs.lego {
            true => lego::check(self.layout.root(), self.layout.name()),
            false => Ok(()),
        }
    }

    /// Forgets the key of an order that leads to no certificate.
    pub fn forget_pending(&self) {
        self.pending.forget();
    }

    /// Puts key and chain in place of what is there, with a record of how they were ordered. Returns notes on that for
    /// a person.
    ///
    /// The rights of the version before are carried over: a key that was opened to a group stays open to it.
    ///
    /// # Errors
    /// [`Error::NotValid`] where the system's clock says that the chain is not valid, and a good one is installed;
    /// [`Error::Install`] and [`Error::File`].
    pub fn install(
        &self,
        holder: &Holder,
        chain: &Chain,
        record: &OrderRecord,
        now: SystemTime,
    ) -> Result<Vec<Note>> {
        let lock = versions::lock(&self.layout)
            .map_err(|error| Error::file("write below", &self.layout.versions(), error))?;
        let record = record.clone().installed_at(now);
        let files = version::files(self.layout.name(), holder, chain, &record)?;
        self.check(&record.outputs)?;
        let is_installed = version::is_installed(&self.layout, &files);
        let is_good_installed = !is_installed
            && installed(&self.layout).is_some_and(|installed| installed.is_good(now));
        let validity = chain.validity()?;
        let mut notes = match replacement::decide(&validity, is_good_installed, now) {
            Replacement::Install => Vec::new(),
            Replacement::InstallAndSay => vec![Note::NotValid { validity, now }],
            Replacement::Refuse => return Err(Error::NotValid { validity, now }),
        };
        let failed = |error: io::Error| Error::Install {
            path: self.layout.link(),
            why: error.to_string(),
        };
        let previous = version::previous(&self.layout);
        let fresh = if is_installed {
            version::add_record(&self.layout, &files).map_err(failed)?;
            None
        } else {
            let serial = chain.leaf().serial_hex();
            let (fresh, lost) = version::write(&self.layout, &serial, &files, previous.as_deref())
                .map_err(failed)?;
            notes.extend(lost);
            Some(fresh)
        };
        // Before the link: of a run that ends in between, the next one sees that the certificate is not installed yet, and
        // writes them all again.
        if record.outputs.lego {
            let pfx = lego::content(&files, layout::PFX);
            lego::write(
                self.layout.root(),
                self.layout.name(),
                holder,
                chain,
                &record,
                pfx,
            )?;
        }
        if let Some(fresh) = fresh {
            version::put_in_place(&self.layout, fresh, previous.as_deref(), self.keep_versions)
                .map_err(failed)?;
        }
        drop(lock);
        self.pending.forget();
        Ok(notes)
    }

    /// What servers read of what is installed.
    pub fn files(&self) -> Files {
        Files::of(&self.layout)
    }
}

fn installed(layout: &Layout) -> Option<Installed> {
    Installed::at(&layout.link())
}
