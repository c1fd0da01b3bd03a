//! Whether a zone has a server left that a CA can ask: one whose address is known, which answers and serves the zone.

use std::net::SocketAddr;
use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::answers::TRUNCATED;
use crate::check::judge::standing::{Standing, list, list_servers, where_delegated};
use crate::check::survey::{Facts, Probes, Server, Unheard, ZoneFacts};
use crate::transport::{NetworkFault, Remark, is_internal};

static NO_USABLE_SERVER: Code = Code {
    name: "NO_USABLE_SERVER",
    severity: Severity::Error,
    meaning: "No address of any server serves the zone; it is a warning where one answers for TXT all the same.",
    nearest: "Zonemaster B02_NO_WORKING_NS",
};
static SERVER_SILENT: Code = Code {
    name: "SERVER_SILENT",
    severity: Severity::Warning,
    meaning: "A server answers neither over UDP nor over TCP.",
    nearest: "Zonemaster CN01_NO_RESPONSE_UDP, DNSViz SERVER_UNRESPONSIVE_UDP",
};
static SERVER_UNROUTABLE: Code = Code {
    name: "SERVER_UNROUTABLE",
    severity: Severity::Info,
    meaning: "This machine has no route to a server's address, so nothing is known of it: a warning where no other serves the zone.",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[&NO_USABLE_SERVER, &SERVER_SILENT, &SERVER_UNROUTABLE];

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    for zone in facts.judged() {
        findings.extend(silent(zone));
        findings.extend(unroutable(zone));
        findings.extend(unheard(zone));
        findings.extend(cut_short(zone));
        findings.extend(none_usable(facts, zone));
    }
    findings
}

fn no_host(probes: &Probes) -> bool {
    matches!(Remark::of_address(probes.address), Some(Remark::NoHost(_)))
}

fn has_no_route(probes: &Probes) -> bool {
    probes.udp.fault() == Some(&NetworkFault::Unroutable) && !no_host(probes)
}

fn is_cut_short(probes: &Probes) -> bool {
    probes.reply().is_some() && probes.cut_short().is_some()
}

/// The servers that do not answer, by how they do not.
fn silent(facts: &ZoneFacts) -> Vec<Finding> {
    let zone = &facts.zone;
    let mut silent: Vec<(String, Vec<(Name, SocketAddr)>)> = Vec::new();
    for probes in &facts.probes {
        let is_silent = matches!(probes.standing(zone), Standing::Silent(_));
        if !is_silent || has_no_route(probes) || is_cut_short(probes) {
            continue;
        }
        let says = silence(probes);
        match silent.iter_mut().find(|(known, _)| *known == says) {
            Some((_, servers)) => servers.push(probes.at()),
            None => silent.push((says, vec![probes.at()])),
        }
    }
    let hint = match facts.serving().next() {
        Some(_) => {
            "The server is down, or a firewall drops the queries. A CA gets along with the others, more slowly; repair it, or \
             take it out of the delegation and the zone."
        }
        None => {
            "The server is down, or a firewall drops the queries, or no name server runs there."
        }
    };
    let findings = silent.into_iter().map(|(says, servers)| {
        let detail = format!(
            "{} of the zone {}: {says}",
            list_servers(&servers),
            zone.name
        );
        Finding::new(&SERVER_SILENT, &zone.name, detail)
            .servers(servers)
            .dig("", &zone.name, RecordType::SOA)
            .hint(hint)
    });
    findings.collect()
}

/// How an address does not answer.
fn silence(probes: &Probes) -> String {
    let alone = |fault: &NetworkFault| match fault {
        NetworkFault::Timeout => "no answer".to_owned(),
        other => other.to_string(),
    };
    match (probes.udp.fault(), probes.tcp.fault()) {
        _ if no_host(probes) => "nobody can be at this address".into(),
        (Some(NetworkFault::Refused), Some(NetworkFault::Refused)) => {
            "nothing listens on its port, neither over UDP nor over TCP".into()
        }
        (Some(udp), Some(tcp)) if udp != tcp => {
            format!("over UDP: {}; over TCP: {}", alone(udp), alone(tcp))
        }
        (Some(fault), _) if *fault != NetworkFault::Timeout => fault.to_string(),
        _ => "no answer, neither over UDP nor over TCP".into(),
    }
}

fn unroutable(facts: &ZoneFacts) -> Option<Finding> {
    let zone = &facts.zone;
    let servers = facts.probes.iter().filter(|probes| has_no_route(probes));
    let servers: Vec<_> = servers.map(Probes::at).collect();
    if servers.is_empty() {
        return None;
    }
    let is_open = is_open(facts) && facts.serving().next().is_none();
    let follows = match is_open {
        true if servers.len() == facts.probes.len() => ", so nothing is known of the zone",
        true => ", and no other address serves the zone",
        false => "",
    };
    let detail = format!(
        "{} of the zone {}: no route from here{follows}",
        list_servers(&servers),
        zone.name
    );
    Some(
        Finding::new(&SERVER_UNROUTABLE, &zone.name, detail)
            .severity(severity_of_unknown(is_open))
            .servers(servers)
            .dig("", &zone.name, RecordType::SOA)
            .hint("A CA may have one; check from a machine that has."),
    )
}

fn severity_of_unknown(is_open: bool) -> Severity {
    match is_open {
        true => Severity::Warning,
        false => Severity::Info,
    }
}

/// Whether a CA may find a server for which there is no way from here.
fn is_open(facts: &ZoneFacts) -> bool {
    let unheard = unheard_servers(facts);
    let mut probes = facts.probes.iter();
    probes.any(|probes| has_no_route(probes) && !is_internal(&probes.address))
        || unheard.into_iter().any(|(_, unheard)| unheard.has_no_route)
}

/// The servers whose addresses are not known, since nobody answers who has them.
fn unheard_servers(facts: &ZoneFacts) -> Vec<(&Server, &Unheard)> {
    let servers = facts.zone.servers.iter();
    let unknown = servers.filter(|server| server.addresses().is_empty());
    unknown
        .filter_map(|server| Some((server, server.unheard.as_ref()?)))
        .collect()
}

/// No address of any server is known, since nobody answers who has them.
fn unheard(facts: &ZoneFacts) -> Option<Finding> {
    if !facts.probes.is_empty() {
        return None;
    }
    let servers = unheard_servers(facts);
    let (first, unheard) = servers.first()?;
    let names = servers
        .iter()
        .filter(|(_, other)| other.zone == unheard.zone)
        .map(|(server, _)| &server.name);
    let (name, zone) = (&facts.zone.name, &unheard.zone);
    let is_open = is_open(facts);
    let (code, why, hint) = match is_open {
        true => (
            &SERVER_UNROUTABLE,
            format!("there is no route from here to servers of {zone}"),
            "A CA may have one; check from a machine that has.",
        ),
        false => (
            &NO_USABLE_SERVER,
            format!("no server of {zone} answers"),
            "Until one of those does, no CA can validate: is it up, is port 53 open? Otherwise delegate to servers whose names are in another domain.",
        ),
    };
    let detail = format!(
        "the addresses of the servers of {name} cannot be found out: {}, since {why}",
        list(names)
    );
    let finding = Finding::new(code, name, detail)
        .arg("unanswered", zone)
        .dig("", &first.name, RecordType::A)
        .hint(hint);
    Some(match is_open {
        true => finding.severity(Severity::Warning),
        false => finding,
    })
}

/// Servers of which not even the SOA can be had whole.
fn cut_short(facts: &ZoneFacts) -> Option<Finding> {
    let name = &facts.zone.name;
    let servers = facts.probes.iter().filter(|probes| is_cut_short(probes));
    let servers: Vec<_> = servers.map(Probes::at).collect();
    if servers.is_empty() {
        return None;
    }
    let detail = format!(
        "{} of the zone {name}: each answer is cut short (TC) over UDP, and over TCP there is none",
        list_servers(&servers)
    );
    let finding = Finding::new(&TRUNCATED, name, detail)
        .servers(servers)
        .dig("+tcp", name, RecordType::SOA)
        .hint("Open TCP port 53 (RFC 7766). A firewall that limits the rate of answers sends such ones as well.");
    Some(match facts.serving().next() {
        Some(_) => finding.severity(Severity::Warning),
        None => finding,
    })
}

/// The zone has no address that serves it.
fn none_usable(all_facts: &Facts<'_>, facts: &ZoneFacts) -> Option<Finding> {
    let zone = &facts.zone;
    let all = || facts.probes.iter();
    let is_known = all().all(|probes| probes.standing(zone) != Standing::Unknown);
    if !is_known || facts.serving().next().is_some() || is_open(facts) {
        return None;
    }
    // That is told of in other words.
    let is_told = match facts.probes.is_empty() {
        true => !unheard_servers(facts).is_empty(),
        false => all().all(|probes| is_internal(&probes.address)) || all().all(is_cut_short),
    };
    if is_told {
        return None;
    }
    let mut texts = all_facts.links_in(&zone.name).flat_map(|link| &link.asked);
    if let Some(one) = texts.find(|one| one.of_zone().is_some()) {
        let detail = format!(
            "no server of {} has its SOA, and {} answers for TXT all the same",
            zone.name,
            list_servers(&[one.at()])
        );
        return Some(
            Finding::new(&NO_USABLE_SERVER, &zone.name, detail)
                .severity(Severity::Warning)
                .servers([one.at()])
                .dig("", &zone.name, RecordType::SOA)
                .hint("Resolvers get along with that, dns-zone and dns-wait-txt do not: let it answer for the SOA, and NODATA for what it does not have."),
        );
    }
    let answers = all().any(|probes| probes.reply().is_some());
    let (serves, hint) = match answers {
        true => (
            ["does not serve it", "serves it"],
            "Until one does, no CA can validate: those that answer are up, and do not have the zone.",
        ),
        false => (
            ["does not answer", "answers"],
            "Until one does, no CA can validate: is the server up, is port 53 open?",
        ),
    };
    let detail = match facts.probes.len() {
        0 => {
            let names = list(zone.servers.iter().map(|server| &server.name));
            format!("no server of {} has an address: {names}", zone.name)
        }
        1 => format!(
            "the only address of the servers of {} {}",
            zone.name, serves[0]
        ),
        count => format!(
            "none of the {count} addresses of the servers of {} {}",
            zone.name, serves[1]
        ),
    };
    let hint = match facts.probes.is_empty() {
        true => format!(
            "Until one has, no CA can validate: add A or AAAA records for them, or name other servers {}.",
            where_delegated(zone)
        ),
        false => hint.to_owned(),
    };
    Some(
        Finding::new(&NO_USABLE_SERVER, &zone.name, detail)
            .servers(all().map(Probes::at))
            .dig("", &zone.name, RecordType::SOA)
            .hint(hint),
    )
}
