//! Queries as they go out, and messages as they come in (RFC 1035 §4). No message is trusted until it is known to belong
//! to the query.

use hickory_proto::op::{Edns, Header, Message, MessageType, OpCode, Query as Entry, ResponseCode};
use hickory_proto::rr::{DNSClass, Name, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};

use crate::transport::fault::NetworkFault;
use crate::transport::reply::Reply;

/// Larger UDP replies risk fragments that firewalls drop (DNS flag day 2020).
const EDNS_PAYLOAD: u16 = 1232;

/// The root name, TYPE, CLASS, TTL and RDLENGTH: no record is shorter (RFC 1035 §4.1.3).
const SHORTEST_RECORD: usize = 11;

/// What is asked: the records of one type at a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    name: Name,
    record_type: RecordType,
}

impl Question {
    pub(crate) fn new(name: &Name, record_type: RecordType) -> Self {
        Self {
            name: name.clone(),
            record_type,
        }
    }

    pub(crate) fn name(&self) -> &Name {
        &self.name
    }

    fn is_of(&self, entry: &Entry) -> bool {
        entry.name == self.name
            && entry.query_type == self.record_type
            && entry.query_class == DNSClass::IN
    }
}

/// A question as it is put to one kind of server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Query<'a> {
    question: &'a Question,
    recursion_desired: bool,
}

impl<'a> Query<'a> {
    /// A query for what the server itself holds (RFC 9499 §6: iterative).
    pub(super) fn iterative(question: &'a Question) -> Self {
        Self {
            question,
            recursion_desired: false,
        }
    }

    /// A query for what the server finds out from others (RFC 9499 §6: recursive, RD is set).
    pub(super) fn recursive(question: &'a Question) -> Self {
        Self {
            question,
            recursion_desired: true,
        }
    }

    /// A new message on the wire, with the ID that its reply will have.
    ///
    /// # Errors
    ///
    /// The question does not fit into a message.
    pub(super) fn encode(&self, edns: bool) -> Result<Encoded<'a>, NetworkFault> {
        let message = self.message(edns);
        let octets = message
            .to_vec()
            .map_err(|error| NetworkFault::Malformed(format!("the query itself: {error}")))?;
        Ok(Encoded {
            question: self.question,
            id: message.id,
            octets,
        })
    }

    fn message(&self, edns: bool) -> Message {
        let mut message = Message::query();
        message.metadata.recursion_desired = self.recursion_desired;
        let Question { name, record_type } = self.question;
        message.add_query(Entry::query(name.clone(), *record_type));
        if edns {
            let mut opt = Edns::new();
            opt.set_max_payload(EDNS_PAYLOAD);
            message.set_edns(opt);
        }
        message
    }
}

/// A message ready to be sent.
pub(super) struct Encoded<'a> {
    question: &'a Question,
    id: u16,
    pub(super) octets: Vec<u8>,
}

/// What a datagram or a message of a stream turns out to be.
#[derive(Debug)]
pub(super) enum Received {
    /// A reply to something else, or a forgery: to be ignored.
    Foreign,
    /// Our reply, cut short (TC).
    Truncated,
    /// Our reply, but one that cannot be read.
    Malformed(String),
    /// Our reply.
    Reply(Box<Reply>),
}

impl Encoded<'_> {
    /// Reads what came in response.
    pub(super) fn receive(&self, octets: &[u8]) -> Received {
        let mut decoder = BinDecoder::new(octets);
        let Ok(header) = Header::read(&mut decoder) else {
            return Received::Foreign;
        };
        let meta = header.metadata;
        if meta.id != self.id
            || meta.message_type != MessageType::Response
            || meta.op_code != OpCode::Query
        {
            return Received::Foreign;
        }
        let counts = header.counts;
        if counts.queries == 0 && meta.response_code != ResponseCode::NoError {
            // Servers that cannot read a query (FORMERR, NOTIMP) may leave it out of their reply.
            return Received::Reply(Box::new(Reply::of_code(meta.response_code)));
        }
        match Entry::read(&mut decoder) {
            Ok(entry) if counts.queries == 1 && self.question.is_of(&entry) => {}
            _ => return Received::Foreign,
        }
        if meta.truncation {
            return Received::Truncated;
        }
        let records = usize::from(counts.answers)
            + usize::from(counts.authorities)
            + usize::from(counts.additionals);
        if records * SHORTEST_RECORD > octets.len() {
            return Received::Malformed(format!(
                "claims {records} records in {} octets",
                octets.len()
            ));
        }
        match Message::from_vec(octets) {
            Ok(message) => Received::Reply(Box::new(Reply::new(message))),
            Err(error) => Received::Malformed(error.to_string()),
        }
    }
}

/// A number that nobody can guess.
pub(crate) fn random_id() -> u16 {
    Message::query().id
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::{RData, Record, rdata};

    use super::*;
    use crate::name::parse;

    fn question() -> Question {
        Question::new(&parse("_label.example.test").unwrap(), RecordType::TXT)
    }

    fn reply_to(query: &Encoded<'_>) -> Message {
        let mut reply = Message::response(query.id, OpCode::Query);
        reply.add_query(Entry::query(question().name, RecordType::TXT));
        reply
    }

    #[test]
    fn recursion_is_desired_of_resolvers_alone() {
        let question = question();
        assert!(Query::recursive(&question).message(true).recursion_desired);
        assert!(!Query::iterative(&question).message(true).recursion_desired);
    }

    #[test]
    fn a_reply_under_another_id_or_to_another_question_is_foreign() {
        let question = question();
        let mut query = Query::iterative(&question).encode(true).unwrap();
        let mut reply = reply_to(&query);
        let octets = reply.to_vec().unwrap();
        assert!(matches!(query.receive(&octets), Received::Reply(_)));
        reply.queries[0].set_name(parse("other.test").unwrap());
        let other = reply.to_vec().unwrap();
        assert!(matches!(query.receive(&other), Received::Foreign));
        query.id ^= 1;
        assert!(matches!(query.receive(&octets), Received::Foreign));
    }

    #[test]
    fn our_own_query_sent_back_is_foreign() {
        let question = question();
        let query = Query::iterative(&question).encode(true).unwrap();
        assert!(matches!(query.receive(&query.octets), Received::Foreign));
    }

    #[test]
    fn a_reply_that_claims_more_records_than_fit_is_malformed() {
        let question = question();
        let query = Query::iterative(&question).encode(false).unwrap();
        let mut octets = reply_to(&query).to_vec().unwrap();
        octets[6..8].copy_from_slice(&u16::MAX.to_be_bytes());
        assert!(matches!(query.receive(&octets), Received::Malformed(_)));
    }

    #[test]
    fn no_cut_or_flipped_reply_panics() {
        let question = question();
        let query = Query::iterative(&question).encode(false).unwrap();
        let mut reply = reply_to(&query);
        reply.add_answer(Record::from_rdata(
            question.name.clone(),
            60,
            RData::CNAME(rdata::CNAME(question.name.clone())),
        ));
        let octets = reply.to_vec().unwrap();
        for cut in 0..octets.len() {
            query.receive(&octets[..cut]);
        }
        for bit in 0..octets.len() * 8 {
            let mut octets = octets.clone();
            octets[bit / 8] ^= 1 << (bit % 8);
            query.receive(&octets);
        }
    }

    #[test]
    fn a_truncated_reply_is_known_by_its_flag_before_its_records_are_read() {
        let question = question();
        let query = Query::iterative(&question).encode(false).unwrap();
        let mut reply = reply_to(&query);
        reply.metadata.truncation = true;
        let mut octets = reply.to_vec().unwrap();
        octets[6..8].copy_from_slice(&9u16.to_be_bytes());
        assert!(matches!(query.receive(&octets), Received::Truncated));
    }
}
