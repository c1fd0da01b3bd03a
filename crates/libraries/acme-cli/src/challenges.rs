//! The challenge that a document has for an authorization.

use crate::failure::failure;
use acme::{Account, Authorization, Resource, Status, dns01_value};
use pipeline::{Failure, Object, Value};
use serde_json::json;

/// The dns-01 challenge of an authorization, with what its TXT record has to say; and why there is none to be met, if that
/// is so. An authorization may be for a name that nobody ordered.
pub fn challenge(
    account: &Account,
    authorization: &Resource<Authorization>,
    is_ordered: bool,
) -> (Object, Option<Failure>) {
    let Authorization {
        identifier,
        status,
        wildcard,
        ..
    } = &authorization.object;
    let found = authorization.object.dns01();
    let mut members = Object::new();
    let mut add = |member: &str, value: Value| members.insert(member.into(), value);
    add("identifier", json!(identifier));
    add("wildcard", (*wildcard).into());
    add("authorization", authorization.url.as_str().into());
    add("type", "dns-01".into());
    if let Some(found) = found {
        add("url", found.url.as_str().into());
    }
    let status = match found {
        Some(found) if *status == Status::Pending => found.status,
        _ => *status,
    };
    add("status", status.as_str().into());
    let found = found.filter(|found| found.has_token());
    let key_authorization = found.map(|found| account.key_authorization(&found.token));
    if let (Some(found), Some(key_authorization)) = (found, &key_authorization) {
        add("token", found.token.as_str().into());
        add("key_authorization", key_authorization.as_str().into());
    }
    if is_ordered {
        let fqdn = format!("_acme-challenge.{}.", identifier.value);
        add("fqdn", fqdn.into());
    }
    if let Some(key_authorization) = &key_authorization {
        add("value", dns01_value(key_authorization).into());
    }
    (members, obstacle(authorization, is_ordered))
}

/// Why nothing can be done about an authorization that is not valid yet.
fn obstacle(authorization: &Resource<Authorization>, is_ordered: bool) -> Option<Failure> {
    if !is_ordered {
        let detail = format!(
            "{}: an authorization for `{}`, which was not ordered",
            authorization.url, authorization.object.identifier.value
        );
        return Some(Failure::new("acmepipe:ca:reply", detail));
    }
    authorization.challenge_to_meet().err().map(failure)
}
