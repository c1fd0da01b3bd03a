//! Whether the name is in a zone that is delegated to its owner, and whether that can be found out.

use std::time::SystemTime;

use hickory_proto::rr::RecordType;

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::standing::list;
use crate::check::survey::{Asked, End, Facts, Link};
use crate::transport::ReplyFault;

pub(super) static NOT_REGISTERED: Code = Code {
    name: "NOT_REGISTERED",
    severity: Severity::Error,
    meaning: "The top-level domain says that the domain does not exist, or does not delegate it.",
    nearest: "Zonemaster NO_PARENT_NS (BASIC01), DNSViz NSDNAME_NXDOMAIN",
};
static DELEGATION_UNANSWERED: Code = Code {
    name: "DELEGATION_UNANSWERED",
    severity: Severity::Error,
    meaning: "No server of a zone on the way says anything about the zone or name below.",
    nearest: "Zonemaster B02_NO_WORKING_NS",
};

static ROOT_UNANSWERED: Code = Code {
    name: "ROOT_UNANSWERED",
    severity: Severity::Warning,
    meaning: "No root server answers this machine, nor does a resolver, so nothing is found out, and there is no verdict.",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[&NOT_REGISTERED, &DELEGATION_UNANSWERED, &ROOT_UNANSWERED];

/// Whether the root or a top-level domain denies the name.
pub(super) fn is_denied(link: &Link) -> bool {
    matches!(link.walk.end, End::NotRegistered(_))
}

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    if let Some(finding) = facts.chain.first().and_then(rootless) {
        // A resolver may know more.
        return match facts.is_resolved() {
            true => Vec::new(),
            false => vec![finding],
        };
    }
    let found = facts.chain.iter().enumerate().filter_map(|(index, link)| {
        let zone = link.walk.zone()?;
        let leads = match index {
            0 => String::new(),
            _ => format!("{} is an alias of {}: ", facts.target.name, link.name),
        };
        match &link.walk.end {
            End::Found | End::Pending => None,
            End::NotRegistered(name) => Some(
                Finding::new(
                    &NOT_REGISTERED,
                    name,
                    format!("{leads}{} says that {name} is not delegated to anybody", zone.name),
                )
                .arg("zone", &zone.name)
                .servers(zone.addresses().into_iter().take(1))
                .dig("", name, RecordType::NS)
                .hint(
                    "Check the spelling, and that the registration has neither expired nor is on hold; until the domain \
                     is delegated, no record below it can be seen. A zone that only a resolver inside knows (split horizon) is \
                     not there for a CA outside.",
                ),
            ),
            End::NoAnswer(asked) => {
                // A zone that no server serves is told of where its servers are judged.
                let is_told = facts
                    .judged()
                    .any(|one| one.zone.name == zone.name && one.serving().next().is_none());
                let said = asked.iter().map(says);
                let detail = format!(
                    "{leads}no server of {} says where {} is: {}",
                    zone.name,
                    link.name,
                    list(said)
                );
                (!is_told).then(|| {
                    Finding::new(&DELEGATION_UNANSWERED, &link.name, detail)
                        .arg("zone", &zone.name)
                        .servers(asked.iter().map(|one| one.at()))
                        .dig("", &link.name, RecordType::NS)
                        .hint(
                            "Until one of them answers, no CA can validate: is the zone loaded, the server up, port 53 open?",
                        )
                })
            }
        }
    });
    found.collect()
}

/// What a server says that leads nowhere.
fn says(asked: &Asked) -> String {
    let ip = asked.address.ip();
    match (asked.said.fault(), asked.reply()) {
        (Some(fault), _) => format!("{ip}: {fault}"),
        (_, Some(reply)) => match reply.fault() {
            Some(fault) => format!("{ip}: {fault}"),
            None if !reply.is_authoritative() => format!("{ip}: {}", ReplyFault::NotAuthoritative),
            None => format!("{ip}: an answer that leads nowhere"),
        },
        _ => format!("{ip}: not asked"),
    }
}

/// The root itself is not found.
fn rootless(link: &Link) -> Option<Finding> {
    let [root] = link.walk.zones.as_slice() else {
        return None;
    };
    let said: Vec<String> = match &link.walk.end {
        End::NoAnswer(asked) => asked.iter().map(says).collect(),
        End::Pending if root.servers.is_empty() => Vec::new(),
        _ => return None,
    };
    let detail = match said.as_slice() {
        [] => "no resolver says which servers the root has".to_owned(),
        said => format!("no root server answers as one: {}", list(said)),
    };
    let finding = Finding::new(&ROOT_UNANSWERED, &root.name, detail)
        .servers(root.addresses().into_iter().take(1))
        .dig("", &root.name, RecordType::NS);
    Some(finding.hint(
        "This network may keep port 53 closed, or answer in their place; check from another machine. --resolver names a resolver \
         that is asked instead, where only TLS gets out one of tls://ADDRESS or https://HOST/PATH; or where the network has a \
         root of its own, one that knows it.",
    ))
}
