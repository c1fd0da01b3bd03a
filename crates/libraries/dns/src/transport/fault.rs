//! What can be wrong with a server: nothing comes back from it, or nothing that is usable.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::Name;
use rustix::io::Errno;

use crate::address;
use crate::resolver::Resolver;
use crate::transport::extended_error::ExtendedErrors;

/// Why a question to a server ends without a reply that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkFault {
    /// Nothing comes back in several tries over UDP and TCP.
    Timeout,
    /// Nothing listens there: ICMP port unreachable, or a TCP reset.
    Refused,
    /// It takes the connection, and closes it: before it has answered, or in the middle of that.
    Closed {
        /// Whether a part of its answer came.
        amid_answer: bool,
    },
    /// This machine has no route to the address, or no address of its family.
    Unroutable,
    /// The system reports another error.
    System(String),
    /// What comes back cannot be read.
    Malformed(String),
    /// Nothing comes back over what these words say, which is all that it is asked over.
    NoAnswerOver(&'static str),
    /// TLS with it fails, for this reason.
    Tls(String),
    /// Its certificate is not accepted, for this reason.
    Certificate(String),
    /// HTTPS with it fails, for this reason.
    Https(String),
    /// Nobody knows an address of it, for this reason.
    NoAddress(String),
    /// Its address is of a version of IP that is not to be used.
    OtherFamily,
    /// What comes back over UDP is cut short (TC), and this is wrong with TCP.
    CutShort(Box<NetworkFault>),
}

/// Why a reply is not usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyFault {
    /// It has this response code (RFC 6895 §2.3), which says nothing about the name, and these extended errors.
    ResponseCode(ResponseCode, ExtendedErrors),
    /// It comes from a cache (no AA) and not from a server of the zone.
    NotAuthoritative,
    /// It refers to the servers of this zone, which does not lead down to the name.
    Referral(Name),
    /// It comes from this zone, and not from the one that the server was asked for.
    OtherZone(Name),
    /// It has no SOA record for the zone's apex.
    NoSoa,
    /// It has no NS records for the zone's apex.
    NoNs,
    /// It only refers to others, and offers no recursion (RA): what was asked as a resolver is none.
    NoRecursion,
}

/// Why a server is not usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerFault {
    /// There is no reply from it.
    Network(NetworkFault),
    /// Its reply is not usable.
    Reply(ReplyFault),
}

impl NetworkFault {
    /// Whether nothing has come back in time: to ask again at once is of no use.
    pub(crate) fn is_timeout(&self) -> bool {
        matches!(self, Self::Timeout | Self::NoAnswerOver(_))
    }

    /// What says more of a server than the other: the later of the two, unless that is about this machine alone.
    pub(crate) fn or_later(self, later: Self) -> Self {
        let is_of_this_machine = |one: &Self| matches!(one, Self::Unroutable | Self::OtherFamily);
        match is_of_this_machine(&later) && !is_of_this_machine(&self) {
            true => self,
            false => later,
        }
    }

    /// Whether somebody is there who does not answer at present, as a server that is restarted.
    pub(crate) fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused | Self::Closed { .. })
    }
}

impl From<io::Error> for NetworkFault {
    fn from(error: io::Error) -> Self {
        match Errno::from_io_error(&error) {
            Some(Errno::TIMEDOUT) => Self::Timeout,
            Some(Errno::CONNREFUSED) => Self::Refused,
            Some(Errno::NETUNREACH | Errno::ADDRNOTAVAIL | Errno::AFNOSUPPORT) => Self::Unroutable,
            _ => match error.kind() {
                // What TLS and HTTP/2 hand on has no number of the system's, and texts of their own.
                ErrorKind::UnexpectedEof | ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
                    Self::Closed { amid_answer: false }
                }
                ErrorKind::InvalidData => Self::Tls("what it sends is no TLS".into()),
                _ => Self::System(error.to_string()),
            },
        }
    }
}

impl ServerFault {
    /// Whether it is this response code.
    #[must_use]
    pub fn is_code(&self, code: ResponseCode) -> bool {
        matches!(self, Self::Reply(ReplyFault::ResponseCode(found, _)) if *found == code)
    }

    /// Whether it is no recursive resolver.
    #[must_use]
    pub fn is_no_recursion(&self) -> bool {
        matches!(self, Self::Reply(ReplyFault::NoRecursion))
    }

    /// Whether nothing was sent, since its version of IP is not to be used.
    #[must_use]
    pub fn is_of_other_family(&self) -> bool {
        matches!(self, Self::Network(NetworkFault::OtherFamily))
    }

    /// Whether nothing has come back in time.
    pub(crate) fn is_timeout(&self) -> bool {
        match self {
            Self::Network(fault) => fault.is_timeout(),
            Self::Reply(_) => false,
        }
    }
}

impl From<NetworkFault> for ServerFault {
    fn from(fault: NetworkFault) -> Self {
        Self::Network(fault)
    }
}

impl From<ReplyFault> for ServerFault {
    fn from(fault: ReplyFault) -> Self {
        Self::Reply(fault)
    }
}

impl fmt::Display for NetworkFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("no answer over UDP or TCP"),
            Self::Refused => f.write_str("nothing listens on its port"),
            Self::Closed { amid_answer: true } => {
                f.write_str("it closes the connection in the middle of its answer")
            }
            Self::Closed { amid_answer: false } => {
                f.write_str("it closes the connection without an answer")
            }
            Self::Unroutable => f.write_str("no route from here"),
            Self::NoAnswerOver(channel) => write!(f, "no answer over {channel}"),
            Self::OtherFamily => f.write_str("its version of IP is not used here"),
            Self::System(error) | Self::Tls(error) | Self::Https(error) => f.write_str(error),
            Self::Certificate(error) => write!(f, "its certificate is not accepted: {error}"),
            Self::NoAddress(error) => write!(f, "its address is not to be found: {error}"),
            Self::Malformed(error) => write!(f, "an answer that cannot be read: {error}"),
            Self::CutShort(over_tcp) => {
                f.write_str("its answer over UDP is cut short (TC), and over TCP ")?;
                match &**over_tcp {
                    Self::Timeout => f.write_str("there is none"),
                    Self::Malformed(why) => write!(f, "it cannot be read: {why}"),
                    other => write!(f, "there is none: {other}"),
                }
            }
        }
    }
}

impl fmt::Display for ReplyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ResponseCode(code, errors) => write!(f, "{}{errors}", mnemonic(*code)),
            Self::NotAuthoritative => f.write_str("not authoritative (no AA)"),
            Self::Referral(zone) => {
                write!(f, "not authoritative, it refers to the servers of {zone}")
            }
            Self::OtherZone(zone) => write!(f, "it answers from another zone, {zone}"),
            Self::NoSoa => f.write_str("no SOA at the zone's apex"),
            Self::NoNs => f.write_str("no NS at the zone's apex"),
            Self::NoRecursion => {
                f.write_str("it is no recursive resolver (no RA), and refers to others")
            }
        }
    }
}

impl fmt::Display for ServerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(fault) => fault.fmt(f),
            Self::Reply(fault) => fault.fmt(f),
        }
    }
}

/// What is wrong with each of several servers, in one line.
pub(crate) fn list_faults(faults: &[(SocketAddr, ServerFault)]) -> String {
    list(
        faults
            .iter()
            .map(|(server, fault)| (address::format(server), fault)),
    )
}

/// The same for resolvers.
pub(crate) fn list_resolver_faults(faults: &[(Resolver, ServerFault)]) -> String {
    list(
        faults
            .iter()
            .map(|(resolver, fault)| (resolver.to_string(), fault)),
    )
}

fn list<'a>(faults: impl Iterator<Item = (String, &'a ServerFault)>) -> String {
    let listed = faults.map(|(server, fault)| format!("{server}: {fault}"));
    listed.collect::<Vec<_>>().join("; ")
}

/// The response code's mnemonic (RFC 6895 §2.3), as `dig` prints it.
fn mnemonic(code: ResponseCode) -> String {
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

    #[test]
    fn a_missing_address_family_is_unroutable_and_a_closed_port_is_not() {
        for (errno, fault) in [
            (Errno::NETUNREACH, NetworkFault::Unroutable),
            (Errno::ADDRNOTAVAIL, NetworkFault::Unroutable),
            (Errno::AFNOSUPPORT, NetworkFault::Unroutable),
            (Errno::CONNREFUSED, NetworkFault::Refused),
            (Errno::TIMEDOUT, NetworkFault::Timeout),
            (
                Errno::CONNRESET,
                NetworkFault::Closed { amid_answer: false },
            ),
            (Errno::PIPE, NetworkFault::Closed { amid_answer: false }),
        ] {
            assert_eq!(NetworkFault::from(io::Error::from(errno)), fault);
        }
    }

    #[test]
    fn that_there_is_no_route_to_one_address_hides_nothing_that_another_has_said() {
        use NetworkFault::{OtherFamily, Refused, Timeout, Unroutable};
        for (first, second, says) in [
            (OtherFamily, Unroutable, Unroutable),
            (OtherFamily, Refused, Refused),
            (Unroutable, Refused, Refused),
            (Refused, Unroutable, Refused),
            (Refused, Timeout, Timeout),
        ] {
            assert_eq!(first.or_later(second), says);
        }
    }

    #[test]
    fn no_text_of_a_library_is_shown_where_a_connection_is_closed() {
        for (kind, says) in [
            (
                ErrorKind::UnexpectedEof,
                "it closes the connection without an answer",
            ),
            (
                ErrorKind::BrokenPipe,
                "it closes the connection without an answer",
            ),
            (ErrorKind::InvalidData, "what it sends is no TLS"),
        ] {
            let error = io::Error::new(kind, "see https://docs.rs/x");
            assert_eq!(NetworkFault::from(error).to_string(), says);
        }
    }
}
