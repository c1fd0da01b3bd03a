//! Values that stand where no CA looks for them: at another name, at a server that is not delegated to, above a zone cut.

use std::net::SocketAddr;
use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::answers::short;
use crate::check::judge::standing::{Servers, list, list_servers, severity, where_delegated};
use crate::check::survey::{Asked, Elsewhere, Facts, Link, Zone, missed, texts_of};
use crate::name::is_within;
use crate::slip::Slip;

static VALUE_AT_OTHER_NAME: Code = Code {
    name: "VALUE_AT_OTHER_NAME",
    severity: Severity::Error,
    meaning: "The record was written, and its value stands at a name that is like the record's.",
    nearest: "",
};
static VALUE_AT_OTHER_SERVER: Code = Code {
    name: "VALUE_AT_OTHER_SERVER",
    severity: Severity::Error,
    meaning: "The record was written, and its value stands at a server that is not delegated to: the primary of the SOA, or one \
              that only the zone or only the zone above names.",
    nearest: "Zonemaster EXTRA_NAME_PARENT, EXTRA_NAME_CHILD (DELEGATION07)",
};
static OCCLUDED: Code = Code {
    name: "OCCLUDED",
    severity: Severity::Error,
    meaning: "The record is written to a zone above the one that holds its name, and the zone cut hides it there.",
    nearest: "",
};
static TXT_AT_OTHER_NAME: Code = Code {
    name: "TXT_AT_OTHER_NAME",
    severity: Severity::Notice,
    meaning: "A name that is like the record's has what looks like a value for dns-01.",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[
    &VALUE_AT_OTHER_NAME,
    &VALUE_AT_OTHER_SERVER,
    &OCCLUDED,
    &TXT_AT_OTHER_NAME,
];

/// A SHA-256 digest in base64url without padding has so many characters (RFC 8555 §8.4).
const DIGEST: usize = 43;

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let Some(link) = facts.last_found() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    match missed(facts.target, link) {
        Some(value) => findings.extend(place(facts, link, value)),
        None => findings.extend(alike(facts, link)),
    }
    findings.extend(zone_above(facts, link));
    findings
}

/// Whether it is known where the value stands that is missing.
pub(super) fn explains(facts: &Facts<'_>, link: &Link) -> bool {
    let place = missed(facts.target, link).and_then(|value| place(facts, link, value));
    place.is_some() || zone_above(facts, link).is_some()
}

/// Where the value stands that is missing.
fn place(facts: &Facts<'_>, link: &Link, value: &str) -> Option<Finding> {
    let of_name = || other_name(facts, link, value);
    let of_server = || other_server(facts, link, value);
    of_server()
        .or_else(|| above(facts, link, value))
        .or_else(of_name)
}

fn has(asked: &Asked, name: &Name, value: &str) -> bool {
    let reply = asked.of_zone();
    reply.is_some_and(|reply| texts_of(reply, name).iter().any(|one| one == value))
}

/// The servers of the zone that have the value, and those that say that they do not.
fn parted(link: &Link, value: &str) -> (Servers, Servers) {
    let saying = link.asked.iter().filter(|one| one.of_zone().is_some());
    let (has, lacks): (Vec<&Asked>, Vec<&Asked>) =
        saying.partition(|one| has(one, &link.name, value));
    let at = |all: Vec<&Asked>| all.into_iter().map(|one| one.at()).collect();
    (at(has), at(lacks))
}

fn other_name(facts: &Facts<'_>, link: &Link, value: &str) -> Option<Finding> {
    let (has_it, lacks) = parted(link, value);
    let all = facts.closer.elsewhere.iter();
    let found = all.filter_map(|one| {
        let holder = one
            .asked
            .iter()
            .find(|asked| has(asked, &one.name, value))?;
        Some((one, holder))
    });
    // A wildcard has it at the other names as well.
    let (elsewhere, holder) = found.min_by_key(|(one, _)| one.slip != Slip::Star)?;
    let detail = format!(
        "the value stands at {}, and not at {}: {}",
        elsewhere.name, link.name, elsewhere.slip
    );
    Some(
        Finding::new(&VALUE_AT_OTHER_NAME, &link.name, detail)
            .severity(severity(lacks.len(), lacks.len() + has_it.len()))
            .arg("value", value.to_owned())
            .arg("at", &elsewhere.name)
            .servers([holder.at()])
            .dig("", &elsewhere.name, RecordType::TXT)
            .hint(hint(elsewhere, link)),
    )
}

fn hint(elsewhere: &Elsewhere, link: &Link) -> String {
    match elsewhere.slip {
        Slip::ZoneTwice => format!(
            "Give the name to the provider without the zone, or with its final dot: {}",
            link.name
        ),
        Slip::AliasTarget => format!(
            "Write the target of the CNAME with its final dot: \"CNAME {}\".",
            elsewhere.name
        ),
        _ => format!(
            "Remove the record at {} and write it at {} instead.",
            elsewhere.name, link.name
        ),
    }
}

fn other_server(facts: &Facts<'_>, link: &Link, value: &str) -> Option<Finding> {
    let zone = link.walk.zone()?;
    let (has_it, lacks) = parted(link, value);
    let mut of_primary = facts.closer.primary.iter();
    let primary = of_primary.find(|one| has(&one.asked, &link.name, value));
    let finding = |detail: String, at: Servers| {
        Finding::new(&VALUE_AT_OTHER_SERVER, &link.name, detail)
            .severity(severity(lacks.len(), lacks.len() + has_it.len()))
            .arg("value", value.to_owned())
            .arg(
                "lacking",
                lacks
                    .iter()
                    .map(|(name, _)| name.to_ascii())
                    .collect::<Vec<_>>(),
            )
            .servers(at)
            .dig("", &link.name, RecordType::TXT)
    };
    if let Some(primary) = primary {
        let at = vec![primary.asked.at()];
        let soa = primary
            .soa
            .reply()
            .and_then(|reply| reply.soa_of(&zone.name));
        let own = soa.map_or_else(String::new, |soa| format!(" with serial {}", soa.serial));
        let detail = format!(
            "the value stands at {}{own}, the primary that the SOA of {} names and nobody delegates to; it is missing at {}",
            list_servers(&at),
            zone.name,
            list_servers(&lacks)
        );
        return Some(finding(detail, at).hint(
            "No CA asks that server. Where it is a hidden primary, check NOTIFY (also-notify) and allow-transfer there, and that \
             the serial grows; else write the record where the zone is delegated to, or delegate to that server.",
        ));
    }
    let (by, others) = only_named_by(zone, &has_it, &lacks)?;
    let detail = format!(
        "the value stands at {}, which only {by} names; it is missing at {}, which {others} names",
        list_servers(&has_it),
        list_servers(&lacks)
    );
    Some(finding(detail, has_it.clone()).hint(format!(
        "A CA asks the servers that the zone above names first. Write the record to those, or make the delegation {} and the \
         zone's NS records the same.",
        where_delegated(zone)
    )))
}

/// Who names all of the servers that have the value, and who those that lack it, where these are not the same.
fn only_named_by(zone: &Zone, has_it: &Servers, lacks: &Servers) -> Option<(String, String)> {
    if !(zone.is_referred && zone.names_servers) || has_it.is_empty() {
        return None;
    }
    let named = |address: &SocketAddr| {
        let of = zone.servers.iter();
        let of = of.filter(|server| server.addresses().contains(&address.ip()));
        of.fold((false, false), |(above, own), server| {
            (above || server.by_parent, own || server.by_zone)
        })
    };
    let all = |servers: &Servers, is: (bool, bool)| servers.iter().all(|(_, at)| named(at) == is);
    let above = zone
        .parent
        .as_ref()
        .map_or_else(Name::root, |parent| parent.name.clone());
    let (above, own) = (above.to_string(), format!("{} itself", zone.name));
    if all(has_it, (false, true)) && lacks.iter().any(|(_, at)| named(at).0) {
        return Some((own, above));
    }
    let is_other = all(has_it, (true, false)) && lacks.iter().any(|(_, at)| named(at).1);
    is_other.then_some((above, own))
}

/// The servers of the zone above have the value, at a name that is below a zone cut.
fn above(facts: &Facts<'_>, link: &Link, value: &str) -> Option<Finding> {
    let zone = link.walk.zone()?;
    let parent = zone.parent.as_ref()?;
    let mut all = facts.closer.above.iter();
    let holder = all.find(|asked| has(asked, &link.name, value))?;
    let at = vec![holder.at()];
    let detail = format!(
        "the value stands at {} in {}, and {} belongs to the zone {}",
        list_servers(&at),
        parent.name,
        link.name,
        zone.name
    );
    Some(
        occluded(link, zone, detail)
            .servers(at)
            .dig("", &link.name, RecordType::TXT),
    )
}

fn occluded(link: &Link, zone: &Zone, detail: String) -> Finding {
    let servers = list(zone.servers.iter().map(|server| &server.name));
    Finding::new(&OCCLUDED, &link.name, detail)
        .arg("zone", &zone.name)
        .hint(format!(
            "The zone cut hides the record. Write it to {} ({servers}), or put a CNAME there that leads elsewhere.",
            zone.name
        ))
}

/// The record is written to a zone that does not hold its name.
fn zone_above(facts: &Facts<'_>, link: &Link) -> Option<Finding> {
    let zone = link.walk.zone()?;
    let written = facts.target.zone.as_ref()?;
    let is_above = *written != zone.name && is_within(&zone.name, written);
    // It may be there, and a member may be old.
    let is_well = facts.target.is_presented && missed(facts.target, link).is_none();
    let is_same = facts.target.record.as_ref() == Some(&link.name);
    if !is_above || is_well || !is_same {
        return None;
    }
    let detail = format!(
        "the record is written to the zone {written}, and {} belongs to the zone {}",
        link.name, zone.name
    );
    let known = facts.judged().find(|one| one.zone.name == zone.name)?;
    let serving = known.serving().map(|probes| probes.at());
    Some(
        occluded(link, zone, detail)
            .severity(match facts.target.is_presented {
                true => Severity::Error,
                false => Severity::Warning,
            })
            .arg("written", written)
            .servers(serving)
            .dig("", &zone.name, RecordType::NS),
    )
}

/// What looks like a value at names that are written by mistake.
fn alike(facts: &Facts<'_>, link: &Link) -> Option<Finding> {
    let mut found = facts.closer.elsewhere.iter().filter_map(|one| {
        let (asked, texts) = one
            .asked
            .iter()
            .find_map(|asked| Some((asked, texts_of(asked.of_zone()?, &one.name))))?;
        let text = texts.into_iter().find(|text| is_like_a_value(text))?;
        Some((one, asked, text))
    });
    let (elsewhere, asked, text) = found.next()?;
    let detail = format!(
        "{} has a TXT value that looks like one for {}: {}; {}",
        elsewhere.name,
        link.name,
        short(&format!("{text:?}")),
        elsewhere.slip
    );
    Some(
        Finding::new(&TXT_AT_OTHER_NAME, &elsewhere.name, detail)
            .arg("value", text)
            .arg("meant", &link.name)
            .servers([asked.at()])
            .dig("", &elsewhere.name, RecordType::TXT)
            .hint(format!(
                "It may belong to something else; where not: {}",
                hint(elsewhere, link)
            )),
    )
}

fn is_like_a_value(text: &str) -> bool {
    let is_base64url = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
    text.len() == DIGEST && text.bytes().all(is_base64url)
}
