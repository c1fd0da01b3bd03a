//! Servers that answer some questions of a run over UDP and others not: they limit the rate at which they answer.

use std::net::SocketAddr;

use hickory_proto::rr::{Name, RecordType};

use crate::check::probe::Way;
use crate::check::survey::found::Zone;
use crate::check::survey::repeated::Repeated;
use crate::check::survey::said::Said;
use crate::check::survey::view::View;

/// An answer of so many octets fits into any datagram (RFC 1035 §2.3.4).
const SMALL: usize = 512;

/// An address that limits the rate at which it answers.
#[derive(Clone, Debug)]
pub(in crate::check) struct Limited {
    pub(in crate::check) server: Name,
    pub(in crate::check) address: SocketAddr,
    /// How many questions over UDP it answered.
    pub(in crate::check) answered: usize,
    /// How many it left unanswered.
    pub(in crate::check) silent: usize,
    /// How many it answered with TC and nothing else, although the answer is small.
    pub(in crate::check) cut: usize,
}

/// What became of a question over UDP.
enum Fate {
    Answered,
    Silent,
    Cut,
    /// It says nothing of a limit.
    Other,
}

impl View<'_> {
    /// The addresses of a zone that answer some of these questions over UDP and others not. `repeated` are questions that were
    /// put again.
    pub(super) fn limited(
        &self,
        zone: &Zone,
        questions: &[(&Name, RecordType)],
        repeated: &[&Repeated],
    ) -> Vec<Limited> {
        let all = zone
            .addresses()
            .into_iter()
            .filter_map(|(server, address)| {
                let once = questions
                    .iter()
                    .map(|(name, kind)| self.fate(address, name, *kind));
                let again = repeated.iter().filter(|one| one.address == address);
                let again: Vec<&Said> = again.flat_map(|one| &one.again).collect();
                let mut limited = Limited {
                    server,
                    address,
                    answered: 0,
                    silent: 0,
                    cut: 0,
                };
                for fate in once.chain(fates(&again)) {
                    match fate {
                        Fate::Answered => limited.answered += 1,
                        Fate::Silent => limited.silent += 1,
                        Fate::Cut => limited.cut += 1,
                        Fate::Other => {}
                    }
                }
                let is_limited = limited.answered > 0 && limited.silent + limited.cut > 0;
                is_limited.then_some(limited)
            });
        all.collect()
    }

    /// What became of a question: it is to have been answered over TCP, and not by much.
    fn fate(&self, address: SocketAddr, name: &Name, record_type: RecordType) -> Fate {
        let said = |way| self.seen(address, way, name, record_type);
        let is_small = || {
            said(Way::Tcp)
                .answer()
                .is_some_and(|answer| answer.size() <= SMALL)
        };
        match said(Way::Udp) {
            Said::Reply(answer) if answer.is_truncated() => match answer.is_empty() && is_small() {
                true => Fate::Cut,
                false => Fate::Other,
            },
            Said::Reply(_) => Fate::Answered,
            Said::Silent(_) if is_small() => Fate::Silent,
            _ => Fate::Other,
        }
    }
}

/// What became of questions each time that they were put again. Where none ever was answered, it may be the question for the
/// machine's identifier that is not.
fn fates(again: &[&Said]) -> Vec<Fate> {
    let is_answered = |said: &&Said| said.answer().is_some_and(|one| !one.is_truncated());
    let knows_identifiers = again.iter().any(is_answered);
    let fate = |said: &&Said| match said {
        Said::Reply(answer) if !answer.is_truncated() => Fate::Answered,
        Said::Reply(answer) if answer.is_empty() => Fate::Cut,
        Said::Silent(_) if knows_identifiers => Fate::Silent,
        _ => Fate::Other,
    };
    again.iter().map(fate).collect()
}
