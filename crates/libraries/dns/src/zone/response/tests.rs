//! Tables of replies, and what they say about a name.

use hickory_proto::op::{Message, OpCode};
use hickory_proto::rr::Record;
use hickory_proto::rr::rdata::{A, AAAA, CNAME, NS};

use super::*;
use crate::name::parse;

const ZONE: &str = "example.test";
const NAME: &str = "_label.www.example.test";

fn reply(build: impl Fn(&mut Message)) -> Reply {
    let mut message = Message::response(1, OpCode::Query);
    message.metadata.authoritative = true;
    build(&mut message);
    Reply::new(message)
}

fn record(owner: &str, data: RData) -> Record {
    Record::from_rdata(parse(owner).unwrap(), 60, data)
}

fn soa() -> SOA {
    SOA::new(
        parse("ns1.example.test").unwrap(),
        parse("x.test").unwrap(),
        7,
        1,
        1,
        1,
        1,
    )
}

fn ns(server: &str) -> RData {
    RData::NS(NS(parse(server).unwrap()))
}

fn classified(reply: &Reply) -> Result<Response, ReplyFault> {
    classify(reply, &parse(NAME).unwrap(), &parse(ZONE).unwrap())
}

fn in_zone(zone: &str, has_soa: bool, exists: bool) -> Result<Response, ReplyFault> {
    Ok(Response::InZone {
        zone: parse(zone).unwrap(),
        soa: has_soa.then(soa),
        exists,
    })
}

fn other_zone(zone: &str) -> Result<Response, ReplyFault> {
    Err(ReplyFault::OtherZone(parse(zone).unwrap()))
}

#[test]
fn the_owner_of_the_soa_tells_the_zone_if_it_is_between_the_zone_asked_and_the_name() {
    use ResponseCode::{NXDomain, NoError};
    for (owner, code, response) in [
        (ZONE, NoError, in_zone(ZONE, true, true)),
        (ZONE, NXDomain, in_zone(ZONE, true, false)),
        (
            "www.example.test",
            NXDomain,
            in_zone("www.example.test", true, false),
        ),
        (
            "WWW.Example.Test",
            NXDomain,
            in_zone("www.example.test", true, false),
        ),
        (NAME, NoError, in_zone(NAME, true, true)),
        ("test", NXDomain, other_zone("test")),
        (
            "other.example.test",
            NXDomain,
            other_zone("other.example.test"),
        ),
        (
            "x._label.www.example.test",
            NXDomain,
            other_zone("x._label.www.example.test"),
        ),
    ] {
        let reply = reply(|m| {
            m.metadata.response_code = code;
            let owner = Name::from_ascii(owner).unwrap();
            let mut soa = Record::from_rdata(owner, 60, RData::SOA(soa()));
            soa.name.set_fqdn(true);
            m.add_authority(soa);
        });
        assert_eq!(classified(&reply), response, "{owner} {code}");
    }
}

#[test]
fn an_soa_in_the_answer_is_the_names_own_and_without_any_the_zone_asked_is_taken() {
    let apex = reply(|m| {
        m.add_answer(record(NAME, RData::SOA(soa())));
    });
    assert_eq!(classified(&apex), in_zone(NAME, true, true));
    assert_eq!(classified(&reply(|_| {})), in_zone(ZONE, false, true));
    let missing = reply(|m| m.metadata.response_code = ResponseCode::NXDomain);
    assert_eq!(classified(&missing), in_zone(ZONE, false, false));
}

#[test]
fn a_referral_is_followed_down_to_the_name_and_nowhere_else() {
    let lame = |cut: &str| Err(ReplyFault::Referral(parse(cut).unwrap()));
    let down = |cut: &str| {
        Ok(Response::Referral(Referral {
            zone: parse(cut).unwrap(),
            servers: vec![(parse("ns.elsewhere.test").unwrap(), Vec::new())],
        }))
    };
    for (cut, authoritative, response) in [
        ("www.example.test", false, down("www.example.test")),
        ("www.example.test", true, down("www.example.test")),
        (NAME, false, down(NAME)),
        (".", false, lame(".")),
        ("test", false, lame("test")),
        ("test", true, lame("test")),
        ("other.example.test", false, lame("other.example.test")),
        (
            "x._label.www.example.test",
            false,
            lame("x._label.www.example.test"),
        ),
        ("elsewhere.test", false, lame("elsewhere.test")),
        // A server of the zone may name the zone's servers beside any answer, and another may refer to them.
        (ZONE, true, in_zone(ZONE, false, true)),
        (ZONE, false, lame(ZONE)),
    ] {
        let reply = reply(|m| {
            m.metadata.authoritative = authoritative;
            m.add_authority(record(cut, ns("ns.elsewhere.test")));
        });
        assert_eq!(classified(&reply), response, "{cut} {authoritative}");
    }
}

#[test]
fn a_referral_has_each_server_once_with_its_glue_within_bounds() {
    let many = |count: usize| {
        let reply = reply(|m| {
            m.metadata.authoritative = false;
            for index in 0..count {
                let server = format!("ns{index}.www.example.test");
                m.add_authority(record("www.example.test", ns(&server)));
                m.add_authority(record("www.example.test", ns(&server)));
            }
            let odd = Name::from_labels([b"a b".as_slice(), b"test"]).unwrap();
            m.add_authority(record("www.example.test", RData::NS(NS(odd))));
            for last in 0..u8::try_from(count).unwrap() {
                let address = RData::A(A::new(192, 0, 2, last));
                m.add_additional(record("ns0.www.example.test", address));
            }
        });
        match classified(&reply) {
            Ok(Response::Referral(referral)) => referral,
            other => panic!("{other:?}"),
        }
    };
    for (count, servers, addresses) in [(1, 1, 1), (16, 16, 16), (17, 17, 16), (33, 32, 16)] {
        let referral = many(count);
        assert_eq!(referral.servers.len(), servers);
        assert_eq!(referral.servers[0].1.len(), addresses);
    }
    let (first, glue) = &many(1).servers[0];
    assert_eq!(first.to_string(), "ns0.www.example.test.");
    assert_eq!(*glue, ["192.0.2.0".parse::<IpAddr>().unwrap()]);
}

#[test]
fn a_cname_of_the_name_itself_counts_and_what_came_through_it_does_not() {
    let cname = |target: Name| {
        reply(|m| {
            m.add_answer(record(NAME, RData::CNAME(CNAME(target.clone()))));
            m.add_answer(record("apex.other.test", RData::SOA(soa())));
        })
    };
    let target = parse("apex.other.test").unwrap();
    assert_eq!(
        classified(&cname(target.clone())),
        Ok(Response::Cname(target))
    );
    let odd = Name::from_labels([b"a b".as_slice(), b"test"]).unwrap();
    assert!(matches!(classified(&cname(odd)), Ok(Response::BadCname(_))));
}

#[test]
fn an_answer_without_authority_counts_only_where_it_tells_a_zone_and_a_refusal_never() {
    for (has_soa, response) in [
        (true, in_zone(ZONE, true, true)),
        (false, Err(ReplyFault::NotAuthoritative)),
    ] {
        let cached = reply(|m| {
            m.metadata.authoritative = false;
            if has_soa {
                m.add_authority(record(ZONE, RData::SOA(soa())));
            }
        });
        assert_eq!(classified(&cached), response);
    }
    let refused = reply(|m| m.metadata.response_code = ResponseCode::Refused);
    let fault = ReplyFault::ResponseCode(
        ResponseCode::Refused,
        crate::transport::ExtendedErrors::default(),
    );
    assert_eq!(classified(&refused), Err(fault));
}

#[test]
fn a_cname_counts_even_in_a_failure() {
    let target = parse("b.test").unwrap();
    for code in [ResponseCode::ServFail, ResponseCode::NXDomain] {
        let failed = reply(|m| {
            m.metadata.response_code = code;
            m.add_answer(record(NAME, RData::CNAME(CNAME(target.clone()))));
        });
        assert_eq!(classified(&failed), Ok(Response::Cname(target.clone())));
    }
}

#[test]
fn addresses_are_in_a_and_aaaa_records_alone() {
    let (v4, v6) = ([192, 0, 2, 1].into(), "2001:db8::1".parse().unwrap());
    for (data, ip) in [
        (RData::A(A(v4)), Some(IpAddr::V4(v4))),
        (RData::AAAA(AAAA(v6)), Some(IpAddr::V6(v6))),
        (ns("ns.test"), None),
    ] {
        assert_eq!(address(&data), ip);
    }
}
