//! What a challenge asks to be waited for.

use std::time::Duration;

use dns::{Locator, Name, Pace, Server, Target};
use pipeline::{Failure, Object, value};

use crate::neighbours::{Neighbours, Others};
use crate::options::Patience;

/// More servers than this are no zone's; the root has 13.
const MOST_SERVERS: usize = 64;
/// More addresses than this are no server's.
const MOST_ADDRESSES: usize = 16;
/// A TXT record has room for more, a challenge has no use for it.
const LONGEST_VALUE: usize = 4096;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_INTERVAL: Duration = Duration::from_secs(2);

/// One challenge's members, read.
pub(crate) struct Request {
    /// What to wait for; without servers where the document names none.
    pub(crate) target: Target,
    /// How long ago the CA may have looked at the same name last, for another value of it that it found.
    pub(crate) seen_by_ca: Option<Duration>,
    timeout: Option<Duration>,
    interval: Option<Duration>,
}

impl Request {
    /// Reads a challenge, and what its document says of others for the same name.
    pub(crate) fn read(
        challenge: &Object,
        neighbours: &Neighbours,
    ) -> Result<Box<Request>, Failure> {
        let record = record_name(challenge)?;
        let value: String = value::required(challenge, "value")?;
        if value.is_empty() || value.len() > LONGEST_VALUE {
            return Err(wrong(&format!("member `value` has {} octets", value.len())));
        }
        let propagation: Object = value::optional(challenge, "propagation")?.unwrap_or_default();
        let others = neighbours.at(&record);
        Ok(Box::new(Request {
            seen_by_ca: others.and_then(Others::seen_by_ca),
            timeout: duration(&propagation, "timeout")?,
            interval: duration(&propagation, "interval")?,
            target: Target {
                zone: name(challenge, "zone")?,
                servers: servers(challenge)?,
                primary: name(challenge, "primary")?,
                // Only with the record can it be told whether anything was changed.
                serial: value::optional(challenge, "serial")?
                    .filter(|_| challenge.contains_key("present")),
                siblings: others
                    .map(|others| others.siblings(challenge, &value))
                    .unwrap_or_default(),
                lookalikes: lookalikes(challenge),
                name: record,
                value,
            },
        }))
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

    /// Looks up the servers, where the document names none.
    pub(crate) async fn locate(&mut self, locator: &Locator) -> Result<(), Failure> {
        let target = &mut self.target;
        if target.servers.is_empty() {
            let location = locator.locate(&target.name).await;
            let location = location.map_err(|error| Failure::from_problem(&error))?;
            target.name = location.effective_fqdn;
            target.zone = Some(location.zone);
            target.primary = location.primary;
            target.servers = location.nameservers;
        }
        Ok(())
    }
}

fn wrong(text: &str) -> Failure {
    Failure::document(text)
}

/// The name that the record is at: after its CNAMEs, where those are known.
pub(crate) fn record_name(challenge: &Object) -> Result<Name, Failure> {
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

fn servers(challenge: &Object) -> Result<Vec<Server>, Failure> {
    let list: Vec<Object> = value::optional(challenge, "nameservers")?.unwrap_or_default();
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
    list.iter().enumerate().map(read).collect()
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
    use pipeline::{Document, Value};
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Box<Request>, Failure> {
        let Value::Object(object) = value else {
            unreachable!("tests pass objects")
        };
        let document = Document::from(object);
        Request::read(&document.challenge(0), &Neighbours::of(&document))
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
}
