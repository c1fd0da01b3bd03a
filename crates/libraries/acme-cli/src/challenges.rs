//! The challenge that a document has for an authorization.

use crate::problem::problem;
use acme::{Account, Authorization, Resource, Status, dns01_value};
use pipeline::catalogue::challenge::{
    AUTHORIZATION, FQDN, IDENTIFIER, KEY_AUTHORIZATION, STATUS, TOKEN, TYPE, URL, VALUE, WILDCARD,
};
use pipeline::{Challenge, Problem, types};
use serde_json::json;

/// The dns-01 challenge of an authorization, with the value of its TXT record; and why it cannot be met, if that is so.
/// A CA may send an authorization for a name that was not ordered: then `is_ordered` is false.
pub fn challenge(
    account: &Account,
    authorization: &Resource<Authorization>,
    is_ordered: bool,
) -> (Challenge, Option<Problem>) {
    let Authorization {
        identifier,
        status,
        wildcard,
        ..
    } = &authorization.object;
    let found = authorization.object.dns01.as_ref();
    let mut challenge = Challenge::new([
        (IDENTIFIER, json!(identifier)),
        (WILDCARD, (*wildcard).into()),
        (AUTHORIZATION, authorization.url.as_str().into()),
        (TYPE, "dns-01".into()),
    ]);
    if let Some(found) = found {
        challenge.set(&URL, found.url.as_str());
    }
    let status = match found {
        Some(found) if *status == Status::Pending => found.status,
        _ => *status,
    };
    challenge.set(&STATUS, status.as_str());
    let found = found.filter(|found| found.has_token());
    let key_authorization = found.map(|found| account.key_authorization(&found.token));
    if let (Some(found), Some(key_authorization)) = (found, &key_authorization) {
        challenge.set(&TOKEN, found.token.as_str());
        challenge.set(&KEY_AUTHORIZATION, key_authorization.as_str());
    }
    if is_ordered {
        let fqdn = format!("_acme-challenge.{}.", identifier.value);
        challenge.set(&FQDN, fqdn);
    }
    if let Some(key_authorization) = &key_authorization {
        challenge.set(&VALUE, dns01_value(key_authorization));
    }
    (challenge, obstacle(authorization, is_ordered))
}

/// Why nothing can be done about an authorization that is not valid yet.
fn obstacle(authorization: &Resource<Authorization>, is_ordered: bool) -> Option<Problem> {
    if !is_ordered {
        let detail = format!(
            "{}: an authorization for `{}`, which was not ordered",
            authorization.url, authorization.object.identifier.value
        );
        return Some(Problem::new(&types::CA_REPLY, detail));
    }
    authorization.challenge_to_meet().err().map(problem)
}
