//! Probes as they go out, and replies as they come in.

use hickory_proto::op::{Edns, Header, Message, MessageType, OpCode, Query as Entry};
use hickory_proto::rr::Name;
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::serialize::binary::{BinDecodable, BinDecoder};

use crate::check::probe::{Probe, Way};
use crate::transport::{NetworkFault, Reply, read_records};

/// Larger UDP replies risk fragments that firewalls drop (DNS flag day 2020).
const EDNS_PAYLOAD: u16 = 1232;

/// A reply, read.
#[derive(Clone, Debug)]
pub(super) struct Decoded {
    pub(super) reply: Reply,
    /// TC: it is cut short.
    pub(super) is_truncated: bool,
    /// Whether the server knows EDNS.
    pub(super) has_edns: bool,
    /// The name in the question that the server sent back.
    pub(super) echoed: Option<Name>,
    /// What the machine calls itself (NSID, RFC 5001), where it was asked for that and says so.
    pub(super) machine: Option<Vec<u8>>,
}

/// The octets of a query.
///
/// # Errors
///
/// The question does not fit into a message.
pub(super) fn encode(probe: &Probe, id: u16) -> Result<Vec<u8>, NetworkFault> {
    let mut message = Message::query();
    message.metadata.id = id;
    message.metadata.recursion_desired = probe.way == Way::Resolver;
    // It is to say whether it has validated (RFC 6840 §5.7).
    message.metadata.authentic_data = probe.way == Way::Resolver;
    let name = match probe.way {
        Way::MixedCase => mixed_case(&probe.name),
        _ => probe.name.clone(),
    };
    message.add_query(Entry::query(name, probe.record_type));
    if probe.way != Way::Plain {
        let mut opt = Edns::new();
        opt.set_max_payload(EDNS_PAYLOAD);
        opt.set_dnssec_ok(probe.way != Way::Resolver);
        if let Way::Again(_) = probe.way {
            // An empty one asks for it (RFC 5001 §2.1).
            let empty = EdnsOption::Unknown(EdnsCode::NSID.into(), Vec::new());
            opt.options_mut().insert(empty);
        }
        message.set_edns(opt);
    }
    let octets = message.to_vec();
    octets.map_err(|error| NetworkFault::Malformed(format!("the query itself: {error}")))
}

/// The name with every second letter as a capital one: the same each time, so that it can be compared later.
pub(super) fn mixed_case(name: &Name) -> Name {
    let mut count = 0_usize;
    let labels = name.iter().map(|label| {
        let mix = |byte: &u8| {
            count += usize::from(byte.is_ascii_alphabetic());
            match count % 2 {
                0 => byte.to_ascii_uppercase(),
                _ => byte.to_ascii_lowercase(),
            }
        };
        label.iter().map(mix).collect::<Vec<u8>>()
    });
    let labels: Vec<Vec<u8>> = labels.collect();
    let mixed = Name::from_labels(labels.iter().map(Vec::as_slice));
    let mut mixed = mixed.unwrap_or_else(|_| name.clone());
    mixed.set_fqdn(true);
    mixed
}

/// Whether this is the reply to a query, whatever it says: others are forged, or late.
pub(super) fn is_reply(probe: &Probe, id: u16, octets: &[u8]) -> bool {
    let mut decoder = BinDecoder::new(octets);
    let Ok(header) = Header::read(&mut decoder) else {
        return false;
    };
    let meta = header.metadata;
    if meta.id != id || meta.message_type != MessageType::Response || meta.op_code != OpCode::Query
    {
        return false;
    }
    if header.counts.queries == 0 {
        return true;
    }
    let is_ours = |entry: Entry| entry.name == probe.name && entry.query_type == probe.record_type;
    Entry::read(&mut decoder).is_ok_and(is_ours)
}

/// Reads a reply.
///
/// # Errors
///
/// What is wrong with it.
pub(super) fn decode(octets: &[u8]) -> Result<Decoded, String> {
    let mut decoder = BinDecoder::new(octets);
    let header = Header::read(&mut decoder).map_err(|error| error.to_string())?;
    let is_truncated = header.metadata.truncation;
    let mut echoed = None;
    for _ in 0..header.counts.queries {
        let entry = Entry::read(&mut decoder).map_err(|error| error.to_string())?;
        echoed.get_or_insert(entry.name);
    }
    let metadata = header.metadata;
    let message = match read_records(decoder, header) {
        Ok(message) => message,
        // What is cut short may end anywhere.
        Err(_) if is_truncated => {
            let mut message = Message::response(metadata.id, OpCode::Query);
            message.metadata = metadata;
            message
        }
        Err(error) => return Err(error),
    };
    Ok(Decoded {
        has_edns: message.edns.is_some(),
        machine: machine(&message),
        reply: Reply::new(message),
        is_truncated,
        echoed,
    })
}

/// The identifier of the machine, where it is none of an empty length.
fn machine(message: &Message) -> Option<Vec<u8>> {
    match message.edns.as_ref()?.option(EdnsCode::NSID)? {
        EdnsOption::NSID(identifier) if !identifier.as_ref().is_empty() => {
            Some(identifier.as_ref().to_vec())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use hickory_proto::rr::RecordType;

    use super::*;
    use crate::name::parse;

    fn probe(way: Way) -> Probe {
        Probe {
            server: SocketAddr::from(([192, 0, 2, 1], 53)),
            way,
            name: parse("a-1.example.test").unwrap(),
            record_type: RecordType::SOA,
        }
    }

    #[test]
    fn a_name_in_mixed_case_is_the_same_name_in_another_case() {
        let name = probe(Way::MixedCase).name;
        let mixed = mixed_case(&name);
        assert_eq!(mixed, name);
        assert!(!mixed.eq_case(&name));
        assert_eq!(mixed.to_ascii(), "a-1.ExAmPlE.tEsT.");
    }

    #[test]
    fn a_reply_has_the_id_and_the_question_of_its_query_in_whatever_case() {
        for way in Way::ALL {
            let probe = probe(way);
            let mut octets = encode(&probe, 7).unwrap();
            assert!(!is_reply(&probe, 7, &octets), "{way}: a query is no reply");
            octets[2] |= 0x80;
            assert!(is_reply(&probe, 7, &octets), "{way}");
            assert!(!is_reply(&probe, 8, &octets), "{way}");
            let mut other = probe.clone();
            other.name = parse("b.example.test").unwrap();
            assert!(!is_reply(&other, 7, &octets), "{way}");
            let decoded = decode(&octets).unwrap();
            assert_eq!(decoded.has_edns, way != Way::Plain);
            let kept = decoded.echoed.unwrap().eq_case(&probe.name);
            assert_eq!(kept, way != Way::MixedCase);
        }
    }

    #[test]
    fn a_machine_is_asked_for_its_identifier_where_it_is_asked_again() {
        for way in Way::ALL {
            let query = Message::from_vec(&encode(&probe(way), 7).unwrap()).unwrap();
            let asks = |edns: Edns| edns.option(EdnsCode::NSID).is_some();
            let is_again = matches!(way, Way::Again(_));
            assert_eq!(query.edns.is_some_and(asks), is_again, "{way}");
        }
        for (identifier, machine) in [
            (None, None),
            (Some(&b""[..]), None),
            (Some(b"gin-1"), Some(b"gin-1".to_vec())),
        ] {
            let mut reply = Message::response(7, OpCode::Query);
            let mut edns = Edns::new();
            if let Some(identifier) = identifier {
                let option = EdnsOption::NSID(identifier.try_into().unwrap());
                edns.options_mut().insert(option);
            }
            reply.set_edns(edns);
            let decoded = decode(&reply.to_vec().unwrap()).unwrap();
            assert_eq!(decoded.machine, machine);
        }
    }

    #[test]
    fn no_cut_or_flipped_reply_panics() {
        let octets = encode(&probe(Way::Udp), 7).unwrap();
        for cut in 0..octets.len() {
            let _ = decode(&octets[..cut]);
        }
        for bit in 0..octets.len() * 8 {
            let mut octets = octets.clone();
            octets[bit / 8] ^= 1 << (bit % 8);
            let _ = decode(&octets);
            is_reply(&probe(Way::Udp), 7, &octets);
        }
    }
}
