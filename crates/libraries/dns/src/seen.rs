//! What one server address answers when asked for the TXT records of a name.

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::{Name, RData};
use serde::Serialize;

use crate::transport::{NetworkFault, Reply, ReplyFault};

/// How many values of one server are looked at in what is said to a person.
const MOST_VALUES: usize = 16;

/// How one server address stands to a value, as a pipeline's documents call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It has not been heard yet.
    Pending,
    /// It answers with authority and has the value.
    Serving,
    /// It answers with authority and lacks the value.
    Waiting,
    /// It answers without authority, or refuses.
    Lame,
    /// It does not answer in fair tries.
    Unreachable,
    /// There is no route to it from here.
    Unroutable,
}

/// What a server address answered last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Nothing yet.
    Pending,
    /// The value, maybe among others.
    Value,
    /// Other values only.
    Others(Vec<String>),
    /// The name exists and has no TXT records (NODATA); the zone's serial.
    NoData(Option<u32>),
    /// The name does not exist (NXDOMAIN); the zone's serial.
    NoName(Option<u32>),
    /// The name is an alias, and the value is not where it leads.
    Alias(String),
    /// An answer without authority, or none at all to the question.
    Lame(ReplyFault),
    /// No answer.
    Silent(NetworkFault),
}

impl Seen {
    /// What the state is called.
    pub(crate) fn state(&self) -> State {
        match self {
            Self::Pending => State::Pending,
            Self::Value => State::Serving,
            Self::Others(_) | Self::NoData(_) | Self::NoName(_) | Self::Alias(_) => State::Waiting,
            Self::Lame(_) => State::Lame,
            Self::Silent(NetworkFault::Unroutable) => State::Unroutable,
            Self::Silent(NetworkFault::Malformed(_)) => State::Lame,
            Self::Silent(_) => State::Unreachable,
        }
    }

    /// What was answered, after "it" or a server's name.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Pending => "has not answered yet".into(),
            Self::Value => "has it".into(),
            Self::Others(values) => format!("has {} instead", quoted(values)),
            Self::NoData(serial) => format!("says NODATA{}", with_serial(*serial)),
            Self::NoName(serial) => format!("says NXDOMAIN{}", with_serial(*serial)),
            Self::Alias(target) => format!("says it is a CNAME to {target}"),
            Self::Lame(reason) => format!("is lame: {reason}"),
            Self::Silent(silence @ NetworkFault::Malformed(_)) => format!("is lame: {silence}"),
            Self::Silent(silence @ NetworkFault::Unroutable) => format!("is unroutable: {silence}"),
            Self::Silent(silence) => format!("is unreachable: {silence}"),
        }
    }

    /// The zone's serial, where the answer told it.
    pub(crate) fn serial(&self) -> Option<u32> {
        match self {
            Self::NoData(serial) | Self::NoName(serial) => *serial,
            _ => None,
        }
    }
}

/// Reads the answer to a question for the TXT records of `name`, with respect to `value`.
///
/// As a CA does: the strings of one record are joined, any record may match, octet by octet (RFC 8555 §8.4). A chain of
/// CNAMEs within the answer is followed.
pub(crate) fn read(answer: Result<Box<Reply>, NetworkFault>, name: &Name, value: &str) -> Seen {
    let reply = match answer {
        Ok(reply) => reply,
        Err(silence) => return Seen::Silent(silence),
    };
    if !reply.is_about_name() {
        return Seen::Lame(ReplyFault::ResponseCode(reply.code()));
    }
    if !reply.is_authoritative() {
        return Seen::Lame(match reply.referral() {
            Some((zone, _)) => ReplyFault::Referral(zone.clone()),
            None => ReplyFault::NotAuthoritative,
        });
    }
    let alias = reply.cname_of(name);
    let mut owner = name;
    for _ in 0..reply.answers().len() {
        match reply.cname_of(owner) {
            Some(target) => owner = target,
            None => break,
        }
    }
    let mut others = Vec::new();
    for data in reply.answers_of(owner) {
        let RData::TXT(txt) = data else { continue };
        let text = txt.txt_data.concat();
        if text == value.as_bytes() {
            return Seen::Value;
        }
        if others.len() < MOST_VALUES {
            others.push(String::from_utf8_lossy(&text).into_owned());
        }
    }
    let serial = reply.negative_soa().map(|(_, soa)| soa.serial);
    match alias {
        Some(target) => Seen::Alias(target.to_string()),
        None if !others.is_empty() => Seen::Others(others),
        None if reply.code() == ResponseCode::NXDomain => Seen::NoName(serial),
        None => Seen::NoData(serial),
    }
}

/// Values as a person can read them: shortened, and not too many.
pub(crate) fn quoted(values: &[String]) -> String {
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
pub(crate) fn shorten(value: &str) -> String {
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
    use hickory_proto::rr::rdata::{CNAME, TXT};

    use super::*;
    use crate::name::parse;

    const NAME: &str = "_acme-challenge.example.test";

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

    fn seen(authoritative: bool, records: &[(&str, RData)]) -> Seen {
        read(
            reply(authoritative, records),
            &parse(NAME).unwrap(),
            "value",
        )
    }

    #[test]
    fn one_matching_record_among_others_is_enough() {
        assert_eq!(
            seen(true, &[(NAME, txt(&["old"])), (NAME, txt(&["value"]))]),
            Seen::Value
        );
    }

    #[test]
    fn the_strings_of_a_record_are_joined_and_compared_octet_by_octet() {
        assert_eq!(seen(true, &[(NAME, txt(&["val", "ue"]))]), Seen::Value);
        for other in ["VALUE", "value ", "\"value\"", "xvaluey"] {
            assert_eq!(
                seen(true, &[(NAME, txt(&[other]))]),
                Seen::Others(vec![other.into()])
            );
        }
        assert_eq!(
            seen(true, &[(NAME, txt(&["val"])), (NAME, txt(&["ue"]))]).state(),
            State::Waiting
        );
    }

    #[test]
    fn the_value_without_authority_does_not_count() {
        assert_eq!(seen(false, &[(NAME, txt(&["value"]))]).state(), State::Lame);
    }

    #[test]
    fn the_value_of_another_name_counts_only_where_a_cname_leads_to_it() {
        assert_eq!(
            seen(true, &[("other.test", txt(&["value"]))]).state(),
            State::Waiting
        );
        let alias = RData::CNAME(CNAME(parse("other.test").unwrap()));
        assert_eq!(
            seen(
                true,
                &[(NAME, alias.clone()), ("other.test", txt(&["value"]))]
            ),
            Seen::Value
        );
        assert_eq!(
            seen(true, &[(NAME, alias)]),
            Seen::Alias("other.test.".into())
        );
    }

    #[test]
    fn a_cname_loop_within_an_answer_ends() {
        let alias = RData::CNAME(CNAME(parse(NAME).unwrap()));
        assert_eq!(seen(true, &[(NAME, alias)]).state(), State::Waiting);
    }

    #[test]
    fn silence_for_lack_of_a_route_is_told_from_a_dead_server() {
        assert_eq!(
            Seen::Silent(NetworkFault::Unroutable).state(),
            State::Unroutable
        );
        assert_eq!(
            Seen::Silent(NetworkFault::Timeout).state(),
            State::Unreachable
        );
    }
}
