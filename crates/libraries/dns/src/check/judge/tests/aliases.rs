//! Aliases on servers of which one has the zone of the CNAME's target as well.

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{RData, Record, RecordType};

use super::{FIRST, SECOND, found, target, two};
use crate::check::finding::Verdict;
use crate::check::world::Bend;

#[test]
fn what_a_server_says_of_where_a_cname_leads_is_not_taken_for_what_it_says_of_the_name() {
    // RFC 6604 §2: the response code is that of the end of the chain.
    let denies_end: Bend = |_, mut message| {
        let mut types = message.answers.iter().map(Record::record_type);
        if types.any(|one| one == RecordType::CNAME) {
            message.metadata.response_code = ResponseCode::NXDomain;
        }
        Ok(message)
    };
    let adds_end: Bend = |_, mut message| {
        let target = message.answers.iter().find_map(|one| match &one.data {
            RData::CNAME(cname) => Some(cname.0.clone()),
            _ => None,
        });
        let text = || RData::TXT(TXT::new(vec!["x".into()]));
        message
            .answers
            .extend(target.map(|name| Record::from_rdata(name, 60, text())));
        Ok(message)
    };
    let to_alias = "_acme-challenge CNAME x.b.test\nx.b.test CNAME x";
    for (lines, codes) in [
        ("_acme-challenge CNAME x.b", [""; 0].as_slice()),
        // The name that is to lack its dot is there.
        (to_alias, &[]),
        (
            "_acme-challenge CNAME x.b\n_acme-challenge TXT y",
            &["TXT_BESIDE_CNAME"],
        ),
    ] {
        for bend in [denies_end, adds_end] {
            for servers in [&[SECOND][..], &[FIRST, SECOND]] {
                let world = servers
                    .iter()
                    .fold(two(lines), |world, at| world.bend(at, bend));
                let (codes_found, verdict) = found(&world, &target("a.test"));
                assert_eq!(codes_found, codes, "{lines} {servers:?}");
                let expected = match codes {
                    [] => Verdict::Ok,
                    _ => Verdict::MayFail,
                };
                assert_eq!(verdict, expected, "{lines} {servers:?}");
            }
        }
    }
}
