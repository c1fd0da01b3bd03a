//! Queries and replies (RFC 1035 §4), the latter taken for hostile until they have shown to belong to the query.

use hickory_proto::op::{Edns, Header, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};

/// Larger UDP replies risk fragments that firewalls drop (DNS flag day 2020).
const EDNS_PAYLOAD: u16 = 1232;

/// The root name, TYPE, CLASS, TTL and RDLENGTH: no record is shorter (RFC 1035 §4.1.3).
const SHORTEST_RECORD: usize = 11;

/// What is asked, and whether recursion is desired (RD).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(crate) name: Name,
    pub(crate) record_type: RecordType,
    pub(crate) recursion: bool,
}

impl Question {
    /// A question to an authoritative server.
    pub(crate) fn direct(name: &Name, record_type: RecordType) -> Self {
        Self {
            name: name.clone(),
            record_type,
            recursion: false,
        }
    }

    /// A question to a caching resolver.
    pub(crate) fn recursive(name: &Name, record_type: RecordType) -> Self {
        Self {
            name: name.clone(),
            record_type,
            recursion: true,
        }
    }

    /// A message that asks it, under a new random ID.
    pub(crate) fn message(&self, edns: bool) -> Message {
        let mut message = Message::query();
        message.metadata.recursion_desired = self.recursion;
        message.add_query(Query::query(self.name.clone(), self.record_type));
        if edns {
            let mut opt = Edns::new();
            opt.set_max_payload(EDNS_PAYLOAD);
            message.set_edns(opt);
        }
        message
    }

    fn is_of(&self, query: &Query) -> bool {
        query.name == self.name
            && query.query_type == self.record_type
            && query.query_class == DNSClass::IN
    }
}

/// What a datagram or a TCP message turned out to be.
#[derive(Debug)]
pub(crate) enum Received {
    /// A reply to something else, or a forgery: to be ignored.
    Foreign,
    /// Our reply, cut short (TC).
    Truncated,
    /// Our reply, but one that cannot be read.
    Malformed(String),
    /// Our reply.
    Reply(Box<Reply>),
}

/// Reads what came in response to `question`, asked under `id`.
pub(crate) fn receive(bytes: &[u8], id: u16, question: &Question) -> Received {
    let mut decoder = BinDecoder::new(bytes);
    let Ok(header) = Header::read(&mut decoder) else {
        return Received::Foreign;
    };
    let meta = header.metadata;
    if meta.id != id || meta.message_type != MessageType::Response || meta.op_code != OpCode::Query
    {
        return Received::Foreign;
    }
    let counts = header.counts;
    if counts.queries == 0 && meta.response_code != ResponseCode::NoError {
        // Servers that cannot read a query (FORMERR, NOTIMP) may leave it out of their reply.
        return Received::Reply(Box::new(Reply(
            Message::response(id, OpCode::Query).with_code(meta.response_code),
        )));
    }
    match Query::read(&mut decoder) {
        Ok(query) if counts.queries == 1 && question.is_of(&query) => {}
        _ => return Received::Foreign,
    }
    if meta.truncation {
        return Received::Truncated;
    }
    let records = usize::from(counts.answers)
        + usize::from(counts.authorities)
        + usize::from(counts.additionals);
    if records * SHORTEST_RECORD > bytes.len() {
        return Received::Malformed(format!(
            "claims {records} records in {} octets",
            bytes.len()
        ));
    }
    match Message::from_vec(bytes) {
        Ok(message) => Received::Reply(Box::new(Reply(message))),
        Err(e) => Received::Malformed(e.to_string()),
    }
}

trait WithCode {
    fn with_code(self, code: ResponseCode) -> Self;
}

impl WithCode for Message {
    fn with_code(mut self, code: ResponseCode) -> Self {
        self.metadata.response_code = code;
        self
    }
}

/// A reply that belongs to its query.
#[derive(Clone, Debug)]
pub(crate) struct Reply(pub(crate) Message);

impl Reply {
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

    /// The server did not get along with EDNS (RFC 6891 §7).
    pub(crate) fn rejects_edns(&self) -> bool {
        matches!(
            self.code(),
            ResponseCode::FormErr
                | ResponseCode::NotImp
                | ResponseCode::BADVERS
                | ResponseCode::BADSIG
        )
    }

    /// The answers owned by `name` itself, as opposed to what its CNAME leads to.
    pub(crate) fn answers_of<'a>(&'a self, name: &Name) -> impl Iterator<Item = &'a RData> {
        owned_by(&self.0.answers, name)
    }

    /// How long a cache may keep the answer: the longest of its records' TTLs, in seconds.
    pub(crate) fn answer_ttl(&self) -> Option<u32> {
        self.0.answers.iter().map(|record| record.ttl).max()
    }

    /// The target of the CNAME at `name`, synthesized from a DNAME (RFC 6672 §3.1) or not.
    pub(crate) fn cname_of(&self, name: &Name) -> Option<&Name> {
        self.answers_of(name).find_map(|data| match data {
            RData::CNAME(target) => Some(&target.0),
            _ => None,
        })
    }

    /// The SOA in the answer, if `name` itself owns it.
    pub(crate) fn soa_of(&self, name: &Name) -> Option<&SOA> {
        self.answers_of(name).find_map(|data| match data {
            RData::SOA(soa) => Some(soa),
            _ => None,
        })
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
            .find(|r| r.record_type() == RecordType::NS)
            .map(|r| &r.name)?;
        let servers = owned_by(&self.0.authorities, zone).filter_map(|data| match data {
            RData::NS(server) => Some(&server.0),
            _ => None,
        });
        Some((zone, servers.collect()))
    }

    /// The records that came along for `name` (glue).
    pub(crate) fn additionals_of<'a>(&'a self, name: &Name) -> impl Iterator<Item = &'a RData> {
        owned_by(&self.0.additionals, name)
    }
}

fn owned_by<'a>(records: &'a [Record], name: &Name) -> impl Iterator<Item = &'a RData> {
    records
        .iter()
        .filter(move |r| r.name == *name && r.dns_class == DNSClass::IN)
        .map(|r| &r.data)
}

/// The RCODE's mnemonic (RFC 6895 §2.3), as `dig` prints it.
pub(crate) fn mnemonic(code: ResponseCode) -> String {
    match code {
        ResponseCode::NoError => "NOERROR".into(),
        ResponseCode::FormErr => "FORMERR".into(),
        ResponseCode::ServFail => "SERVFAIL".into(),
        ResponseCode::NXDomain => "NXDOMAIN".into(),
        ResponseCode::NotImp => "NOTIMP".into(),
        ResponseCode::Refused => "REFUSED".into(),
        ResponseCode::NotAuth => "NOTAUTH".into(),
        ResponseCode::BADVERS | ResponseCode::BADSIG => "BADVERS".into(),
        other => format!("RCODE {}", u16::from(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    fn question() -> Question {
        Question::direct(
            &parse("_acme-challenge.example.test").unwrap(),
            RecordType::TXT,
        )
    }

    fn reply_to(query: &Message) -> Message {
        let mut reply = Message::response(query.id, OpCode::Query);
        reply.add_queries(query.queries.clone());
        reply
    }

    #[test]
    fn a_reply_under_another_id_or_to_another_question_is_foreign() {
        let query = question().message(true);
        let mut reply = reply_to(&query);
        assert!(matches!(
            receive(&reply.to_vec().unwrap(), query.id, &question()),
            Received::Reply(_)
        ));
        assert!(matches!(
            receive(&reply.to_vec().unwrap(), query.id ^ 1, &question()),
            Received::Foreign
        ));
        reply.queries[0].set_name(parse("other.test").unwrap());
        assert!(matches!(
            receive(&reply.to_vec().unwrap(), query.id, &question()),
            Received::Foreign
        ));
    }

    #[test]
    fn our_own_query_sent_back_is_foreign() {
        let query = question().message(true);
        assert!(matches!(
            receive(&query.to_vec().unwrap(), query.id, &question()),
            Received::Foreign
        ));
    }

    #[test]
    fn a_reply_that_claims_more_records_than_fit_is_malformed() {
        let query = question().message(false);
        let mut bytes = reply_to(&query).to_vec().unwrap();
        bytes[6..8].copy_from_slice(&u16::MAX.to_be_bytes());
        assert!(matches!(
            receive(&bytes, query.id, &question()),
            Received::Malformed(_)
        ));
    }

    #[test]
    fn no_cut_or_flipped_reply_panics() {
        let query = question().message(false);
        let mut reply = reply_to(&query);
        let name = question().name;
        reply.add_answer(Record::from_rdata(
            name.clone(),
            60,
            RData::CNAME(hickory_proto::rr::rdata::CNAME(name)),
        ));
        let bytes = reply.to_vec().unwrap();
        for cut in 0..bytes.len() {
            receive(&bytes[..cut], query.id, &question());
        }
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            receive(&bytes, query.id, &question());
        }
    }

    #[test]
    fn a_truncated_reply_is_known_by_its_flag_before_its_records_are_read() {
        let query = question().message(false);
        let mut reply = reply_to(&query);
        reply.metadata.truncation = true;
        let mut bytes = reply.to_vec().unwrap();
        bytes[6..8].copy_from_slice(&9u16.to_be_bytes());
        assert!(matches!(
            receive(&bytes, query.id, &question()),
            Received::Truncated
        ));
    }
}
