//! What a challenge asks to be waited for.

use std::time::Duration;

use dns::{Locator, Name, Pace, Server, Sibling, Target};
use pipeline::{Document, Failure, Object, Value, value};

use crate::options::Patience;

/// More servers than this are no zone's; the root has 13.
const MOST_SERVERS: usize = 64;
/// More addresses than this are no server's.
const MOST_ADDRESSES: usize = 16;
/// A TXT record has room for more, a challenge has no use for it.
const LONGEST_VALUE: usize = 4096;
/// Others in the same order that are compared with what is served.
const MOST_SIBLINGS: usize = 16;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_INTERVAL: Duration = Duration::from_secs(2);

/// One challenge's members, read.
pub(crate) struct Request {
    name: Name,
    value: String,
    zone: Option<Name>,
    servers: Option<Vec<Server>>,
    primary: Option<Name>,
    serial: Option<u32>,
    siblings: Vec<Sibling>,
    seen_by_ca: Option<Duration>,
    lookalikes: Vec<(String, String)>,
    timeout: Option<Duration>,
    interval: Option<Duration>,
}

impl Request {
    /// Reads the challenge at `index`, and what the document says of others for the same name.
    pub(crate) fn read(document: &Document, index: usize) -> Result<Request, Failure> {
        let challenges = document.challenges();
        let challenge = challenges[index];
        let record = record_name(challenge)?;
        let value: String = value::required(challenge, "value")?;
        if value.is_empty() || value.len() > LONGEST_VALUE {
            return Err(wrong(&format!("member `value` has {} octets", value.len())));
        }
        let propagation: Object = value::optional(challenge, "propagation")?.unwrap_or_default();
        let siblings = challenges
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        let siblings: Vec<_> = siblings.collect();
        let validated = siblings
            .iter()
            .filter_map(|(_, other)| seen_by_ca(other, &record));
        let seen_by_ca = validated.min();
        let siblings = siblings.into_iter();
        let siblings = siblings.filter_map(|(_, other)| sibling(other, challenge, &record));
        Ok(Request {
            zone: name(challenge, "zone")?,
            servers: servers(challenge)?,
            primary: name(challenge, "primary")?,
            serial: value::optional(challenge, "serial")?,
            siblings: siblings
                .filter(|sibling| sibling.value != value)
                .take(MOST_SIBLINGS)
                .collect(),
            seen_by_ca,
            lookalikes: lookalikes(challenge),
            timeout: duration(&propagation, "timeout")?,
            interval: duration(&propagation, "interval")?,
            name: record,
            value,
        })
    }

    /// How patient to be: what the command line says, then the document, then what lego does.
    pub(crate) fn pace(&self, patience: Patience) -> Pace {
        Pace {
            timeout: patience.timeout.or(self.timeout).unwrap_or(DEFAULT_TIMEOUT),
            interval: patience
                .interval
                .or(self.interval)
                .unwrap_or(DEFAULT_INTERVAL),
            strict: patience.strict,
        }
    }

    /// How long ago the CA may have looked at the same name last, for another value of it that it found.
    pub(crate) fn seen_by_ca(&self) -> Option<Duration> {
        self.seen_by_ca
    }

    /// What to wait for, at servers that are looked up where the document names none.
    pub(crate) async fn target(self, locator: &Locator) -> Result<Target, Failure> {
        let mut target = Target {
            name: self.name,
            value: self.value,
            zone: self.zone,
            servers: Vec::new(),
            primary: self.primary,
            serial: self.serial,
            siblings: self.siblings,
            lookalikes: self.lookalikes,
        };
        match self.servers {
            Some(servers) => target.servers = servers,
            None => {
                let location = locator.locate(&target.name).await;
                let location = location.map_err(|error| Failure::from_problem(&error))?;
                target.name = location.effective_fqdn;
                target.zone = Some(location.zone);
                target.primary = Some(location.primary);
                target.servers = location.nameservers;
            }
        }
        Ok(target)
    }
}

fn wrong(text: &str) -> Failure {
    Failure::document(text)
}

/// The name that the record is at: after its CNAMEs, where those are known.
fn record_name(challenge: &Object) -> Result<Name, Failure> {
    match name(challenge, "effective_fqdn")? {
        Some(name) => Ok(name),
        None => name(challenge, "fqdn")?.ok_or_else(|| wrong("member `fqdn` is missing")),
    }
}

fn name(object: &Object, member: &str) -> Result<Option<Name>, Failure> {
    let text: Option<String> = value::optional(object, member)?;
    let parse = |text: String| {
        dns::name::parse(&text).map_err(|e| wrong(&format!("member `{member}` {e}")))
    };
    text.map(parse).transpose()
}

fn duration(propagation: &Object, member: &str) -> Result<Option<Duration>, Failure> {
    let seconds: Option<f64> = value::optional(propagation, member)?;
    let read = |seconds| {
        value::duration(seconds).ok_or_else(|| {
            wrong(&format!(
                "member `propagation.{member}` is no sensible number of seconds: {seconds}"
            ))
        })
    };
    seconds.map(read).transpose()
}

fn servers(challenge: &Object) -> Result<Option<Vec<Server>>, Failure> {
    let Some(list) = value::optional::<Vec<Object>>(challenge, "nameservers")? else {
        return Ok(None);
    };
    if list.len() > MOST_SERVERS {
        return Err(wrong(&format!(
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
    let servers: Vec<_> = list
        .iter()
        .enumerate()
        .map(read)
        .collect::<Result<_, _>>()?;
    Ok(Some(servers).filter(|servers| !servers.is_empty()))
}

fn server(object: &Object) -> Result<Server, Failure> {
    let texts: Vec<String> = value::required(object, "addresses")?;
    if texts.len() > MOST_ADDRESSES {
        return Err(wrong(&format!(
            "member `addresses` has {} entries, more than {MOST_ADDRESSES}",
            texts.len()
        )));
    }
    let parse = |text: &String| {
        dns::address::parse(text).map_err(|e| {
            wrong(&format!(
                "address {:?} {e}",
                pipeline::message::shorten(text, 60)
            ))
        })
    };
    Ok(Server {
        name: name(object, "name")?.ok_or_else(|| wrong("member `name` is missing"))?,
        addresses: texts.iter().map(parse).collect::<Result<_, _>>()?,
    })
}

/// What another challenge wants at the same name; nothing where it is about another name, or cannot be read.
fn sibling(other: &Object, challenge: &Object, record: &Name) -> Option<Sibling> {
    if record_name(other).ok()? != *record {
        return None;
    }
    Some(Sibling {
        value: value::required(other, "value").ok()?,
        owner: owner(other),
        newer: newer(other, challenge),
    })
}

/// How long ago the record of another challenge was last seen by the CA: it was there from `present` to `cleanup`.
fn seen_by_ca(other: &Object, record: &Name) -> Option<Duration> {
    let is_valid = other.get("status").and_then(Value::as_str) == Some("valid");
    if !is_valid || record_name(other).ok()? != *record {
        return None;
    }
    let last = other.get("cleanup").or(other.get("present"))?;
    value::age(last.get("at")?.as_str()?)
}

/// Whose value it is: the identifier, as a certificate has it.
fn owner(challenge: &Object) -> String {
    let identifier = challenge
        .get("identifier")
        .and_then(|identifier| identifier.get("value"));
    match identifier.and_then(Value::as_str) {
        Some(name) if challenge.get("wildcard") == Some(&Value::Bool(true)) => format!("*.{name}"),
        Some(name) => name.to_owned(),
        None => "another challenge".to_owned(),
    }
}

/// Whether `other` was presented after `challenge`, where both say when and it was not in the same second.
fn newer(other: &Object, challenge: &Object) -> Option<bool> {
    let at = |object: &Object| Some(object.get("present")?.get("at")?.as_str()?.to_owned());
    let (other, this) = (at(other)?, at(challenge)?);
    // RFC 3339 in UTC to the second sorts as text.
    (other.len() == this.len() && other != this).then(|| other > this)
}

/// What people put into the record in the value's place.
fn lookalikes(challenge: &Object) -> Vec<(String, String)> {
    let known = [
        ("token", "the challenge's token"),
        ("key_authorization", "the key authorization, not its digest"),
    ];
    let lookalike = |(member, what): &(&str, &str)| {
        Some((challenge.get(*member)?.as_str()?.into(), (*what).into()))
    };
    known.iter().filter_map(lookalike).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Request, Failure> {
        let Value::Object(object) = value else {
            unreachable!("tests pass objects")
        };
        Request::read(&object.into(), 0)
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

    #[test]
    fn the_command_line_goes_before_the_document_and_that_before_the_default() {
        let request =
            read(json!({"fqdn": "a.test.", "value": "v", "propagation": {"timeout": 5}})).unwrap();
        let second = Some(Duration::from_secs(1));
        let pace = request.pace(Patience {
            timeout: None,
            interval: second,
            strict: false,
        });
        assert_eq!(
            (pace.timeout, pace.interval),
            (Duration::from_secs(5), Duration::from_secs(1))
        );
        let pace = request.pace(Patience {
            timeout: second,
            interval: None,
            strict: false,
        });
        assert_eq!(
            (pace.timeout, pace.interval),
            (Duration::from_secs(1), Duration::from_secs(2))
        );
    }

    #[test]
    fn siblings_are_the_other_values_for_the_same_name() {
        let challenge = |fqdn: &str, value: &str, wildcard: bool, at: &str| {
            json!({"fqdn": fqdn, "value": value, "wildcard": wildcard, "present": {"at": at},
                   "identifier": {"type": "dns", "value": "example.test"}})
        };
        let request = read(json!({"challenges": [
            challenge("_acme-challenge.example.test.", "one", false, "2026-11-21T08:00:00Z"),
            challenge("_ACME-challenge.example.test", "two", true, "2026-11-21T08:00:01Z"),
            challenge("_acme-challenge.www.example.test.", "three", false, "2026-11-21T08:00:00Z"),
        ]}));
        let siblings = request.unwrap().siblings;
        assert_eq!(siblings.len(), 1);
        assert_eq!(
            (siblings[0].owner.as_str(), siblings[0].newer),
            ("*.example.test", Some(true))
        );
    }
}
