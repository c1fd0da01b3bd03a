//! What is found under a certificate's name, without changing it: which files can be used, and what they tell.

use super::layout::{self, Layout};
use super::record::OrderRecord;
use super::root::{LARGEST_FILE, Store};
use crate::certificate::Certificate;
use crate::chain::{self, Chain};
use crate::error::{Error, Result};
use crate::holder::Holder;
use crate::signing_request::SigningRequest;
use files::{read_bounded, read_trusted, trust_below, trust_link};
use keys::{KeyType, PrivateKey};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Whether the files of a certificate can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// They can.
    Good,
    /// There is no certificate of this name.
    New,
    /// One is missing, empty, broken, or does not belong to the others.
    Damaged {
        /// The file's name; the certificate's own where nothing can be found below it.
        file: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What is found under a certificate's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Whether its files can be used.
    pub health: Health,
    /// The certificate and those above it, where `fullchain.pem` can be read.
    pub chain: Option<Chain>,
    /// What `cert.pem` holds, where `fullchain.pem` cannot be read.
    leaf: Option<Certificate>,
    /// The kind of its key, where the key can be read, or the request where the key is elsewhere.
    pub key_type: Option<KeyType>,
    /// How it was ordered, where that is said.
    pub record: Option<OrderRecord>,
    /// Why the record cannot be used, where there is one that cannot.
    pub record_fault: Option<String>,
    /// When it was installed, by this machine's clock. Those that were installed by an earlier release do not say.
    pub installed: Option<SystemTime>,
}

/// A file of a version, or why it cannot be used.
type Content = std::result::Result<Vec<u8>, String>;

impl Look {
    fn nothing(health: Health) -> Look {
        Look {
            health,
            chain: None,
            leaf: None,
            key_type: None,
            record: None,
            record_fault: None,
            installed: None,
        }
    }

    /// The certificate itself, as far as it can be read: where `fullchain.pem` cannot, by `cert.pem`.
    pub fn leaf(&self) -> Option<&Certificate> {
        self.chain.as_ref().map(Chain::leaf).or(self.leaf.as_ref())
    }

    /// Reads the version in this directory.
    pub(super) fn at(dir: &Path) -> Look {
        let contents = layout::PEM_FILES.map(|file| content(&dir.join(file)));
        let request = dir.join(layout::REQUEST);
        let request = request.exists().then(|| content(&request));
        let mut look = judge(&contents, request.as_ref());
        match record(dir) {
            Ok(record) => {
                look.installed = record.as_ref().and_then(|record| record.installed);
                look.record = record;
            }
            Err(why) => look.record_fault = Some(why),
        }
        look
    }
}

impl Store {
    /// Reads what is there under this name, and says which file is missing, empty, broken, or of another certificate. It
    /// waits for nothing, and reads no more than a certificate has.
    ///
    /// # Errors
    /// Where no certificate can be put in its place either: [`Error::Name`]; [`Error::Occupied`]; [`Error::File`], also
    /// where somebody else can change what is kept here.
    pub fn look(&self, name: &str) -> Result<Look> {
        let layout = Layout::new(&self.root, name)?;
        let link = layout.link();
        match fs::symlink_metadata(&link) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Look::nothing(Health::New));
            }
            Err(error) => return Err(Error::file("read", &link, error)),
            Ok(_) => trust_link(&link).map_err(|error| Error::file("use", &link, error))?,
        }
        layout.refuse_what_is_no_version()?;
        // Whoever is in the middle of a change puts another version in place of this one, and leaves this one as it is.
        let version = match self.version_dir(&layout) {
            Ok(version) => version,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return Err(Error::file("use", &link, error));
            }
            Err(error) => {
                return Ok(Look::nothing(Health::Damaged {
                    file: name.to_owned(),
                    why: error.to_string(),
                }));
            }
        };
        let mut look = Look::at(&version);
        if let Some(record) = &mut look.record {
            record.options.csr = record.options.csr.take().map(|path| {
                // Whoever made the request may have removed it.
                let kept = link.join(layout::REQUEST);
                let is_gone = !Path::new(&path).exists();
                let kept = Some(kept).filter(|_| is_gone);
                kept.map_or(path, |kept| kept.to_string_lossy().into_owned())
            });
        }
        Ok(look)
    }

    /// The directory of the version that servers read, after a check of those above it.
    pub(super) fn version_dir(&self, layout: &Layout) -> io::Result<PathBuf> {
        let version = layout.root().join(fs::read_link(layout.link())?);
        match fs::metadata(&version) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(io::Error::other("does not lead to a directory")),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(io::Error::other("is a link that leads nowhere"));
            }
            Err(error) => return Err(error),
        }
        trust_below(&self.path, &layout.versions()).map(|()| version)
    }
}

fn content(path: &Path) -> Content {
    read_bounded(path, LARGEST_FILE).map_err(|error| match error.kind() {
        ErrorKind::NotFound => "is missing".to_owned(),
        _ => format!("cannot be read: {error}"),
    })
}

/// How the version in this directory was ordered. It says where to order it again, so nobody else may change it.
fn record(dir: &Path) -> std::result::Result<Option<OrderRecord>, String> {
    match read_trusted(&dir.join(layout::RECORD), LARGEST_FILE) {
        Ok(text) => OrderRecord::from_json(&text)
            .map(Some)
            .map_err(|error| error.to_string()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// What the four files tell, and the first fault of theirs. With a certificate request the key is elsewhere.
fn judge([key, cert, rest, full]: &[Content; 4], request: Option<&Content>) -> Look {
    let [mut key_file, cert_file, chain_file, full_file] = layout::PEM_FILES;
    let holder = match request {
        Some(request) => {
            key_file = layout::REQUEST;
            parse_request(request).map(Holder::Elsewhere)
        }
        None => parse_key(key).map(Holder::Store),
    };
    let chain = parse_chain(full);
    let mut faults = Vec::new();
    faults.extend(holder.as_ref().err().map(|why| (key_file, why.clone())));
    faults.extend(chain.as_ref().err().map(|why| (full_file, why.clone())));
    if let (Ok(holder), Ok(chain)) = (&holder, &chain)
        && !chain.is_for(holder)
    {
        let why = match holder {
            Holder::Store(_) => "is the key of another certificate",
            Holder::Elsewhere(_) => "is the request for another certificate",
        };
        faults.push((key_file, why.to_owned()));
    }
    if let Ok(chain) = &chain {
        let leaf = std::slice::from_ref(chain.leaf());
        faults.extend(differs(cert, leaf).map(|why| (cert_file, why)));
        faults.extend(differs(rest, chain.issuers()).map(|why| (chain_file, why)));
    }
    let mut look = Look::nothing(match faults.into_iter().next() {
        None => Health::Good,
        Some((file, why)) => Health::Damaged {
            file: file.to_owned(),
            why,
        },
    });
    look.key_type = holder.ok().and_then(|holder| holder.key_type());
    look.chain = chain.ok();
    if look.chain.is_none() {
        look.leaf = parse_chain(cert).ok().map(|chain| chain.leaf().clone());
    }
    look
}

fn parse_key(content: &Content) -> std::result::Result<PrivateKey, String> {
    let text = not_empty(content)?;
    PrivateKey::from_pem(text).map_err(|error| error.to_string())
}

fn parse_request(content: &Content) -> std::result::Result<SigningRequest, String> {
    SigningRequest::parse(not_empty(content)?)
}

fn parse_chain(content: &Content) -> std::result::Result<Chain, String> {
    let text = not_empty(content)?;
    Chain::from_pem(text).map_err(|error| match error {
        Error::Unreadable { index, why } => {
            format!(
                "has a certificate that cannot be read, number {}: {why}",
                index + 1
            )
        }
        _ => "is not a chain of certificates in PEM".to_owned(),
    })
}

/// What is wrong with a file that should hold these certificates.
fn differs(content: &Content, certificates: &[Certificate]) -> Option<String> {
    let text = match content {
        Ok(text) if certificates.is_empty() => text.as_slice(),
        content => match not_empty(content) {
            Ok(text) => text,
            Err(why) => return Some(why),
        },
    };
    let Some(found) = chain::sections(text) else {
        return Some("is not made of certificates in PEM".to_owned());
    };
    let is_same = found
        .iter()
        .map(Vec::as_slice)
        .eq(certificates.iter().map(Certificate::der));
    let why = format!("differs from {}", layout::FULL_CHAIN);
    (!is_same).then_some(why)
}

fn not_empty(content: &Content) -> std::result::Result<&[u8], String> {
    let text = content.as_ref().map_err(Clone::clone)?;
    if text.trim_ascii().is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ca, leaf};
    use rcgen::KeyPair;

    /// The files of a good version: key, certificate, the one above it, and both.
    fn good() -> [Content; 4] {
        let key = PrivateKey::generate(KeyType::EC384).expect("a key");
        let pair = KeyPair::from_pem(&key.to_pem()).expect("a key");
        let ca = Ca::root("CA");
        let ders = [ca.issue(leaf(&["a.example.com"]), &pair), ca.der.clone()];
        let [cert, rest, full] = Chain::from_der(&ders).expect("a chain").to_pems();
        [key.to_pem(), cert, rest, full].map(|text| Ok(text.into_bytes()))
    }

    #[test]
    fn the_first_fault_of_the_files_is_said_and_what_can_be_read_is_told() {
        const KEY: usize = 0;
        const CERT: usize = 1;
        const CHAIN: usize = 2;
        const FULL: usize = 3;
        let files = good();
        let look = judge(&files, None);
        assert_eq!(look.health, Health::Good);
        assert_eq!(look.key_type, Some(KeyType::EC384));
        assert!(look.chain.is_some());
        // A certificate is known by either of its files.
        let leaf = look.leaf().cloned();
        for damaged in [CERT, FULL] {
            let mut files = files.clone();
            files[damaged] = Ok(b"no".to_vec());
            assert!(leaf.is_some() && judge(&files, None).leaf() == leaf.as_ref());
        }

        let other = good();
        let text = |text: &str| Ok(text.as_bytes().to_vec());
        let missing = || Err("is missing".to_owned());
        let cut = |content: &Content| content.clone().map(|text| text[..text.len() / 2].to_vec());
        for (index, content, file, expected) in [
            (KEY, missing(), "privkey.pem", "is missing"),
            (KEY, text(""), "privkey.pem", "is empty"),
            (KEY, text("\n \n"), "privkey.pem", "is empty"),
            (KEY, text("junk"), "privkey.pem", ""),
            (KEY, cut(&files[KEY]), "privkey.pem", ""),
            (
                KEY,
                other[KEY].clone(),
                "privkey.pem",
                "is the key of another certificate",
            ),
            (CERT, missing(), "cert.pem", "is missing"),
            (CERT, text(""), "cert.pem", "is empty"),
            (CERT, text("junk"), "cert.pem", "differs from fullchain.pem"),
            (
                CERT,
                cut(&files[CERT]),
                "cert.pem",
                "is not made of certificates in PEM",
            ),
            (
                CERT,
                files[FULL].clone(),
                "cert.pem",
                "differs from fullchain.pem",
            ),
            (
                CERT,
                other[CERT].clone(),
                "cert.pem",
                "differs from fullchain.pem",
            ),
            (CHAIN, missing(), "chain.pem", "is missing"),
            (CHAIN, text(""), "chain.pem", "is empty"),
            (
                CHAIN,
                other[CHAIN].clone(),
                "chain.pem",
                "differs from fullchain.pem",
            ),
            (FULL, missing(), "fullchain.pem", "is missing"),
            (FULL, text(""), "fullchain.pem", "is empty"),
            (
                FULL,
                cut(&files[FULL]),
                "fullchain.pem",
                "is not a chain of certificates in PEM",
            ),
            (
                FULL,
                files[CERT].clone(),
                "chain.pem",
                "differs from fullchain.pem",
            ),
            (
                FULL,
                other[FULL].clone(),
                "privkey.pem",
                "is the key of another certificate",
            ),
        ] {
            let mut files = files.clone();
            files[index] = content;
            let look = judge(&files, None);
            let Health::Damaged { file: found, why } = look.health else {
                panic!("{index}, {file}: {expected}");
            };
            assert_eq!(found, file, "{why}");
            assert!(why.contains(expected), "{file}: {why}");
            assert_eq!(look.chain.is_some(), found != "fullchain.pem");
        }
    }

    #[test]
    fn a_certificate_without_one_above_it_has_an_empty_chain() {
        let [key, cert, _, _] = good();
        let files = [key, cert.clone(), Ok(Vec::new()), cert];
        assert_eq!(judge(&files, None).health, Health::Good);
    }
}
