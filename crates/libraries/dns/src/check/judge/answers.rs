//! Whether what the servers say at the names on the way holds together.

use std::net::SocketAddr;
use std::time::SystemTime;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::standing::list_servers;
use crate::check::survey::{Asked, End, Facts, Link, ZoneFacts};
use crate::transport::{NetworkFault, Reply};

static ANSWERS_DIFFER: Code = Code {
    name: "ANSWERS_DIFFER",
    severity: Severity::Warning,
    meaning: "The servers of a zone do not say the same at a name.",
    nearest: "",
};
pub(super) static TRUNCATED: Code = Code {
    name: "TRUNCATED",
    severity: Severity::Error,
    meaning: "An answer is cut short (TC) over UDP, and over TCP there is none.",
    nearest: "Zonemaster CN02_NO_RESPONSE_TCP, DNSViz SERVER_UNRESPONSIVE_TCP",
};
static ANSWER_FAILS: Code = Code {
    name: "ANSWER_FAILS",
    severity: Severity::Warning,
    meaning: "A server that serves the zone fails or keeps silent when it is asked for TXT at the name.",
    nearest: "",
};
static ABSENT_ABOVE: Code = Code {
    name: "ABSENT_ABOVE",
    severity: Severity::Warning,
    meaning: "A server says NXDOMAIN at a name below which there are others (RFC 8020): some resolvers then ask for none of those.",
    nearest: "DNSViz NXDOMAIN_FOR_EMPTY_NON_TERMINAL",
};
static NEGATIVE_TTL: Code = Code {
    name: "NEGATIVE_TTL",
    severity: Severity::Notice,
    meaning: "Resolvers remember for more than an hour that there is no record.",
    nearest: "Zonemaster SOA_DEFAULT_TTL_MAXIMUM_VALUE_HIGHER (ZONE06)",
};

pub(super) const CODES: &[&Code] = &[
    &ANSWERS_DIFFER,
    &TRUNCATED,
    &ANSWER_FAILS,
    &ABSENT_ABOVE,
    &NEGATIVE_TTL,
];

/// Longer than this, in seconds, a mistake is felt long after it was mended.
const LONG: u32 = 3600;

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    for link in &facts.chain {
        let zone = link.walk.zone();
        let zone = zone.and_then(|zone| facts.zones.iter().find(|one| one.zone.name == zone.name));
        let Some(zone) = zone.filter(|zone| !zone.zone.is_top()) else {
            continue;
        };
        findings.extend(differ(link, zone));
        findings.extend(fails(link, zone));
        findings.extend(absent(link));
    }
    findings.extend(facts.last().and_then(negative_ttl));
    findings
}

/// What a server has at a name, in words that can be compared.
pub(super) fn content(reply: &Reply, name: &Name) -> Vec<String> {
    if denies(reply, name) {
        return vec!["NXDOMAIN".into()];
    }
    let is_data = |kind| matches!(kind, RecordType::TXT | RecordType::CNAME);
    // A server that has the zone of a CNAME's target as well goes on there, which another one does not.
    let answers = reply
        .answers()
        .iter()
        .filter(|record| record.name == *name && is_data(record.record_type()));
    let mut all: Vec<String> = answers
        .map(|record| format!("{} {}", record.record_type(), record.data))
        .collect();
    all.sort();
    all.dedup();
    all
}

/// Whether a server says that a name does not exist: behind a CNAME it says that of where the CNAME leads (RFC 6604 §2).
pub(super) fn denies(reply: &Reply, name: &Name) -> bool {
    reply.code() == ResponseCode::NXDomain && reply.cname_of(name).is_none()
}

fn differ(link: &Link, zone: &ZoneFacts) -> Option<Finding> {
    let said = link.asked.iter().filter(|asked| zone.serves(asked.address));
    let said: Vec<(&Asked, Vec<String>)> = said
        .filter_map(|asked| Some((asked, content(asked.of_zone()?, &link.name))))
        .collect();
    let (_, first) = said.first()?;
    if said.iter().all(|(_, content)| content == first) {
        return None;
    }
    let all = said.iter().map(|(asked, content)| {
        let content = match content.as_slice() {
            [] => "nothing".to_owned(),
            all => super::standing::list(all.iter().map(|one| short(one))),
        };
        format!(
            "{} ({}): {content}",
            asked.server,
            crate::address::format(&asked.address)
        )
    });
    let detail = format!(
        "the servers of {} do not say the same at {}: {}",
        zone.zone.name,
        link.name,
        super::standing::list(all)
    );
    Some(
        Finding::new(&ANSWERS_DIFFER, &link.name, detail)
            .servers(said.iter().map(|(asked, _)| asked.at()))
            .dig("", &link.name, RecordType::TXT)
            .hint("A CA asks from several places, and so meets all of them: wait for the transfer, or repair it."),
    )
}

/// The beginning of a text that may be long.
pub(super) fn short(text: &str) -> String {
    const MOST: usize = 60;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}\u{2026}", &text[..end]),
        None => text.to_owned(),
    }
}

fn fails(link: &Link, zone: &ZoneFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let of = |is: &dyn Fn(&Asked) -> bool| -> Vec<(Name, SocketAddr)> {
        let those = link
            .asked
            .iter()
            .filter(|one| zone.serves(one.address) && is(one));
        those.map(|one| one.at()).collect()
    };
    let truncated = of(&|one| matches!(one.said.fault(), Some(NetworkFault::CutShort(_))));
    let failing = of(&|one| match (one.said.fault(), one.reply()) {
        (Some(NetworkFault::CutShort(_)), _) => false,
        (Some(_), _) => true,
        (_, Some(reply)) => reply.fault().is_some() && reply.cname_of(&link.name).is_none(),
        _ => false,
    });
    if !truncated.is_empty() {
        let detail = format!(
            "{}: the answer at {} is cut short (TC) over UDP, and over TCP there is none",
            list_servers(&truncated),
            link.name
        );
        findings.push(
            Finding::new(&TRUNCATED, &link.name, detail)
                .servers(truncated)
                .dig("+tcp", &link.name, RecordType::TXT)
                .hint("Open TCP port 53 (RFC 7766), or remove old values."),
        );
    }
    if !failing.is_empty() {
        let said = link
            .asked
            .iter()
            .filter(|one| failing.iter().any(|(_, at)| *at == one.address));
        let said = said.map(
            |one| match (one.said.fault(), one.reply().and_then(Reply::fault)) {
                (Some(fault), _) => format!("{}: {fault}", one.address.ip()),
                (_, Some(fault)) => format!("{}: {fault}", one.address.ip()),
                _ => String::new(),
            },
        );
        let is_all = failing.len() == zone.serving().count();
        let detail = format!(
            "servers of {} serve the zone, and fail for TXT at {}: {}",
            zone.zone.name,
            link.name,
            super::standing::list(said)
        );
        findings.push(
            Finding::new(&ANSWER_FAILS, &link.name, detail)
                .severity(if is_all {
                    Severity::Error
                } else {
                    Severity::Warning
                })
                .servers(failing)
                .dig("", &link.name, RecordType::TXT)
                .hint("A server has to answer NOERROR or NXDOMAIN for every name of its zone."),
        );
    }
    findings
}

/// A name on the way that does not exist although something is below it.
fn absent(link: &Link) -> Vec<Finding> {
    let exists = |asked: &Asked| {
        asked
            .of_zone()
            .is_some_and(|reply| !denies(reply, &link.name))
    };
    let is_there = matches!(link.walk.end, End::Found) && link.asked.iter().any(exists);
    let cut = link.walk.zone();
    let absent = link.walk.absent.iter().filter(|(name, _)| {
        let is_below = |below: &Name| below != name && crate::name::is_within(below, name);
        (is_there && !link.is_wildcard && is_below(&link.name))
            || cut.is_some_and(|zone| is_below(&zone.name))
    });
    let findings = absent.map(|(name, asked)| {
        let below = &link.name;
        let detail = format!("{} says that {name} does not exist (NXDOMAIN), and {below} does", asked.server);
        Finding::new(&ABSENT_ABOVE, name, detail)
            .arg("below", below)
            .servers([asked.at()])
            .dig("", name, RecordType::NS)
            .hint(
                "A server has to answer NOERROR at a name that has others below it (RFC 8020); until it is mended, a TXT record \
                 at that name helps as well.",
            )
    });
    findings.collect()
}

fn negative_ttl(link: &Link) -> Option<Finding> {
    let mut replies = link
        .asked
        .iter()
        .filter_map(|asked| Some((asked, asked.of_zone()?)));
    let (asked, ttl) = replies.find_map(|(asked, reply)| {
        let is_negative = reply.answers().is_empty();
        Some((
            asked,
            reply.absence_remembered_for().filter(|_| is_negative)?,
        ))
    })?;
    (ttl > LONG).then(|| {
        let detail = format!(
            "a resolver that is told that there is nothing at {} remembers it for {ttl} s",
            link.name
        );
        Finding::new(&NEGATIVE_TTL, &link.name, detail)
            .arg("seconds", u64::from(ttl))
            .servers([asked.at()])
            .dig("", &link.name, RecordType::TXT)
            .hint("Lower the last number of the zone's SOA, or that record's TTL: the lower one counts (RFC 2308). An hour is plenty.")
    })
}
