//! What one address says to the same question, asked several times: behind it may be several machines.

use std::net::SocketAddr;

use hickory_proto::rr::{Name, RecordType};

use crate::check::probe::Way;
use crate::check::survey::found::Zone;
use crate::check::survey::said::Said;
use crate::check::survey::view::View;

/// What one address says to the same question.
#[derive(Clone, Debug)]
pub(in crate::check) struct Repeated {
    pub(in crate::check) server: Name,
    pub(in crate::check) address: SocketAddr,
    /// The first time, over UDP.
    pub(in crate::check) first: Said,
    /// Each time over UDP after that, from another port.
    pub(in crate::check) again: Vec<Said>,
    /// Over TCP, where it was asked so.
    pub(in crate::check) tcp: Option<Said>,
}

impl Repeated {
    /// All that it said.
    pub(in crate::check) fn said(&self) -> impl Iterator<Item = &Said> {
        std::iter::once(&self.first)
            .chain(&self.again)
            .chain(&self.tcp)
    }
}

impl View<'_> {
    /// What each address says that has answered over UDP: one that keeps silent is told of already.
    pub(super) fn repeated(
        &self,
        zone: &Zone,
        name: &Name,
        record_type: RecordType,
        times: u8,
        with_tcp: bool,
    ) -> Vec<Repeated> {
        let mut all = Vec::new();
        for (server, address) in zone.addresses() {
            let first = self.seen(address, Way::Udp, name, record_type);
            if first.answer().is_none_or(|answer| answer.is_truncated()) {
                continue;
            }
            let ask = |way| self.probe(address, way, name, record_type);
            let mut again = Vec::new();
            // One after the other: what changes once in between is another matter than what is said in turn.
            for time in 1..=times {
                again.push(ask(Way::Again(time)));
                if again.last().and_then(Said::answer).is_none() {
                    break;
                }
            }
            // One that keeps silent over TCP was waited for already.
            let of_zone = self.seen(address, Way::Tcp, &zone.name, RecordType::SOA);
            let with_tcp = with_tcp && of_zone.fault().is_none();
            all.push(Repeated {
                again,
                tcp: with_tcp.then(|| ask(Way::Tcp)),
                server,
                address,
                first,
            });
        }
        all
    }
}
