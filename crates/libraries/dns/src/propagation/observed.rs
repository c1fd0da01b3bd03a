//! What a server answers when asked for the TXT records of a name.

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RData};

use crate::name::is_within;
use crate::transport::{ExtendedErrors, NetworkFault, Reply, ReplyFault};

/// How many values of one server are kept.
const MOST_VALUES: usize = 16;

/// How many octets of each: the values of challenges are shorter.
const LONGEST_VALUE: usize = 512;

/// The state of one server address with regard to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServerState {
    /// It has not answered yet.
    Pending,
    /// It answers with authority and has the value.
    Serving,
    /// It answers with authority and lacks the value.
    Waiting,
    /// It answers without authority, refuses, or cannot be understood.
    Lame,
    /// It does not answer, in several tries over UDP and TCP.
    Unreachable,
    /// There is no route to it from here.
    Unroutable,
}

/// What a server address answered last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// Nothing yet.
    Pending,
    /// The value, maybe among others.
    Value,
    /// Other values only, up to 16 of them.
    OtherValues(Vec<String>),
    /// The name exists and has no TXT records (NODATA); the zone's serial.
    NoData(Option<u32>),
    /// The name does not exist (NXDOMAIN); the zone's serial.
    NxDomain(Option<u32>),
    /// The name is an alias of this one, and the value is not where it leads.
    Cname(String),
    /// An answer without authority, or none at all to the question.
    Lame(ReplyFault),
    /// No answer.
    NoAnswer(NetworkFault),
}

impl ServerState {
    /// Whether it answers with authority about the name.
    pub(super) fn is_usable(self) -> bool {
        matches!(self, Self::Serving | Self::Waiting)
    }

    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Serving => "serving",
            Self::Waiting => "waiting",
            Self::Lame => "lame",
            Self::Unreachable => "unreachable",
            Self::Unroutable => "unroutable",
        }
    }
}

impl Observed {
    /// The server's state with regard to the value.
    pub(super) fn state(&self) -> ServerState {
        match self {
            Self::Pending => ServerState::Pending,
            Self::Value => ServerState::Serving,
            Self::OtherValues(_) | Self::NoData(_) | Self::NxDomain(_) | Self::Cname(_) => {
                ServerState::Waiting
            }
            Self::Lame(_) => ServerState::Lame,
            Self::NoAnswer(NetworkFault::Unroutable | NetworkFault::OtherFamily) => {
                ServerState::Unroutable
            }
            Self::NoAnswer(NetworkFault::Malformed(_)) => ServerState::Lame,
            Self::NoAnswer(_) => ServerState::Unreachable,
        }
    }

    /// What was answered, worded to follow "it" or a server's name.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Pending => "has not answered yet".into(),
            Self::Value => "has it".into(),
            Self::OtherValues(values) => format!("has {} instead", quoted(values)),
            Self::NoData(serial) => format!("says NODATA{}", with_serial(*serial)),
            Self::NxDomain(serial) => format!("says NXDOMAIN{}", with_serial(*serial)),
            Self::Cname(target) => format!("says it is a CNAME to {target}"),
            Self::Lame(reason) => format!("is lame: {reason}"),
            Self::NoAnswer(fault @ NetworkFault::Malformed(_)) => format!("is lame: {fault}"),
            Self::NoAnswer(fault @ (NetworkFault::Unroutable | NetworkFault::OtherFamily)) => {
                format!("is unroutable: {fault}")
            }
            Self::NoAnswer(fault) => format!("is unreachable: {fault}"),
        }
    }

    /// The same with what the server says beside a response code; in a failure that stands already.
    pub(super) fn describe_with(&self, errors: &ExtendedErrors) -> String {
        match self {
            Self::NoData(_) | Self::NxDomain(_) => format!("{}{errors}", self.describe()),
            _ => self.describe(),
        }
    }

    /// The zone's serial, where the answer told it.
    pub(super) fn serial(&self) -> Option<u32> {
        match self {
            Self::NoData(serial) | Self::NxDomain(serial) => *serial,
            _ => None,
        }
    }
}

/// Reads the answer to a question for the TXT records of `name`, with respect to `value`.
///
/// The strings of one record are joined, and any record may match, octet by octet. A chain of CNAMEs within the answer
/// is followed.
pub(super) fn read(
    answer: Result<Box<Reply>, NetworkFault>,
    name: &Name,
    value: &str,
    zone: Option<&Name>,
) -> Observed {
    let reply = match usable(answer, name, zone) {
        Ok(reply) => reply,
        Err(unusable) => return unusable,
    };
    let alias = reply.cname_of(name);
    if let (Some(target), false) = (alias, reply.is_about_name()) {
        // What came along in a failure is not what others are told.
        return Observed::Cname(target.to_string());
    }
    match (found(&reply, name, value), alias) {
        (Ok(()), _) => Observed::Value,
        (Err(_), Some(target)) => Observed::Cname(target.to_string()),
        (Err(others), None) if !others.is_empty() => Observed::OtherValues(others),
        (Err(_), None) => absent(&reply),
    }
}

/// Reads the answer of a recursive resolver to the same question: it follows CNAMEs itself, and has no authority.
pub(super) fn read_recursive(
    answer: Result<Box<Reply>, NetworkFault>,
    name: &Name,
    value: &str,
) -> Observed {
    let reply = match answer {
        Ok(reply) => reply,
        Err(fault) => return Observed::NoAnswer(fault),
    };
    if let Some(fault) = reply.recursive_fault() {
        return Observed::Lame(fault);
    }
    match found(&reply, name, value) {
        Ok(()) => Observed::Value,
        Err(others) if !others.is_empty() => Observed::OtherValues(others),
        Err(_) => absent(&reply),
    }
}

/// Whether one of the TXT records has this value, at the end of the CNAMEs in the answer; or else the values that there are.
fn found(reply: &Reply, name: &Name, value: &str) -> Result<(), Vec<String>> {
    let owner = reply.end_of_cnames(name).unwrap_or(name);
    let mut others = Vec::new();
    for data in reply.answers_of(owner) {
        let RData::TXT(txt) = data else { continue };
        let text = txt.txt_data.concat();
        if text == value.as_bytes() {
            return Ok(());
        }
        if others.len() < MOST_VALUES {
            let start = &text[..text.len().min(LONGEST_VALUE)];
            others.push(String::from_utf8_lossy(start).into_owned());
        }
    }
    Err(others)
}

/// Reads the answer to a question for the CNAME of `name`, which is to be an alias of `target`.
pub(super) fn read_cname(
    answer: Result<Box<Reply>, NetworkFault>,
    name: &Name,
    target: &Name,
    zone: Option<&Name>,
) -> Observed {
    let reply = match usable(answer, name, zone) {
        Ok(reply) => reply,
        Err(unusable) => return unusable,
    };
    match reply.cname_of(name) {
        Some(found) if found == target => Observed::Value,
        Some(other) => Observed::Cname(other.to_string()),
        None => absent(&reply),
    }
}

/// The reply, if it says something about `name`: with authority, or at least as one would from `zone`.
fn usable(
    answer: Result<Box<Reply>, NetworkFault>,
    name: &Name,
    zone: Option<&Name>,
) -> Result<Box<Reply>, Observed> {
    let reply = answer.map_err(Observed::NoAnswer)?;
    if let Some(fault) = reply.fault()
        // A server that follows CNAMEs itself, and fails on the way, has sent those before (SERVFAIL).
        && reply.cname_of(name).is_none()
    {
        return Err(Observed::Lame(fault));
    }
    let has_answer = reply.answers_of(name).next().is_some();
    match reply.negative_soa() {
        _ if has_answer => Ok(reply),
        // It holds the zone above, and not this one.
        Some((owner, _)) if zone.is_some_and(|zone| owner != zone && is_within(zone, owner)) => {
            Err(Observed::Lame(ReplyFault::OtherZone(owner.clone())))
        }
        None if !reply.is_authoritative() => Err(Observed::Lame(ReplyFault::NotAuthoritative)),
        _ => Ok(reply),
    }
}

fn absent(reply: &Reply) -> Observed {
    let serial = reply.negative_soa().map(|(_, soa)| soa.serial);
    if reply.code() == ResponseCode::NXDomain {
        Observed::NxDomain(serial)
    } else {
        Observed::NoData(serial)
    }
}

/// Values as a person can read them: shortened, and not too many.
#[must_use]
pub fn quoted(values: &[String]) -> String {
    let mut shown: Vec<_> = values
        .iter()
        .take(3)
        .map(|value| format!("{:?}", shorten(value)))
        .collect();
    if values.len() > shown.len() {
        shown.push(format!("{} more", values.len() - shown.len()));
    }
    shown.join(", ")
}

/// A value with its middle left out, where it is longer than a digest in base64url.
pub(super) fn shorten(value: &str) -> String {
    let characters: Vec<char> = value.chars().collect();
    match characters.as_slice() {
        [head @ .., _, _, _, _, _, _] if characters.len() > 48 => {
            let tail: String = characters[characters.len() - 6..].iter().collect();
            format!("{}…{tail}", head.iter().take(30).collect::<String>())
        }
        _ => value.into(),
    }
}

fn with_serial(serial: Option<u32>) -> String {
    serial
        .map(|serial| format!(" (serial {serial})"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::{Message, OpCode};
    use hickory_proto::rr::Record;
    use hickory_proto::rr::rdata::{CNAME, SOA, TXT};

    use super::*;
    use crate::name::parse;

    const NAME: &str = "_label.example.test";

    fn reply(authoritative: bool, records: &[(&str, RData)]) -> Result<Box<Reply>, NetworkFault> {
        let mut message = Message::response(1, OpCode::Query);
        message.metadata.authoritative = authoritative;
        for (owner, data) in records {
            message.add_answer(Record::from_rdata(parse(owner).unwrap(), 60, data.clone()));
        }
        Ok(Box::new(Reply::new(message)))
    }

    fn txt(strings: &[&str]) -> RData {
        RData::TXT(TXT::from_bytes(
            strings.iter().map(|s| s.as_bytes()).collect(),
        ))
    }

    fn seen(authoritative: bool, records: &[(&str, RData)]) -> Observed {
        read(
            reply(authoritative, records),
            &parse(NAME).unwrap(),
            "value",
            None,
        )
    }

    #[test]
    fn one_matching_record_among_others_is_enough() {
        assert_eq!(
            seen(true, &[(NAME, txt(&["old"])), (NAME, txt(&["value"]))]),
            Observed::Value
        );
    }

    #[test]
    fn the_strings_of_a_record_are_joined_and_compared_octet_by_octet() {
        assert_eq!(seen(true, &[(NAME, txt(&["val", "ue"]))]), Observed::Value);
        for other in ["VALUE", "value ", "\"value\"", "xvaluey"] {
            assert_eq!(
                seen(true, &[(NAME, txt(&[other]))]),
                Observed::OtherValues(vec![other.into()])
            );
        }
        assert_eq!(
            seen(true, &[(NAME, txt(&["val"])), (NAME, txt(&["ue"]))]).state(),
            ServerState::Waiting
        );
    }

    #[test]
    fn what_is_there_counts_without_authority_as_well_and_nothing_at_all_does_not() {
        let there = seen(false, &[(NAME, txt(&["value"]))]);
        assert_eq!(there, Observed::Value);
        let nothing = seen(false, &[]);
        assert_eq!(nothing, Observed::Lame(ReplyFault::NotAuthoritative));
    }

    #[test]
    fn an_answer_from_the_zone_above_is_not_one_from_the_zone() {
        for (owner, zone, state) in [
            ("example.test", Some("example.test"), ServerState::Waiting),
            ("test", Some("example.test"), ServerState::Lame),
            (".", Some("example.test"), ServerState::Lame),
            (
                "_label.example.test",
                Some("example.test"),
                ServerState::Waiting,
            ),
            ("test", None, ServerState::Waiting),
        ] {
            let mut message = Message::response(1, OpCode::Query);
            message.metadata.authoritative = true;
            message.metadata.response_code = ResponseCode::NXDomain;
            let server = parse("ns.test").unwrap();
            let soa = SOA::new(server.clone(), server, 7, 1, 1, 1, 1);
            let owner_name = parse(owner).unwrap();
            message.add_authority(Record::from_rdata(owner_name, 60, RData::SOA(soa)));
            let reply = Ok(Box::new(Reply::new(message)));
            let zone = zone.map(|zone| parse(zone).unwrap());
            let seen = read(reply, &parse(NAME).unwrap(), "value", zone.as_ref());
            assert_eq!(seen.state(), state, "{owner}");
        }
    }

    #[test]
    fn a_cname_is_there_or_another_or_none() {
        let alias = |target: &str| RData::CNAME(CNAME(parse(target).unwrap()));
        let (name, target) = (parse(NAME).unwrap(), parse("a.test").unwrap());
        for (records, seen) in [
            (vec![(NAME, alias("a.test"))], Observed::Value),
            (
                vec![(NAME, alias("b.test"))],
                Observed::Cname("b.test.".into()),
            ),
            (vec![(NAME, txt(&["value"]))], Observed::NoData(None)),
            (vec![], Observed::NoData(None)),
        ] {
            let found = read_cname(reply(true, &records), &name, &target, None);
            assert_eq!(found, seen);
        }
        let mut failed = reply(true, &[(NAME, alias("a.test"))]).unwrap();
        failed.set_code(ResponseCode::ServFail);
        assert_eq!(
            read_cname(Ok(failed), &name, &target, None),
            Observed::Value
        );
    }

    #[test]
    fn the_value_of_another_name_counts_only_where_a_cname_leads_to_it() {
        assert_eq!(
            seen(true, &[("other.test", txt(&["value"]))]).state(),
            ServerState::Waiting
        );
        let alias = RData::CNAME(CNAME(parse("other.test").unwrap()));
        assert_eq!(
            seen(
                true,
                &[(NAME, alias.clone()), ("other.test", txt(&["value"]))]
            ),
            Observed::Value
        );
        assert_eq!(
            seen(true, &[(NAME, alias)]),
            Observed::Cname("other.test.".into())
        );
    }

    #[test]
    fn a_cname_loop_within_an_answer_ends() {
        let alias = RData::CNAME(CNAME(parse(NAME).unwrap()));
        assert_eq!(seen(true, &[(NAME, alias)]).state(), ServerState::Waiting);
    }

    #[test]
    fn no_answer_for_lack_of_a_route_is_told_from_a_dead_server() {
        assert_eq!(
            Observed::NoAnswer(NetworkFault::Unroutable).state(),
            ServerState::Unroutable
        );
        assert_eq!(
            Observed::NoAnswer(NetworkFault::Timeout).state(),
            ServerState::Unreachable
        );
    }
}
