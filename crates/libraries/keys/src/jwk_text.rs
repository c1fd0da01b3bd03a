//! The text of a JWK (RFC 7517), as another program wrote it.

use crate::error::Error;
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

/// Whether a text is meant to be JSON, and so no PEM.
pub(crate) fn is_json(text: &[u8]) -> bool {
    let mut text = text.iter().skip_while(|byte| byte.is_ascii_whitespace());
    text.next() == Some(&b'{')
}

/// The members of a JWK.
pub(crate) struct Members(Map<String, Value>);

impl Members {
    pub(crate) fn read(text: &[u8]) -> Result<Members, Error> {
        match serde_json::from_slice(text) {
            Ok(Value::Object(members)) => Ok(Members(members)),
            _ => Err(Error::NoKey),
        }
    }

    /// Whether it has this member.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The text of a member.
    pub(crate) fn text(&self, name: &'static str) -> Result<String, Error> {
        let text = self.0.get(name).and_then(Value::as_str);
        text.map(str::to_owned).ok_or_else(|| missing(name))
    }

    /// The octets of a member: base64url.
    pub(crate) fn bytes(&self, name: &'static str) -> Result<Vec<u8>, Error> {
        // Some programs leave the padding there.
        let padding = DecodePaddingMode::Indifferent;
        let config = GeneralPurposeConfig::new().with_decode_padding_mode(padding);
        GeneralPurpose::new(&URL_SAFE, config)
            .decode(self.text(name)?)
            .map_err(|_| Error::Refused(format!("member `{name}` is not base64url")))
    }

    /// The octets of a number, with zeros before it up to this length, which some programs leave out.
    pub(crate) fn bytes_of_length(
        &self,
        name: &'static str,
        length: usize,
    ) -> Result<Vec<u8>, Error> {
        let bytes = self.bytes(name)?;
        let zeros = length.saturating_sub(bytes.len());
        Ok([vec![0; zeros], bytes].concat())
    }
}

fn missing(name: &str) -> Error {
    Error::Refused(format!("member `{name}` is missing"))
}
