//! The signature on a message (RFC 8945 §4 and §5).

use crate::fault::{Fault, TsigFault};
use crate::key::Key;
use hickory_proto::ProtoError;
use hickory_proto::op::Message;
use hickory_proto::rr::Name;
use hickory_proto::rr::rdata::tsig::{
    TSIG, TsigAlgorithm, TsigError, make_tsig_record, signed_bitmessage_to_buf,
};
use hickory_proto::serialize::binary::{BinEncodable, BinEncoder};

/// How far apart the clocks may be, in seconds (RFC 8945 §10 recommends it).
pub(crate) const FUDGE: u16 = 300;

/// Where the count of additional records stands in a header (RFC 1035 §4.1.1).
const ARCOUNT: std::ops::Range<usize> = 10..12;

/// A message as it goes out.
pub(crate) struct Signed {
    pub(crate) octets: Vec<u8>,
    /// The MAC, which the reply is signed with as well.
    pub(crate) mac: Vec<u8>,
}

/// Signs an encoded message, which has no additional records. `now` is in seconds since 1970.
pub(crate) fn sign(message: &Message, key: &Key, now: u64) -> Result<Signed, ProtoError> {
    let mut octets = message.to_vec()?;
    let name = Name::from_ascii(key.algorithm().name())?;
    let algorithm = TsigAlgorithm::from_name(name);
    let stub = TSIG::new(
        algorithm,
        now,
        FUDGE,
        Vec::new(),
        message.id,
        None,
        Vec::new(),
    );
    let signed = [octets.clone(), variables(&stub, key.name())?].concat();
    let mac = key.sign(&signed);
    let record = make_tsig_record(key.name().clone(), stub.set_mac(mac.clone()));
    octets.extend(record.to_bytes()?);
    octets[ARCOUNT].copy_from_slice(&1u16.to_be_bytes());
    Ok(Signed { octets, mac })
}

/// What is signed beside the message (RFC 8945 §4.3.3).
fn variables(tsig: &TSIG, name: &Name) -> Result<Vec<u8>, ProtoError> {
    let mut octets = Vec::new();
    tsig.emit_tsig_for_mac(&mut BinEncoder::new(&mut octets), name)?;
    Ok(octets)
}

/// Checks the signature on a reply to a message that was signed with this key, and had this MAC.
///
/// # Errors
/// What the server found wrong with the signature on the message, which comes first, since such a reply need not be
/// signed; or that the reply's own is missing, wrong or of another time.
pub(crate) fn verify(
    octets: &[u8],
    reply: &Message,
    key: &Key,
    mac: &[u8],
    now: u64,
) -> Result<(), Fault> {
    let Some(record) = reply.signature() else {
        return Err(Fault::Unsigned);
    };
    let tsig = &record.data;
    match &tsig.error {
        None => {}
        Some(TsigError::BadSig) => return Err(Fault::Tsig(TsigFault::BadSig)),
        Some(TsigError::BadKey) => return Err(Fault::Tsig(TsigFault::BadKey)),
        Some(TsigError::BadTime) => {
            let server = server_time(&tsig.other);
            return Err(Fault::Tsig(TsigFault::BadTime { server, here: now }));
        }
        Some(other) => {
            let code = u16::from(*other);
            return Err(Fault::Tsig(TsigFault::Other(code)));
        }
    }
    let (signed, record) =
        signed_bitmessage_to_buf(octets, Some(mac), true).map_err(|_| Fault::WrongSignature)?;
    let is_same_key = record.name == *key.name();
    if !is_same_key || !key.verifies(&signed, &record.data.mac) {
        return Err(Fault::WrongSignature);
    }
    if tsig.time.abs_diff(now) > FUDGE.into() {
        return Err(Fault::OtherTime {
            server: tsig.time,
            here: now,
        });
    }
    Ok(())
}

/// The time that a server says with BADTIME: 48 bits (RFC 8945 §5.2.3).
fn server_time(other: &[u8]) -> Option<u64> {
    let other: [u8; 6] = other.try_into().ok()?;
    let seconds = other
        .iter()
        .fold(0, |all, octet| all << 8 | u64::from(*octet));
    Some(seconds)
}

/// Replies as servers make them.
#[cfg(test)]
pub(crate) mod test_replies {
    use super::*;

    /// A reply, signed with this key at this time as the one to a message with this MAC.
    pub(crate) fn signed(message: &Message, mac: &[u8], key: &Key, time: u64) -> Vec<u8> {
        let mut octets = message.to_vec().unwrap();
        let algorithm = TsigAlgorithm::from_name(Name::from_ascii("hmac-sha256").unwrap());
        let stub = TSIG::new(
            algorithm,
            time,
            FUDGE,
            Vec::new(),
            message.id,
            None,
            Vec::new(),
        );
        let mut signed = (mac.len() as u16).to_be_bytes().to_vec();
        signed.extend(mac);
        signed.extend(&octets);
        signed.extend(variables(&stub, key.name()).unwrap());
        let record = make_tsig_record(key.name().clone(), stub.set_mac(key.sign(&signed)));
        octets.extend(record.to_bytes().unwrap());
        octets[11] = 1;
        octets
    }

    /// A reply that says what is wrong with a signature, without one of its own.
    pub(crate) fn with_error(message: &Message, error: TsigError, other: Vec<u8>) -> Vec<u8> {
        let mut octets = message.to_vec().unwrap();
        let algorithm = TsigAlgorithm::from_name(Name::from_ascii("hmac-sha256").unwrap());
        let tsig = TSIG::new(
            algorithm,
            0,
            FUDGE,
            Vec::new(),
            message.id,
            Some(error),
            other,
        );
        let record = make_tsig_record(Name::from_ascii("acme.").unwrap(), tsig);
        octets.extend(record.to_bytes().unwrap());
        octets[11] = 1;
        octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Algorithm;
    use hickory_proto::op::{MessageType, OpCode, ResponseCode};

    const NOW: u64 = 1_700_000_000;

    fn key(secret: &str) -> Key {
        Key::new("Acme", Algorithm::Sha256, secret).unwrap()
    }

    /// The reply of a server, signed with this key, `late` seconds after NOW.
    fn reply(request: &Signed, key: &Key, late: u64) -> Vec<u8> {
        let message = Message::new(7, MessageType::Response, OpCode::Update);
        test_replies::signed(&message, &request.mac, key, NOW + late)
    }

    fn verified(octets: &[u8], request: &Signed) -> Result<(), Fault> {
        let reply = Message::from_vec(octets).unwrap();
        verify(octets, &reply, &key("c2VjcmV0"), &request.mac, NOW)
    }

    #[test]
    fn a_reply_counts_where_the_same_key_signed_it_at_this_time() {
        let request = Message::new(7, MessageType::Query, OpCode::Update);
        let request = sign(&request, &key("c2VjcmV0"), NOW).unwrap();
        let good = reply(&request, &key("c2VjcmV0"), 300);
        assert_eq!(verified(&good, &request), Ok(()));
        let late = reply(&request, &key("c2VjcmV0"), 301);
        let other_time = Fault::OtherTime {
            server: NOW + 301,
            here: NOW,
        };
        assert_eq!(verified(&late, &request), Err(other_time));
        let forged = reply(&request, &key("Zm9yZ2Vk"), 0);
        assert_eq!(verified(&forged, &request), Err(Fault::WrongSignature));
        let mut changed = good.clone();
        // The response code.
        changed[3] = 5;
        assert_eq!(verified(&changed, &request), Err(Fault::WrongSignature));
        let unsigned = Message::new(7, MessageType::Response, OpCode::Update);
        let unsigned = unsigned.to_vec().unwrap();
        assert_eq!(verified(&unsigned, &request), Err(Fault::Unsigned));
    }

    #[test]
    fn a_reply_that_was_changed_in_any_bit_or_cut_off_is_judged_without_a_panic() {
        let request = Message::new(7, MessageType::Query, OpCode::Update);
        let request = sign(&request, &key("c2VjcmV0"), NOW).unwrap();
        let good = reply(&request, &key("c2VjcmV0"), 0);
        let judged = |octets: &[u8]| {
            let reply = Message::from_vec(octets).ok()?;
            Some(verify(octets, &reply, &key("c2VjcmV0"), &request.mac, NOW))
        };
        let changed = (0..good.len() * 8).map(|bit| {
            let mut changed = good.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            changed
        });
        let cut = (0..good.len()).map(|length| good[..length].to_vec());
        let refused = changed
            .chain(cut)
            .filter(|octets| judged(octets) != Some(Ok(())));
        // All but those of the ID, the case of names, and the record's class and TTL, which the signature has in their
        // own way (RFC 8945 §4.3).
        assert!(refused.count() > good.len() * 8);
        assert_eq!(judged(&good), Some(Ok(())));
    }

    #[test]
    fn what_the_server_finds_wrong_with_a_signature_is_read_from_an_unsigned_reply() {
        let request = Message::new(7, MessageType::Query, OpCode::Update);
        let request = sign(&request, &key("c2VjcmV0"), NOW).unwrap();
        let time = vec![0, 0, 0x65, 0x53, 0xf2, 0x2c];
        for (error, other, expected) in [
            (TsigError::BadSig, Vec::new(), TsigFault::BadSig),
            (TsigError::BadKey, Vec::new(), TsigFault::BadKey),
            (
                TsigError::BadTime,
                time,
                TsigFault::BadTime {
                    server: Some(NOW + 300),
                    here: NOW,
                },
            ),
            (
                TsigError::BadTime,
                Vec::new(),
                TsigFault::BadTime {
                    server: None,
                    here: NOW,
                },
            ),
            (TsigError::BadTrunc, Vec::new(), TsigFault::Other(22)),
        ] {
            let mut message = Message::new(7, MessageType::Response, OpCode::Update);
            message.metadata.response_code = ResponseCode::NotAuth;
            let octets = test_replies::with_error(&message, error, other);
            assert_eq!(verified(&octets, &request), Err(Fault::Tsig(expected)));
        }
    }
}
