//! A challenge as the user's program is to see it: read from a document or from the command line, and checked,
//! since what is in a document may come from anywhere.

use pipeline::{Failure, Object, Usage, Value, value};
use serde_json::json;
use std::ffi::OsString;

/// The longest name in presentation format, with its final dot (RFC 1035 §2.3.4).
const LONGEST_NAME: usize = 254;
/// The longest value or token: one character-string of a TXT record (RFC 1035 §3.3).
const LONGEST_VALUE: usize = 255;

/// What the program is called with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Challenge {
    /// The record's name before its CNAMEs.
    pub(crate) fqdn: String,
    /// The record's name after its CNAMEs: where it really goes.
    pub(crate) effective_fqdn: String,
    /// What the record holds.
    pub(crate) value: Option<String>,
    /// The identifier, without wildcard and final dot.
    pub(crate) domain: Option<String>,
    pub(crate) wildcard: Option<bool>,
    pub(crate) token: Option<String>,
    pub(crate) key_authorization: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) nameservers: Vec<String>,
    /// What the program printed when it presented.
    pub(crate) output: Option<String>,
}

impl Challenge {
    /// Reads a challenge's members.
    ///
    /// # Errors
    /// `acmepipe:document`, naming the member that no program should be called with.
    pub(crate) fn read(object: &Object) -> Result<Challenge, Failure> {
        let fqdn = absolute("fqdn", value::required(object, "fqdn")?)?;
        let effective_fqdn = match value::optional(object, "effective_fqdn")? {
            Some(name) => absolute("effective_fqdn", name)?,
            None => fqdn.clone(),
        };
        let zone = match value::optional(object, "zone")? {
            Some(zone) => Some(absolute("zone", zone)?),
            None => None,
        };
        let identifier: Option<Object> = value::optional(object, "identifier")?;
        let identifier = identifier.unwrap_or_default();
        let domain: Option<String> = value::optional(&identifier, "value")?;
        if let Some(domain) = &domain {
            absolute("identifier.value", format!("{domain}."))?;
        }
        let presented: Option<Object> = value::optional(object, "present")?;
        let output = value::optional(&presented.unwrap_or_default(), "output")?;
        Ok(Challenge {
            fqdn,
            effective_fqdn,
            value: checked(object, "value", is_value)?,
            domain,
            wildcard: value::optional(object, "wildcard")?,
            token: checked(object, "token", is_base64url)?,
            key_authorization: checked(object, "key_authorization", is_key_authorization)?,
            zone,
            nameservers: nameservers(object)?,
            output,
        })
    }

    /// The record's name relative to its zone, `@` at the apex.
    pub(crate) fn relative_name(&self) -> Option<&str> {
        let zone = self.zone.as_deref()?;
        let name = self.effective_fqdn.as_str();
        if name == zone {
            return Some("@");
        }
        name.strip_suffix(zone)?.strip_suffix('.')
    }

    /// Whether the other is the same challenge, by its name before CNAMEs.
    pub(crate) fn names_same(&self, other: &Challenge) -> bool {
        (&self.fqdn, self.key().1) == (&other.fqdn, other.key().1)
    }

    /// What tells it apart from the others at its name.
    pub(crate) fn key(&self) -> (&str, &str) {
        let value = self.value.as_deref().or(self.token.as_deref());
        (&self.effective_fqdn, value.unwrap_or_default())
    }
}

/// The challenge that operands name: `FQDN VALUE`, or in RAW mode `DOMAIN TOKEN KEYAUTH`.
///
/// # Errors
/// Another number of operands.
pub(crate) fn from_operands(raw: bool, operands: &[OsString]) -> Result<Object, Usage> {
    let text = |operand: &OsString| {
        operand
            .to_str()
            .map(str::to_owned)
            .ok_or_else(|| Usage::new(format!("not UTF-8: {}", operand.to_string_lossy())))
    };
    let document = match (raw, operands) {
        (false, [fqdn, value]) => {
            let fqdn = text(fqdn)?;
            let fqdn = format!("{}.", fqdn.trim_end_matches('.').to_ascii_lowercase());
            json!({"fqdn": fqdn, "value": text(value)?})
        }
        (true, [domain, token, key_authorization]) => {
            let domain = text(domain)?.to_ascii_lowercase();
            json!({
                "identifier": {"type": "dns", "value": domain},
                "fqdn": format!("_acme-challenge.{domain}."),
                "token": text(token)?, "key_authorization": text(key_authorization)?,
            })
        }
        (false, _) => return Err(Usage::new("arguments after the command are FQDN and VALUE")),
        (true, _) => {
            return Err(Usage::new(
                "in RAW mode, arguments after the command are DOMAIN, TOKEN and KEYAUTH",
            ));
        }
    };
    let Value::Object(object) = document else {
        unreachable!("json! of braces makes an object");
    };
    Challenge::read(&object).map_err(|failure| Usage::new(failure.detail))?;
    Ok(object)
}

/// A name in the absolute sense, as it may stand in a command's arguments: letters, digits, hyphens and
/// underscores in labels (RFC 1035 §2.3.1, RFC 8552), and a final dot.
fn absolute(member: &str, name: String) -> Result<String, Failure> {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let good = name.len() <= LONGEST_NAME
        && name
            .strip_suffix('.')
            .is_some_and(|labels| labels.split('.').all(is_label));
    if good {
        Ok(name)
    } else {
        Err(refused(member, &name))
    }
}

fn checked(
    object: &Object,
    member: &str,
    is_good: impl Fn(&str) -> bool,
) -> Result<Option<String>, Failure> {
    match value::optional::<String>(object, member)? {
        Some(text) if !is_good(&text) => Err(refused(member, &text)),
        text => Ok(text),
    }
}

fn refused(member: &str, text: &str) -> Failure {
    let text = pipeline::message::shorten(text, 80);
    Failure::document(format!(
        "member `{member}`: no program is called with {text:?}"
    ))
}

fn is_value(text: &str) -> bool {
    (1..=LONGEST_VALUE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// RFC 8555 §8.1: a token has no characters outside the base64url alphabet.
fn is_base64url(text: &str) -> bool {
    is_value(text)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// RFC 8555 §8.1: a token, a dot, and the thumbprint of the account's key.
fn is_key_authorization(text: &str) -> bool {
    is_value(text)
        && text
            .split_once('.')
            .is_some_and(|(token, thumbprint)| is_base64url(token) && is_base64url(thumbprint))
}

fn nameservers(object: &Object) -> Result<Vec<String>, Failure> {
    let servers: Vec<Object> = value::optional(object, "nameservers")?.unwrap_or_default();
    let names = servers.iter().map(|server| {
        let name = value::required(server, "name")?;
        absolute("nameservers.name", name)
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(object: Value) -> Result<Challenge, Failure> {
        Challenge::read(object.as_object().unwrap())
    }

    #[test]
    fn a_name_is_relative_to_its_zone_and_an_apex_is_an_at_sign() {
        let relative = |fqdn: &str, zone: &str| {
            let challenge = read(json!({"fqdn": fqdn, "zone": zone})).unwrap();
            challenge.relative_name().map(str::to_owned)
        };
        assert_eq!(
            relative("_acme-challenge.a.example.", "example.").unwrap(),
            "_acme-challenge.a"
        );
        assert_eq!(relative("x.example.", "x.example.").unwrap(), "@");
        assert_eq!(relative("a.badexample.", "example."), None);
    }

    #[test]
    fn no_program_is_called_with_what_could_be_a_path_an_option_or_a_second_line() {
        for bad in [
            "a/b.", "../x.", "a..b.", "-x.", "a\nb.", "a\0b.", "a b.", "no-dot", ".", "",
        ] {
            assert!(read(json!({"fqdn": bad})).is_err(), "{bad:?}");
        }
        for (member, bad) in [
            ("value", "a b"),
            ("value", "a\n"),
            ("value", ""),
            ("token", "../x"),
            ("token", "a.b"),
            ("key_authorization", "ab"),
        ] {
            let mut object = json!({"fqdn": "a.test."});
            object[member] = json!(bad);
            assert!(read(object).is_err(), "{member} {bad:?}");
        }
        let good = read(json!({"fqdn": "_acme-challenge.a.test.", "value": "-abc", "token": "-t"}));
        assert_eq!(good.unwrap().value.unwrap(), "-abc");
    }
}
