//! Identifiers: what a certificate is for (RFC 8555 §9.7.7).

use serde::{Deserialize, Serialize};

/// What a certificate is asked for (RFC 8555 §9.7.7).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// `dns`, as far as this library goes.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name; in an order with `*.`, in an authorization without.
    pub value: String,
}

impl Identifier {
    /// A DNS name.
    pub fn dns(name: impl Into<String>) -> Identifier {
        Identifier {
            kind: "dns".into(),
            value: name.into(),
        }
    }

    /// Whether both are for the same, in whatever case.
    pub fn is_same(&self, other: &Identifier) -> bool {
        self.kind == other.kind && self.value.eq_ignore_ascii_case(&other.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_same_in_whatever_case() {
        let one = Identifier::dns("a.example.com");
        let ip = Identifier {
            kind: "ip".into(),
            value: "a.example.com".into(),
        };
        for (other, is_same) in [
            (Identifier::dns("A.Example.com"), true),
            (Identifier::dns("b.example.com"), false),
            (ip, false),
        ] {
            assert_eq!(one.is_same(&other), is_same, "{other:?}");
        }
    }
}
