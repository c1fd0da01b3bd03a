use super::*;
use crate::key::Algorithm;
use crate::tsig::test_replies;
use hickory_proto::op::{MessageType, OpCode};
use hickory_proto::rr::rdata;
use hickory_proto::rr::rdata::tsig::TsigError;
use hickory_proto::rr::{RData, Record};
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn key(name: &str) -> Key {
    Key::new(name, Algorithm::Sha256, "c2VjcmV0").unwrap()
}

/// A client of a server that answers over UDP with what this makes of its own response to a message.
fn client(answer: impl Fn(&Message, &mut Message) + Send + 'static) -> Client {
    client_of(move |asked| {
        let mut reply = response(asked);
        answer(asked, &mut reply);
        reply.to_vec().unwrap()
    })
}

fn response(asked: &Message) -> Message {
    Message::new(asked.id, MessageType::Response, asked.op_code)
}

/// A client of a server that answers over UDP with these octets.
fn client_of(answer: impl Fn(&Message) -> Vec<u8> + Send + 'static) -> Client {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = socket.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let asked = Message::from_vec(&buffer[..length]).unwrap();
            socket.send_to(&answer(&asked), from).unwrap();
        }
    });
    let servers = vec![Server::parse(&server).unwrap()];
    Client::new(servers, None, Duration::from_secs(60))
}

fn txt(at: &str) -> Txt {
    Txt {
        name: name(at),
        value: "v".to_owned(),
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
    let txt = txt("a.test.");
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
    let one = txt("a.test.");
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
        client.key = Some(key("k"));
        let one = txt("a.test.");
        let outcomes = client.update(&name("test."), Action::Delete, &[&one]);
        let failed = outcomes[0].clone().unwrap_err();
        assert_eq!(failed[0].fault, expected);
    }
}

/// As Knot does it: the words for an unknown key are those for a name that no acl allows, too.
#[test]
fn where_the_server_knows_the_key_each_name_that_it_may_change_is_changed() {
    for (key_in_use, expected, most) in [
        // The message, a question, and a message for each name.
        ("acme.", [true, false, true], 5),
        ("nobody.", [false; 3], 2),
    ] {
        let messages = Arc::new(AtomicUsize::new(0));
        let counted = messages.clone();
        let mut client = client_of(move |asked| {
            counted.fetch_add(1, Ordering::Relaxed);
            let signature = asked.signature().unwrap();
            let mut records = asked.authorities.iter();
            let mut reply = response(asked);
            if signature.name != name("acme.") || records.any(|one| one.name == name("no.test.")) {
                reply.metadata.response_code = ResponseCode::NotAuth;
                return test_replies::with_error(&reply, TsigError::BadKey, Vec::new());
            }
            test_replies::signed(&reply, &signature.data.mac, &key("acme."), now())
        });
        client.key = Some(key(key_in_use));
        let all = ["a.test.", "no.test.", "b.test."].map(txt);
        let all: Vec<&Txt> = all.iter().collect();
        let outcomes = client.update(&name("test."), Action::Delete, &all);
        let done: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(done, expected, "{key_in_use}");
        assert_eq!(messages.load(Ordering::Relaxed), most, "{key_in_use}");
        let fault = match expected[0] {
            true => Fault::NotAllowed { bad_key: true },
            false => Fault::Tsig(TsigFault::BadKey),
        };
        assert_eq!(outcomes[1].clone().unwrap_err()[0].fault, fault);
    }
}

#[test]
fn where_the_server_has_the_zone_and_says_notauth_each_name_that_may_be_changed_is_changed() {
    for (has_zone, expected) in [(true, [true, false]), (false, [false; 2])] {
        let client = client(move |asked, reply| {
            let is_refused = |record: &Record| record.name == name("no.test.");
            if asked.op_code == OpCode::Query {
                reply.metadata.authoritative = true;
                let zone = if has_zone { "test." } else { "." };
                reply.add_answer(soa_of(zone));
            } else if asked.authorities.iter().any(is_refused) {
                reply.metadata.response_code = ResponseCode::NotAuth;
            }
        });
        let all = ["a.test.", "no.test."].map(txt);
        let all: Vec<&Txt> = all.iter().collect();
        let outcomes = client.update(&name("test."), Action::Delete, &all);
        let done: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(done, expected);
        let fault = match has_zone {
            true => Fault::NotAllowed { bad_key: false },
            false => Fault::Refused(ResponseCode::NotAuth),
        };
        assert_eq!(outcomes[1].clone().unwrap_err()[0].fault, fault);
    }
}
