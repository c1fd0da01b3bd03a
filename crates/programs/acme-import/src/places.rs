//! Whether a certificate of a folder takes the place of what is here.

use certificates::{Archived, Certificate, Error, Store, Version};

/// What is here under the name of a certificate.
pub(crate) struct Here {
    /// The one in use, if one is that can be read.
    pub(crate) in_use: Option<Certificate>,
    /// Whether anything of it is kept already, and not only to be.
    pub(crate) is_kept: bool,
    /// All versions that are here, in DER.
    versions: Vec<Vec<u8>>,
    /// All that were moved aside here.
    aside: Vec<Vec<u8>>,
}

/// What becomes of a certificate of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is taken.
    Take,
    /// It was taken before.
    Same,
    /// What is here is newer.
    Older,
    /// What is here has nothing to do with it.
    Other,
}

impl Here {
    /// Looks at the store; `archived` is all that was moved aside there.
    pub(crate) fn of(store: &Store, archived: &[Archived], name: &str) -> Result<Here, Error> {
        let in_use = store.look(name)?.leaf().cloned();
        let der = |version: &Version| Some(version.look.leaf()?.der().to_vec());
        let versions: Vec<Vec<u8>> = store.versions(name)?.iter().filter_map(der).collect();
        let archived = archived.iter().filter(|one| one.name == name);
        let archived = archived.flat_map(|one| &one.versions);
        let aside: Vec<Vec<u8>> = archived.filter_map(der).collect();
        Ok(Here {
            is_kept: !versions.is_empty() || !aside.is_empty() || in_use.is_some(),
            versions,
            aside,
            in_use,
        })
    }

    /// Adds one that this run would take, if it did not only look.
    pub(crate) fn add(&mut self, would_be: Option<&Certificate>) {
        if let Some(would_be) = would_be {
            self.versions.push(would_be.der().to_vec());
            self.in_use = Some(would_be.clone());
        }
    }

    /// Decides about a certificate there. One that was moved aside here, as one is that was revoked, does not come back. Of one
    /// whose versions nobody reads a run was ended before it put one in use, so it is taken once more.
    pub(crate) fn judge(&self, there: &Certificate) -> Verdict {
        let has = |all: &[Vec<u8>]| all.iter().any(|der| der == there.der());
        if has(&self.aside) {
            return Verdict::Same;
        }
        let Some(here) = &self.in_use else {
            return Verdict::Take;
        };
        if has(&self.versions) {
            return Verdict::Same;
        }
        let names = there.names();
        if !names.iter().any(|name| here.has_name(name)) {
            return Verdict::Other;
        }
        match here.validity().not_before >= there.validity().not_before {
            true => Verdict::Older,
            false => Verdict::Take,
        }
    }
}
