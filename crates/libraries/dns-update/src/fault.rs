//! What can go wrong between this machine and a server, with its data.

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::Name;

/// Why a server did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The server's name leads to no address.
    NoAddress(String),
    /// Nothing came back in time.
    Timeout,
    /// The system reports an error: nobody listens there, or there is no way there.
    Network(String),
    /// Nothing came back over UDP, so that it may have had the message, and over TCP the system reports an error.
    Unheard(String),
    /// What came back is no reply.
    Malformed(String),
    /// The message does not fit.
    Encoding(String),
    /// The server says that it did not.
    Refused(ResponseCode),
    /// The server says NOTAUTH, and showed that it knows the key, if there is one, and is authoritative for the zone.
    NotAllowed {
        /// Whether it says BADKEY as well, as Knot does; then the key is all that it showed to know.
        bad_key: bool,
    },
    /// The server says what is wrong with the signature.
    Tsig(TsigFault),
    /// The reply is not signed, and the message was.
    Unsigned,
    /// The reply is signed with something else, or was changed on its way.
    WrongSignature,
    /// The reply is signed with the key, at another time than now: the answer does not count (RFC 8945 §5.4), though the
    /// server has had the message. Both times are in seconds since 1970.
    OtherTime {
        /// When the server signed it, by its clock.
        server: u64,
        /// This machine's.
        here: u64,
    },
    /// The server holds no zone with the name.
    NoZone,
    /// The server holds the zone above, which delegates this one to others.
    Delegated(Name),
}

/// What is wrong with a signature (RFC 8945 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TsigFault {
    /// The server knows the key by its name, and not this secret.
    BadSig,
    /// The server does not know the key by this name and algorithm.
    BadKey,
    /// The clocks differ too much. Both times are in seconds since 1970.
    BadTime {
        /// The server's, where it says.
        server: Option<u64>,
        /// This machine's.
        here: u64,
    },
    /// Something else, by its code.
    Other(u16),
}

/// A server that did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The server as it was named, with the address where that is another.
    pub server: String,
    /// Why not.
    pub fault: Fault,
}

impl Fault {
    /// Whether it may be about one name of a message only, so that the others are worth a message of their own.
    pub(crate) fn may_be_of_one_name(&self) -> bool {
        matches!(
            self,
            Fault::NotAllowed { .. }
                | Fault::Refused(
                    ResponseCode::Refused
                        | ResponseCode::YXRRSet
                        | ResponseCode::NotZone
                        | ResponseCode::FormErr
                        | ResponseCode::ServFail
                )
        )
    }

    /// Whether it lasts until somebody changes something: a server that starts again may answer anything else for a while.
    pub fn is_permanent(&self) -> bool {
        let of_key = [TsigFault::BadKey, TsigFault::BadSig];
        match self {
            Fault::Tsig(fault) => {
                of_key.contains(fault) || matches!(fault, TsigFault::BadTime { .. })
            }
            Fault::Refused(code) => *code == ResponseCode::NotImp,
            // It serves the zone already, so this is what its configuration says.
            Fault::NotAllowed { .. } => true,
            _ => false,
        }
    }

    /// Whether the server answered at all.
    pub fn is_answer(&self) -> bool {
        !matches!(
            self,
            Fault::NoAddress(_) | Fault::Timeout | Fault::Network(_) | Fault::Unheard(_)
        )
    }
}
