//! Reads from a challenge what to wait for.

use std::time::Duration;

use command::text::shorten;
use dns::Name;
use dns::propagation::{MistakenValue, Target};
use dns::zone::{Location, NameServer};
use pipeline::{Challenge, Problem, Propagation, catalogue};

use crate::names::{name, record_name};
use crate::run_values::KnownChallenges;

/// The longest address that is quoted, in characters.
const LONGEST_ADDRESS: usize = 60;

/// One challenge's members, read.
pub struct ChallengeTarget {
    /// What to wait for; without servers where the challenge names none.
    pub target: Target,
    /// The names from the one that the CA asks for to that of the record, each a CNAME to the next; none where they are the same.
    pub chain: Vec<Name>,
    /// How long ago the CA may last have looked at the same name, when it found another value there.
    pub seen_by_ca: Option<Duration>,
    /// What the program printed last that was to write the record, in quotes.
    pub said: Option<String>,
    /// How long to wait and how often to look, where the challenge says.
    pub propagation: Propagation,
}

impl ChallengeTarget {
    /// Sets where the record belongs, and so where its value is waited for.
    pub fn set_location(&mut self, location: Location) {
        if self.chain.is_empty() && !location.cnames.is_empty() {
            self.chain.push(self.target.name.clone());
        }
        self.chain.extend(location.cnames.iter().cloned());
        self.target.set_location(location);
    }

    /// Reads a challenge, and what is known of the others of the run, to which its document was added.
    ///
    /// # Errors
    /// A member is missing, or not what the contract demands.
    pub fn read(
        challenge: &Challenge,
        known: &KnownChallenges,
    ) -> Result<ChallengeTarget, Problem> {
        let record = record_name(challenge)?;
        let value = challenge.required_value()?;
        Ok(ChallengeTarget {
            chain: chain(challenge, &record)?,
            seen_by_ca: known.seen_by_ca(&record),
            said: challenge.presented().and_then(|presented| presented.said),
            propagation: challenge.propagation()?,
            target: Target {
                zone: challenge.zone()?.as_ref().map(name).transpose()?,
                servers: servers(challenge)?,
                aliases: Vec::new(),
                primary: challenge.primary()?.as_ref().map(name).transpose()?,
                // Without a record that was presented, an unchanged serial tells nothing.
                serial: challenge.serial()?.filter(|_| challenge.is_presented()),
                others: known.seen_from(&record, &value),
                mistaken_values: mistaken_values(challenge)?,
                name: record,
                value,
            },
        })
    }
}

/// The names that lead to the record, and its own; none where the last is not the record's.
fn chain(challenge: &Challenge, record: &Name) -> Result<Vec<Name>, Problem> {
    let cnames = challenge.cnames()?;
    if cnames.is_empty() {
        return Ok(Vec::new());
    }
    let names = [name(&challenge.fqdn()?)].into_iter();
    let names: Vec<Name> = names
        .chain(cnames.iter().map(name))
        .collect::<Result<_, _>>()?;
    Ok(if names.last() == Some(record) {
        names
    } else {
        Vec::new()
    })
}

fn servers(challenge: &Challenge) -> Result<Vec<NameServer>, Problem> {
    let servers = challenge.nameservers()?;
    let read = |(index, server): (usize, pipeline::NameServer)| {
        let parse = |text: &String| {
            dns::address::parse(text).map_err(|error| {
                let (member, text) = (
                    catalogue::challenge::NAMESERVERS.name,
                    shorten(text, LONGEST_ADDRESS),
                );
                Problem::document(format!(
                    "member `{member}[{index}]`: address {text:?} {error}"
                ))
            })
        };
        Ok(NameServer {
            name: name(&server.name)?,
            addresses: server
                .addresses
                .iter()
                .map(parse)
                .collect::<Result<_, _>>()?,
        })
    };
    servers.into_iter().enumerate().map(read).collect()
}

/// Values that people write into the record by mistake.
fn mistaken_values(challenge: &Challenge) -> Result<Vec<MistakenValue>, Problem> {
    let mistaken = [
        (challenge.token()?, "the challenge's token"),
        (
            challenge.key_authorization()?,
            "the key authorization, not its digest",
        ),
    ];
    let known = mistaken.into_iter().filter_map(|(value, description)| {
        Some(MistakenValue {
            value: value?,
            description: description.to_owned(),
        })
    });
    Ok(known.collect())
}

#[cfg(test)]
mod tests {
    use pipeline::{Document, Value};
    use serde_json::json;

    use super::*;

    fn complaint(extra: Value) -> String {
        let mut challenge = json!({"fqdn": "_acme-challenge.example.test.", "value": "v"});
        if let (Value::Object(challenge), Value::Object(extra)) = (&mut challenge, extra) {
            challenge.extend(extra);
        }
        let Value::Object(order) = json!({"challenges": [challenge]}) else {
            unreachable!("braces make an object")
        };
        let document = Document::from(order);
        let read = ChallengeTarget::read(&document.challenge(0), &KnownChallenges::default());
        read.err()
            .map_or_else(String::new, |problem| problem.detail)
    }

    #[test]
    fn a_wrong_member_is_named_in_the_error() {
        for (extra, says) in [
            (json!({"fqdn": 7}), "`fqdn`"),
            (json!({"value": null}), "`value` is missing"),
            (json!({"zone": "a b"}), "`zone` holds ' '"),
            (json!({"primary": "*.a"}), "`primary` holds '*'"),
            (json!({"serial": -1}), "`serial`"),
            (json!({"token": 1}), "`token`"),
            (json!({"propagation": []}), "`propagation`"),
            (
                json!({"nameservers": [{"name": "a.test.", "addresses": ["1.2.3"]}]}),
                "`nameservers[0]`: address \"1.2.3\"",
            ),
            (json!({}), ""),
        ] {
            let detail = complaint(extra.clone());
            assert!(detail.contains(says), "{extra:.100}: {detail}");
            assert_eq!(detail.is_empty(), says.is_empty(), "{detail}");
        }
    }
}
