//! The TXT values that are at the name already.

use std::net::SocketAddr;
use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::answers::short;
use crate::check::judge::standing::{list, list_servers};
use crate::check::judge::{aliases, misplaced};
use crate::check::survey::{Asked, Facts, Link, texts_of};
use crate::propagation::{Mistake, misspelling};

static WILDCARD_TXT: Code = Code {
    name: "WILDCARD_TXT",
    severity: Severity::Notice,
    meaning: "A wildcard has TXT values for the name, until there is a record at the name itself.",
    nearest: "",
};
static LEFTOVERS: Code = Code {
    name: "LEFTOVERS",
    severity: Severity::Notice,
    meaning: "There are TXT values of earlier times at the name; 15 and more, which may not fit into a datagram, are a warning.",
    nearest: "",
};
pub(super) static VALUE_MISSING: Code = Code {
    name: "VALUE_MISSING",
    severity: Severity::Error,
    meaning: "The record was written, and servers do not have its value.",
    nearest: "",
};
static ZONE: Code = Code {
    name: "ZONE",
    severity: Severity::Info,
    meaning: "The zone that holds the record, and how many addresses serve it.",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[&WILDCARD_TXT, &LEFTOVERS, &VALUE_MISSING, &ZONE];

/// From so many on an answer may not fit into a datagram.
const MANY: usize = 15;

/// So many are shown.
const SHOWN: usize = 5;

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let Some(link) = facts.last_found() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    findings.extend(zone(facts, link));
    let values = values(link);
    let value = facts.target.value.as_ref();
    if link.is_wildcard && link.target.is_none() {
        let detail = format!("{} has {} only by a wildcard", link.name, shown(&values));
        findings.push(
            Finding::new(&WILDCARD_TXT, &link.name, detail)
                .arg("count", values.len() as u64)
                .arg("values", values.into_iter().take(SHOWN).collect::<Vec<_>>())
                .servers(first(link))
                .dig("", &link.name, RecordType::TXT)
                .hint("It does no harm. Where a CA quotes such a value, the record is missing."),
        );
    } else {
        // One that was meant to be the value is told of as such.
        let is_value = |one: &String| {
            value.is_some_and(|value| one == value || misspelling(one, value).is_some())
        };
        let leftovers = values.into_iter().filter(|one| !is_value(one)).collect();
        findings.extend(self::leftovers(link, leftovers));
    }
    findings.extend(missing(facts, link));
    findings
}

/// Some of the values, in words.
fn shown(values: &[String]) -> String {
    let some = values.iter().take(SHOWN);
    list(some.map(|value| short(&format!("{value:?}"))))
}

/// The first server that has a value.
fn first(link: &Link) -> Option<(Name, SocketAddr)> {
    let has_one = |one: &&Asked| {
        let reply = one.of_zone();
        reply.is_some_and(|reply| !texts_of(reply, &link.name).is_empty())
    };
    link.asked.iter().find(has_one).map(Asked::at)
}

/// The values that any server has.
fn values(link: &Link) -> Vec<String> {
    let replies = link.asked.iter().filter_map(Asked::of_zone);
    let mut values: Vec<String> = replies
        .flat_map(|reply| texts_of(reply, &link.name))
        .collect();
    values.sort();
    values.dedup();
    values
}

fn leftovers(link: &Link, values: Vec<String>) -> Option<Finding> {
    if values.is_empty() {
        return None;
    }
    let count = values.len();
    let severity = if count >= MANY {
        Severity::Warning
    } else {
        Severity::Notice
    };
    let shown = shown(&values);
    let size = link
        .asked
        .iter()
        .filter_map(|one| one.said.answer())
        .map(|one| one.size())
        .max();
    let detail = match count {
        1 => format!("{} has a TXT value already: {shown}", link.name),
        _ => format!(
            "{} has {count} TXT values already, among them {shown}",
            link.name
        ),
    };
    Some(
        Finding::new(&LEFTOVERS, &link.name, detail)
            .severity(severity)
            .arg("count", count as u64)
            .arg("octets", size.unwrap_or_default() as u64)
            .arg("values", values.into_iter().take(SHOWN).collect::<Vec<_>>())
            .servers(first(link))
            .dig("", &link.name, RecordType::TXT)
            .hint("Remove those that nobody waits for: leftovers of interrupted runs make answers large, and a provider may have a limit."),
    )
}

fn missing(facts: &Facts<'_>, link: &Link) -> Option<Finding> {
    let value = facts
        .target
        .value
        .as_ref()
        .filter(|_| facts.target.is_presented)?;
    let said = link
        .asked
        .iter()
        .filter_map(|one| Some((one, one.of_zone()?)));
    // Where it comes and goes with the machine that answers, that is told of.
    let in_turn = |one: &Asked| facts.closer.has_in_turn(one.address, &link.name, value);
    let (has, lacks): (Vec<_>, Vec<_>) =
        said.partition(|(one, reply)| texts_of(reply, &link.name).contains(value) || in_turn(one));
    if lacks.is_empty() {
        return None;
    }
    let servers: Vec<_> = lacks.iter().map(|(one, _)| one.at()).collect();
    let severity = if has.is_empty() {
        Severity::Error
    } else {
        Severity::Warning
    };
    let (misspelt, others) = (misspelt(link, value), values(link));
    let there = misspelt
        .as_ref()
        .map_or_else(String::new, |(found, mistake)| {
            format!(
                ": what is there is {mistake}, {}",
                short(&format!("{found:?}"))
            )
        });
    let detail = format!(
        "{} lack the value at {}{there}",
        list_servers(&servers),
        link.name
    );
    let finding = Finding::new(&VALUE_MISSING, &link.name, detail)
        .severity(severity)
        .arg("value", value.clone())
        .servers(servers)
        .dig("", &link.name, RecordType::TXT);
    let hint = match misspelt {
        Some((_, mistake)) => Some(mistake.advice().to_owned()),
        None if is_told_elsewhere(facts, link) => None,
        None if has.is_empty() && !others.is_empty() && !link.is_wildcard => Some(format!(
            "What is there is {}: another run's, another account's or another client's, or the program changes the value.",
            shown(&others)
        )),
        None => hint(link),
    };
    Some(match hint {
        Some(hint) => finding.hint(hint),
        None => finding,
    })
}

/// A value that was meant to be the one that is to be there, and what is wrong with it.
fn misspelt(link: &Link, value: &str) -> Option<(String, Mistake)> {
    let found = values(link).into_iter();
    let mut found = found.filter_map(|found| {
        let mistake = misspelling(&found, value)?;
        Some((found, mistake))
    });
    found.next()
}

/// Whether another finding says where the value stands.
fn is_told_elsewhere(facts: &Facts<'_>, link: &Link) -> bool {
    misplaced::explains(facts, link) || aliases::written_beside(facts).is_some()
}

/// What can be done where the value is only not there yet, as it seems.
fn hint(link: &Link) -> Option<String> {
    let zone = link.walk.zone()?;
    let parent = zone.parent.as_ref().filter(|parent| !parent.is_top());
    Some(match parent {
        Some(parent) => format!(
            "Wait until all servers have it. The zone is {}: a record that was written to {} is hidden by the zone cut.",
            zone.name, parent.name
        ),
        None => "Wait until all servers have it.".into(),
    })
}

fn zone(facts: &Facts<'_>, link: &Link) -> Option<Finding> {
    let zone = link.walk.zone()?;
    let known = facts.judged().find(|one| one.zone.name == zone.name)?;
    let serving: Vec<_> = known.serving().map(|probes| probes.at()).collect();
    let detail = format!(
        "{} is in the zone {}, which {} of {} addresses serve",
        link.name,
        zone.name,
        serving.len(),
        known.probes.len()
    );
    Some(
        Finding::new(&ZONE, &zone.name, detail)
            .arg("addresses", known.probes.len() as u64)
            .arg("serving", serving.len() as u64)
            .servers(serving)
            .dig("", &zone.name, RecordType::NS),
    )
}
