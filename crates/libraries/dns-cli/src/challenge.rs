//! What a challenge asks to be waited for.

use std::time::Duration;

use dns::propagation::{MistakenValue, Target};
use dns::zone::NameServer;
use pipeline::{Failure, Object, message, value};

use crate::names::{name, record_name};
use crate::shared_names::{SharedName, SharedNames};

/// More servers than this are no zone's; the root has 13.
const MOST_SERVERS: usize = 64;
/// More addresses than this are no server's.
const MOST_ADDRESSES: usize = 16;
/// A TXT record has room for more, a challenge has no use for it.
const LONGEST_VALUE: usize = 4096;

/// What people write into the record in the value's place: the members that hold it.
const MISTAKEN_MEMBERS: [(&str, &str); 2] = [
    ("token", "the challenge's token"),
    ("key_authorization", "the key authorization, not its digest"),
];

/// One challenge's members, read.
pub struct ChallengeTarget {
    /// What to wait for; without servers where the challenge names none.
    pub target: Target,
    /// How long ago the CA may have looked at the same name last, for another value of it that it found.
    pub seen_by_ca: Option<Duration>,
    /// How long to wait, where the challenge says.
    pub timeout: Option<Duration>,
    /// How long to let pass between two looks, where the challenge says.
    pub interval: Option<Duration>,
}

impl ChallengeTarget {
    /// Reads a challenge, and what its document says of others for the same name.
    ///
    /// # Errors
    /// A member that is missing, or of the wrong type.
    pub fn read(challenge: &Object, shared: &SharedNames) -> Result<ChallengeTarget, Failure> {
        let record = record_name(challenge)?;
        let value: String = value::required(challenge, "value")?;
        if value.is_empty() || value.len() > LONGEST_VALUE {
            return Err(wrong(format!("member `value` has {} octets", value.len())));
        }
        let propagation: Object = value::optional(challenge, "propagation")?.unwrap_or_default();
        let shared = shared.at(&record);
        Ok(ChallengeTarget {
            seen_by_ca: shared.and_then(SharedName::seen_by_ca),
            timeout: duration(&propagation, "timeout")?,
            interval: duration(&propagation, "interval")?,
            target: Target {
                zone: name(challenge, "zone")?,
                servers: servers(challenge)?,
                primary: name(challenge, "primary")?,
                // Only with the record can it be told whether anything was changed.
                serial: value::optional(challenge, "serial")?
                    .filter(|_| challenge.contains_key("present")),
                other_values: shared
                    .map(|shared| shared.other_values(challenge, &value))
                    .unwrap_or_default(),
                mistaken_values: mistaken_values(challenge),
                name: record,
                value,
            },
        })
    }
}

fn wrong(text: String) -> Failure {
    Failure::document(text)
}

fn duration(propagation: &Object, member: &str) -> Result<Option<Duration>, Failure> {
    let seconds: Option<f64> = value::optional(propagation, member)?;
    let read = |seconds| {
        value::duration(seconds).ok_or_else(|| {
            wrong(format!(
                "member `propagation.{member}` is no sensible number of seconds: {seconds}"
            ))
        })
    };
    seconds.map(read).transpose()
}

fn servers(challenge: &Object) -> Result<Vec<NameServer>, Failure> {
    let list: Vec<Object> = value::optional(challenge, "nameservers")?.unwrap_or_default();
    if list.len() > MOST_SERVERS {
        return Err(wrong(format!(
            "member `nameservers` has {} entries, more than {MOST_SERVERS}",
            list.len()
        )));
    }
    let read = |(index, object): (usize, &Object)| {
        server(object).map_err(|mut failure| {
            failure.detail = format!("member `nameservers[{index}]`: {}", failure.detail);
            failure
        })
    };
    list.iter().enumerate().map(read).collect()
}

fn server(object: &Object) -> Result<NameServer, Failure> {
    let texts: Vec<String> = value::required(object, "addresses")?;
    if texts.len() > MOST_ADDRESSES {
        return Err(wrong(format!(
            "member `addresses` has {} entries, more than {MOST_ADDRESSES}",
            texts.len()
        )));
    }
    let parse = |text: &String| {
        dns::address::parse(text)
            .map_err(|error| wrong(format!("address {:?} {error}", message::shorten(text, 60))))
    };
    Ok(NameServer {
        name: name(object, "name")?.ok_or_else(|| wrong("member `name` is missing".into()))?,
        addresses: texts.iter().map(parse).collect::<Result<_, _>>()?,
    })
}

fn mistaken_values(challenge: &Object) -> Vec<MistakenValue> {
    let mistaken = |(member, description): &(&str, &str)| {
        Some(MistakenValue {
            value: challenge.get(*member)?.as_str()?.to_owned(),
            description: (*description).to_owned(),
        })
    };
    MISTAKEN_MEMBERS.iter().filter_map(mistaken).collect()
}

#[cfg(test)]
mod tests {
    use pipeline::{Document, Value};
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<ChallengeTarget, Failure> {
        let Value::Object(object) = value else {
            unreachable!("tests pass objects")
        };
        let document = Document::from(object);
        ChallengeTarget::read(&document.challenge(0), &SharedNames::of(&document))
    }

    fn complaint(extra: Value) -> String {
        let mut challenge = json!({"fqdn": "_acme-challenge.example.test.", "value": "v"});
        if let (Value::Object(challenge), Value::Object(extra)) = (&mut challenge, extra) {
            challenge.extend(extra);
        }
        match read(json!({"challenges": [challenge]})) {
            Err(failure) => failure.detail,
            Ok(_) => String::new(),
        }
    }

    #[test]
    fn a_wrong_member_is_named_in_the_error() {
        let servers: Vec<_> = (0..5000)
            .map(|_| json!({"name": "a.test.", "addresses": []}))
            .collect();
        for (extra, says) in [
            (json!({"fqdn": 7}), "`fqdn`"),
            (
                json!({"effective_fqdn": "a b"}),
                "`effective_fqdn` holds ' '",
            ),
            (json!({"value": ["v"]}), "`value`"),
            (json!({"value": ""}), "`value` has 0 octets"),
            (json!({"serial": -1}), "`serial`"),
            (json!({"nameservers": {}}), "`nameservers`"),
            (json!({"nameservers": servers}), "5000 entries"),
            (
                json!({"nameservers": [{"name": "a.test."}]}),
                "`nameservers[0]`",
            ),
            (
                json!({"nameservers": [{"name": "a.test.", "addresses": ["1.2.3"]}]}),
                "address \"1.2.3\"",
            ),
            (
                json!({"nameservers": [{"name": "a.test.", "addresses": vec!["::1"; 17]}]}),
                "17 entries",
            ),
            (
                json!({"propagation": {"timeout": -1}}),
                "`propagation.timeout`",
            ),
            (
                json!({"propagation": {"interval": 1e300}}),
                "`propagation.interval`",
            ),
            (json!({"propagation": []}), "`propagation`"),
        ] {
            let detail = complaint(extra.clone());
            assert!(detail.contains(says), "{extra:.100}: {detail}");
        }
    }
}
