//! TSIG keys: a name, an algorithm and a secret that both sides know.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use hickory_proto::rr::Name;
use hmac::{Hmac, KeyInit, Mac};
use ring::hmac as ring_hmac;
use sha2::Sha224;
use std::fmt;

/// People copy secrets with their padding and without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The MAC of a key (RFC 8945 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// `hmac-sha1`: what lego signs with unless it is told otherwise.
    Sha1,
    /// `hmac-sha224`.
    Sha224,
    /// `hmac-sha256`.
    Sha256,
    /// `hmac-sha384`.
    Sha384,
    /// `hmac-sha512`.
    Sha512,
}

/// What stands in a name's or an algorithm's place, where it is no secret: parts in a wrong order would show that.
fn harmless(text: &str) -> Option<&str> {
    const LONGEST: usize = 15;
    let is_harmless = text.len() <= LONGEST && !text.contains(['=', '+', '/']);
    is_harmless.then_some(text)
}

/// It with a blank before it, where it is no secret.
pub(crate) fn after_blank(text: &str) -> String {
    harmless(text).map_or_else(String::new, |text| format!(" {text}"))
}

impl Algorithm {
    /// All of them.
    const ALL: [Algorithm; 5] = [
        Algorithm::Sha1,
        Algorithm::Sha224,
        Algorithm::Sha256,
        Algorithm::Sha384,
        Algorithm::Sha512,
    ];

    /// Reads a name in whatever case, with or without a final dot.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Algorithm, String> {
        let name = text.trim().to_ascii_lowercase();
        let name = name.strip_suffix('.').unwrap_or(&name);
        let known = Algorithm::ALL.into_iter().find(|one| one.name() == name);
        known.ok_or_else(|| match name {
            "hmac-md5" | "hmac-md5.sig-alg.reg.int" => {
                "a key of hmac-md5 is too weak (RFC 8945 §6): make one of hmac-sha256, with tsig-keygen or keymgr"
                    .to_owned()
            }
            _ => {
                let names = Algorithm::ALL.map(Algorithm::name).join(", ");
                let name = harmless(name).map_or_else(String::new, |name| format!(" `{name}`"));
                format!("no TSIG algorithm{name}: there are {names}")
            }
        })
    }

    /// Its name, without a final dot.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Sha1 => "hmac-sha1",
            Algorithm::Sha224 => "hmac-sha224",
            Algorithm::Sha256 => "hmac-sha256",
            Algorithm::Sha384 => "hmac-sha384",
            Algorithm::Sha512 => "hmac-sha512",
        }
    }

    /// The one of ring, which has all but one.
    fn of_ring(self) -> Option<ring_hmac::Algorithm> {
        match self {
            Algorithm::Sha1 => Some(ring_hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
            Algorithm::Sha224 => None,
            Algorithm::Sha256 => Some(ring_hmac::HMAC_SHA256),
            Algorithm::Sha384 => Some(ring_hmac::HMAC_SHA384),
            Algorithm::Sha512 => Some(ring_hmac::HMAC_SHA512),
        }
    }
}

/// A TSIG key.
#[derive(Clone)]
pub struct Key {
    name: Name,
    algorithm: Algorithm,
    secret: Vec<u8>,
    text: String,
    is_assumed: bool,
}

impl Key {
    /// A key of which nothing says the algorithm: it is that of lego then, hmac-sha1.
    ///
    /// # Errors
    /// As those of [`Key::new`].
    pub fn of_unsaid_algorithm(name: &str, secret: &str) -> Result<Key, String> {
        Ok(Key {
            is_assumed: true,
            ..Key::new(name, Algorithm::Sha1, secret)?
        })
    }

    /// A key of this name, whose secret is in base64.
    ///
    /// # Errors
    /// What is wrong with it, in words that do not have the secret.
    pub fn new(name: &str, algorithm: Algorithm, secret: &str) -> Result<Key, String> {
        let bad_name = || match harmless(name) {
            Some(name) => format!("`{name}` is no name for a TSIG key"),
            None => "what stands there is no name for a TSIG key".to_owned(),
        };
        let mut read = Name::from_ascii(name.trim())
            .map_err(|_| bad_name())?
            .to_lowercase();
        if read.num_labels() == 0 {
            return Err(bad_name());
        }
        read.set_fqdn(true);
        let text: String = secret.split_ascii_whitespace().collect();
        let secret = BASE64.decode(&text).map_err(|_| {
            format!(
                "the secret of the TSIG key{} is not base64",
                after_blank(name)
            )
        })?;
        if secret.is_empty() {
            return Err(format!("the TSIG key{} has no secret", after_blank(name)));
        }
        Ok(Key {
            name: read,
            algorithm,
            secret,
            text,
            is_assumed: false,
        })
    }

    /// Its name, with a final dot.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether nothing said its algorithm.
    pub fn is_algorithm_assumed(&self) -> bool {
        self.is_assumed
    }

    /// The secret as it was read, which no message may show.
    pub fn secret_text(&self) -> &str {
        &self.text
    }

    /// The MAC of these octets.
    pub(crate) fn sign(&self, octets: &[u8]) -> Vec<u8> {
        match self.algorithm.of_ring() {
            Some(algorithm) => {
                let key = ring_hmac::Key::new(algorithm, &self.secret);
                ring_hmac::sign(&key, octets).as_ref().to_vec()
            }
            None => self.sha224(octets).finalize().into_bytes().to_vec(),
        }
    }

    /// Whether this is their MAC, found out in a time that says nothing of where it differs.
    pub(crate) fn verifies(&self, octets: &[u8], mac: &[u8]) -> bool {
        match self.algorithm.of_ring() {
            Some(algorithm) => {
                let key = ring_hmac::Key::new(algorithm, &self.secret);
                ring_hmac::verify(&key, octets, mac).is_ok()
            }
            None => self.sha224(octets).verify_slice(mac).is_ok(),
        }
    }

    fn sha224(&self, octets: &[u8]) -> Hmac<Sha224> {
        let mut hmac =
            Hmac::<Sha224>::new_from_slice(&self.secret).expect("HMAC takes keys of any length");
        hmac.update(octets);
        hmac
    }
}

/// A secret is the same with its padding and without.
impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        (&self.name, self.algorithm, &self.secret) == (&other.name, other.algorithm, &other.secret)
    }
}

impl Eq for Key {}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:***", self.algorithm.name(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_algorithm_is_known_in_any_case_and_with_a_final_dot() {
        for (text, expected) in [
            ("hmac-sha256", Some(Algorithm::Sha256)),
            ("HMAC-SHA256.", Some(Algorithm::Sha256)),
            (" Hmac-Sha1. ", Some(Algorithm::Sha1)),
            ("hmac-sha224", Some(Algorithm::Sha224)),
            ("hmac-md5.sig-alg.reg.int.", None),
            ("hmac-sha256..", None),
            ("gss-tsig", None),
            ("", None),
        ] {
            assert_eq!(Algorithm::parse(text).ok(), expected, "{text}");
        }
    }

    /// RFC 2202 and 4231, test case 2: the key `Jefe`.
    #[test]
    fn each_algorithm_makes_the_mac_of_its_rfc() {
        for (algorithm, expected) in [
            (Algorithm::Sha1, "effcdf6ae5eb2fa2"),
            (Algorithm::Sha224, "a30e01098bc6dbbf"),
            (Algorithm::Sha256, "5bdcc146bf60754e"),
            (Algorithm::Sha384, "af45d2e376484031"),
            (Algorithm::Sha512, "164b7a7bfcf819e2"),
        ] {
            let key = Key::new("k", algorithm, "SmVmZQ").unwrap();
            let mut mac = key.sign(b"what do ya want for nothing?");
            let begins: String = mac[..8]
                .iter()
                .map(|octet| format!("{octet:02x}"))
                .collect();
            assert_eq!(begins, expected, "{algorithm:?}");
            assert!(key.verifies(b"what do ya want for nothing?", &mac));
            mac[0] ^= 1;
            assert!(!key.verifies(b"what do ya want for nothing?", &mac));
            assert!(!key.verifies(b"what do ya want for nothing?", &mac[..4]));
        }
    }

    #[test]
    fn what_is_wrong_with_a_key_is_said_without_its_secret() {
        for (name, secret, says) in [
            (
                "acme",
                "no base64!",
                "the secret of the TSIG key acme is not base64",
            ),
            ("acme", "", "the TSIG key acme has no secret"),
            (
                "c2VjcmV0LW9mLW91cnM=",
                "acme",
                "what stands there is no name for a TSIG key",
            ),
            (
                "c2VjcmV0LW9mLW91cnMhIQ",
                "no base64!",
                "the secret of the TSIG key is not base64",
            ),
            ("", "c2VjcmV0", "is no name for a TSIG key"),
            (".", "c2VjcmV0", "is no name for a TSIG key"),
        ] {
            let error = Key::new(name, Algorithm::Sha256, secret).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        let key = Key::new("ACME.Example", Algorithm::Sha256, "c2Vj cmV0").unwrap();
        assert_eq!(key.name().to_string(), "acme.example.");
        assert_eq!(format!("{key:?}"), "hmac-sha256:acme.example.:***");
    }
}
