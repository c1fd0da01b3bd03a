//! Updates at the servers of somebody: which zone a name is in, and records that are added and removed.

use crate::exchange::exchange;
use crate::fault::{Failed, Fault};
use crate::key::Key;
use crate::message::{Action, Txt, encode, parts, soa, update};
use crate::server::Server;
use crate::tsig::{Signed, sign, verify};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, Record, RecordType};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What became of a record: where it failed, what each server did that was asked.
pub type Outcome = Result<(), Vec<Failed>>;

/// Who is asked, and how.
#[derive(Debug, Clone)]
pub struct Client {
    /// The servers, at least one: the next is asked where one fails.
    pub servers: Vec<Server>,
    /// The key that messages are signed with, if any.
    pub key: Option<Key>,
    /// How long all addresses of a server together may take for a message.
    pub timeout: Duration,
}

impl Client {
    /// The zone that holds a name at the servers: the closest one above it whose SOA record they show.
    ///
    /// # Errors
    /// What each server did.
    pub fn zone(&self, name: &Name) -> Result<Name, Vec<Failed>> {
        self.first_of(|server| {
            let mut at = name.clone();
            loop {
                let (asked_at, reply) = self.ask(server, &soa(&at))?;
                let failed = |fault| Failed {
                    server: asked_at.clone(),
                    fault,
                };
                match reply.response_code {
                    ResponseCode::NoError | ResponseCode::NXDomain => {}
                    ResponseCode::Refused => return Err(failed(Fault::NoZone)),
                    code => return Err(failed(Fault::Refused(code))),
                }
                if let Some(zone) = zone_in(&reply, &at) {
                    return Ok(zone);
                }
                if let Some(zone) = delegated(&reply, &at) {
                    return Err(failed(Fault::Delegated(zone)));
                }
                if at.is_root() {
                    return Err(failed(Fault::NoZone));
                }
                // An alias hides it, or the server says nothing of it.
                at = at.base_name();
            }
        })
    }

    /// Adds or removes records of a zone, with as few messages as that takes. Returns what became of each, in their order.
    /// Where a server may have refused all of a message for one name, each name gets a message of its own.
    pub fn update(&self, zone: &Name, action: Action, records: &[&Txt]) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = Vec::new();
        // Where nobody answers, nobody is asked once more.
        let mut silence: Option<Vec<Failed>> = None;
        let mut send = |part: &[&Txt]| {
            if let Some(failed) = &silence {
                return Err(failed.clone());
            }
            self.send(zone, action, part).inspect_err(|failed| {
                if !failed.iter().any(|one| one.fault.is_answer()) {
                    silence = Some(failed.clone());
                }
            })
        };
        for part in parts(records) {
            let part = &records[part];
            match send(part) {
                Err(failed) if is_worth_parting(&failed, part) => {
                    outcomes.extend(part.iter().map(|txt| send(&[*txt])));
                }
                outcome => outcomes.extend(std::iter::repeat_n(outcome, part.len())),
            }
        }
        outcomes
    }

    fn send(&self, zone: &Name, action: Action, records: &[&Txt]) -> Outcome {
        let message = update(zone, action, records);
        self.first_of(|server| {
            let (server, reply) = self.ask(server, &message)?;
            match reply.response_code {
                ResponseCode::NoError => Ok(()),
                code => Err(Failed {
                    server,
                    fault: Fault::Refused(code),
                }),
            }
        })
    }

    /// What the first server says that does not fail.
    fn first_of<T>(
        &self,
        mut ask: impl FnMut(&Server) -> Result<T, Failed>,
    ) -> Result<T, Vec<Failed>> {
        let mut all = Vec::new();
        for server in &self.servers {
            match ask(server) {
                Ok(reply) => return Ok(reply),
                Err(failed) => all.push(failed),
            }
        }
        Err(all)
    }

    /// The reply of a server, at the first of its addresses that gives one, and who that was.
    fn ask(&self, server: &Server, message: &Message) -> Result<(String, Message), Failed> {
        let failed = |server: String, fault: Fault| Failed { server, fault };
        let addresses = server
            .addresses()
            .map_err(|why| failed(server.to_string(), Fault::NoAddress(why)))?;
        let signed = self.sign(message);
        let Signed { octets, mac } = signed.map_err(|fault| failed(server.to_string(), fault))?;
        let deadline = Instant::now() + self.timeout;
        let mut last = failed(
            server.to_string(),
            Fault::NoAddress("it has none".to_owned()),
        );
        for (number, address) in addresses.iter().enumerate() {
            let at = server.at(address);
            // Each gets its share of what is left, so that one that is down does not use it up.
            let rest = u32::try_from(addresses.len() - number).unwrap_or(u32::MAX);
            let share = deadline.saturating_duration_since(Instant::now()) / rest;
            match exchange(*address, &octets, Instant::now() + share) {
                Ok(reply) => {
                    let read = self.read(&reply, &mac);
                    let read = read.and_then(|reply| done(message, reply));
                    return read
                        .map(|reply| (at.clone(), reply))
                        .map_err(|fault| failed(at, fault));
                }
                Err(fault) => last = failed(at, fault),
            }
        }
        Err(last)
    }

    fn sign(&self, message: &Message) -> Result<Signed, Fault> {
        let signed = match &self.key {
            Some(key) => sign(message, key, now()),
            None => encode(message).map(|octets| Signed {
                octets,
                mac: Vec::new(),
            }),
        };
        signed.map_err(|error| Fault::Encoding(error.to_string()))
    }

    /// Reads a reply. One that says no need not be signed: not all servers do that, and nothing was done anyway.
    fn read(&self, octets: &[u8], mac: &[u8]) -> Result<Message, Fault> {
        let reply =
            Message::from_vec(octets).map_err(|error| Fault::Malformed(error.to_string()))?;
        let Some(key) = &self.key else {
            return Ok(reply);
        };
        match verify(octets, &reply, key, mac, now()) {
            Err(Fault::Unsigned | Fault::WrongSignature | Fault::OtherTime { .. })
                if is_no(reply.response_code) =>
            {
                Ok(reply)
            }
            verified => verified.map(|()| reply),
        }
    }
}

/// The reply, unless it says that something else was done: what knows no updates, a router for instance, may take one for a
/// question.
fn done(asked: &Message, reply: Message) -> Result<Message, Fault> {
    match reply.op_code == asked.op_code || is_no(reply.response_code) {
        true => Ok(reply),
        false => Err(Fault::Malformed(format!(
            "it says what became of another operation ({:?})",
            reply.op_code
        ))),
    }
}

fn is_no(code: ResponseCode) -> bool {
    !matches!(code, ResponseCode::NoError | ResponseCode::NXDomain)
}

/// The zone that a reply to a question for a SOA record shows; none where the name is an alias, since the zone may be that
/// of where it leads.
fn zone_in(reply: &Message, asked: &Name) -> Option<Name> {
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
fn delegated(reply: &Message, asked: &Name) -> Option<Name> {
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

/// Whether the names of a message are worth a message each.
fn is_worth_parting(failed: &[Failed], records: &[&Txt]) -> bool {
    records.len() > 1 && failed.iter().any(|one| one.fault.may_be_of_one_name())
}

/// Seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::op::{MessageType, OpCode};
    use hickory_proto::rr::RData;
    use hickory_proto::rr::rdata;
    use std::net::UdpSocket;
    use std::thread;

    fn name(text: &str) -> Name {
        Name::from_ascii(text).unwrap()
    }

    /// A client of a server that answers over UDP with what this makes of its own response to a message.
    fn client(answer: impl Fn(&Message, &mut Message) + Send + 'static) -> Client {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = socket.local_addr().unwrap().to_string();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = socket.recv_from(&mut buffer) {
                let asked = Message::from_vec(&buffer[..length]).unwrap();
                let mut reply = Message::new(asked.id, MessageType::Response, asked.op_code);
                answer(&asked, &mut reply);
                socket.send_to(&reply.to_vec().unwrap(), from).unwrap();
            }
        });
        Client {
            servers: vec![Server::parse(&server).unwrap()],
            key: None,
            timeout: Duration::from_secs(60),
        }
    }

    fn soa_of(zone: &str) -> Record {
        let soa = rdata::SOA::new(name("ns."), name("me."), 1, 2, 3, 4, 5);
        Record::from_rdata(name(zone), 60, RData::SOA(soa))
    }

    #[test]
    fn the_zone_is_the_one_whose_soa_record_a_server_shows_for_the_name() {
        let client = client(|asked, reply| {
            let at = asked.queries[0].name().to_string();
            match at.as_str() {
                "a.zone.test." => reply.add_answer(soa_of("a.zone.test.")),
                "x.a.zone.test." => reply.add_authority(soa_of("A.zone.test.")),
                "alias.a.zone.test." => {
                    let target = rdata::CNAME(name("x.test."));
                    let cname = Record::from_rdata(name(&at), 60, RData::CNAME(target));
                    reply.add_answer(cname).add_authority(soa_of("test."))
                }
                "other.test." => reply.add_authority(soa_of("elsewhere.")),
                "refused.test." => {
                    reply.metadata.response_code = ResponseCode::Refused;
                    reply
                }
                _ => reply,
            };
        });
        for (asked, expected) in [
            ("a.zone.test.", Some("a.zone.test.")),
            ("x.a.zone.test.", Some("a.zone.test.")),
            ("alias.a.zone.test.", Some("a.zone.test.")),
            ("silent.a.zone.test.", Some("a.zone.test.")),
            ("other.test.", None),
            ("refused.test.", None),
        ] {
            let found = client.zone(&name(asked));
            let found = found.map_err(|failed| failed[0].fault.clone());
            assert_eq!(found, expected.map(name).ok_or(Fault::NoZone), "{asked}");
        }
    }

    #[test]
    fn an_update_that_was_taken_for_a_question_was_not_made() {
        let txt = Txt {
            name: name("a.test."),
            value: "v".to_owned(),
        };
        for (code, expected) in [
            (
                ResponseCode::NoError,
                Fault::Malformed("it says what became of another operation (Query)".to_owned()),
            ),
            (ResponseCode::NotImp, Fault::Refused(ResponseCode::NotImp)),
        ] {
            let client = client(move |_, reply| {
                reply.metadata.op_code = OpCode::Query;
                reply.metadata.response_code = code;
            });
            let outcomes = client.update(&name("test."), Action::Add { ttl: 60 }, &[&txt]);
            let failed = outcomes[0].clone().unwrap_err();
            assert_eq!(failed[0].fault, expected);
        }
    }

    #[test]
    fn where_one_name_is_refused_the_others_get_messages_of_their_own() {
        let client = client(|asked, reply| {
            assert_eq!(asked.op_code, OpCode::Update);
            let is_refused = |record: &Record| record.name == name("no.test.");
            if asked.authorities.iter().any(is_refused) {
                reply.metadata.response_code = ResponseCode::Refused;
            }
        });
        let txt = |at: &str| Txt {
            name: name(at),
            value: "v".to_owned(),
        };
        let all = ["a.test.", "no.test.", "b.test."].map(txt);
        let all: Vec<&Txt> = all.iter().collect();
        let outcomes = client.update(&name("test."), Action::Add { ttl: 60 }, &all);
        let done: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(done, [true, false, true]);
        let failed = outcomes[1].clone().unwrap_err();
        assert_eq!(failed[0].fault, Fault::Refused(ResponseCode::Refused));
        assert_eq!(failed[0].server, client.servers[0].to_string());
    }

    #[test]
    fn the_next_server_is_asked_where_one_fails_and_each_failure_is_known() {
        let mut two = client(|_, reply| reply.metadata.response_code = ResponseCode::NotAuth);
        let good = client(|_, _| {});
        two.servers.push(Server::parse("127.0.0.1:1").unwrap());
        let one = Txt {
            name: name("a.test."),
            value: "v".to_owned(),
        };
        let failed = two.update(&name("test."), Action::Delete, &[&one]);
        let failed = failed[0].clone().unwrap_err();
        assert_eq!(failed[0].fault, Fault::Refused(ResponseCode::NotAuth));
        assert!(matches!(failed[1].fault, Fault::Network(_)), "{failed:?}");
        two.servers.extend(good.servers);
        assert_eq!(
            two.update(&name("test."), Action::Delete, &[&one]),
            [Ok(())]
        );
    }

    #[test]
    fn a_reply_that_says_yes_has_to_be_signed_and_one_that_says_no_need_not_be() {
        for (code, expected) in [
            (ResponseCode::NoError, Fault::Unsigned),
            (ResponseCode::Refused, Fault::Refused(ResponseCode::Refused)),
        ] {
            let mut client = client(move |_, reply| reply.metadata.response_code = code);
            client.key = Key::new("k", crate::Algorithm::Sha256, "c2VjcmV0").ok();
            let one = Txt {
                name: name("a.test."),
                value: "v".to_owned(),
            };
            let outcomes = client.update(&name("test."), Action::Delete, &[&one]);
            let failed = outcomes[0].clone().unwrap_err();
            assert_eq!(failed[0].fault, expected);
        }
    }
}
