//! What the server is sent about a record.

use dns_program::{Failure, Record};
use pipeline::Value;
use serde_json::json;

/// The record's name and value; in RAW mode the domain, the token and the key authorization, as lego calls them.
///
/// # Errors
/// In RAW mode they are not known.
pub(crate) fn of(record: &Record, is_raw: bool) -> Result<Value, Failure> {
    if !is_raw {
        return Ok(json!({"fqdn": record.name.as_str(), "value": record.value}));
    }
    match &record.raw {
        Some(raw) => Ok(json!({
            "domain": raw.domain,
            "token": raw.token,
            "keyAuth": raw.key_authorization,
        })),
        None => Err(Failure::new(format!(
            "{}: in RAW mode the server wants the domain, the token and the key authorization, and the challenge does not say \
             them",
            record.name
        ))
        .hint("They are its `identifier`, `token` and `key_authorization`.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dns_program::Raw;
    use pipeline::DomainName;

    #[test]
    fn each_mode_has_its_message() {
        let mut record = Record {
            name: DomainName::parse("_acme-challenge.a.test").unwrap(),
            value: "v".to_owned(),
            raw: None,
        };
        let plain = json!({"fqdn": "_acme-challenge.a.test.", "value": "v"});
        assert_eq!(of(&record, false), Ok(plain));
        assert!(of(&record, true).is_err());
        record.raw = Some(Raw {
            domain: "a.test".to_owned(),
            token: "t".to_owned(),
            key_authorization: "t.k".to_owned(),
        });
        let raw = json!({"domain": "a.test", "token": "t", "keyAuth": "t.k"});
        assert_eq!(of(&record, true), Ok(raw));
    }
}
