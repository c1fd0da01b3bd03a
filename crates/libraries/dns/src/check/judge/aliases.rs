//! The names that the record's name is an alias of, and where they end.

use std::net::SocketAddr;
use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::answers::denies;
use crate::check::judge::misplaced;
use crate::check::judge::standing::list_servers;
use crate::check::survey::{Asked, ChainEnd, Facts, LONGEST_CHAIN, Link, missed, texts_of};
use crate::name::is_within;
use crate::slip::without_zone;

static ALIAS: Code = Code {
    name: "ALIAS",
    severity: Severity::Info,
    meaning: "The name is an alias (CNAME), and its record belongs at the end of the chain.",
    nearest: "",
};
static ALIAS_LOOP: Code = Code {
    name: "ALIAS_LOOP",
    severity: Severity::Error,
    meaning: "CNAMEs lead back to themselves.",
    nearest: "DNSViz CNAME_LOOP",
};
static ALIAS_TOO_LONG: Code = Code {
    name: "ALIAS_TOO_LONG",
    severity: Severity::Warning,
    meaning: "There are more CNAMEs in a row than some resolvers follow.",
    nearest: "",
};
static ALIAS_BAD_NAME: Code = Code {
    name: "ALIAS_BAD_NAME",
    severity: Severity::Error,
    meaning: "A CNAME leads to a name that no record can be kept at.",
    nearest: "",
};
static ALIAS_LACKS_DOT: Code = Code {
    name: "ALIAS_LACKS_DOT",
    severity: Severity::Warning,
    meaning: "A CNAME leads to a name that does not exist and has the zone's name added to a whole one.",
    nearest: "",
};
static ALIAS_BY_WILDCARD: Code = Code {
    name: "ALIAS_BY_WILDCARD",
    severity: Severity::Notice,
    meaning: "Only a wildcard makes the name an alias; that ends once there is a record at the name itself.",
    nearest: "",
};

static ALIAS_BY_DNAME: Code = Code {
    name: "ALIAS_BY_DNAME",
    severity: Severity::Notice,
    meaning: "A DNAME above the name makes it an alias, and hides what is written at the name itself (RFC 6672).",
    nearest: "DNSViz DNAME_NO_CNAME",
};
static TXT_BESIDE_CNAME: Code = Code {
    name: "TXT_BESIDE_CNAME",
    severity: Severity::Warning,
    meaning: "A TXT record stands, or was written, beside a CNAME, where servers ignore it (RFC 2136, section 3.4.2.2).",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[
    &ALIAS,
    &ALIAS_LOOP,
    &ALIAS_TOO_LONG,
    &ALIAS_BAD_NAME,
    &ALIAS_LACKS_DOT,
    &ALIAS_BY_WILDCARD,
    &ALIAS_BY_DNAME,
    &TXT_BESIDE_CNAME,
];

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let name = &facts.target.name;
    let mut findings = Vec::new();
    let mut names: Vec<String> = facts
        .chain
        .iter()
        .map(|link| link.name.to_ascii())
        .collect();
    if let Some(target) = facts.last().and_then(|link| link.target.as_ref()) {
        names.push(target.to_ascii());
    }
    let row = names.join(" -> ");
    let chain = |code| {
        let servers = facts.chain.first().and_then(shows);
        Finding::new(code, name, row.clone())
            .arg("chain", names.clone())
            .servers(servers)
            .dig("", name, RecordType::CNAME)
    };
    match facts.chain_end {
        ChainEnd::Loop => findings
            .push(chain(&ALIAS_LOOP).hint("Let the last CNAME lead to a name that has none.")),
        ChainEnd::TooLong => findings.push(chain(&ALIAS_TOO_LONG).hint(format!(
            "Some resolvers give up after {LONGEST_CHAIN}; let the first CNAME lead to the last name."
        ))),
        ChainEnd::BadName => findings.push(
            chain(&ALIAS_BAD_NAME)
                .hint("Let the CNAME lead to a name of letters, digits, hyphens and underscores."),
        ),
        ChainEnd::Name
            if facts
                .last()
                .is_some_and(|link| link.is_wildcard && link.target.is_some()) =>
        {
            findings.push(chain(&ALIAS_BY_WILDCARD).hint(format!(
                "Write the record at {} itself; a program that follows the CNAME first writes it in the wrong place.",
                facts.last().map_or(name, |link| &link.name)
            )));
        }
        ChainEnd::Name if facts.chain.len() > 1 => findings.push(chain(&ALIAS).hint(format!(
            "The record belongs at {}, and not at {name} itself, where it would be hidden.",
            facts.last().map_or(name, |link| &link.name)
        ))),
        ChainEnd::Name => {}
    }
    findings.extend(facts.chain.windows(2).filter_map(lacks_dot));
    findings.extend(facts.chain.iter().filter_map(by_dname));
    findings.extend(facts.chain.iter().filter_map(beside));
    findings.extend(written_beside(facts));
    findings
}

/// The first server that has the CNAME.
fn shows(link: &Link) -> Option<(Name, SocketAddr)> {
    let has_one = |asked: &&Asked| {
        let reply = asked.reply();
        reply.is_some_and(|reply| reply.cname_of(&link.name).is_some())
    };
    link.asked.iter().find(has_one).map(Asked::at)
}

/// A DNAME above a name of the chain.
fn by_dname(link: &Link) -> Option<Finding> {
    let found = link
        .asked
        .iter()
        .find_map(|asked| Some((asked, asked.of_zone()?.dname_above(&link.name)?)));
    let (asked, (owner, target)) = found?;
    let leads = link
        .target
        .as_ref()
        .map_or_else(String::new, |target| format!(", here to {target}"));
    let detail = format!(
        "{owner} is a DNAME to {target}: each name below it is an alias of one there{leads}",
    );
    Some(
        Finding::new(&ALIAS_BY_DNAME, &link.name, detail)
            .arg("owner", owner)
            .arg("target", &target)
            .servers([asked.at()])
            .dig("", owner, RecordType::DNAME)
            .hint(format!(
                "Nothing that is written below {owner} is seen: the record belongs at the end of the chain."
            )),
    )
}

/// A server has both at one name.
fn beside(link: &Link) -> Option<Finding> {
    let has_both = |asked: &&Asked| {
        let reply = asked.reply();
        reply.is_some_and(|reply| {
            reply.cname_of(&link.name).is_some() && !texts_of(reply, &link.name).is_empty()
        })
    };
    let servers: Vec<_> = link.asked.iter().filter(has_both).map(Asked::at).collect();
    let target = link.target.as_ref()?;
    (!servers.is_empty()).then(|| {
        let detail = format!(
            "{} has a CNAME to {target} and a TXT record beside it, as {} say",
            link.name,
            list_servers(&servers)
        );
        Finding::new(&TXT_BESIDE_CNAME, &link.name, detail)
            .arg("target", target)
            .servers(servers)
            .dig("", &link.name, RecordType::TXT)
            .hint(format!(
                "A resolver follows the CNAME: remove it, or write the record at {target}."
            ))
    })
}

/// The record was written at a name that is an alias, and where that leads the value is missing.
pub(super) fn written_beside(facts: &Facts<'_>) -> Option<Finding> {
    let (last, before) = facts.chain.split_last()?;
    let value = missed(facts.target, last).filter(|_| !misplaced::explains(facts, last))?;
    let written = facts.target.record.as_ref()?;
    let link = before.iter().find(|link| link.name == *written)?;
    let target = link.target.as_ref()?;
    let detail = format!(
        "the record was written at {written}, which is a CNAME to {target}, and the value is not at {}",
        last.name
    );
    Some(
        Finding::new(&TXT_BESIDE_CNAME, written, detail)
            .severity(Severity::Error)
            .arg("target", &last.name)
            .arg("value", value.to_owned())
            .servers(shows(link))
            .dig("", written, RecordType::CNAME)
            .hint(format!(
                "A server ignores a TXT record that is written beside a CNAME, and says that all is well: write it at {}, or \
                 remove the CNAME.",
                last.name
            )),
    )
}

/// The target of a CNAME whose final dot is missing.
fn lacks_dot(pair: &[Link]) -> Option<Finding> {
    let [link, target] = pair else {
        return None;
    };
    let zone = &link.walk.zone()?.name;
    let does_not_exist = |asked: &Asked| {
        let reply = asked.of_zone();
        reply.is_some_and(|reply| denies(reply, &target.name))
    };
    if !is_within(&target.name, zone) || !target.asked.iter().any(does_not_exist) {
        return None;
    }
    let written = without_zone(&target.name, zone)?;
    let detail = format!(
        "{} is a CNAME to {}, which does not exist",
        link.name, target.name
    );
    Some(
        Finding::new(&ALIAS_LACKS_DOT, &link.name, detail)
            .arg("target", &target.name)
            .arg("meant", &written)
            .servers(shows(link))
            .dig("", &link.name, RecordType::CNAME)
            .hint(format!(
                "The target repeats the zone's name: write it with its final dot, \"CNAME {written}\"."
            )),
    )
}
