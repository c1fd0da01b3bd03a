//! What the records of a zone prove, and what they do not.

use hickory_proto::dnssec::Nsec3HashAlgorithm;

use super::*;

/// The zone of RFC 5155, Appendix A, as far as its names go, with a DNAME and an empty non-terminal.
const NAMES: [(&str, &[RecordType]); 8] = [
    (
        "example.",
        &[RecordType::SOA, RecordType::NS, RecordType::MX],
    ),
    ("a.example.", &[RecordType::NS, RecordType::DS]),
    ("c.example.", &[RecordType::NS]),
    ("d.example.", &[RecordType::DNAME]),
    ("ns1.example.", &[RecordType::A]),
    ("*.w.example.", &[RecordType::MX]),
    ("x.y.w.example.", &[RecordType::MX]),
    ("xx.example.", &[RecordType::CNAME]),
];

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn nsec() -> Vec<Record> {
    let mut names = NAMES.map(|(owner, types)| (name(owner), types));
    names.sort();
    let next = names.iter().cycle().skip(1).map(|(next, _)| next.clone());
    let records = names.iter().zip(next).map(|((owner, types), next)| {
        let data = NSEC::new(next, types.iter().copied());
        Record::from_rdata(owner.clone(), 60, RData::DNSSEC(DNSSECRData::NSEC(data)))
    });
    records.collect()
}

fn hashed(name: &Name) -> Vec<u8> {
    let hash = Nsec3HashAlgorithm::SHA1.hash(&[0xaa, 0xbb, 0xcc, 0xdd], name, 12);
    hash.unwrap().as_ref().to_vec()
}

fn nsec3(opt_out: bool) -> Vec<Record> {
    let between = ["w.example.", "y.w.example."].map(|owner| (owner, [].as_slice()));
    let names = NAMES.iter().copied().chain(between);
    // Where it is opted out, delegations without DS are left out.
    let names = names.filter(|(owner, _)| !(opt_out && *owner == "c.example."));
    let mut names: Vec<_> = names
        .map(|(owner, types)| (hashed(&name(owner)), types))
        .collect();
    names.sort();
    let next = names.iter().cycle().skip(1).map(|(next, _)| next.clone());
    let records = names.iter().zip(next).map(|((hash, types), next)| {
        let owner = String::from_utf8(base32hex(hash)).unwrap();
        let data = NSEC3::new(
            Nsec3HashAlgorithm::SHA1,
            opt_out,
            12,
            vec![0xaa, 0xbb, 0xcc, 0xdd],
            next,
            types.iter().copied(),
        );
        let data = RData::DNSSEC(DNSSECRData::NSEC3(data));
        Record::from_rdata(name(&format!("{owner}.example.")), 60, data)
    });
    records.collect()
}

fn proved(records: &[Record], of: &str, claim: Claim) -> Result<(), Gap> {
    prove(records.iter(), &name("example."), &name(of), claim)
}

/// What is true of the zone, and what is not, as anybody says who has all of its records.
const CLAIMS: [(&str, Claim, bool); 22] = [
    ("b.example.", Claim::NoName, true),
    ("x.b.example.", Claim::NoName, true),
    ("zz.example.", Claim::NoName, true),
    // It exists, or is below what does, or a wildcard has it.
    ("ns1.example.", Claim::NoName, false),
    ("w.example.", Claim::NoName, false),
    ("y.w.example.", Claim::NoName, false),
    ("b.w.example.", Claim::NoName, false),
    ("b.a.example.", Claim::NoName, false),
    ("b.d.example.", Claim::NoName, false),
    ("ns1.example.", Claim::NoData(RecordType::TXT), true),
    ("ns1.example.", Claim::NoData(RecordType::A), false),
    ("xx.example.", Claim::NoData(RecordType::TXT), false),
    ("y.w.example.", Claim::NoData(RecordType::TXT), true),
    ("w.example.", Claim::NoData(RecordType::CAA), true),
    ("b.w.example.", Claim::NoData(RecordType::TXT), true),
    ("b.w.example.", Claim::NoData(RecordType::MX), false),
    ("c.example.", Claim::NoData(RecordType::DS), true),
    ("a.example.", Claim::NoData(RecordType::DS), false),
    ("a.example.", Claim::NoData(RecordType::TXT), false),
    ("b.w.example.", Claim::Wildcard(2), true),
    ("x.y.w.example.", Claim::Wildcard(2), false),
    ("b.y.w.example.", Claim::Wildcard(2), false),
];

#[test]
fn what_is_true_is_proved_and_nothing_else() {
    for (kind, records) in [
        ("NSEC", nsec()),
        ("NSEC3", nsec3(false)),
        ("opt-out", nsec3(true)),
    ] {
        for (of, claim, is_true) in CLAIMS {
            let proved = proved(&records, of, claim);
            assert_eq!(
                proved.is_ok(),
                is_true,
                "{kind}: {of} {claim:?}: {proved:?}"
            );
        }
    }
}

#[test]
fn the_records_of_the_wrong_side_of_a_zone_cut_prove_nothing() {
    let claim = Claim::NoData(RecordType::DS);
    for records in [nsec(), nsec3(false)] {
        assert!(proved(&records, "example.", claim).is_err());
    }
}

#[test]
fn each_part_of_a_proof_is_needed() {
    let without = |all: &[Record], owner: &Name| -> Vec<Record> {
        all.iter()
            .filter(|one| one.name != *owner)
            .cloned()
            .collect()
    };
    let at = |text: &str| {
        let hash = String::from_utf8(base32hex(&hashed(&name(text)))).unwrap();
        name(&format!("{hash}.example."))
    };
    let (nsec, nsec3) = (nsec(), nsec3(false));
    for (of, claim, missing, gap) in [
        // `*.example.` is between the apex and `a`, and `zz` behind the last.
        (
            "zz.example.",
            Claim::NoName,
            "example.",
            Gap::Wildcard(name("*.example.")),
        ),
        (
            "zz.example.",
            Claim::NoName,
            "xx.example.",
            Gap::Name(name("zz.example.")),
        ),
        (
            "b.w.example.",
            Claim::NoData(RecordType::TXT),
            "*.w.example.",
            Gap::Name(name("b.w.example.")),
        ),
    ] {
        let left = without(&nsec, &name(missing));
        assert_eq!(
            proved(&left, of, claim),
            Err(gap),
            "{of} {claim:?} {missing}"
        );
    }
    for (of, claim, missing, gap) in [
        (
            "zz.example.",
            Claim::NoName,
            "example.",
            Gap::Encloser(name("zz.example.")),
        ),
        (
            "b.w.example.",
            Claim::NoData(RecordType::TXT),
            "*.w.example.",
            Gap::Wildcard(name("*.w.example.")),
        ),
        (
            "b.w.example.",
            Claim::NoData(RecordType::TXT),
            "w.example.",
            Gap::Name(name("w.example.")),
        ),
    ] {
        let left = without(&nsec3, &at(missing));
        assert_eq!(
            proved(&left, of, claim),
            Err(gap),
            "{of} {claim:?} {missing}"
        );
    }
    assert_eq!(
        proved(&[], "zz.example.", Claim::NoName),
        Err(Gap::Everything)
    );
}

#[test]
fn hashes_are_those_of_the_rfc() {
    // RFC 5155, Appendix A.
    for (of, hash) in [
        ("example.", "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"),
        ("a.example.", "35mthgpgcu1qg68fab165klnsnk3dpvl"),
        ("*.w.example.", "r53bq7cc2uvmubfu5ocmm6pers9tk9en"),
    ] {
        assert_eq!(base32hex(&hashed(&name(of))), hash.as_bytes(), "{of}");
    }
}

#[test]
fn base_32_is_that_of_nsec3() {
    // RFC 4648 §10, without padding.
    for (octets, text) in [
        ("", ""),
        ("f", "co"),
        ("fo", "cpng"),
        ("foob", "cpnmuog"),
        ("foobar", "cpnmuoj1e8"),
    ] {
        assert_eq!(base32hex(octets.as_bytes()), text.as_bytes(), "{octets}");
    }
}
