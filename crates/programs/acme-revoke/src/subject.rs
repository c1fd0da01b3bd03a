//! What is to be revoked: a certificate of the store by its name, or one in a file.

use acme_revoke::KEY;
use certificates::{Archived, Certificate, Chain, Error, OrderRecord, Store, Version, rfc3339};
use command::text::clean;
use command::{Args, Usage, state_directory, warn_of_open_secret};
use keys::PrivateKey;
use names::{kept_name, said_of_unknown};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The largest file of a chain that is read, in bytes.
const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// A certificate that is to be revoked.
#[derive(Debug)]
pub(crate) struct Subject {
    /// What the command line calls it.
    pub(crate) label: String,
    pub(crate) certificate: Certificate,
    /// Where it is in the store, if it is.
    pub(crate) stored: Option<Stored>,
    /// Where the store has it, in use or not, also among what was moved aside.
    pub(crate) places: Vec<Place>,
    /// Where its own key is, if that is known.
    pub(crate) key: Option<PathBuf>,
}

/// A version of a certificate of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) version: String,
}

/// A certificate of the store that is named.
#[derive(Debug)]
pub(crate) struct Stored {
    /// The version that was looked at.
    pub(crate) place: Place,
    /// How it was ordered, where that is said.
    pub(crate) record: Option<OrderRecord>,
}

impl Subject {
    /// The names that the store has it under.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.places.iter().map(|place| &*place.name).collect()
    }

    /// Whether both are the same certificate, at the same place.
    fn is_same(&self, other: &Subject) -> bool {
        let name = |one: &Subject| one.stored.as_ref().map(|stored| stored.place.name.clone());
        self.certificate.der() == other.certificate.der() && name(self) == name(other)
    }

    /// What a person has to know of it.
    pub(crate) fn in_words(&self) -> String {
        let certificate = &self.certificate;
        clean(&format!(
            "{}: {}, valid until {}, number {}, of {}",
            self.label,
            certificate.names().join(", "),
            rfc3339(certificate.validity().not_after),
            certificate.serial_hex(),
            certificate.issuer()
        ))
    }
}

/// All that the operands name.
///
/// # Errors
/// There are none, one is not there or cannot be read, or `--key` is not the key of each.
pub(crate) fn find(args: &Args) -> Result<Vec<Subject>, Usage> {
    if args.operands.is_empty() {
        return Err(Usage::new(
            "say which certificate to revoke: its name in the store, or a file",
        ));
    }
    let store = Store::new(&state_directory(args)?);
    let key = args.absolute_path(&KEY)?;
    let kept = Kept::of(&store);
    let mut subjects: Vec<Subject> = Vec::new();
    for operand in &args.operands {
        let label = operand.to_string_lossy();
        let named = kept_name(&label, |name| {
            store.version(name).is_ok_and(|one| one.is_some())
        });
        let mut subject = match in_store(&store, &named, &kept)? {
            Some(subject) => subject,
            None => in_file(&label, Path::new(operand), &store, &kept)?,
        };
        if let Some(key) = &key {
            check_key(&subject, key)?;
            subject.key = Some(key.clone());
        }
        if !subjects.iter().any(|known| known.is_same(&subject)) {
            subjects.push(subject);
        }
    }
    Ok(subjects)
}

/// The certificate of this name in the store, if there is one.
fn in_store(store: &Store, name: &str, kept: &Kept) -> Result<Option<Subject>, Usage> {
    // Before it is looked at: a renewal that comes between is another version.
    let version = store.version(name).ok().flatten().unwrap_or_default();
    let look = match store.look(name) {
        Ok(look) => look,
        // It may be a path.
        Err(Error::Name(_)) => return Ok(None),
        Err(error) => return Err(Usage::new(error.to_string())),
    };
    let Some(chain) = look.chain else {
        return match look.health {
            certificates::Health::Damaged { file, why } => {
                Err(Usage::new(format!("{name}: {file} {why}")))
            }
            _ => Ok(None),
        };
    };
    let files = store
        .files(name)
        .map_err(|error| Usage::new(error.to_string()))?;
    let place = Place {
        name: name.to_owned(),
        version,
    };
    Ok(Some(Subject {
        label: name.to_owned(),
        places: kept.places(chain.leaf(), Some(&place)),
        certificate: chain.leaf().clone(),
        stored: Some(Stored {
            place,
            record: look.record,
        }),
        key: files.key,
    }))
}

/// The certificate in this file.
fn in_file(label: &str, path: &Path, store: &Store, kept: &Kept) -> Result<Subject, Usage> {
    let text = files::read_bounded(path, LARGEST_FILE).map_err(|error| {
        let place = store.directory();
        let unknown = said_of_unknown([&label.to_owned()]);
        Usage::new(format!(
            "{unknown} in {}, and no file either: {error}",
            place.display()
        ))
    })?;
    let chain = Chain::from_pem(&text).map_err(|_| {
        Usage::new(format!(
            "{label} has no certificate in PEM, or something beside"
        ))
    })?;
    let certificate = chain.leaf().clone();
    Ok(Subject {
        label: label.to_owned(),
        places: kept.places(&certificate, None),
        certificate,
        stored: None,
        key: None,
    })
}

/// All versions of the store that can be read, also those that were moved aside, with the certificate of each in DER.
struct Kept(Vec<(Place, Vec<u8>)>);

impl Kept {
    fn of(store: &Store) -> Kept {
        let mut kept = Kept(Vec::new());
        for name in store.names_with_versions().unwrap_or_default() {
            kept.add(&name, &store.versions(&name).unwrap_or_default());
        }
        let (archives, _) = store.archives().unwrap_or_default();
        for Archived { name, versions, .. } in &archives {
            kept.add(name, versions);
        }
        kept
    }

    fn add(&mut self, name: &str, versions: &[Version]) {
        self.0.extend(versions.iter().filter_map(|version| {
            let place = Place {
                name: name.to_owned(),
                version: version.name.clone(),
            };
            Some((place, version.look.leaf()?.der().to_vec()))
        }));
    }

    /// Where this certificate is. One that is named comes first, also where it has just come.
    fn places(&self, certificate: &Certificate, named: Option<&Place>) -> Vec<Place> {
        let others = self
            .0
            .iter()
            .filter(|(place, der)| der == certificate.der() && Some(place) != named);
        let others = others.map(|(place, _)| place);
        named.into_iter().chain(others).cloned().collect()
    }
}

fn check_key(subject: &Subject, path: &Path) -> Result<(), Usage> {
    let shown = path.display();
    let key =
        PrivateKey::read(path).map_err(|error| Usage::new(format!("--key {shown}: {error}")))?;
    if subject.certificate.subject_public_key_info() != key.subject_public_key_info() {
        let label = &subject.label;
        return Err(Usage::new(format!(
            "--key {shown} is not the key of the certificate {label}"
        )));
    }
    warn_of_open_secret(path, "a private key");
    Ok(())
}
