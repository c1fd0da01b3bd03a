//! What an authoritative server's reply says about a name (RFC 1034 §4.3.2).

use std::net::IpAddr;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RData};

use crate::name::{from_wire, is_within};
use crate::transport::{Reply, ReplyFault};

/// More servers than this are not looked at; the root has 13.
pub(super) const MOST_SERVERS: usize = 32;
/// More addresses of one server than this are not looked at.
pub(super) const MOST_ADDRESSES: usize = 16;

/// What a server of a zone above a name says about the name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Response {
    /// The name is in this zone, which the server answers for.
    InZone {
        zone: Name,
        /// The zone's SOA, where it came along.
        soa: Option<SOA>,
        /// Whether there is anything at the name or below it.
        exists: bool,
    },
    /// The name is an alias of this one.
    Cname(Name),
    /// The name is an alias of one that no record can be kept at.
    BadCname(String),
    /// The name is below a zone cut, and has to be asked for at these servers.
    Referral(Referral),
}

/// The zone that a server refers to, and that zone's servers with the addresses that came along (glue).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Referral {
    pub(super) zone: Name,
    pub(super) servers: Vec<(Name, Vec<IpAddr>)>,
}

/// Reads the reply of a server of `zone` that was asked for the SOA of `name`.
///
/// # Errors
///
/// Why the server is no use: it is lame (RFC 1912 §2.8).
pub(super) fn classify(reply: &Reply, name: &Name, zone: &Name) -> Result<Response, ReplyFault> {
    if !reply.is_about_name() {
        return Err(ReplyFault::ResponseCode(reply.code()));
    }
    if let Some((cut, servers)) = reply.referral()
        && !(reply.is_authoritative() && cut == zone)
    {
        let downwards = cut != zone && is_within(cut, zone) && is_within(name, cut);
        return if downwards {
            Ok(Response::Referral(referral(reply, cut, &servers)))
        } else {
            Err(ReplyFault::Referral(cut.clone()))
        };
    }
    if !reply.is_authoritative() {
        return Err(ReplyFault::NotAuthoritative);
    }
    if let Some(target) = reply.cname_of(name) {
        return Ok(from_wire(target)
            .map_or_else(|| Response::BadCname(target.to_string()), Response::Cname));
    }
    let exists = reply.code() == ResponseCode::NoError;
    if let Some(soa) = reply.soa_of(name) {
        return Ok(Response::InZone {
            zone: name.clone(),
            soa: Some(soa.clone()),
            exists,
        });
    }
    match reply.negative_soa() {
        Some((owner, soa)) if is_within(name, owner) && is_within(owner, zone) => {
            Ok(Response::InZone {
                zone: owner.to_lowercase(),
                soa: Some(soa.clone()),
                exists,
            })
        }
        Some((owner, _)) => Err(ReplyFault::OtherZone(owner.clone())),
        None => Ok(Response::InZone {
            zone: zone.clone(),
            soa: None,
            exists,
        }),
    }
}

fn referral(reply: &Reply, cut: &Name, servers: &[&Name]) -> Referral {
    let mut known = Vec::new();
    for server in servers.iter().filter_map(|server| from_wire(server)) {
        if known.len() == MOST_SERVERS {
            break;
        }
        // Addresses for names outside of the parent zone could be anybody's (RFC 5452 §6), but here they only lead
        // to a server that is asked the same question, as a resolver would.
        let glue = reply
            .additionals_of(&server)
            .filter_map(address)
            .take(MOST_ADDRESSES)
            .collect();
        if !known.iter().any(|(name, _)| *name == server) {
            known.push((server, glue));
        }
    }
    Referral {
        zone: cut.to_lowercase(),
        servers: known,
    }
}

/// The address in an A or AAAA record.
pub(super) fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(a) => Some(IpAddr::V4(a.0)),
        RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::{Message, OpCode};
    use hickory_proto::rr::Record;
    use hickory_proto::rr::rdata::{A, CNAME, NS};

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

    #[test]
    fn a_negative_answer_tells_the_zone_by_the_owner_of_its_soa() {
        for code in [ResponseCode::NoError, ResponseCode::NXDomain] {
            let reply = reply(|m| {
                m.metadata.response_code = code;
                m.add_authority(record(ZONE, RData::SOA(soa())));
            });
            let exists = code == ResponseCode::NoError;
            let here = Response::InZone {
                zone: parse(ZONE).unwrap(),
                soa: Some(soa()),
                exists,
            };
            assert_eq!(classified(&reply), Ok(here));
        }
    }

    #[test]
    fn a_referral_downwards_is_followed_with_its_glue() {
        let reply = reply(|m| {
            m.metadata.authoritative = false;
            m.add_authority(record("www.example.test", ns("ns.www.example.test")));
            m.add_additional(record(
                "ns.www.example.test",
                RData::A(A::new(192, 0, 2, 1)),
            ));
        });
        let Ok(Response::Referral(referral)) = classified(&reply) else {
            panic!("{:?}", classified(&reply))
        };
        assert_eq!(referral.zone.to_string(), "www.example.test.");
        assert_eq!(
            referral.servers[0].1,
            ["192.0.2.1".parse::<IpAddr>().unwrap()]
        );
    }

    #[test]
    fn a_referral_up_or_to_itself_or_aside_is_lame() {
        for cut in [".", "test", ZONE, "other.example.test"] {
            let reply = reply(|m| {
                m.metadata.authoritative = false;
                m.add_authority(record(cut, ns("ns.elsewhere.test")));
            });
            let lame = ReplyFault::Referral(parse(cut).unwrap());
            assert_eq!(classified(&reply), Err(lame));
        }
    }

    #[test]
    fn an_soa_that_came_through_a_cname_is_not_taken() {
        let reply = reply(|m| {
            m.add_answer(record(
                NAME,
                RData::CNAME(CNAME(parse("apex.other.test").unwrap())),
            ));
            m.add_answer(record("apex.other.test", RData::SOA(soa())));
        });
        assert_eq!(
            classified(&reply),
            Ok(Response::Cname(parse("apex.other.test").unwrap()))
        );
    }

    #[test]
    fn an_answer_from_a_cache_or_another_zone_is_lame() {
        let cached = reply(|m| {
            m.metadata.authoritative = false;
            m.add_authority(record(ZONE, RData::SOA(soa())));
        });
        assert!(classified(&cached).is_err());
        let above = reply(|m| {
            m.add_authority(record("test", RData::SOA(soa())));
        });
        assert!(classified(&above).is_err());
        let refused = reply(|m| m.metadata.response_code = ResponseCode::Refused);
        assert_eq!(
            classified(&refused),
            Err(ReplyFault::ResponseCode(ResponseCode::Refused))
        );
    }

    #[test]
    fn a_target_that_no_record_can_be_kept_at_is_told_apart() {
        let reply = reply(|m| {
            let odd = Name::from_labels([b"a b".as_slice(), b"test"]).unwrap();
            m.add_answer(record(NAME, RData::CNAME(CNAME(odd))));
        });
        assert!(matches!(classified(&reply), Ok(Response::BadCname(_))));
    }
}
