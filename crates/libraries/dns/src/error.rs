//! What can go wrong, as a person and a script need it.

use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::propagation::Sighting;

/// The cause of an [`Error`], which a script can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No zone below a top-level domain holds the name.
    NoZone,
    /// The name's CNAMEs lead back to themselves, or there are too many in a row.
    CnameLoop,
    /// A CNAME leads to a name that no record can be kept at.
    BadName,
    /// No resolver gave a usable answer.
    Resolver,
    /// No authoritative server of the zone gave a usable answer.
    NoUsableServer,
    /// Not every usable server served the value in time.
    NotPropagated,
    /// What is served was meant to be the value and is not.
    WrongValue,
    /// What is served is the value of another challenge for the same name.
    Overwritten,
}

impl Cause {
    /// The problem type (RFC 9457 §3.1.1) that stands for this cause.
    #[must_use]
    pub fn as_type(self) -> &'static str {
        match self {
            Self::NoZone => "acmepipe:dns:no-zone",
            Self::CnameLoop => "acmepipe:dns:cname-loop",
            Self::BadName => "acmepipe:dns:bad-name",
            Self::Resolver => "acmepipe:dns:resolver",
            Self::NoUsableServer => "acmepipe:dns:no-usable-server",
            Self::NotPropagated => "acmepipe:dns:not-propagated",
            Self::WrongValue => "acmepipe:dns:wrong-value",
            Self::Overwritten => "acmepipe:dns:overwritten",
        }
    }
}

/// A failure: what was asked of whom, what came back, and what a person can do about it.
///
/// It serializes as a problem of RFC 9457, with `servers` as an extension member where single servers matter.
#[derive(Clone, Debug)]
pub struct Error {
    /// What it comes down to.
    pub cause: Cause,
    /// What was asked of whom, and what came back.
    pub detail: String,
    /// What can be done, where there is something.
    pub hint: Option<String>,
    /// What each server answered last, for failures of propagation.
    pub servers: Vec<Sighting>,
}

impl Error {
    pub(crate) fn new(cause: Cause, detail: impl Into<String>) -> Self {
        Self {
            cause,
            detail: detail.into(),
            hint: None,
            servers: Vec::new(),
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl std::error::Error for Error {}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", self.cause.as_type())?;
        map.serialize_entry("detail", &self.detail)?;
        if let Some(hint) = &self.hint {
            map.serialize_entry("hint", hint)?;
        }
        if !self.servers.is_empty() {
            map.serialize_entry("servers", &self.servers)?;
        }
        map.end()
    }
}
