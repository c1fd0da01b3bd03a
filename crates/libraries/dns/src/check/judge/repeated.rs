//! Whether one address says the same each time: behind it may be several machines, by anycast or a load balancer.

use std::time::{SystemTime, UNIX_EPOCH};

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::answers::{content, short};
use crate::check::judge::standing::list;
use crate::check::survey::{Answer, Facts, Repeated, Said, texts_of};

static ANSWERS_VARY: Code = Code {
    name: "ANSWERS_VARY",
    severity: Severity::Warning,
    meaning: "One address does not say the same each time: several machines are behind it, and not all have the same copy of the zone.",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[&ANSWERS_VARY];

/// The longest identifier of a machine that is shown, in characters.
const LONGEST: usize = 40;

/// What an answer says that has the value.
const THE_VALUE: &str = "the value";

/// Something that an address said, how often, and which machines said it.
#[derive(Debug, PartialEq, Eq)]
struct Saying {
    says: String,
    times: usize,
    machines: Vec<String>,
}

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let Some(link) = facts.last() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let value = facts.target.value.as_deref();
    let texts = facts.closer.texts.iter().filter(|repeated| {
        let said: Vec<&Said> = repeated.said().collect();
        !only_appears(&said, &link.name, value)
    });
    findings.extend(check_texts(texts, &link.name, value));
    for repeated in &facts.closer.serials {
        let zone = link.walk.zone();
        let zone = zone.and_then(|zone| facts.zones.iter().find(|one| one.zone.name == zone.name));
        let Some(zone) = zone else {
            continue;
        };
        let probes = zone
            .probes
            .iter()
            .find(|one| one.address == repeated.address);
        let ways = probes.map(|one| [&one.mixed, &one.plain, &one.tcp]);
        let said: Vec<&Said> = repeated.said().chain(ways.into_iter().flatten()).collect();
        let name = &zone.zone.name;
        if only_grows(&said, name) {
            continue;
        }
        let serial = |answer: &Answer| {
            let soa = answer.reply().soa_of(name)?;
            Some(format!("serial {}", soa.serial))
        };
        let sayings = sayings(said.into_iter(), serial);
        findings.extend(tell(repeated, name, RecordType::SOA, &sayings));
    }
    findings
}

/// What does not answer alike about TXT at a name.
pub(super) fn check_texts<'a>(
    all: impl IntoIterator<Item = &'a Repeated>,
    name: &Name,
    value: Option<&str>,
) -> Vec<Finding> {
    let told = all.into_iter().filter_map(|repeated| {
        let sayings = sayings(repeated.said(), |answer| text(answer, name, value));
        tell(repeated, name, RecordType::TXT, &sayings)
    });
    told.collect()
}

/// Whether the answers change once, as this rank of each says, and no other machine answers: the zone was changed meanwhile.
fn changes_once(said: &[&Said], rank: impl Fn(&Answer) -> Option<i64>) -> bool {
    let mut answers: Vec<(u128, i64)> = Vec::new();
    for answer in said.iter().filter_map(|one| one.answer()) {
        // A capture that was kept has no more of the time.
        let at = answer.at().duration_since(UNIX_EPOCH);
        let at = at.unwrap_or_default().as_millis();
        answers.extend(rank(answer).map(|rank| (at, rank)));
    }
    answers.sort_unstable();
    let mut machines = said.iter().filter_map(|one| one.answer()?.machine());
    let first = machines.next();
    answers.windows(2).all(|pair| pair[0].1 <= pair[1].1)
        && machines.all(|machine| Some(machine) == first)
}

/// Whether the serial only grows from one answer to the next.
fn only_grows(said: &[&Said], zone: &Name) -> bool {
    let serial = |answer: &Answer| Some(answer.reply().soa_of(zone)?.serial);
    let first = said.iter().find_map(|one| serial(one.answer()?));
    changes_once(said, |answer| {
        // RFC 1982 §3.2: serials are compared in a circle.
        let grown = serial(answer)?.wrapping_sub(first?);
        Some(i64::from(grown as i32))
    })
}

/// Whether the value appears, or where none is known, what is there becomes something else.
fn only_appears(said: &[&Said], name: &Name, value: Option<&str>) -> bool {
    let text = |answer: &Answer| text(answer, name, value);
    let first = said.iter().find_map(|one| text(one.answer()?));
    changes_once(said, |answer| {
        let says = text(answer)?;
        Some(i64::from(match value {
            Some(_) => says == THE_VALUE,
            None => Some(says) != first,
        }))
    })
}

/// What was said, the most frequent first; what cannot be compared is left out.
fn sayings<'a>(
    said: impl Iterator<Item = &'a Said>,
    read: impl Fn(&Answer) -> Option<String>,
) -> Vec<Saying> {
    let mut all: Vec<Saying> = Vec::new();
    for answer in said.filter_map(Said::answer) {
        let Some(says) = read(answer).filter(|_| !answer.is_truncated()) else {
            continue;
        };
        let index = match all.iter().position(|one| one.says == says) {
            Some(index) => index,
            None => {
                all.push(Saying {
                    says,
                    times: 0,
                    machines: Vec::new(),
                });
                all.len() - 1
            }
        };
        all[index].times += 1;
        let machine = answer.machine().map(readable);
        if let Some(machine) = machine.filter(|one| !all[index].machines.contains(one)) {
            all[index].machines.push(machine);
        }
    }
    all.sort_by_key(|one| std::cmp::Reverse(one.times));
    all
}

/// What an answer says about TXT at the name: only whether it has the value, where that is known and what is there.
fn text(answer: &Answer, name: &Name, value: Option<&str>) -> Option<String> {
    let reply = answer.reply();
    if !reply.is_about_name() {
        return match reply.code() {
            // Who cannot read one way of asking, or limits the rate of answers, says nothing of the name.
            ResponseCode::ServFail | ResponseCode::Refused => Some(reply.code_fault().to_string()),
            _ => None,
        };
    }
    if reply.referral().is_some() {
        return reply.fault().map(|fault| fault.to_string());
    }
    if let Some(value) = value
        && texts_of(reply, name).iter().any(|one| one == value)
    {
        return Some(THE_VALUE.into());
    }
    Some(match content(reply, name).as_slice() {
        [] => "nothing".into(),
        all => list(all.iter().map(|one| short(one))),
    })
}

fn tell(
    repeated: &Repeated,
    name: &Name,
    record_type: RecordType,
    sayings: &[Saying],
) -> Option<Finding> {
    if sayings.len() < 2 {
        return None;
    }
    let said = sayings.iter().map(|one| {
        let times = match one.times {
            1 => "once".to_owned(),
            times => format!("{times} times"),
        };
        match one.machines.as_slice() {
            [] => format!("{times} {}", one.says),
            machines => format!("{times} {} (NSID {})", one.says, list(machines)),
        }
    });
    let detail = format!(
        "{} ({}) does not answer alike each time that it is asked for {record_type} at {name}: {}",
        repeated.server,
        crate::address::format(&repeated.address),
        said.collect::<Vec<_>>().join(", ")
    );
    let machines = sayings.iter().flat_map(|one| one.machines.clone());
    Some(
        Finding::new(&ANSWERS_VARY, name, detail)
            .arg("type", record_type.to_string())
            .arg("answers", sayings.iter().map(|one| one.says.clone()).collect::<Vec<_>>())
            .arg("times", sayings.iter().map(|one| one.times.to_string()).collect::<Vec<_>>())
            .arg("machines", machines.collect::<Vec<_>>())
            .servers([(repeated.server.clone(), repeated.address)])
            .dig("+nsid", name, record_type)
            .hint(
                "Several machines are behind this address (anycast, or a load balancer), and a CA, which asks from several \
                 places, meets all of them: wait until each has the same copy, or repair the transfer to those that lag behind.",
            ),
    )
}

/// A machine's identifier as text where it is one, or else in hexadecimal digits.
fn readable(identifier: &[u8]) -> String {
    let text = std::str::from_utf8(identifier).ok();
    let text = text.filter(|text| !text.chars().any(char::is_control));
    let text = match text {
        Some(text) => text.to_owned(),
        None => identifier
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect(),
    };
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machines_identifier_is_readable_whatever_octets_it_has() {
        for (identifier, shown) in [
            (&b"gin-1.example"[..], "gin-1.example"),
            (b"\x00\xff", "00ff"),
            (b"a\x1b[1m", "611b5b316d"),
        ] {
            assert_eq!(readable(identifier), shown);
        }
        assert_eq!(readable(&[b'x'; 100]).len(), LONGEST);
    }
}
