//! The kinds of key that there are.

use crate::kinds::{ec256, ec384, rsa};
use crate::material::Row;
use std::fmt;

/// A kind of key.
#[derive(Clone, Copy)]
pub struct KeyType(&'static Row);

/// All kinds. A new one is a row here and a file in `kinds`.
pub const KEY_TYPES: [KeyType; 6] = [
    KeyType::EC256,
    KeyType::EC384,
    KeyType(&rsa::RSA2048),
    KeyType(&rsa::RSA3072),
    KeyType(&rsa::RSA4096),
    KeyType(&rsa::RSA8192),
];

/// The names of all kinds, as lego has them.
pub const NAMES: [&str; KEY_TYPES.len()] = {
    let mut names = [""; KEY_TYPES.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = KEY_TYPES[index].name();
        index += 1;
    }
    names
};

impl KeyType {
    /// ECDSA with P-256, which every CA and every client of theirs takes.
    pub const EC256: KeyType = KeyType(&ec256::ROW);
    /// ECDSA with P-384.
    pub const EC384: KeyType = KeyType(&ec384::ROW);

    /// The kind that lego calls so, in either case.
    pub fn parse(name: &str) -> Option<KeyType> {
        KEY_TYPES
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// lego's name for it: `EC256`, `RSA2048`.
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
            ("RSA1024", None),
            ("", None),
        ] {
            assert_eq!(KeyType::parse(name), kind, "{name}");
        }
        assert_eq!(
            NAMES,
            ["EC256", "EC384", "RSA2048", "RSA3072", "RSA4096", "RSA8192"]
        );
    }
}
