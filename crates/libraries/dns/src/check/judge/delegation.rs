//! The servers and addresses that the zone above names, against those that the zone itself has.

use std::net::IpAddr;
use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::standing::{list, where_delegated};
use crate::check::survey::{Facts, Probes, Server, Zone, ZoneFacts};
use crate::name::is_within;

static SERVERS_DIFFER: Code = Code {
    name: "SERVERS_DIFFER",
    severity: Severity::Notice,
    meaning: "The zone and the zone above name different servers.",
    nearest: "Zonemaster EXTRA_NAME_PARENT, EXTRA_NAME_CHILD (DELEGATION07), DNSViz NS_NAME_NOT_IN_PARENT, NS_NAME_NOT_IN_CHILD",
};
static GLUE_DIFFERS: Code = Code {
    name: "GLUE_DIFFERS",
    severity: Severity::Warning,
    meaning: "The zone above has another address for a server than the zone itself.",
    nearest: "Zonemaster IN_BAILIWICK_ADDR_MISMATCH (CONSISTENCY05), DNSViz GLUE_MISMATCH_ERROR",
};
static SERVER_WITHOUT_ADDRESS: Code = Code {
    name: "SERVER_WITHOUT_ADDRESS",
    severity: Severity::Warning,
    meaning: "A server's name has no address.",
    nearest: "Zonemaster NO_RESPONSE_NS_ADDRESS, DNSViz NSDNAME_NODATA, MISSING_GLUE_IPV4",
};
static SERVER_IS_ALIAS: Code = Code {
    name: "SERVER_IS_ALIAS",
    severity: Severity::Warning,
    meaning: "An NS record leads to a CNAME (RFC 2181, section 10.3).",
    nearest: "Zonemaster NS_IS_CNAME (DELEGATION05)",
};
static NO_NS: Code = Code {
    name: "NO_NS",
    severity: Severity::Warning,
    meaning: "A zone has no NS records at its apex.",
    nearest: "Zonemaster NO_NS_CHILD (CONSISTENCY), DNSViz MISSING_NS",
};

pub(super) const CODES: &[&Code] = &[
    &SERVERS_DIFFER,
    &GLUE_DIFFERS,
    &SERVER_WITHOUT_ADDRESS,
    &SERVER_IS_ALIAS,
    &NO_NS,
];

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    for facts in facts.judged() {
        findings.extend(no_ns(facts));
        findings.extend(servers_differ(facts));
        findings.extend(without_address(&facts.zone));
        for server in &facts.zone.servers {
            findings.extend(of_server(facts, server));
        }
    }
    findings
}

fn no_ns(facts: &ZoneFacts) -> Option<Finding> {
    let zone = &facts.zone;
    let says_none = |probes: &&Probes| {
        let reply = probes.ns.reply().filter(|reply| reply.is_authoritative());
        reply.is_some_and(|reply| {
            reply.is_about_name()
                && reply.referral().is_none()
                && reply
                    .negative_soa()
                    .is_some_and(|(owner, _)| *owner == zone.name)
        })
    };
    let servers: Vec<_> = facts
        .probes
        .iter()
        .filter(says_none)
        .map(Probes::at)
        .collect();
    (!servers.is_empty()).then(|| {
        let detail = format!("{} has no NS records at its apex", zone.name);
        Finding::new(&NO_NS, &zone.name, detail)
            .servers(servers)
            .dig("", &zone.name, RecordType::NS)
            .hint("Add to the zone the NS records that the zone above has for it.")
    })
}

fn servers_differ(facts: &ZoneFacts) -> Option<Finding> {
    let zone = &facts.zone;
    if !(zone.is_referred && zone.names_servers) {
        return None;
    }
    let only = |is: fn(&&Server) -> bool| -> Vec<&Name> {
        zone.servers
            .iter()
            .filter(is)
            .map(|server| &server.name)
            .collect()
    };
    let above = only(|server| server.by_parent && !server.by_zone);
    let own = only(|server| server.by_zone && !server.by_parent);
    if above.is_empty() && own.is_empty() {
        return None;
    }
    let parent = zone
        .parent
        .as_ref()
        .map_or_else(Name::root, |parent| parent.name.clone());
    let mut says = Vec::new();
    if !above.is_empty() {
        says.push(format!("only {parent} names {}", list(&above)));
    }
    if !own.is_empty() {
        says.push(format!("only {} itself names {}", zone.name, list(&own)));
    }
    let texts = |names: &[&Name]| names.iter().map(|name| name.to_ascii()).collect::<Vec<_>>();
    Some(
        Finding::new(&SERVERS_DIFFER, &zone.name, says.join("; "))
            .arg("only_parent", texts(&above))
            .arg("only_zone", texts(&own))
            .servers(facts.serving().take(1).map(Probes::at))
            .dig("", &zone.name, RecordType::NS)
            .hint(format!(
                "A CA may ask any of them, so the record has to be on all. Make the delegation {} and the zone's NS records \
                 the same.",
                where_delegated(zone)
            )),
    )
}

/// The servers that have no address: those whose names lie in the zone itself, and the others.
fn without_address(zone: &Zone) -> Vec<Finding> {
    let lacks = |server: &&Server| {
        let is_known =
            server.own.is_some() || (is_within(&server.name, &zone.name) && server.glue.is_empty());
        server.addresses().is_empty() && is_known
    };
    let names = zone.servers.iter().filter(lacks).map(|server| &server.name);
    let (within, beyond): (Vec<&Name>, Vec<&Name>) =
        names.partition(|name| is_within(name, &zone.name));
    let tell = |names: Vec<&Name>, hint: String| {
        let (first, says) = match names.as_slice() {
            [] => return None,
            [one] => (
                *one,
                format!("the server {one} of {} has no address", zone.name),
            ),
            [first, ..] => {
                let count = names.len();
                let says = format!(
                    "{count} servers of {} have no address: {}",
                    zone.name,
                    list(&names)
                );
                (*first, says)
            }
        };
        Some(
            Finding::new(&SERVER_WITHOUT_ADDRESS, &zone.name, says)
                .arg("server", first)
                .arg(
                    "all",
                    names.iter().map(|name| name.to_ascii()).collect::<Vec<_>>(),
                )
                .dig("", first, RecordType::A)
                .hint(hint),
        )
    };
    let all = [
        tell(
            within,
            format!(
                "Add A or AAAA records, and glue {}, since the name lies in the zone itself.",
                where_delegated(zone)
            ),
        ),
        tell(
            beyond,
            "Add A or AAAA records for it, or take it out of the delegation and the zone's NS records.".to_owned(),
        ),
    ];
    all.into_iter().flatten().collect()
}

fn of_server(facts: &ZoneFacts, server: &Server) -> Vec<Finding> {
    let (zone, mut findings) = (&facts.zone, Vec::new());
    if let Some(target) = &server.alias {
        let detail = format!(
            "{} has the server {}, which is a CNAME to {target}",
            zone.name, server.name
        );
        findings.push(
            Finding::new(&SERVER_IS_ALIAS, &zone.name, detail)
                .arg("server", &server.name)
                .arg("target", target)
                .dig("", &server.name, RecordType::A)
                .hint(format!(
                    "Name {target} in the NS records, or give {} addresses of its own.",
                    server.name
                )),
        );
    }
    if let Some(own) = &server.own
        && !server.glue.is_empty()
        && !own.is_empty()
        && !same(own, &server.glue)
    {
        let detail = format!(
            "the zone above {} has {} for {}, and its own zone {}",
            zone.name,
            list(&server.glue),
            server.name,
            list(own)
        );
        let texts = |ips: &[IpAddr]| ips.iter().map(ToString::to_string).collect::<Vec<_>>();
        findings.push(
            Finding::new(&GLUE_DIFFERS, &zone.name, detail)
                .arg("server", &server.name)
                .arg("glue", texts(&server.glue))
                .arg("own", texts(own))
                .dig("", &server.name, RecordType::A)
                .hint(format!(
                    "Correct the glue {}, or the zone: a CA may ask either address.",
                    where_delegated(zone)
                )),
        );
    }
    findings
}

/// Glue may have addresses of one family alone.
fn same(own: &[IpAddr], glue: &[IpAddr]) -> bool {
    let has = |all: &[IpAddr], six: bool| all.iter().any(|ip| ip.is_ipv6() == six);
    [false, true].into_iter().all(|six| {
        let of = |all: &[IpAddr]| {
            let mut all: Vec<IpAddr> = all
                .iter()
                .filter(|ip| ip.is_ipv6() == six)
                .copied()
                .collect();
            all.sort();
            all.dedup();
            all
        };
        !has(glue, six) || !has(own, six) || of(own) == of(glue)
    })
}
