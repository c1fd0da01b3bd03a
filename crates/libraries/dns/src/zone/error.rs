//! Why a zone or its servers cannot be found.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RecordType};

use crate::address;
use crate::resolver::Resolver;
use crate::transport::{ExtendedErrors, Remark, ServerFault, list_faults, list_resolver_faults};

/// Why a search fails: what was asked of whom, and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// No resolver gives a usable answer.
    NoResolver {
        /// What they are asked about.
        name: Name,
        /// The type of record that they are asked for.
        record_type: RecordType,
        /// What is wrong with each of them.
        faults: Vec<(Resolver, ServerFault)>,
    },
    /// The resolvers answer, and show no zone that the name is in.
    NoZoneSeen(Name),
    /// No zone below a top-level domain, or the root, holds the name.
    NotRegistered {
        /// The name.
        name: Name,
        /// The root or the top-level domain that does hold it.
        top_level: Name,
        /// Whether the name exists there.
        exists: bool,
        /// What is said beside that it does not.
        errors: ExtendedErrors,
    },
    /// The last of these names is among those before it, each of which is a CNAME to the next.
    CnameLoop(Vec<Name>),
    /// Each of these names is a CNAME to the next, and they are more than a resolver follows.
    TooManyCnames {
        /// The names.
        chain: Vec<Name>,
        /// How many CNAMEs are followed.
        most: usize,
    },
    /// The name is a CNAME to a name that no record can be kept at.
    BadCname {
        /// The name.
        name: Name,
        /// Where it leads, as the wire has it.
        target: String,
    },
    /// The zone has no NS records.
    NoNameServers(Name),
    /// None of the zone's servers has an address that can be found.
    NoAddresses {
        /// The zone.
        zone: Name,
        /// Its servers.
        servers: Vec<Name>,
    },
    /// No server of the zone gives a usable answer.
    NoAuthority {
        /// The zone.
        zone: Name,
        /// What is wrong with each of the servers' addresses.
        faults: Vec<(SocketAddr, ServerFault)>,
    },
    /// Servers refer down to others, which refer further down, too many times.
    TooManyReferrals {
        /// The name that is searched for.
        name: Name,
        /// The last zone that was referred to.
        zone: Name,
        /// How many referrals are followed.
        most: usize,
    },
    /// The search takes more questions than this.
    TooManyQuestions {
        /// The name that is searched for.
        name: Name,
        /// How many are asked.
        most: usize,
    },
    /// The search takes longer than this.
    Timeout {
        /// The name that is searched for.
        name: Name,
        /// How long it may take.
        limit: Duration,
    },
}

impl Error {
    /// What is to be said where the resolvers fail so, and the servers answer all the same; nothing where they do not fail.
    pub(super) fn resolvers_fail(&self) -> Option<Remark> {
        let Self::NoResolver { faults, .. } = self else {
            return None;
        };
        let mut faults = faults.iter();
        Some(Remark::ResolversFail {
            how: self.to_string(),
            is_servfail: faults.any(|(_, fault)| fault.is_code(ResponseCode::ServFail)),
        })
    }

    /// Whether resolvers were asked, and none has said anything in time.
    pub(super) fn is_silence(&self) -> bool {
        match self {
            Self::NoResolver { faults, .. } => faults.iter().all(|(_, fault)| fault.is_timeout()),
            _ => false,
        }
    }

    /// Whether no server of this zone gives a usable answer.
    pub(super) fn is_no_authority(&self, of: &Name) -> bool {
        matches!(self, Self::NoAuthority { zone, .. } if zone == of)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoResolver {
                name,
                record_type,
                faults,
            } => write!(
                f,
                "asked for {record_type} at {name}, no resolver answers: {}",
                list_resolver_faults(faults)
            ),
            Self::NoZoneSeen(name) => {
                write!(f, "the resolver knows of no zone that {name} is in")
            }
            Self::NotRegistered {
                name,
                top_level,
                exists: true,
                ..
            } => write!(f, "no zone below {top_level} holds {name}"),
            Self::NotRegistered {
                name,
                top_level,
                errors,
                ..
            } => write!(
                f,
                "{name} is in no registered domain: the zone {top_level} says that it does not exist: NXDOMAIN{errors}"
            ),
            Self::CnameLoop(chain) => write!(f, "CNAME loop: {}", join(chain, " -> ")),
            Self::TooManyCnames { chain, most } => {
                write!(
                    f,
                    "more than {most} CNAMEs in a row: {}",
                    join(chain, " -> ")
                )
            }
            Self::BadCname { name, target } => write!(
                f,
                "{name} is a CNAME to {target}, at which no record can be kept"
            ),
            Self::NoNameServers(zone) => write!(f, "the zone {zone} has no NS records"),
            Self::NoAddresses { zone, servers } => write!(
                f,
                "no address can be found for the name servers of {zone}: {}",
                join(servers, ", ")
            ),
            Self::NoAuthority { zone, faults } if are_of_other_family(faults) => {
                let addresses: Vec<_> = faults.iter().map(|(at, _)| address::format(at)).collect();
                write!(
                    f,
                    "all name servers of {zone} are at addresses of a version of IP that is not used: {}",
                    addresses.join(", ")
                )
            }
            Self::NoAuthority { zone, faults } => write!(
                f,
                "no name server of {zone} answers with authority: {}",
                list_faults(faults)
            ),
            Self::TooManyReferrals { name, zone, most } => write!(
                f,
                "{name} lies below more than {most} delegations, the last one {zone}"
            ),
            Self::TooManyQuestions { name, most } => {
                write!(f, "the zone of {name} was not found with {most} questions")
            }
            Self::Timeout { name, limit } => write!(
                f,
                "the zone of {name} was not found within {} s",
                limit.as_secs()
            ),
        }
    }
}

impl std::error::Error for Error {}

/// Whether there are servers, and all are left out for their version of IP.
fn are_of_other_family(faults: &[(SocketAddr, ServerFault)]) -> bool {
    !faults.is_empty() && faults.iter().all(|(_, fault)| fault.is_of_other_family())
}

fn join(names: &[Name], separator: &str) -> String {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    names.join(separator)
}
