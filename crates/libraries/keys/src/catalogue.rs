//! The kinds of key that there are.

use crate::kinds::{ec256, ec384, ed25519, rsa};
use crate::material::Row;
use pkcs8::der::Decode;
use pkcs8::spki::SubjectPublicKeyInfoRef;
use std::fmt;

/// A kind of key.
#[derive(Clone, Copy)]
pub struct KeyType(&'static Row);

/// All kinds. A new one is a row here and a file in `kinds`.
pub const KEY_TYPES: [KeyType; 7] = [
    KeyType::EC256,
    KeyType::EC384,
    KeyType(&rsa::RSA2048),
    KeyType(&rsa::RSA3072),
    KeyType(&rsa::RSA4096),
    KeyType(&rsa::RSA8192),
    KeyType(&ed25519::ROW),
];

/// The names of all kinds.
pub const NAMES: [&str; KEY_TYPES.len()] = {
    let mut names = [""; KEY_TYPES.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = KEY_TYPES[index].name();
        index += 1;
    }
    names
};

/// What lego up to its version 4 calls some kinds where it writes them itself, and what they are called here.
const OLDER_NAMES: [(&str, &str); 6] = [
    ("P256", "EC256"),
    ("P384", "EC384"),
    ("2048", "RSA2048"),
    ("3072", "RSA3072"),
    ("4096", "RSA4096"),
    ("8192", "RSA8192"),
];

impl KeyType {
    /// ECDSA with P-256, which every CA and every client of theirs takes.
    pub const EC256: KeyType = KeyType(&ec256::ROW);
    /// ECDSA with P-384.
    pub const EC384: KeyType = KeyType(&ec384::ROW);

    /// The kind of this name, in either case, or that lego called so up to its version 4: `P256`, `2048`.
    pub fn parse(name: &str) -> Option<KeyType> {
        let older = OLDER_NAMES.iter();
        let mut older = older.filter(|(older, _)| older.eq_ignore_ascii_case(name));
        let name = older.next().map_or(name, |(_, name)| name);
        KEY_TYPES
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// The kind of a public key, which is a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) in DER; none where the catalogue
    /// does not have it.
    pub fn of_public_key(info: &[u8]) -> Option<KeyType> {
        let info = SubjectPublicKeyInfoRef::from_der(info).ok()?;
        let id = (info.algorithm.oid, info.algorithm.parameters_oid().ok());
        if id == rsa::ALGORITHM.id() {
            let bits = rsa::public_key_bits(info.subject_public_key.as_bytes()?)?;
            return KeyType::parse(&rsa::type_name(bits));
        }
        KEY_TYPES
            .into_iter()
            .find(|kind| kind.row().algorithm.id() == id)
    }

    /// Its name, which is lego's where lego has the kind: `EC256`, `RSA2048`.
    pub const fn name(self) -> &'static str {
        self.0.name
    }

    pub(crate) fn row(self) -> &'static Row {
        self.0
    }
}

impl PartialEq for KeyType {
    fn eq(&self, other: &KeyType) -> bool {
        self.name() == other.name()
    }
}

impl Eq for KeyType {}

impl fmt::Debug for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_lego_s_names_in_either_case() {
        for (name, kind) in [
            ("EC256", Some(KeyType::EC256)),
            ("ec384", Some(KeyType::EC384)),
            ("Rsa8192", Some(KeyType(&rsa::RSA8192))),
            ("p256", Some(KeyType::EC256)),
            ("P384", Some(KeyType::EC384)),
            ("2048", Some(KeyType(&rsa::RSA2048))),
            ("4096", Some(KeyType(&rsa::RSA4096))),
            ("ed25519", Some(KeyType(&ed25519::ROW))),
            ("1024", None),
            ("RSA1024", None),
            ("", None),
        ] {
            assert_eq!(KeyType::parse(name), kind, "{name}");
        }
        assert_eq!(
            NAMES,
            [
                "EC256", "EC384", "RSA2048", "RSA3072", "RSA4096", "RSA8192", "Ed25519"
            ]
        );
    }
}
