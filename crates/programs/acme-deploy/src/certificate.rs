//! A certificate of the store that can be deployed: what is known of it.

use crate::problem;
use certificates::{Chain, Files, Health, OrderRecord, Store};
use keys::KeyType;
use pipeline::{Problem, types};

/// What is known of a certificate.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    pub(crate) name: String,
    /// Its files, as servers see them.
    pub(crate) files: Files,
    pub(crate) chain: Chain,
    pub(crate) key_type: Option<KeyType>,
    /// How it was ordered, where that is known.
    pub(crate) record: Option<OrderRecord>,
}

impl Certificate {
    /// Reads the certificate of this name.
    ///
    /// # Errors
    /// `acmepipe:files` where it is not there, or damaged: a service is not told of what it cannot use.
    pub(crate) fn read(store: &Store, name: &str) -> Result<Certificate, Problem> {
        let failed = |error| problem::of_store(&error);
        let look = store.look(name).map_err(failed)?;
        let files = store.files(name).map_err(failed)?;
        let link = files.directory.display();
        let refused = |why: String| Problem::new(&types::FILES, format!("not deployed: {why}"));
        match (look.health, look.chain) {
            (Health::Good, Some(chain)) => Ok(Certificate {
                name: name.to_owned(),
                files: files.clone(),
                chain,
                key_type: look.key_type,
                record: look.record,
            }),
            (Health::Damaged { file, why }, _) => {
                let shown = if file == name {
                    link.to_string()
                } else {
                    format!("{link}/{file}")
                };
                Err(refused(format!("{shown} {why}")).hint(
                    "It is deployed when a whole certificate is there: acme-due asks for one.",
                ))
            }
            (Health::New | Health::Good, _) => {
                Err(refused(format!("there is no certificate at {link}")))
            }
        }
    }

    /// Its names, in the order in which they were asked for where that is known.
    pub(crate) fn names(&self) -> Vec<&str> {
        match &self.record {
            Some(record) => record.names.iter().map(String::as_str).collect(),
            None => self.chain.leaf().names(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A certificate of this name, and one above it.
    pub(crate) fn certificate(name: &str, record: Option<OrderRecord>) -> Certificate {
        let key = rcgen::KeyPair::generate().expect("a key");
        let pem = |name: &str| {
            let params = rcgen::CertificateParams::new([name.to_owned()]);
            let signed = params.and_then(|params| params.self_signed(&key));
            signed.expect("signed").pem()
        };
        let text = format!("{}{}", pem("leaf.test"), pem("ca.test"));
        Certificate {
            name: name.to_owned(),
            files: Store::new("/data".as_ref())
                .files(name)
                .expect("a good name"),
            chain: Chain::from_pem(text.as_bytes()).expect("a chain"),
            key_type: Some(KeyType::EC256),
            record,
        }
    }
}
