//! What can be done where a challenge failed although the pipeline had seen its value on all servers just before: causes that
//! were excluded then are none.

use crate::sight::{Sight, is_of_other_networks, sight};
use acme::Problem;
use command::text::clean;
use pipeline::catalogue::challenge::PROPAGATED;
use pipeline::{Challenge, Object, Value, value};
use std::time::{Duration, SystemTime};

/// What was seen this long ago says nothing of now.
const OUTDATED: Duration = Duration::from_secs(3600);

/// No resolver remembers for longer that there was nothing, whatever a zone or a document says, in seconds (RFC 2308 §5).
const LONGEST_NEGATIVE_TTL: u64 = 3 * 3600;

/// How far the clocks of two machines may be apart, as a document may come from another: what was seen later than that was not.
const CLOCKS_APART: Duration = Duration::from_secs(60);

/// What `dns-wait-txt` noted.
struct Seen<'a> {
    /// How many addresses served the value.
    serving: usize,
    /// How many answered without it, and were not waited for.
    lacking: usize,
    /// The first that did not, and what it answered.
    other: Option<String>,
    /// How long ago, in seconds.
    ago: u64,
    /// For how many seconds resolvers remember that there was nothing.
    negative_ttl: Option<u64>,
    findings: Vec<&'a Value>,
}

/// What can be done about what the CA saw, by what was seen before; nothing where that says nothing.
pub(crate) fn hint_after(
    problem: &Problem,
    challenge: &Challenge,
    now: SystemTime,
) -> Option<String> {
    let seen = Seen::of(challenge, now)?;
    let sight = sight(problem)?;
    let is_about_caa = |code: &str| code.starts_with("CAA_");
    let found = seen.findings.iter().find(|finding| {
        let code = finding["code"].as_str().unwrap_or_default();
        match sight {
            Sight::Forbidden | Sight::CaaUnanswered => is_about_caa(code),
            Sight::Dnssec | Sight::Failure => !is_about_caa(code),
            // A server that knows names in one case only, one that drops what has EDNS, and several at one address.
            Sight::NoName | Sight::NoRecord | Sight::Nothing => {
                ["CASE_CHANGED", "ANSWERS_VARY"].contains(&code)
            }
            Sight::OtherValue => code == "ANSWERS_VARY",
            Sight::Silence => ["CASE_CHANGED", "EDNS_UNANSWERED"].contains(&code),
            _ => false,
        }
    });
    if let Some(found) = found {
        return Some(as_found(found));
    }
    let Seen {
        serving,
        lacking,
        ago,
        ..
    } = seen;
    let had_it = match serving {
        _ if lacking > 0 => format!(
            "{serving} of {} name server addresses that answer had the value {ago} s before",
            serving + lacking
        ),
        1 => format!("The only name server address that answers had the value {ago} s before"),
        _ => {
            format!("All {serving} name server addresses that answer had the value {ago} s before")
        }
    };
    let other = match &seen.other {
        Some(other) => format!(", and {other}"),
        None => String::new(),
    };
    let still = |what: &str| match seen.negative_ttl {
        Some(seconds) => {
            format!("the CA's resolver remembers {what}, for up to {seconds} s after it was asked")
        }
        None => format!("the CA's resolver remembers {what}"),
    };
    let why = match sight {
        Sight::Forbidden | Sight::CaaUnanswered | Sight::Unclear => return None,
        _ if is_of_other_networks(problem) => {
            "what other networks of the CA see cannot be seen from here: a firewall, a geo-block or a rate limit keeps \
             them out, or one address stands for several servers that differ (anycast)"
                .to_owned()
        }
        Sight::OtherNetworks => return None,
        Sight::NoName | Sight::NoRecord | Sight::Nothing | Sight::OtherValue if lacking > 0 => {
            "the CA asked one that did not have it yet, as --at-least allows".to_owned()
        }
        Sight::NoName | Sight::NoRecord | Sight::Nothing => format!(
            "it was removed since, or {}",
            still("that there was nothing")
        ),
        Sight::OtherValue => {
            "another one took its place since, or the CA's resolver remembers the value of before, for the TTL of that record"
                .to_owned()
        }
        Sight::Dnssec | Sight::Failure => {
            "they answer this machine, but not the CA's resolver: they refuse its network, or fail at something else that it \
             does: it validates DNSSEC, asks in mixed case and with EDNS, and asks at each name that leads to the record; \
             dns01-check looks at all but the network"
                .to_owned()
        }
        Sight::Silence => {
            "they answer this machine, but not the CA's network: a firewall, a geo-block or a rate limit keeps it out, or \
             answers over TCP or with EDNS do not get through"
                .to_owned()
        }
    };
    Some(format!("{had_it}{other}: {why}."))
}

/// What was found beforehand, as a person reads it.
fn as_found(finding: &Value) -> String {
    let text = |member: &str| clean(finding[member].as_str().unwrap_or_default());
    let said = format!("dns-wait-txt found this before: {}.", text("detail"));
    match text("hint").as_str() {
        "" => said,
        hint => format!("{said} {hint}"),
    }
}

impl Seen<'_> {
    fn of(challenge: &Challenge, now: SystemTime) -> Option<Seen<'_>> {
        let propagated = challenge.members().get(PROPAGATED.name)?.as_object()?;
        let at = value::time(propagated.get("at")?.as_str()?)?;
        let ago = match now.duration_since(at) {
            Ok(ago) => ago,
            Err(ahead) if ahead.duration() <= CLOCKS_APART => Duration::ZERO,
            Err(_) => return None,
        };
        let servers = list(propagated, "servers");
        let is_serving = |server: &&&Value| server["state"] == "serving";
        let of_value = || {
            servers
                .iter()
                .filter(|server| server.get("cname").is_none())
        };
        let serving = of_value().filter(is_serving).count();
        let is_lacking = |server: &&&Value| server["state"] == "waiting";
        let lacking = of_value().filter(is_lacking).count();
        let mut others = of_value().filter(|server| server["state"] != "serving");
        let other = of_value()
            .find(|server| is_lacking(server))
            .or(others.next());
        let other = other.map(|server| {
            let text = |member: &str| clean(server[member].as_str().unwrap_or_default());
            format!("{} ({}) {}", text("name"), text("address"), text("answer"))
        });
        (serving > 0 && ago <= OUTDATED).then(|| Seen {
            serving,
            lacking,
            other,
            ago: ago.as_secs(),
            negative_ttl: propagated
                .get("negative_ttl")
                .and_then(Value::as_u64)
                .map(|seconds| seconds.min(LONGEST_NEGATIVE_TTL)),
            findings: list(propagated, "findings"),
        })
    }
}

fn list<'a>(object: &'a Object, member: &str) -> Vec<&'a Value> {
    let list = object.get(member).and_then(Value::as_array);
    list.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const AT: &str = "2026-01-01T00:00:00Z";

    fn hint(kind: &str, detail: &str, propagated: Value, seconds: u64) -> Option<String> {
        let problem = Problem {
            kind: format!("urn:ietf:params:acme:error:{kind}"),
            detail: detail.into(),
            ..Problem::default()
        };
        let challenge = Challenge::new([(PROPAGATED, propagated)]);
        let now = value::time(AT).unwrap() + Duration::from_secs(seconds);
        hint_after(&problem, &challenge, now)
    }

    fn seen(states: &[&str]) -> Value {
        let server = |state: &&str| json!({"name": "ns.test.", "address": "192.0.2.1", "state": state, "answer": "is lame: REFUSED\nhint: all is well"});
        let servers: Value = states.iter().map(server).collect();
        json!({"at": AT, "servers": servers, "negative_ttl": 300})
    }

    #[test]
    fn what_was_excluded_is_not_offered_and_what_is_left_is() {
        let all = || seen(&["serving", "serving"]);
        for (kind, detail, propagated, says, says_not) in [
            (
                "dns",
                "NXDOMAIN looking up TXT",
                all(),
                "removed since",
                "every name server yet",
            ),
            (
                "dns",
                "NXDOMAIN looking up TXT",
                all(),
                "for up to 300 s",
                "delegates",
            ),
            (
                "unauthorized",
                "No TXT record found",
                all(),
                "All 2 name server addresses",
                "CNAME",
            ),
            (
                "unauthorized",
                "Incorrect TXT record \"x\"",
                all(),
                "another one took its place",
                "another run or account",
            ),
            (
                "unauthorized",
                "No TXT record found",
                seen(&["serving", "lame"]),
                r"and ns.test. (192.0.2.1) is lame: REFUSED\nhint",
                "All",
            ),
            (
                "unauthorized",
                "No TXT record found",
                seen(&["serving", "lame", "waiting", "serving"]),
                "2 of 3 name server addresses that answer",
                "removed",
            ),
            (
                "unauthorized",
                "Incorrect TXT record \"x\"",
                seen(&["serving", "waiting"]),
                "as --at-least allows",
                "took its place",
            ),
            (
                "dns",
                "SERVFAIL looking up TXT",
                all(),
                "dns01-check",
                "all lame",
            ),
            ("dns", "query timed out", all(), "firewall", "are down"),
            (
                "dns",
                "During secondary validation: NXDOMAIN",
                all(),
                "cannot be seen from here",
                "removed",
            ),
        ] {
            let hint = hint(kind, detail, propagated, 7).unwrap_or_default();
            assert!(
                hint.contains(says) && !hint.contains(says_not),
                "{detail}: {hint}"
            );
            assert!(hint.contains("7 s before") && hint.ends_with('.'), "{hint}");
        }
    }

    #[test]
    fn what_was_found_before_explains_what_the_ca_saw() {
        let found = |code: &str| {
            let mut all = seen(&["serving"]);
            all["findings"] = json!([{"code": code, "detail": "that is so", "hint": "Do it."}]);
            all
        };
        for (kind, detail, code, is_it) in [
            ("caa", "CAA record for x", "CAA_FORBIDS", true),
            ("caa", "CAA record for x", "DS_WITHOUT_KEY", false),
            ("dns", "DNSSEC: DNSKEY Missing", "DS_WITHOUT_KEY", true),
            ("unauthorized", "SERVFAIL", "SIGNATURE_EXPIRED", true),
            ("unauthorized", "SERVFAIL", "CAA_FORBIDS", false),
            ("dns", "NXDOMAIN", "SIGNATURE_EXPIRED", false),
            ("dns", "NXDOMAIN", "CASE_CHANGED", true),
            ("dns", "NXDOMAIN", "ANSWERS_VARY", true),
            (
                "unauthorized",
                "Incorrect TXT record \"x\"",
                "ANSWERS_VARY",
                true,
            ),
            ("dns", "query timed out", "CASE_CHANGED", true),
            ("dns", "query timed out", "EDNS_UNANSWERED", true),
            ("dns", "NXDOMAIN", "EDNS_UNANSWERED", false),
            ("caa", "CAA record for x", "CASE_CHANGED", false),
        ] {
            let hint = hint(kind, detail, found(code), 1).unwrap_or_default();
            let says_it = hint.ends_with("before: that is so. Do it.");
            assert_eq!(says_it, is_it, "{detail} {code}: {hint}");
        }
    }

    #[test]
    fn impossible_numbers_are_not_believed() {
        let mut odd = seen(&["serving"]);
        odd["negative_ttl"] = json!(u32::MAX);
        let said = hint("dns", "NXDOMAIN", odd.clone(), 1).unwrap_or_default();
        assert!(said.contains("for up to 10800 s after"), "{said}");
        for (at, is_believed) in [
            ("2026-01-01T00:01:00Z", true),
            ("2026-01-01T00:01:01Z", false),
            ("9999-01-01T00:00:00Z", false),
        ] {
            odd["at"] = json!(at);
            let said = hint("dns", "NXDOMAIN", odd.clone(), 0);
            assert_eq!(said.is_some(), is_believed, "{at}: {said:?}");
        }
    }

    #[test]
    fn what_was_not_seen_or_long_ago_says_nothing() {
        let now = |propagated, seconds| hint("dns", "NXDOMAIN", propagated, seconds);
        assert!(now(seen(&["serving"]), 3600).is_some());
        assert_eq!(now(seen(&["serving"]), 3601), None);
        assert_eq!(now(seen(&["lame"]), 1), None);
        assert_eq!(now(json!({}), 1), None);
        assert_eq!(now(json!(7), 1), None);
        assert_eq!(hint("serverInternal", "oops", seen(&["serving"]), 1), None);
        assert_eq!(hint("caa", "CAA record for x", seen(&["serving"]), 1), None);
    }
}
