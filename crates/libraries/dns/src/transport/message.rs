//! Queries as they go out, and messages as they come in (RFC 1035 §4). No message is trusted until it is known to belong
//! to the query.

use hickory_proto::op::{Edns, Header, Message, MessageType, OpCode, Query as Entry, ResponseCode};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder, DecodeError};

use crate::transport::extended_error::OPTION;
use crate::transport::fault::NetworkFault;
use crate::transport::reply::Reply;

/// Larger UDP replies risk fragments that firewalls drop (DNS flag day 2020).
const EDNS_PAYLOAD: u16 = 1232;

/// What stands between a record's name and the length of its data, in octets (RFC 1035 §4.1.3).
const TYPE_CLASS_AND_TTL: usize = 8;

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
    pub(super) fn encode(&self, edns: bool) -> Result<Encoded, NetworkFault> {
        let message = self.message(edns);
        let octets = message
            .to_vec()
            .map_err(|error| NetworkFault::Malformed(format!("the query itself: {error}")))?;
        Ok(Encoded {
            question: self.question.clone(),
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
#[derive(Debug)]
pub(super) struct Encoded {
    question: Question,
    id: u16,
    octets: Vec<u8>,
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

impl Encoded {
    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The ID that its reply will have.
    pub(super) fn id(&self) -> u16 {
        self.id
    }

    /// Takes another ID.
    pub(super) fn set_id(&mut self, id: u16) {
        self.id = id;
        self.octets[..2].copy_from_slice(&id.to_be_bytes());
    }

    /// Reads what came from a resolver over a stream: all of it is there, or some was left out. With authoritative servers that
    /// send odd records beside the answer, resolvers get along.
    pub(super) fn receive_whole(&self, octets: &[u8]) -> Received {
        match self.receive(octets) {
            Received::Reply(_) if ends_early(octets) => Received::Malformed(ENDS_EARLY.into()),
            received => received,
        }
    }

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
        match read_records(decoder, header) {
            Ok(message) => Received::Reply(Box::new(Reply::new(message))),
            Err(error) => Received::Malformed(error),
        }
    }
}

/// Reads the three sections of records that follow the question.
///
/// What stands in the additional section only helps (RFC 1034 §3.7): what cannot be read there is left out, as is a record
/// of the authority section whose data cannot be read.
pub(crate) fn read_records(mut decoder: BinDecoder<'_>, header: Header) -> Result<Message, String> {
    let Header { metadata, counts } = header;
    let mut message = Message::response(metadata.id, OpCode::Query);
    message.metadata = metadata;
    for _ in 0..counts.answers {
        let record = Record::read(&mut decoder).map_err(|error| error.to_string())?;
        message.answers.push(record);
    }
    for _ in 0..counts.authorities {
        let record = read_or_skip(&mut decoder).map_err(|error| error.to_string())?;
        message.authorities.extend(record);
    }
    for _ in 0..counts.additionals {
        match read_or_skip(&mut decoder) {
            Ok(Some(record)) if record.record_type() == RecordType::OPT => {
                let [extended, ..] = record.ttl.to_be_bytes();
                let code = &mut message.metadata.response_code;
                *code = ResponseCode::from(extended, code.low());
                let edns = message.edns.get_or_insert_with(Edns::new);
                if let RData::OPT(opt) = record.data {
                    let is_kept = |option: &EdnsOption| {
                        [OPTION, u16::from(EdnsCode::NSID)]
                            .contains(&u16::from(EdnsCode::from(option)))
                    };
                    let options = opt.options.into_iter().map(|(_, option)| option);
                    options
                        .filter(is_kept)
                        .for_each(|option| edns.options_mut().insert(option));
                }
            }
            Ok(record) => message.additionals.extend(record),
            Err(_) => break,
        }
    }
    Ok(message)
}

/// What is wrong with a message that [`ends_early`].
pub(crate) const ENDS_EARLY: &str = "it ends before its last record does";

/// Whether a message has fewer octets than the records have that its header counts.
pub(crate) fn ends_early(octets: &[u8]) -> bool {
    let mut decoder = BinDecoder::new(octets);
    let pass_all = |decoder: &mut BinDecoder<'_>| {
        let counts = Header::read(decoder)?.counts;
        for _ in 0..counts.queries {
            Entry::read(decoder)?;
        }
        let records = [counts.answers, counts.authorities, counts.additionals];
        for _ in 0..records.into_iter().map(usize::from).sum() {
            pass(decoder)?;
        }
        Ok::<(), DecodeError>(())
    };
    matches!(pass_all(&mut decoder), Err(DecodeError::InsufficientBytes))
}

/// Passes over a record.
fn pass(decoder: &mut BinDecoder<'_>) -> Result<(), DecodeError> {
    Name::read(decoder)?;
    decoder.read_slice(TYPE_CLASS_AND_TTL)?;
    let length = decoder.read_u16()?.unverified();
    decoder.read_slice(usize::from(length))?;
    Ok(())
}

/// The next record; none where its data cannot be read, and then it is behind us.
fn read_or_skip(decoder: &mut BinDecoder<'_>) -> Result<Option<Record>, DecodeError> {
    // No message is longer than 64 KiB.
    let start = u16::try_from(decoder.index()).map_err(|_| DecodeError::InsufficientBytes)?;
    let mut skipping = decoder.clone(start);
    if let Ok(record) = Record::read(decoder) {
        return Ok(Some(record));
    }
    pass(&mut skipping)?;
    *decoder = skipping;
    Ok(None)
}

/// A number that nobody can guess.
pub(crate) fn random_id() -> u16 {
    Message::query().id
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::rdata;

    use super::*;
    use crate::name::parse;

    fn question() -> Question {
        Question::new(&parse("_label.example.test").unwrap(), RecordType::TXT)
    }

    fn reply_to(query: &Encoded) -> Message {
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
        query.set_id(query.id ^ 1);
        assert!(matches!(query.receive(&octets), Received::Foreign));
    }

    #[test]
    fn our_own_query_sent_back_is_foreign() {
        let question = question();
        let query = Query::iterative(&question).encode(true).unwrap();
        assert!(matches!(query.receive(query.octets()), Received::Foreign));
    }

    #[test]
    fn a_reply_that_claims_more_records_than_fit_is_malformed_where_they_are_needed() {
        let question = question();
        let query = Query::iterative(&question).encode(false).unwrap();
        for (section, is_needed) in [(6, true), (8, true), (10, false)] {
            let mut octets = reply_to(&query).to_vec().unwrap();
            octets[section..section + 2].copy_from_slice(&u16::MAX.to_be_bytes());
            let received = query.receive(&octets);
            assert_eq!(matches!(received, Received::Malformed(_)), is_needed);
            assert_eq!(matches!(received, Received::Reply(_)), !is_needed);
        }
    }

    #[test]
    fn a_message_of_a_stream_that_ends_early_is_malformed() {
        let question = question();
        let query = Query::iterative(&question).encode(true).unwrap();
        let mut reply = reply_to(&query);
        reply.set_edns(Edns::new());
        let octets = reply.to_vec().unwrap();
        for (missing, is_reply) in [(0, true), (1, false), (5, false), (11, false)] {
            let cut = &octets[..octets.len() - missing];
            // A datagram may be cut on its way.
            assert!(matches!(query.receive(cut), Received::Reply(_)));
            let received = query.receive_whole(cut);
            assert_eq!(
                matches!(received, Received::Reply(_)),
                is_reply,
                "{missing}"
            );
            assert_eq!(matches!(received, Received::Malformed(_)), !is_reply);
        }
    }

    /// A record at the root with this type and data.
    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let mut octets = vec![0];
        octets.extend(kind.to_be_bytes());
        octets.extend([0, 1, 0, 0, 0, 60]);
        octets.extend((data.len() as u16).to_be_bytes());
        octets.extend(data);
        octets
    }

    #[test]
    fn what_is_said_beside_a_response_code_is_read() {
        let question = question();
        let query = Query::iterative(&question).encode(true).unwrap();
        let mut octets = reply_to(&query).to_vec().unwrap();
        octets[10..12].copy_from_slice(&1_u16.to_be_bytes());
        // NSID, and twice an extended error.
        let options = b"\0\x03\0\x01x\0\x0f\0\x03\0\x07y\0\x0f\0\x02\0\x16";
        octets.extend(record(41, options));
        let Received::Reply(reply) = query.receive(&octets) else {
            panic!("it is no reply");
        };
        assert_eq!(
            reply.extended_errors().to_string(),
            " (EDE 7 Signature Expired: y; EDE 22 No Reachable Authority)"
        );
    }

    #[test]
    fn a_record_beside_the_answer_that_cannot_be_read_spoils_nothing() {
        let question = question();
        let query = Query::iterative(&question).encode(true).unwrap();
        let empty = reply_to(&query).to_vec().unwrap();
        let (a, short_a) = (record(1, &[192, 0, 2, 1]), record(1, &[192, 0]));
        let (opt, bad_opt) = (record(41, &[]), record(41, &[0, 10, 0, 9, 1]));
        for (section, records, left) in [
            (8, vec![&short_a, &a], Some((1, 0))),
            (10, vec![&short_a, &a], Some((0, 1))),
            (10, vec![&bad_opt, &a], Some((0, 1))),
            (10, vec![&opt, &opt, &a], Some((0, 1))),
            (10, vec![&a, &vec![1, b'x']], Some((0, 1))),
            (6, vec![&short_a, &a], None),
        ] {
            let mut octets = empty.clone();
            octets[section..section + 2].copy_from_slice(&(records.len() as u16).to_be_bytes());
            octets.extend(records.into_iter().flatten());
            let read = match query.receive(&octets) {
                Received::Reply(reply) => Some(reply.counts_beside_the_answer()),
                _ => None,
            };
            assert_eq!(read, left, "{section}");
        }
    }

    #[test]
    fn an_opt_record_has_the_upper_part_of_the_response_code() {
        let question = question();
        let query = Query::iterative(&question).encode(true).unwrap();
        let mut octets = reply_to(&query).to_vec().unwrap();
        octets[10..12].copy_from_slice(&1u16.to_be_bytes());
        let mut opt = record(41, &[]);
        opt[5..9].copy_from_slice(&[1, 0, 0, 0]);
        octets.extend(opt);
        let Received::Reply(reply) = query.receive(&octets) else {
            panic!("no reply");
        };
        assert_eq!(u16::from(reply.code()), 16);
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
