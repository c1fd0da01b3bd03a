//! What was found, as members of a challenge; acmepipe(7) describes them.

use std::time::Duration;

use dns::check::{Delegation, Glanced, Trace};
use dns::propagation::{
    Observation, Propagated, ResolverObservation, ResolversHaveIt, ServerState,
};
use dns::zone::{Location, NameServer};
use dns::{Name, address};
use pipeline::catalogue::challenge::{
    CNAMES, EFFECTIVE_FQDN, GONE, NAMESERVERS, PRIMARY, PROPAGATED, SERIAL, TRACE, ZONE,
};
use pipeline::{Challenge, Object, Value, value};
use serde_json::json;

/// Where the record belongs: `effective_fqdn`, `cnames`, `zone`, `primary`, `serial` and `nameservers`.
#[must_use]
pub fn located(location: &Location) -> Object {
    let primary = location.primary.as_ref();
    let members = [
        (EFFECTIVE_FQDN, text(&location.name)),
        (CNAMES, location.cnames.iter().map(text).collect()),
        (ZONE, text(&location.zone)),
    ];
    let known = primary.map(|primary| (PRIMARY, text(primary)));
    let serial = location.serial.map(|serial| (SERIAL, serial.into()));
    let servers = [(NAMESERVERS, location.servers.iter().map(server).collect())];
    let members = members.into_iter().chain(known).chain(serial);
    let members = members.chain(servers);
    Challenge::new(members).into()
}

/// The member `trace`, which says how the root leads to where the record belongs.
#[must_use]
pub fn traced(trace: &Trace) -> Object {
    let all: Value = trace.delegations.iter().map(delegation).collect();
    Challenge::new([(TRACE, all)]).into()
}

fn delegation(delegation: &Delegation) -> Value {
    let referrers = delegation.referred_by.iter().map(|one| {
        json!({
            "name": text(&one.name),
            "address": address::format(&one.address),
            "seconds": value::seconds(one.took),
        })
    });
    let servers = delegation.servers.iter().map(|(name, glue)| {
        let glue: Vec<_> = glue.iter().map(ToString::to_string).collect();
        json!({"name": text(name), "glue": glue})
    });
    json!({
        "zone": text(&delegation.zone),
        "parent": text(&delegation.parent),
        "referred_by": referrers.collect::<Value>(),
        "referral": delegation.is_referral,
        "nameservers": servers.collect::<Value>(),
    })
}

/// The member `propagated`, which says that every server serves the value, and resolvers do, where they were asked: after the
/// servers, or they alone. `glanced` is what was found beside that.
#[must_use]
pub fn propagated(
    propagated: Option<&Propagated>,
    by_resolvers: Option<&ResolversHaveIt>,
    glanced: Option<&Glanced>,
) -> Object {
    let mut all = propagated.map_or_else(nothing, seen);
    if let Some(found) = by_resolvers {
        let by_servers = propagated.map_or(Duration::ZERO, |propagated| propagated.after);
        let queries = propagated.map_or(0, |propagated| propagated.queries);
        all["seconds"] = value::seconds(by_servers + found.after);
        all["queries"] = (queries + found.queries).into();
        all["resolvers"] = resolvers(&found.observations);
    }
    if let Some(Glanced {
        findings,
        negative_ttl,
    }) = glanced
    {
        if let Some(seconds) = negative_ttl {
            all["negative_ttl"] = (*seconds).into();
        }
        if !findings.is_empty() {
            all["findings"] = crate::check::findings(findings);
        }
    }
    Challenge::new([(PROPAGATED, all)]).into()
}

fn nothing() -> Value {
    json!({"at": value::now(), "seconds": 0, "queries": 0, "servers": []})
}

/// What each resolver answered last.
pub(crate) fn resolvers(observations: &[ResolverObservation]) -> Value {
    observations.iter().map(resolver).collect()
}

fn resolver(observation: &ResolverObservation) -> Value {
    let mut object = json!({
        "resolver": observation.resolver.to_string(),
        "state": observation.state().as_str(),
    });
    if let Some(after) = observation.after {
        object["seconds"] = value::seconds(after);
    }
    if observation.state() != ServerState::Serving {
        object["answer"] = observation.describe().into();
        if let Some(remembers) = observation.remembers {
            object["ttl"] = remembers.as_secs().into();
        }
    }
    object
}

/// The member `gone`, which says that no server has the value.
#[must_use]
pub fn gone(gone: &Propagated) -> Object {
    Challenge::new([(GONE, seen(gone))]).into()
}

fn seen(all: &Propagated) -> Value {
    json!({
        "at": value::now(),
        "seconds": value::seconds(all.after),
        "queries": all.queries,
        "servers": servers(&all.observations),
    })
}

/// What each server address answered last.
pub(crate) fn servers(observations: &[Observation]) -> Value {
    observations.iter().map(observed).collect()
}

fn observed(observation: &Observation) -> Value {
    let mut object = json!({
        "name": text(&observation.server),
        "address": address::format(&observation.address),
        "state": observation.state().as_str(),
    });
    if let Some(alias) = &observation.alias {
        object["cname"] = text(alias);
    }
    if let Some(after) = observation.after {
        object["seconds"] = value::seconds(after);
    }
    if observation.state() != ServerState::Serving {
        object["answer"] = observation.describe().into();
    }
    if observation.has_shown_it() && observation.state() != ServerState::Serving {
        object["shown"] = true.into();
    }
    if let Some(serial) = observation.serial {
        object["serial"] = serial.into();
    }
    object
}

fn server(server: &NameServer) -> Value {
    let addresses: Vec<_> = server.addresses.iter().map(address::format).collect();
    json!({"name": text(&server.name), "addresses": addresses})
}

/// A name as documents have it: `Display` would decode the labels of an international one.
fn text(name: &Name) -> Value {
    name.to_ascii().into()
}

#[cfg(test)]
mod tests {
    use dns::name::parse;
    use dns::propagation::Observed;

    use super::*;

    fn name(text: &str) -> Name {
        parse(text).unwrap()
    }

    #[test]
    fn members_stand_in_the_order_of_the_manual_and_names_in_a_labels() {
        let location = Location {
            name: name("_acme-challenge.xn--bcher-kva.test"),
            cnames: vec![name("a.test")],
            zone: name("xn--bcher-kva.test"),
            primary: Some(name("ns.test")),
            serial: Some(7),
            servers: vec![NameServer {
                name: name("ns.test"),
                addresses: vec![
                    ([192, 0, 2, 1], 53).into(),
                    "[2001:db8::1]:5353".parse().unwrap(),
                ],
            }],
            wildcard_target: Some(name("x.test")),
        };
        let expected = concat!(
            r#"{"effective_fqdn":"_acme-challenge.xn--bcher-kva.test.","cnames":["a.test."],"#,
            r#""zone":"xn--bcher-kva.test.","primary":"ns.test.","serial":7,"#,
            r#""nameservers":[{"name":"ns.test.","addresses":["192.0.2.1","[2001:db8::1]:5353"]}]}"#,
        );
        assert_eq!(Value::from(located(&location)).to_string(), expected);
        let without = Location {
            primary: None,
            ..location
        };
        assert!(!located(&without).contains_key("primary"));
    }

    #[test]
    fn a_server_says_when_it_served_the_value_or_what_it_answers_instead() {
        let observation = |observed, serial, after| {
            let mut one = Observation::pending(name("ns.test"), ([192, 0, 2, 1], 53).into());
            (one.observed, one.serial, one.after) = (observed, serial, after);
            one
        };
        let begin = r#"[{"name":"ns.test.","address":"192.0.2.1","state":"#;
        for (observed, serial, after, end) in [
            (
                Observed::Value,
                None,
                Some(1500),
                r#""serving","seconds":1.5}]"#,
            ),
            (
                Observed::NoData(Some(7)),
                Some(7),
                None,
                r#""waiting","answer":"says NODATA (serial 7)","serial":7}]"#,
            ),
            (
                Observed::Pending,
                None,
                None,
                r#""pending","answer":"has not answered yet"}]"#,
            ),
        ] {
            let after = after.map(Duration::from_millis);
            let servers = servers(&[observation(observed, serial, after)]);
            assert_eq!(servers.to_string(), format!("{begin}{end}"));
        }
    }
}
