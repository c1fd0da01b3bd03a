//! What one address of a zone's server is worth: whether it serves the zone.

use std::net::SocketAddr;

use hickory_proto::rr::Name;
use hickory_proto::rr::rdata::SOA;

use crate::check::finding::Severity;
use crate::check::survey::{Answer, Asked, Probes, Said, Zone, ZoneFacts};
use crate::transport::{NetworkFault, Reply, ReplyFault};

/// What an address is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It was not asked.
    Unknown,
    /// It serves the zone.
    Serves,
    /// It answers, and does not serve the zone.
    Lame(ReplyFault),
    /// It does not answer at all.
    Silent(NetworkFault),
}

impl Probes {
    pub(super) fn at(&self) -> (Name, SocketAddr) {
        (self.server.clone(), self.address)
    }

    /// Its reply to the question for the SOA, over whatever way there was one.
    pub(super) fn reply(&self) -> Option<&Reply> {
        let ways = [&self.udp, &self.tcp, &self.plain, &self.mixed];
        let mut usable = ways.into_iter().filter_map(Said::answer);
        let whole = usable.clone().find(|answer| {
            !answer.is_truncated() && !crate::check::survey::rejects_edns(answer.reply())
        });
        whole.or_else(|| usable.next()).map(|answer| answer.reply())
    }

    /// Why there is no whole answer, where there is one that is cut short.
    pub(super) fn cut_short(&self) -> Option<NetworkFault> {
        let ways = [&self.udp, &self.plain, &self.mixed];
        let mut answers = ways.into_iter().filter_map(Said::answer);
        let is_cut =
            answers.next().is_some_and(Answer::is_truncated) && answers.all(Answer::is_truncated);
        let fault = self.tcp.fault().filter(|_| is_cut)?;
        Some(NetworkFault::CutShort(Box::new(fault.clone())))
    }

    pub(super) fn soa(&self, zone: &Zone) -> Option<&SOA> {
        self.reply()?.soa_of(&zone.name)
    }

    pub(super) fn standing(&self, zone: &Zone) -> Standing {
        let Some(reply) = self.reply() else {
            return match (&self.udp, &self.tcp) {
                (Said::Silent(fault), Said::Silent(_)) => Standing::Silent(fault.clone()),
                _ => Standing::Unknown,
            };
        };
        if let Some(fault) = self.cut_short() {
            return Standing::Silent(fault);
        }
        if !reply.is_about_name() {
            return Standing::Lame(reply.code_fault());
        }
        if reply.soa_of(&zone.name).is_some() {
            return Standing::Serves;
        }
        match (reply.referral(), reply.negative_soa()) {
            (Some((owner, _)), _) => Standing::Lame(ReplyFault::Referral(owner.clone())),
            (_, Some((owner, _))) if *owner != zone.name => {
                Standing::Lame(ReplyFault::OtherZone(owner.clone()))
            }
            _ => Standing::Lame(ReplyFault::NoSoa),
        }
    }
}

impl ZoneFacts {
    /// The addresses that serve the zone.
    pub(super) fn serving(&self) -> impl Iterator<Item = &Probes> {
        let serves = |probes: &&Probes| probes.standing(&self.zone) == Standing::Serves;
        self.probes.iter().filter(serves)
    }

    /// Whether this address serves the zone.
    pub(super) fn serves(&self, address: SocketAddr) -> bool {
        self.serving().any(|probes| probes.address == address)
    }
}

/// Whether one of these fails alone, or all of them do.
pub(super) fn severity(failing: usize, all: usize) -> Severity {
    if failing >= all {
        Severity::Error
    } else {
        Severity::Warning
    }
}

/// Why a server says nothing to a question about its zone.
pub(super) fn unanswered_by(asked: &Asked) -> Option<String> {
    match (asked.said.fault(), asked.reply()) {
        (Some(NetworkFault::Unroutable), _) => None,
        (Some(fault), _) => Some(fault.to_string()),
        (_, Some(reply)) => {
            let is_empty = reply.answers().is_empty() && reply.negative_soa().is_none();
            match reply.fault() {
                Some(fault) => Some(fault.to_string()),
                // Unbound takes that for a lame server since 1.18.
                None if is_empty && !reply.is_authoritative() => {
                    Some("neither a record nor an SOA, without authority (no AA)".into())
                }
                None => None,
            }
        }
        _ => None,
    }
}

/// Names in one line, as many as a person reads.
pub(super) fn list(names: impl IntoIterator<Item = impl ToString>) -> String {
    const MOST: usize = 6;
    let mut names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    names.dedup();
    let more = names.len().saturating_sub(MOST);
    names.truncate(MOST);
    match more {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// Where a zone's delegation and DS are changed.
pub(super) fn where_delegated(zone: &Zone) -> String {
    match &zone.parent {
        Some(parent) if !parent.is_top() => format!("in the zone {}", parent.name),
        _ => "at the registrar".to_owned(),
    }
}

/// The addresses that a finding is about.
pub(super) type Servers = Vec<(Name, SocketAddr)>;

/// Servers in one line, each with its address.
pub(super) fn list_servers(servers: &[(Name, SocketAddr)]) -> String {
    list(
        servers
            .iter()
            .map(|(name, address)| format!("{name} ({})", crate::address::format(address))),
    )
}
