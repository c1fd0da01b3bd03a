//! Whether each address of each server that answers does so over UDP and TCP, with authority, and with the same copy of the
//! zone.

use std::net::SocketAddr;
use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::standing::{Standing, list_servers};
use crate::check::survey::{CloserLook, Facts, Probes, ZoneFacts};
use crate::transport::{NetworkFault, is_internal};

static UDP_SILENT: Code = Code {
    name: "UDP_SILENT",
    severity: Severity::Warning,
    meaning: "A server answers over TCP, and not over UDP.",
    nearest: "Zonemaster CN01_NO_RESPONSE_UDP, DNSViz SERVER_UNRESPONSIVE_UDP",
};
static TCP_SILENT: Code = Code {
    name: "TCP_SILENT",
    severity: Severity::Warning,
    meaning: "A server answers over UDP, and not over TCP.",
    nearest: "Zonemaster CN02_NO_RESPONSE_TCP, DNSViz SERVER_UNRESPONSIVE_TCP",
};
static SERVER_LAME: Code = Code {
    name: "SERVER_LAME",
    severity: Severity::Warning,
    meaning: "A server answers, and does not serve the zone.",
    nearest: "Zonemaster IS_NOT_AUTHORITATIVE (DELEGATION04), DNSViz NOT_AUTHORITATIVE",
};
static NOT_AUTHORITATIVE: Code = Code {
    name: "NOT_AUTHORITATIVE",
    severity: Severity::Warning,
    meaning: "A server has the zone's SOA, and answers without authority (no AA).",
    nearest: "Zonemaster IS_NOT_AUTHORITATIVE (DELEGATION04), DNSViz NOT_AUTHORITATIVE",
};
static PRIVATE_ADDRESS: Code = Code {
    name: "PRIVATE_ADDRESS",
    severity: Severity::Warning,
    meaning: "A server has an address that is private or of the machine itself, which no public CA asks.",
    nearest: "Zonemaster NAMESERVER_IP_PRIVATE_NETWORK (ADDRESS01)",
};
static SERIALS_DIFFER: Code = Code {
    name: "SERIALS_DIFFER",
    severity: Severity::Warning,
    meaning: "The servers have copies of the zone with different serials.",
    nearest: "Zonemaster MULTIPLE_SOA_SERIALS (CONSISTENCY01)",
};

pub(super) const CODES: &[&Code] = &[
    &UDP_SILENT,
    &TCP_SILENT,
    &SERVER_LAME,
    &NOT_AUTHORITATIVE,
    &PRIVATE_ADDRESS,
    &SERIALS_DIFFER,
];

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let check = |zone| check_zone(zone, &facts.closer);
    facts.judged().flat_map(check).collect()
}

fn check_zone(facts: &ZoneFacts, closer: &CloserLook) -> Vec<Finding> {
    let zone = &facts.zone;
    let of = |is: &dyn Fn(&Probes) -> bool| -> Vec<(Name, SocketAddr)> {
        let those = facts.probes.iter().filter(|probes| is(probes));
        those.map(Probes::at).collect()
    };
    let answers = |probes: &Probes| probes.reply().is_some();
    let udp_silent = of(&|probes| {
        let is_silent = probes.udp.fault().is_some() && probes.plain.fault().is_some();
        answers(probes) && is_silent && !closer.is_limited(probes.address)
    });
    // Where queries with EDNS are dropped, they are over TCP as well.
    let tcp_silent = of(&|probes| {
        let is_silent = match probes.tcp.fault() {
            Some(NetworkFault::Malformed(_)) => probes.cut_short().is_none(),
            fault => fault.is_some(),
        };
        probes.udp.reply().is_some() && is_silent
    });
    let no_authority = of(&|probes| {
        probes.standing(zone) == Standing::Serves
            && probes
                .reply()
                .is_some_and(|reply| !reply.is_authoritative())
    });
    let private = of(&|probes| is_internal(&probes.address));
    let (name, mut findings) = (&zone.name, Vec::new());
    let mut add = |code, servers: Vec<(Name, SocketAddr)>, flags: &str, says: &str, hint: &str| {
        if !servers.is_empty() {
            let detail = format!("{} {says}", list_servers(&servers));
            let finding = Finding::new(code, name, detail).servers(servers);
            findings.push(finding.dig(flags, name, RecordType::SOA).hint(hint));
        }
    };
    add(
        &UDP_SILENT,
        udp_silent,
        "+notcp",
        &format!("of the zone {name}: no answer over UDP, where over TCP there is one"),
        "Open UDP port 53: resolvers ask over UDP first.",
    );
    add(
        &TCP_SILENT,
        tcp_silent,
        "+tcp",
        &format!("of the zone {name}: no answer over TCP, where over UDP there is one"),
        "Open TCP port 53 (RFC 7766): an answer that does not fit into a datagram cannot be had otherwise.",
    );
    add(
        &NOT_AUTHORITATIVE,
        no_authority,
        "",
        &format!("of the zone {name}: an answer without authority (no AA)"),
        "Some resolvers do not take such an answer. A name server has to be a primary or secondary server of the zone, and \
         no cache in front of one.",
    );
    findings.extend(lame(facts));
    findings.extend(serials(facts));
    if !private.is_empty() {
        let is_all = private.len() == facts.probes.len();
        let detail = format!(
            "{} of the zone {name}: {}",
            list_servers(&private),
            if is_all {
                "all of its addresses are private, and no public CA asks them"
            } else {
                "a private address, which no public CA asks"
            }
        );
        let severity = if is_all {
            Severity::Error
        } else {
            Severity::Warning
        };
        let finding = Finding::new(&PRIVATE_ADDRESS, name, detail).severity(severity);
        let finding = match private.first() {
            Some((server, SocketAddr::V4(_))) => finding.dig("", server, RecordType::A),
            Some((server, SocketAddr::V6(_))) => finding.dig("", server, RecordType::AAAA),
            None => finding,
        };
        findings.push(finding.servers(private).hint(
            "Publish the zone on a server with a public address; or use a CA inside of this network.",
        ));
    }
    findings
}

fn lame(facts: &ZoneFacts) -> Vec<Finding> {
    let zone = &facts.zone;
    let hint = match facts.serving().next() {
        Some(_) => {
            "Load the zone there, or take the server out of the delegation and the zone's NS records. A CA gets along with the \
             others most of the time."
        }
        None => {
            "Load the zone there, or take the server out of the delegation and the zone's NS records."
        }
    };
    let lame = facts
        .probes
        .iter()
        .filter_map(|probes| match probes.standing(zone) {
            Standing::Lame(fault) => Some((probes, fault)),
            _ => None,
        });
    let findings = lame.map(|(probes, fault)| {
        let at = probes.at();
        let detail = format!(
            "{} is named for {} and does not serve it: {fault}",
            list_servers(std::slice::from_ref(&at)),
            zone.name
        );
        Finding::new(&SERVER_LAME, &zone.name, detail)
            .servers([at])
            .arg("answer", fault.to_string())
            .dig("", &zone.name, RecordType::SOA)
            .hint(hint)
    });
    findings.collect()
}

fn serials(facts: &ZoneFacts) -> Option<Finding> {
    let zone = &facts.zone;
    let all = facts
        .serving()
        .filter_map(|probes| Some((probes.at(), probes.soa(zone)?.serial)));
    let all: Vec<((Name, SocketAddr), u32)> = all.collect();
    let mut serials: Vec<u32> = all.iter().map(|(_, serial)| *serial).collect();
    serials.sort_unstable();
    serials.dedup();
    if serials.len() < 2 {
        return None;
    }
    let said = all.iter().map(|((name, address), serial)| {
        format!("{name} ({}) has {serial}", crate::address::format(address))
    });
    let detail = format!(
        "the servers of {} have different copies of it, by their serials: {}",
        zone.name,
        super::standing::list(said)
    );
    Some(
        Finding::new(&SERIALS_DIFFER, &zone.name, detail)
            .servers(all.into_iter().map(|(at, _)| at))
            .arg("serials", serials.into_iter().map(u64::from).collect::<Vec<_>>())
            .dig("", &zone.name, RecordType::SOA)
            .hint(
                "A change is under way, or transfers are stuck: check NOTIFY (also-notify) and allow-transfer at the primary, \
                 and that the serial grows. A record that only some servers have fails with most CAs, which ask from several \
                 places.",
            ),
    )
}
