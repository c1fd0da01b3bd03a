//! A reply that belongs to its query, and what it says (RFC 1035 §4.1).

use hickory_proto::op::{Message, OpCode, ResponseCode};
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::rdata::opt::EdnsOption;
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};

use crate::name::is_within;

use crate::transport::extended_error::{ExtendedErrors, OPTION};
use crate::transport::fault::ReplyFault;

/// No resolver remembers for longer that there is nothing: BIND for three hours, and others for one (RFC 2308 §5).
pub(crate) const LONGEST_NEGATIVE_TTL: u32 = 3 * 3600;

/// Nor anything else: one week (RFC 8767 §4).
const LONGEST_TTL: u32 = 7 * 86_400;

/// A reply that belongs to its query.
#[derive(Clone, Debug)]
pub(crate) struct Reply(Message);

impl Reply {
    pub(crate) fn new(message: Message) -> Self {
        Self(message)
    }

    /// A reply with nothing in it but its response code.
    pub(super) fn of_code(code: ResponseCode) -> Self {
        let mut message = Message::response(0, OpCode::Query);
        message.metadata.response_code = code;
        Self(message)
    }

    /// The message itself.
    pub(crate) fn message(&self) -> &Message {
        &self.0
    }

    pub(crate) fn code(&self) -> ResponseCode {
        self.0.response_code
    }

    /// AA: the server answers for the zone, not from a cache.
    pub(crate) fn is_authoritative(&self) -> bool {
        self.0.authoritative
    }

    /// NOERROR or NXDOMAIN, the two that say something about the name.
    pub(crate) fn is_about_name(&self) -> bool {
        matches!(self.code(), ResponseCode::NoError | ResponseCode::NXDomain)
    }

    /// Whether the server does not support EDNS (RFC 6891 §7).
    pub(super) fn rejects_edns(&self) -> bool {
        matches!(
            self.code(),
            ResponseCode::FormErr
                | ResponseCode::NotImp
                | ResponseCode::BADVERS
                | ResponseCode::BADSIG
        )
    }

    /// NOERROR without any record in the answer, and without the SOA of a negative one.
    pub(super) fn says_nothing(&self) -> bool {
        let is_empty = self.0.answers.is_empty() && self.negative_soa().is_none();
        is_empty && self.code() == ResponseCode::NoError
    }

    /// All records of the answer, whoever owns them.
    pub(crate) fn answers(&self) -> &[Record] {
        &self.0.answers
    }

    /// The answers owned by `name` itself, as opposed to what its CNAME leads to.
    pub(crate) fn answers_of<'a>(&'a self, name: &Name) -> impl Iterator<Item = &'a RData> {
        owned_by(&self.0.answers, name)
    }

    /// How long a cache may keep the answer: the longest of its records' TTLs, in seconds.
    pub(crate) fn answer_ttl(&self) -> Option<u32> {
        let ttls = self.0.answers.iter().map(|record| record.ttl);
        ttls.max().map(|ttl| ttl.min(LONGEST_TTL))
    }

    /// The target of the CNAME at `name`, synthesized from a DNAME (RFC 6672 §3.1) or not.
    pub(crate) fn cname_of(&self, name: &Name) -> Option<&Name> {
        self.answers_of(name).find_map(|data| match data {
            RData::CNAME(target) => Some(&target.0),
            _ => None,
        })
    }

    /// The owner and the target of a DNAME in the answer that is above `name` (RFC 6672 §3.1).
    pub(crate) fn dname_above(&self, name: &Name) -> Option<(&Name, Name)> {
        self.0.answers.iter().find_map(|record| {
            let is_above = record.name != *name && is_within(name, &record.name);
            match &record.data {
                RData::Unknown {
                    code: RecordType::DNAME,
                    rdata,
                } if is_above => {
                    let target = Name::read(&mut BinDecoder::new(&rdata.anything)).ok()?;
                    Some((&record.name, target))
                }
                _ => None,
            }
        })
    }

    /// Where the CNAMEs of the answer lead from `name`, if there are any.
    pub(crate) fn end_of_cnames(&self, name: &Name) -> Option<&Name> {
        let mut end = None;
        for _ in 0..self.0.answers.len() {
            match self.cname_of(end.unwrap_or(name)) {
                Some(target) => end = Some(target),
                None => break,
            }
        }
        end
    }

    /// The SOA in the answer, if `name` itself owns it.
    pub(crate) fn soa_of(&self, name: &Name) -> Option<&SOA> {
        self.answers_of(name).find_map(|data| match data {
            RData::SOA(soa) => Some(soa),
            _ => None,
        })
    }

    /// How long a resolver may remember that there is nothing, by the SOA in the answer (RFC 2308 §5), in seconds.
    pub(crate) fn negative_ttl(&self) -> Option<u32> {
        let sections = self.0.authorities.iter().chain(&self.0.answers);
        let ttl = |record: &Record| match &record.data {
            RData::SOA(soa) => Some(record.ttl.min(soa.minimum)),
            _ => None,
        };
        sections.filter_map(ttl).next()
    }

    /// How long a resolver does remember it: none keeps it for as long as some zones say.
    pub(crate) fn absence_remembered_for(&self) -> Option<u32> {
        self.negative_ttl().map(|ttl| ttl.min(LONGEST_NEGATIVE_TTL))
    }

    /// For how long a resolver goes on giving this answer, in seconds: it counts the TTLs down.
    pub(crate) fn remembered_for(&self) -> Option<u32> {
        match self.0.answers.iter().map(|record| record.ttl).min() {
            Some(ttl) => Some(ttl.min(LONGEST_TTL)),
            None => self.absence_remembered_for(),
        }
    }

    /// The zone that a negative answer comes from, and its SOA (RFC 2308 §2).
    pub(crate) fn negative_soa(&self) -> Option<(&Name, &SOA)> {
        self.0
            .authorities
            .iter()
            .find_map(|record| match &record.data {
                RData::SOA(soa) => Some((&record.name, soa)),
                _ => None,
            })
    }

    /// The zone that a referral points down to (RFC 1034 §4.3.2, step 3b) and its servers' names.
    pub(crate) fn referral(&self) -> Option<(&Name, Vec<&Name>)> {
        if !self.0.answers.is_empty() || self.negative_soa().is_some() {
            return None;
        }
        let zone = self
            .0
            .authorities
            .iter()
            .find(|record| record.record_type() == RecordType::NS)
            .map(|record| &record.name)?;
        let servers = owned_by(&self.0.authorities, zone).filter_map(|data| match data {
            RData::NS(server) => Some(&server.0),
            _ => None,
        });
        Some((zone, servers.collect()))
    }

    #[cfg(test)]
    pub(crate) fn set_code(&mut self, code: ResponseCode) {
        self.0.metadata.response_code = code;
    }

    /// How many records stand in the authority section and in the additional section.
    #[cfg(test)]
    pub(super) fn counts_beside_the_answer(&self) -> (usize, usize) {
        (self.0.authorities.len(), self.0.additionals.len())
    }

    /// Its response code as a fault, with what the server says beside it.
    pub(crate) fn code_fault(&self) -> ReplyFault {
        ReplyFault::ResponseCode(self.code(), self.extended_errors())
    }

    /// What keeps it from being a resolver's answer about the name, if anything does.
    pub(crate) fn recursive_fault(&self) -> Option<ReplyFault> {
        let is_empty = self.0.answers.is_empty() && self.negative_soa().is_none();
        let is_ns = |record: &Record| record.record_type() == RecordType::NS;
        let refers = is_empty && self.0.authorities.iter().any(is_ns);
        match self.is_about_name() {
            false => Some(self.code_fault()),
            true if refers && !self.0.recursion_available => Some(ReplyFault::NoRecursion),
            true => None,
        }
    }

    /// What the server says beside the response code (RFC 8914).
    pub(crate) fn extended_errors(&self) -> ExtendedErrors {
        let options = self.0.edns.iter().flat_map(|edns| &edns.options().options);
        let data = options.filter_map(|(_, option)| match option {
            EdnsOption::Unknown(OPTION, data) => Some(data.as_slice()),
            _ => None,
        });
        ExtendedErrors::read(data)
    }

    /// Why it says nothing of the records that the server holds itself: it fails, or it refers to other servers.
    pub(crate) fn fault(&self) -> Option<ReplyFault> {
        match self.referral() {
            _ if !self.is_about_name() => Some(self.code_fault()),
            Some((zone, _)) if !self.is_authoritative() => Some(ReplyFault::Referral(zone.clone())),
            _ => None,
        }
    }

    /// The records that came along for `name` (glue).
    pub(crate) fn additionals_of<'a>(&'a self, name: &Name) -> impl Iterator<Item = &'a RData> {
        owned_by(&self.0.additionals, name)
    }
}

fn owned_by<'a>(records: &'a [Record], name: &Name) -> impl Iterator<Item = &'a RData> {
    records
        .iter()
        .filter(move |record| record.name == *name && record.dns_class == DNSClass::IN)
        .map(|record| &record.data)
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::rdata::TXT;

    use super::*;
    use crate::name::parse;

    #[test]
    fn nothing_is_remembered_for_longer_than_a_resolver_keeps_it() {
        for (ttl, of_answer, of_nothing) in [
            (60, 60, 60),
            (86_400, 86_400, 10_800),
            (u32::MAX, 604_800, 10_800),
        ] {
            let name = parse("a.test").unwrap();
            let record = |data| Record::from_rdata(name.clone(), ttl, data);
            let mut negative = Message::response(0, OpCode::Query);
            let soa = SOA::new(name.clone(), name.clone(), 1, 1, 1, 1, u32::MAX);
            negative.add_authority(record(RData::SOA(soa)));
            assert_eq!(Reply::new(negative).remembered_for(), Some(of_nothing));
            let mut answer = Message::response(0, OpCode::Query);
            answer.add_answer(record(RData::TXT(TXT::new(vec!["x".into()]))));
            let answer = Reply::new(answer);
            assert_eq!(answer.remembered_for(), Some(of_answer));
            assert_eq!(answer.answer_ttl(), Some(of_answer));
        }
    }
}
