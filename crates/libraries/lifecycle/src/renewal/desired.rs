//! What a certificate is to be, or was ordered as.

use serde::{Deserialize, Serialize};

/// What a certificate is ordered as: what makes two orders lead to the same kind of certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// Its names, as A-labels in lower case, in the order in which they are asked for.
    pub names: Vec<String>,
    /// The URL of the CA's directory; `None` where any will do, or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// The kind of its key, by lego's name; `None` where any will do, or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_type: Option<String>,
    /// The certificate profile; `None` where any will do: a CA may choose one that nobody asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
}

impl Desired {
    /// Whether both have the same names, in whatever sequence.
    pub(super) fn has_names_of(&self, other: &Desired) -> bool {
        let has_all =
            |these: &[String], those: &[String]| these.iter().all(|name| those.contains(name));
        has_all(&self.names, &other.names) && has_all(&other.names, &self.names)
    }

    /// Whether both ask for the same, in whatever sequence their names are.
    pub(super) fn is_as(&self, other: &Desired) -> bool {
        self.has_names_of(other)
            && self.directory == other.directory
            && self.key_type == other.key_type
            && self.profile == other.profile
    }

    /// Whether they have a name in common.
    pub(super) fn shares_a_name(&self, other: &Desired) -> bool {
        self.names.iter().any(|name| other.names.contains(name))
    }
}
