//! What a server said to a question.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RData, Record, RecordType};

use crate::check::entry::Entry;
use crate::check::wire::Decoded;
use crate::transport::{NetworkFault, Reply};

/// What a server said to a question.
#[derive(Clone, Debug)]
pub(in crate::check) enum Said {
    /// It was not asked yet.
    Pending,
    /// Nothing that can be read.
    Silent(NetworkFault),
    /// A reply.
    Reply(Answer),
}

/// One address that was asked, and what it said.
#[derive(Clone, Debug)]
pub(in crate::check) struct Asked {
    /// The name of the server that has this address.
    pub(in crate::check) server: Name,
    pub(in crate::check) address: SocketAddr,
    pub(in crate::check) said: Said,
    /// Whether it is a resolver, which has no authority and is believed.
    pub(in crate::check) by_resolver: bool,
}

/// A reply that can be read.
#[derive(Clone, Debug)]
pub(in crate::check) struct Answer(Arc<Entry>);

impl Said {
    pub(super) fn of(entry: Option<Arc<Entry>>) -> Said {
        let Some(entry) = entry else {
            return Said::Pending;
        };
        match (&entry.decoded, &entry.observed.reply) {
            (Some(Ok(_)), _) => Said::Reply(Answer(entry)),
            (Some(Err(error)), _) => Said::Silent(NetworkFault::Malformed(error.clone())),
            (None, Err(fault)) => Said::Silent(fault.clone()),
            (None, Ok(_)) => Said::Pending,
        }
    }

    pub(in crate::check) fn reply(&self) -> Option<&Reply> {
        match self {
            Said::Reply(answer) => Some(answer.reply()),
            _ => None,
        }
    }

    pub(in crate::check) fn answer(&self) -> Option<&Answer> {
        match self {
            Said::Reply(answer) => Some(answer),
            _ => None,
        }
    }

    pub(in crate::check) fn fault(&self) -> Option<&NetworkFault> {
        match self {
            Said::Silent(fault) => Some(fault),
            _ => None,
        }
    }

    pub(in crate::check) fn is_pending(&self) -> bool {
        matches!(self, Said::Pending)
    }
}

impl Asked {
    pub(in crate::check) fn reply(&self) -> Option<&Reply> {
        self.said.reply()
    }

    /// What it says about the name, with authority: neither an error nor a referral.
    pub(in crate::check) fn of_zone(&self) -> Option<&Reply> {
        self.reply().filter(|reply| {
            let is_believed = reply.is_authoritative() || self.by_resolver;
            is_believed && reply.is_about_name() && reply.fault().is_none()
        })
    }
}

impl Answer {
    fn decoded(&self) -> &Decoded {
        match &self.0.decoded {
            Some(Ok(decoded)) => decoded,
            _ => unreachable!("only what can be read becomes an answer"),
        }
    }

    pub(in crate::check) fn reply(&self) -> &Reply {
        &self.decoded().reply
    }

    pub(in crate::check) fn is_truncated(&self) -> bool {
        self.decoded().is_truncated
    }

    pub(in crate::check) fn has_edns(&self) -> bool {
        self.decoded().has_edns
    }

    pub(in crate::check) fn echoed(&self) -> Option<&Name> {
        self.decoded().echoed.as_ref()
    }

    /// How long it took.
    pub(in crate::check) fn took(&self) -> Duration {
        self.0.observed.took
    }

    /// How many octets it has.
    pub(in crate::check) fn size(&self) -> usize {
        self.0.observed.reply.as_ref().map_or(0, Vec::len)
    }
}

/// Whether a server that replies so does not know EDNS (RFC 6891 §7).
pub(in crate::check) fn rejects_edns(reply: &Reply) -> bool {
    matches!(
        reply.code(),
        ResponseCode::FormErr | ResponseCode::NotImp | ResponseCode::BADVERS | ResponseCode::BADSIG
    )
}

/// The records of one type that a name has in the answer.
pub(in crate::check) fn records<'a>(
    reply: &'a Reply,
    name: &'a Name,
    record_type: RecordType,
) -> impl Iterator<Item = &'a Record> {
    let all = reply.answers().iter();
    all.filter(move |record| record.name == *name && record.record_type() == record_type)
}

/// The names of the servers that a name has in the answer.
pub(in crate::check) fn ns_of(reply: &Reply, name: &Name) -> Vec<Name> {
    let names = records(reply, name, RecordType::NS).filter_map(|record| match &record.data {
        RData::NS(ns) => Some(ns.0.to_lowercase()),
        _ => None,
    });
    names.collect()
}
