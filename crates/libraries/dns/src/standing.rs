//! What an authoritative server's reply says about where a name stands (RFC 1034 §4.3.2).

use std::net::IpAddr;

use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RData};

use crate::name::{from_wire, is_within};
use crate::transport::{Reply, ReplyFault};

/// More servers than this are not looked at; the root has 13.
pub(crate) const MOST_SERVERS: usize = 32;
/// More addresses of one server than this are not looked at.
pub(crate) const MOST_ADDRESSES: usize = 16;

/// Where a name stands, seen from a zone above it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// In the zone of this name, which the server answers for, with the SOA where it came along.
    Here {
        zone: Name,
        soa: Option<SOA>,
        exists: bool,
    },
    /// It is an alias of this name.
    Alias(Name),
    /// It is an alias of a name that no record can be kept at.
    BadAlias(String),
    /// Below a zone cut: it has to be asked for at these servers.
    Delegated(Delegation),
}

/// The servers that a referral names, with the addresses that came along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delegation {
    pub(crate) zone: Name,
    pub(crate) servers: Vec<(Name, Vec<IpAddr>)>,
}

/// Reads the reply of a server of `zone` that was asked for the SOA of `name`.
///
/// # Errors
///
/// Why the server is no use: it is lame (RFC 1912 §2.8).
pub(crate) fn classify(reply: &Reply, name: &Name, zone: &Name) -> Result<Standing, ReplyFault> {
    if !reply.is_about_name() {
        return Err(ReplyFault::ResponseCode(reply.code()));
    }
    if let Some((cut, servers)) = reply.referral()
        && !(reply.is_authoritative() && cut == zone)
    {
        let downwards = cut != zone && is_within(cut, zone) && is_within(name, cut);
        return if downwards {
            Ok(Standing::Delegated(delegation(reply, cut, &servers)))
        } else {
            Err(ReplyFault::Referral(cut.clone()))
        };
    }
    if !reply.is_authoritative() {
        return Err(ReplyFault::NotAuthoritative);
    }
    if let Some(target) = reply.cname_of(name) {
        return Ok(from_wire(target)
            .map_or_else(|| Standing::BadAlias(target.to_string()), Standing::Alias));
    }
    let exists = reply.code() == hickory_proto::op::ResponseCode::NoError;
    if let Some(soa) = reply.soa_of(name) {
        return Ok(Standing::Here {
            zone: name.clone(),
            soa: Some(soa.clone()),
            exists,
        });
    }
    match reply.negative_soa() {
        Some((owner, soa)) if is_within(name, owner) && is_within(owner, zone) => {
            Ok(Standing::Here {
                zone: owner.to_lowercase(),
                soa: Some(soa.clone()),
                exists,
            })
        }
        Some((owner, _)) => Err(ReplyFault::OtherZone(owner.clone())),
        None => Ok(Standing::Here {
            zone: zone.clone(),
            soa: None,
            exists,
        }),
    }
}

fn delegation(reply: &Reply, cut: &Name, servers: &[&Name]) -> Delegation {
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
    Delegation {
        zone: cut.to_lowercase(),
        servers: known,
    }
}

/// The address in an A or AAAA record.
pub(crate) fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(a) => Some(IpAddr::V4(a.0)),
        RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use hickory_proto::op::{Message, OpCode, ResponseCode};
    use hickory_proto::rr::Record;
    use hickory_proto::rr::rdata::{A, CNAME, NS};

    use super::*;
    use crate::name::parse;

    const ZONE: &str = "example.test";
    const NAME: &str = "_acme-challenge.www.example.test";

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

    fn standing(reply: &Reply) -> Result<Standing, ReplyFault> {
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
            let here = Standing::Here {
                zone: parse(ZONE).unwrap(),
                soa: Some(soa()),
                exists,
            };
            assert_eq!(standing(&reply), Ok(here));
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
        let Ok(Standing::Delegated(delegation)) = standing(&reply) else {
            panic!("{:?}", standing(&reply))
        };
        assert_eq!(delegation.zone.to_string(), "www.example.test.");
        assert_eq!(
            delegation.servers[0].1,
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
            assert_eq!(standing(&reply), Err(lame));
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
            standing(&reply),
            Ok(Standing::Alias(parse("apex.other.test").unwrap()))
        );
    }

    #[test]
    fn an_answer_from_a_cache_or_another_zone_is_lame() {
        let cached = reply(|m| {
            m.metadata.authoritative = false;
            m.add_authority(record(ZONE, RData::SOA(soa())));
        });
        assert!(standing(&cached).is_err());
        let above = reply(|m| {
            m.add_authority(record("test", RData::SOA(soa())));
        });
        assert!(standing(&above).is_err());
        let refused = reply(|m| m.metadata.response_code = ResponseCode::Refused);
        assert_eq!(
            standing(&refused),
            Err(ReplyFault::ResponseCode(ResponseCode::Refused))
        );
    }

    #[test]
    fn a_target_that_no_record_can_be_kept_at_is_told_apart() {
        let reply = reply(|m| {
            let odd = Name::from_labels([b"a b".as_slice(), b"test"]).unwrap();
            m.add_answer(record(NAME, RData::CNAME(CNAME(odd))));
        });
        assert!(matches!(standing(&reply), Ok(Standing::BadAlias(_))));
    }
}
