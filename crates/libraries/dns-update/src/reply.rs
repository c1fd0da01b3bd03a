//! Replies: whether they count, and what they say of zones.

use crate::fault::Fault;
use crate::key::Key;
use crate::tsig::verify;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, Record, RecordType};

/// A reply that can be believed, or that says no.
#[derive(Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) message: Message,
    /// What is wrong with the signature of one that says no. It need not be signed: not all servers do that, and nothing was
    /// done anyway.
    doubt: Option<Fault>,
}

impl Reply {
    /// Whether somebody made it who knows the key of the message.
    pub(crate) fn is_of_key(&self) -> bool {
        matches!(self.doubt, None | Some(Fault::OtherTime { .. }))
    }
}

/// Reads the reply to a message that was signed with this key, if any, and had this MAC. `now` is in seconds since 1970.
///
/// # Errors
/// It is none, its signature is missing or wrong, or it says what is wrong with that of the message.
pub(crate) fn read(
    octets: &[u8],
    asked: &Message,
    key: Option<&Key>,
    mac: &[u8],
    now: u64,
) -> Result<Reply, Fault> {
    let message = Message::from_vec(octets).map_err(|error| Fault::Malformed(error.to_string()))?;
    let verified = key.map_or(Ok(()), |key| verify(octets, &message, key, mac, now));
    let doubt = match verified {
        Ok(()) => None,
        Err(fault @ (Fault::Unsigned | Fault::WrongSignature | Fault::OtherTime { .. }))
            if is_no(message.response_code) =>
        {
            Some(fault)
        }
        Err(fault) => return Err(fault),
    };
    // What knows no updates, a router for instance, may take one for a question.
    match message.op_code == asked.op_code || is_no(message.response_code) {
        true => Ok(Reply { message, doubt }),
        false => Err(Fault::Malformed(format!(
            "it says what became of another operation ({:?})",
            message.op_code
        ))),
    }
}

/// Whether a reply over UDP, where anybody can send one, ends the wait for a better one (RFC 8945 §5.4). One that says no
/// without a signature does: PowerDNS and NSD have no other.
pub(crate) fn counts(read: &Result<Reply, Fault>) -> bool {
    match read {
        Ok(reply) => reply.doubt != Some(Fault::WrongSignature),
        Err(fault) => !matches!(
            fault,
            Fault::Unsigned | Fault::WrongSignature | Fault::Malformed(_)
        ),
    }
}

fn is_no(code: ResponseCode) -> bool {
    !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain)
}

/// The zone that a reply to a question for a SOA record shows; none where the name is an alias, since the zone may be that
/// of where it leads.
pub(crate) fn zone_in(reply: &Message, asked: &Name) -> Option<Name> {
    let is_alias = |record: &Record| record.record_type() == RecordType::CNAME;
    if reply.answers.iter().any(is_alias) {
        return None;
    }
    let mut records = reply.answers.iter().chain(&reply.authorities);
    let soa = records
        .find(|record| record.record_type() == RecordType::SOA && record.name.zone_of(asked))?;
    Some(soa.name.to_lowercase())
}

/// The zone that a reply says others have (RFC 1034 §4.3.2, step 3b).
pub(crate) fn delegated(reply: &Message, asked: &Name) -> Option<Name> {
    if reply.authoritative || !reply.answers.is_empty() {
        return None;
    }
    let mut records = reply.authorities.iter();
    let ns = records.find(|record| {
        record.record_type() == RecordType::NS
            && record.name.zone_of(asked)
            && !record.name.is_root()
    })?;
    Some(ns.name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Algorithm;
    use crate::tsig::{sign, test_replies};
    use hickory_proto::op::{MessageType, OpCode};
    use hickory_proto::rr::rdata::tsig::TsigError;

    const NOW: u64 = 1_700_000_000;

    /// Whatever forged replies say, they do not keep the server's own from being heard, which is no later over UDP than the
    /// message would be sent again. Those that servers send without a signature are heard at once.
    #[test]
    fn a_reply_ends_the_wait_where_it_is_signed_or_one_that_servers_do_not_sign() {
        let key = |secret: &str| Key::new("acme", Algorithm::Sha256, secret).unwrap();
        let (ours, other) = (key("c2VjcmV0"), key("Zm9yZ2Vk"));
        let asked = Message::new(7, MessageType::Query, OpCode::Update);
        let mac = sign(&asked, &ours, NOW).unwrap().mac;
        let reply = |code: ResponseCode| {
            let mut reply = Message::new(7, MessageType::Response, OpCode::Update);
            reply.metadata.response_code = code;
            reply
        };
        let (yes, no) = (reply(ResponseCode::NoError), reply(ResponseCode::Refused));
        let bad_key = reply(ResponseCode::NotAuth);
        let bad_key = test_replies::with_error(&bad_key, TsigError::BadKey, Vec::new());
        let plain = |message: &Message| message.to_vec().unwrap();
        let signed = |message: &Message, key: &Key, late: u64| {
            test_replies::signed(message, &mac, key, NOW + late)
        };
        let mut question = yes.clone();
        question.metadata.op_code = OpCode::Query;
        for (octets, is_signed_message, expected) in [
            (signed(&yes, &ours, 0), true, true),
            (signed(&no, &ours, 0), true, true),
            (signed(&yes, &ours, 301), true, true),
            (bad_key, true, true),
            (plain(&no), true, true),
            (plain(&yes), true, false),
            (signed(&yes, &other, 0), true, false),
            (signed(&no, &other, 0), true, false),
            (vec![0, 7, 0xa8, 0, 0, 9, 0, 0, 0, 0, 0, 0], true, false),
            (plain(&yes), false, true),
            (plain(&no), false, true),
            (plain(&question), false, false),
        ] {
            let key = is_signed_message.then_some(&ours);
            let read = read(&octets, &asked, key, &mac, NOW);
            assert_eq!(counts(&read), expected, "{read:?}");
        }
    }
}
