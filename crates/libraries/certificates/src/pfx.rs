//! Key and chain in one file with a password: PKCS#12 (RFC 7292), which is what Windows and Java read.

use crate::chain::Chain;
use crate::error::{Error, Result};
use keys::PrivateKey;
use p12_keystore::{
    Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKeyChain,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How a password becomes a key: so many rounds are a matter of milliseconds, and more than OpenSSL and Java take.
const ROUNDS: u32 = 10_000;
/// What old readers take: they were written when this was much.
const ROUNDS_OF_OLD: u32 = 2_048;

/// How a file of PKCS#12 is encrypted, by lego's names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PfxFormat {
    /// RC2 with 40 bits, and SHA-1.
    #[serde(rename = "RC2")]
    Rc2,
    /// Triple DES, and SHA-1.
    #[serde(rename = "DES")]
    Des,
    /// AES with 256 bits, and SHA-256.
    #[default]
    #[serde(rename = "SHA256")]
    Sha256,
}

impl PfxFormat {
    /// The names of all.
    pub const NAMES: [&'static str; 3] = ["RC2", "DES", "SHA256"];
    /// The name of the one that is used where nobody says.
    pub const DEFAULT: &'static str = "SHA256";

    /// The one of this name, in either case.
    pub fn parse(name: &str) -> Option<PfxFormat> {
        match &*name.to_ascii_uppercase() {
            "RC2" => Some(PfxFormat::Rc2),
            "DES" => Some(PfxFormat::Des),
            "SHA256" => Some(PfxFormat::Sha256),
            _ => None,
        }
    }
}

/// How a file of PKCS#12 is written.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pfx {
    /// Its password.
    pub password: String,
    /// How it is encrypted.
    pub format: PfxFormat,
}

/// A log is no place for a password.
impl fmt::Debug for Pfx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pfx({:?})", self.format)
    }
}

impl Pfx {
    /// The file with this key and its chain, under this name.
    ///
    /// # Errors
    /// [`Error::Pfx`].
    pub(crate) fn encode(&self, name: &str, key: &PrivateKey, chain: &Chain) -> Result<Vec<u8>> {
        let (encryption, mac, rounds) = match self.format {
            PfxFormat::Rc2 => (
                EncryptionAlgorithm::PbeWithShaAnd40BitRc4Cbc,
                MacAlgorithm::HmacSha1,
                ROUNDS_OF_OLD,
            ),
            PfxFormat::Des => (
                EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc,
                MacAlgorithm::HmacSha1,
                ROUNDS_OF_OLD,
            ),
            PfxFormat::Sha256 => (
                EncryptionAlgorithm::PbeWithHmacSha256AndAes256,
                MacAlgorithm::HmacSha256,
                ROUNDS,
            ),
        };
        let failed = |error: p12_keystore::error::Error| Error::Pfx(error.to_string());
        let certificates = [chain.leaf()]
            .into_iter()
            .chain(chain.issuers())
            .map(|one| Certificate::from_der(one.der()))
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(failed)?;
        let key = p12_keystore::PrivateKey::from_der(key.to_pkcs8()).map_err(failed)?;
        let entry = PrivateKeyChain::new(chain.leaf().serial(), key, certificates);
        let mut all = KeyStore::new();
        all.add_entry(name, KeyStoreEntry::PrivateKeyChain(entry));
        all.writer(&self.password)
            .encryption_algorithm(encryption)
            .encryption_iterations(rounds)
            .mac_algorithm(mac)
            .mac_iterations(rounds)
            .write()
            .map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Ca, leaf};
    use keys::KEY_TYPES;
    use p12_keystore::Pkcs12ImportPolicy;
    use rcgen::KeyPair;

    #[test]
    fn key_and_chain_are_read_back_with_the_password_and_with_no_other() {
        for format in PfxFormat::NAMES {
            let in_small_letters = format.to_ascii_lowercase();
            assert_eq!(
                PfxFormat::parse(&in_small_letters),
                PfxFormat::parse(format)
            );
            // ECDSA and RSA.
            for kind in [KEY_TYPES[0], KEY_TYPES[2]] {
                let key = PrivateKey::generate(kind).expect("a key");
                let ca = Ca::root("CA");
                let pair = KeyPair::from_pem(&key.to_pem()).expect("a key");
                let ders = [ca.issue(leaf(&["a.example.com"]), &pair), ca.der.clone()];
                let chain = Chain::from_der(&ders).expect("a chain");
                let pfx = Pfx {
                    password: "très secret".into(),
                    format: PfxFormat::parse(format).expect("a format"),
                };
                let file = pfx.encode("a.example.com", &key, &chain).expect("a file");
                let open =
                    |password| KeyStore::from_pkcs12(&file, password, Pkcs12ImportPolicy::Strict);
                assert!(open("another").is_err(), "{format}");
                let opened = open(&pfx.password).expect("our own");
                let (name, entry) = opened.private_key_chain().expect("the key");
                assert_eq!(name, "a.example.com");
                assert_eq!(entry.key().as_der(), key.to_pkcs8(), "{format}");
                let found: Vec<&[u8]> = entry.certs().iter().map(|one| one.as_der()).collect();
                assert_eq!(found, ders, "{format}");
            }
        }
        assert_eq!(
            PfxFormat::parse(PfxFormat::DEFAULT),
            Some(PfxFormat::default())
        );
    }
}
