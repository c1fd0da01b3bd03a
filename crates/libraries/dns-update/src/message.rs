//! Messages: updates that add and remove single TXT records, and the question for a zone.

use crate::key::Key;
use crate::server::Server;
use hickory_proto::ProtoError;
use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata;
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use std::fmt::Write as _;
use std::ops::Range;

/// The largest message that is made, in octets: a server may have its own limit below TCP's 64 KiB, and there has to be room
/// for a signature.
const LARGEST: usize = 48 << 10;
/// What a message has beside its records, in octets: header, zone and signature, at most.
const AROUND: usize = 1024;
/// What a record has beside its name and its value, in octets: type, class, TTL and lengths.
const BESIDE: usize = 12;

/// Whether records are added or removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// They are added with this TTL, in seconds, to what is there (RFC 2136 §2.5.1).
    Add {
        /// The TTL.
        ttl: u32,
    },
    /// They are removed, and nothing else (RFC 2136 §2.5.4).
    Delete,
}

/// A TXT record with one text of at most 255 octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Txt {
    /// Where it is.
    pub name: Name,
    /// What it holds.
    pub value: String,
}

/// Reads an absolute name.
///
/// # Errors
/// What is wrong with it.
pub fn name(text: &str) -> Result<Name, String> {
    let mut name = Name::from_ascii(text).map_err(|error| error.to_string())?;
    name.set_fqdn(true);
    Ok(name)
}

/// The update of a zone by these records.
pub(crate) fn update(zone: &Name, action: Action, records: &[&Txt]) -> Message {
    let id = Message::query().id;
    let mut message = Message::new(id, MessageType::Query, OpCode::Update);
    message.add_query(Query::query(zone.clone(), RecordType::SOA));
    // The section of answers is that of prerequisites, and that of authority records the one of updates (RFC 2136 §2).
    if matches!(action, Action::Add { .. }) {
        message.insert_answers(no_aliases(records));
    }
    message.insert_authorities(records.iter().map(|txt| record(action, txt)).collect());
    message
}

/// That no name is an alias (RFC 2136 §2.4.3): a server takes a record beside a CNAME for done, and does not add it (§3.4.2.2).
fn no_aliases(records: &[&Txt]) -> Vec<Record> {
    let mut names: Vec<&Name> = records.iter().map(|txt| &txt.name).collect();
    names.dedup();
    let prerequisite = |name: &Name| {
        let mut record = Record::update0(name.clone(), 0, RecordType::CNAME);
        record.dns_class = DNSClass::NONE;
        record
    };
    names.into_iter().map(prerequisite).collect()
}

fn record(action: Action, txt: &Txt) -> Record {
    let data = RData::TXT(rdata::TXT::new(vec![txt.value.clone()]));
    let (ttl, class) = match action {
        Action::Add { ttl } => (ttl, DNSClass::IN),
        Action::Delete => (0, DNSClass::NONE),
    };
    let mut record = Record::from_rdata(txt.name.clone(), ttl, data);
    record.dns_class = class;
    record
}

/// The question for the SOA record at a name.
pub(crate) fn soa(name: &Name) -> Message {
    let mut message = Message::query();
    message.add_query(Query::query(name.clone(), RecordType::SOA));
    message
}

/// Which records go into one message each.
pub(crate) fn parts(records: &[&Txt]) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let (mut start, mut size) = (0, AROUND);
    for (number, txt) in records.iter().enumerate() {
        // The name stands in a prerequisite as well.
        let more = 2 * (txt.name.len() + BESIDE) + txt.value.len();
        if size + more > LARGEST && number > start {
            parts.push(start..number);
            (start, size) = (number, AROUND);
        }
        size += more;
    }
    if start < records.len() {
        parts.push(start..records.len());
    }
    parts
}

/// The message in octets, without a signature.
pub(crate) fn encode(message: &Message) -> Result<Vec<u8>, ProtoError> {
    message.to_vec()
}

/// What nsupdate would be told to send the same. The key's secret is not in it.
pub fn script(
    server: &Server,
    key: Option<&Key>,
    zone: &Name,
    action: Action,
    records: &[&Txt],
) -> String {
    let mut script = String::new();
    for part in parts(records) {
        let _ = writeln!(script, "server {} {}", server.host(), server.port());
        if let Some(key) = key {
            let (algorithm, name) = (key.algorithm().name(), key.name());
            let _ = writeln!(script, "key {algorithm}:{name} ***");
        }
        let _ = writeln!(script, "zone {zone}");
        for Txt { name, value } in &records[part] {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            if matches!(action, Action::Add { .. }) {
                let _ = writeln!(script, "prereq nxrrset {name} IN CNAME");
            }
            let _ = match action {
                Action::Add { ttl } => {
                    writeln!(script, "update add {name} {ttl} IN TXT \"{value}\"")
                }
                Action::Delete => writeln!(script, "update delete {name} IN TXT \"{value}\""),
            };
        }
        script.push_str("send\n");
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Algorithm;

    fn name(text: &str) -> Name {
        super::name(text).unwrap()
    }

    fn txt(at: &str, value: &str) -> Txt {
        Txt {
            name: name(at),
            value: value.to_owned(),
        }
    }

    #[test]
    fn an_update_adds_and_removes_single_records_of_a_zone() {
        let one = txt("_acme-challenge.a.test.", "-v");
        for (action, class, ttl) in [(Action::Add { ttl: 120 }, 1, 120), (Action::Delete, 254, 0)] {
            let message = update(&name("a.test."), action, &[&one]);
            let read = Message::from_vec(&encode(&message).unwrap()).unwrap();
            assert_eq!(read.op_code, OpCode::Update);
            assert_eq!(read.queries[0].name(), &name("a.test."));
            assert_eq!(read.queries[0].query_type(), RecordType::SOA);
            let prerequisites: Vec<String> = read
                .answers
                .iter()
                .map(|one| format!("{} {} {}", one.name, one.dns_class, one.record_type()))
                .collect();
            let expected: &[&str] = match action {
                Action::Add { .. } => &["_acme-challenge.a.test. NONE CNAME"],
                Action::Delete => &[],
            };
            assert_eq!(prerequisites, expected);
            let record = &read.authorities[0];
            assert_eq!(record.name, one.name);
            assert_eq!(u16::from(record.dns_class), class);
            assert_eq!((record.ttl, record.record_type()), (ttl, RecordType::TXT));
        }
    }

    #[test]
    fn no_message_is_larger_than_48_kib() {
        let many: Vec<Txt> = (0..2000)
            .map(|number| {
                txt(
                    &format!("_acme-challenge.{number}.{}.test.", "x".repeat(60)),
                    &"v".repeat(43),
                )
            })
            .collect();
        let many: Vec<&Txt> = many.iter().collect();
        let parts = parts(&many);
        assert!(parts.len() > 3, "{parts:?}");
        let mut next = 0;
        for part in parts {
            assert_eq!(part.start, next);
            next = part.end;
            let message = update(&name("test."), Action::Add { ttl: 1 }, &many[part]);
            let size = encode(&message).unwrap().len();
            assert!(size + 600 < 48 << 10, "{size}");
        }
        assert_eq!(next, many.len());
        assert_eq!(super::parts(&[]), []);
    }

    #[test]
    fn the_script_is_what_nsupdate_takes_without_the_secret() {
        let server = Server::parse("[2001:db8::1]:5353").unwrap();
        let key = Key::new("acme", Algorithm::Sha256, "c2VjcmV0").unwrap();
        let one = txt("a.test.", "v\"\\");
        let add = script(
            &server,
            Some(&key),
            &name("test."),
            Action::Add { ttl: 5 },
            &[&one],
        );
        let expected = "server 2001:db8::1 5353\nkey hmac-sha256:acme. ***\nzone test.\n\
                        prereq nxrrset a.test. IN CNAME\nupdate add a.test. 5 IN TXT \"v\\\"\\\\\"\nsend\n";
        assert_eq!(add, expected);
        let delete = script(&server, None, &name("test."), Action::Delete, &[&one]);
        let expected = "server 2001:db8::1 5353\nzone test.\nupdate delete a.test. IN TXT \"v\\\"\\\\\"\nsend\n";
        assert_eq!(delete, expected);
    }
}
