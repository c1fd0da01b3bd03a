//! DNSSEC: the DS of each zone against its keys, and their algorithms.

use std::net::SocketAddr;
use std::time::SystemTime;

use hickory_proto::dnssec::rdata::{DNSKEY, DS};
use hickory_proto::dnssec::{Algorithm, DigestType, Verifier};
use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::chain_of_trust::{Keyed, Trust, chain, covers, ds_of, is_known, keyed};
use crate::check::judge::standing::{list, list_servers, severity, where_delegated};
use crate::check::survey::{Asked, Facts, ZoneFacts};

static UNSIGNED: Code = Code {
    name: "UNSIGNED",
    severity: Severity::Info,
    meaning: "The zone above has no DS for the zone, so nothing in it is validated.",
    nearest: "Zonemaster DS07_NOT_SIGNED",
};
static KEY_WITHOUT_DS: Code = Code {
    name: "KEY_WITHOUT_DS",
    severity: Severity::Info,
    meaning: "The zone is signed, and the zone above has no DS for it.",
    nearest: "Zonemaster DS07_SIGNED_AND_NO_DS_ON_PARENT_SERVER",
};
static SIGNED: Code = Code {
    name: "SIGNED",
    severity: Severity::Info,
    meaning: "The zone is signed, and the zone above has a DS of one of its keys.",
    nearest: "",
};
static DS_WITHOUT_KEY: Code = Code {
    name: "DS_WITHOUT_KEY",
    severity: Severity::Warning,
    meaning: "The zone above has a DS for the zone, and a server of the zone has no key, or none that belongs to it.",
    nearest: "Zonemaster DS02_NO_DNSKEY_FOR_DS, DNSViz NO_SEP, MISSING_SEP_FOR_ALG",
};
static ALGORITHM_OUTDATED: Code = Code {
    name: "ALGORITHM_OUTDATED",
    severity: Severity::Notice,
    meaning: "A DS or key has an algorithm that resolvers no longer support, or not yet (RFC 8624, RFC 9905).",
    nearest: "Zonemaster DS05_ALGO_DEPRECATED, DNSViz DS_DIGEST_ALGORITHM_PROHIBITED, ALGORITHM_NOT_SUPPORTED",
};

/// Ed448 (RFC 8080), which no library here knows.
const ED448: u8 = 16;

pub(super) const CODES: &[&Code] = &[
    &UNSIGNED,
    &KEY_WITHOUT_DS,
    &SIGNED,
    &DS_WITHOUT_KEY,
    &ALGORITHM_OUTDATED,
];

pub(super) fn check(facts: &Facts<'_>, now: SystemTime) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (zone, trust) in chain(facts, now) {
        let above = zone.zone.parent.is_some();
        match &trust {
            Trust::Unknown | Trust::Resolved => {}
            Trust::Unsigned if zone.zone.is_top() => {}
            Trust::Unsigned => findings.extend(unsigned(zone)),
            Trust::Broken if above => findings.extend(key_findings(zone, now)),
            Trust::Broken => {}
            Trust::Signed(keys) => {
                if above && !zone.zone.is_top() {
                    findings.extend(signed(zone, keys));
                    findings.extend(key_findings(zone, now));
                }
                findings.extend(outdated_keys(zone, keys));
            }
        }
    }
    findings
}

fn unsigned(zone: &ZoneFacts) -> Vec<Finding> {
    let name = &zone.zone.name;
    let ds = ds_of(zone);
    let parent = first_parent(zone);
    if ds.iter().any(|ds| is_known(ds)) {
        let detail = format!(
            "{name} is signed, and the zone above is not, so that its DS counts for nothing"
        );
        let finding = Finding::new(&UNSIGNED, name, detail).servers(parent);
        return vec![finding.dig("+dnssec", name, RecordType::DS)];
    }
    if ds.iter().any(|ds| u8::from(ds.algorithm()) == ED448) {
        let detail =
            format!("{name} is signed with algorithm {ED448}, Ed448, which is not validated here");
        return vec![
            Finding::new(&ALGORITHM_OUTDATED, name, detail)
                .servers(parent)
                .dig("+dnssec", name, RecordType::DS)
                .hint("Most resolvers validate it, some take the zone for unsigned; delv or DNSViz show whether it is well."),
        ];
    }
    if !ds.is_empty() {
        let known = ds.iter().map(|ds| {
            format!(
                "algorithm {} with digest {}",
                u8::from(ds.algorithm()),
                u8::from(ds.digest_type())
            )
        });
        let detail = format!(
            "the DS of {name} has only what resolvers do not support: {}",
            list(known)
        );
        return vec![
            Finding::new(&ALGORITHM_OUTDATED, name, detail)
                .servers(parent)
                .dig("+dnssec", name, RecordType::DS)
                .hint(
                    "Resolvers take the zone for unsigned. Roll over to algorithm 13 and digest 2.",
                ),
        ];
    }
    let is_cut_above = zone
        .zone
        .parent
        .as_ref()
        .is_some_and(|parent| parent.parent.is_some());
    let has_key = zone.keys.iter().filter_map(Asked::of_zone).any(|reply| {
        reply
            .answers()
            .iter()
            .any(|record| record.record_type() == RecordType::DNSKEY)
    });
    let finding = match has_key {
        true => Finding::new(
            &KEY_WITHOUT_DS,
            name,
            format!("{name} is signed, and the zone above has no DS for it"),
        )
        .hint(format!(
            "It is safe, and validates nothing; add the DS {} if it is to.",
            where_delegated(&zone.zone)
        )),
        false => Finding::new(&UNSIGNED, name, format!("{name} is not signed")),
    };
    let finding = finding.servers(parent).dig("+dnssec", name, RecordType::DS);
    is_cut_above.then_some(finding).into_iter().collect()
}

fn signed(zone: &ZoneFacts, keys: &[&DNSKEY]) -> Option<Finding> {
    let name = &zone.zone.name;
    let all = ds_of(zone);
    let ds = all.iter().find(|ds| {
        let mut keys = keys.iter();
        keys.any(|key| covers(ds, name, key))
    })?;
    let algorithm = u8::from(ds.algorithm());
    let detail = format!(
        "{name} is signed, and DS {} above is of one of its keys, of algorithm {algorithm}",
        ds.key_tag()
    );
    Some(
        Finding::new(&SIGNED, name, detail)
            .arg("ds", u64::from(ds.key_tag()))
            .arg("algorithm", u64::from(algorithm))
            .servers(first_parent(zone))
            .dig("+dnssec", name, RecordType::DS),
    )
}

/// The first server of the zone above that says which DS there are.
fn first_parent(zone: &ZoneFacts) -> Option<(Name, SocketAddr)> {
    let parent = zone.ds.iter().find(|one| one.of_zone().is_some());
    parent.map(Asked::at)
}

fn key_findings(zone: &ZoneFacts, now: SystemTime) -> Vec<Finding> {
    let (name, ds) = (&zone.zone.name, ds_of(zone));
    let tags: Vec<String> = ds.iter().map(|ds| ds.key_tag().to_string()).collect();
    let (mut without, mut others) = (Vec::new(), Vec::new());
    let mut all = 0;
    for asked in &zone.keys {
        let keyed = keyed(&zone.zone, &ds, asked, now);
        all += usize::from(keyed != Keyed::Unknown);
        match keyed {
            Keyed::None => without.push(asked.at()),
            Keyed::Other(found) => {
                without.push(asked.at());
                others.extend(found);
            }
            Keyed::Unknown | Keyed::Own(_) => {}
        }
    }
    let mut findings = Vec::new();
    if !without.is_empty() {
        others.sort_unstable();
        others.dedup();
        let is_copy = without.len() < all;
        let has = match others.as_slice() {
            [] if is_copy => "an unsigned copy, with no DNSKEY".to_owned(),
            [] => "no DNSKEY".to_owned(),
            others => format!("only DNSKEY {}", list(others)),
        };
        let detail = format!(
            "the zone above {name} has DS {}, and {} of {name} has {has}",
            list(&tags),
            list_servers(&without)
        );
        findings.push(
            Finding::new(&DS_WITHOUT_KEY, name, detail)
                .severity(severity(without.len(), all))
                .arg("ds", tags)
                .arg("keys", others.iter().map(ToString::to_string).collect::<Vec<_>>())
                .servers(without)
                .dig("+dnssec", name, RecordType::DNSKEY)
                .hint(match is_copy {
                    true => {
                        "A validating resolver, as a CA's is, gets SERVFAIL from such a copy. The DS is right, as the other servers \
                         show: let this one load the signed zone."
                            .to_owned()
                    }
                    false => format!(
                        "Every validating resolver, the CA's too, answers SERVFAIL. Remove the DS {}, or sign the zone with that \
                         key; no TXT record helps before.",
                        where_delegated(&zone.zone)
                    ),
                }),
        );
    }
    if let Some(ds) = ds.iter().find(|ds| !is_known(ds)) {
        let detail = format!(
            "the zone above {name} has DS {} with algorithm {} and digest {}, which resolvers do not support",
            ds.key_tag(),
            u8::from(ds.algorithm()),
            u8::from(ds.digest_type())
        );
        findings.push(
            Finding::new(&ALGORITHM_OUTDATED, name, detail)
                .dig("+dnssec", name, RecordType::DS)
                .hint("Remove that DS: another one is used."),
        );
    }
    findings.extend(outdated_ds(zone, &ds));
    findings
}

/// Where no DS has a digest but SHA-1 (RFC 9905).
fn outdated_ds(zone: &ZoneFacts, ds: &[&DS]) -> Option<Finding> {
    let name = &zone.zone.name;
    let first = ds.first()?;
    #[allow(deprecated, reason = "it is looked for since it is deprecated")]
    let is_outdated = |ds: &&DS| ds.digest_type() == DigestType::SHA1;
    if !ds.iter().all(is_outdated) {
        return None;
    }
    let detail = format!(
        "the zone above {name} has only DS of digest 1, SHA-1, which validators stop supporting, among them {}",
        first.key_tag()
    );
    Some(
        Finding::new(&ALGORITHM_OUTDATED, name, detail)
            .arg("digest", 1u64)
            .servers(first_parent(zone))
            .dig("+dnssec", name, RecordType::DS)
            .hint(format!(
                "Add a DS of digest 2 {} (RFC 9905).",
                where_delegated(&zone.zone)
            )),
    )
}

fn outdated_keys(zone: &ZoneFacts, keys: &[&DNSKEY]) -> Option<Finding> {
    if zone.zone.is_top() {
        return None;
    }
    // SHA-1 (RFC 9905): validators of some systems take such a zone for unsigned, and some fail.
    #[allow(deprecated, reason = "it is looked for since it is deprecated")]
    let is_outdated = |key: &&&DNSKEY| {
        matches!(
            key.algorithm(),
            Algorithm::RSASHA1 | Algorithm::RSASHA1NSEC3SHA1
        )
    };
    let key = keys.iter().find(is_outdated)?;
    let name = &zone.zone.name;
    let number = u8::from(key.algorithm());
    let detail = format!(
        "{name} has a key of algorithm {number}, RSA with SHA-1, which validators stop supporting"
    );
    Some(
        Finding::new(&ALGORITHM_OUTDATED, name, detail)
            .arg("algorithm", u64::from(number))
            .servers(
                zone.keys
                    .iter()
                    .find(|one| one.of_zone().is_some())
                    .map(Asked::at),
            )
            .dig("+dnssec", name, RecordType::DNSKEY)
            .hint("Roll over to algorithm 13 (RFC 9905)."),
    )
}
