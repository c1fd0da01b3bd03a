//! Identifiers: what a certificate is for (RFC 8555 §9.7.7).

use crate::objects::json::{FromJson, each_member, optional};
use crate::text::shorten;
use serde::{Deserialize, Serialize};

/// The longest value that is kept, in characters: no name is as long.
const LONGEST: usize = 300;

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

    /// The name without a final dot.
    fn name(&self) -> &str {
        self.value.strip_suffix('.').unwrap_or(&self.value)
    }

    /// Whether both are for the same, in whatever case, with a final dot or without.
    pub fn is_same(&self, other: &Identifier) -> bool {
        self.kind == other.kind && self.name().eq_ignore_ascii_case(other.name())
    }
}

impl FromJson for Identifier {
    fn from_json_text(text: &str) -> Result<Identifier, String> {
        let (mut kind, mut value) = (None, None);
        each_member(text, |name, text| {
            match name {
                "type" => kind = optional::<String>(name, text)?,
                "value" => value = optional::<String>(name, text)?,
                _ => {}
            }
            Ok(())
        })?;
        let read = |text: Option<String>, name: &str| {
            text.map(|text| shorten(&text, LONGEST))
                .ok_or_else(|| format!("member `{name}` of an identifier is missing"))
        };
        Ok(Identifier {
            kind: read(kind, "type")?,
            value: read(value, "value")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_a_type_and_a_value_that_is_not_endless() {
        let read = Identifier::from_json_text;
        assert_eq!(
            read(r#"{"type": "dns", "value": "a.test", "x": 1}"#),
            Ok(Identifier::dns("a.test"))
        );
        let endless = format!(
            r#"{{"type": "dns", "value": "{}"}}"#,
            "a".repeat(LONGEST + 1)
        );
        let value = read(&endless).expect("an identifier").value;
        assert_eq!(value.chars().count(), LONGEST + 1);
        for bad in [
            "{}",
            r#"{"type": "dns"}"#,
            r#"{"value": "a"}"#,
            r#"{"type": 7, "value": "a"}"#,
            "[]",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_the_same_in_whatever_case() {
        let one = Identifier::dns("a.example.com");
        let ip = Identifier {
            kind: "ip".into(),
            value: "a.example.com".into(),
        };
        for (other, is_same) in [
            (Identifier::dns("A.Example.com"), true),
            (Identifier::dns("a.example.com."), true),
            (Identifier::dns("b.example.com"), false),
            (ip, false),
        ] {
            assert_eq!(one.is_same(&other), is_same, "{other:?}");
        }
    }
}
