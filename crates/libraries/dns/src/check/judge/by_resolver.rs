//! What a resolver says of a name, where no name server answers this machine.

use std::time::SystemTime;

use hickory_proto::rr::{Name, RecordType};

use crate::check::finding::{Code, Finding, Severity, dig_at};
use crate::check::judge::answers::denies;
use crate::check::judge::registered::NOT_REGISTERED;
use crate::check::judge::standing::list;
use crate::check::judge::values::VALUE_MISSING;
use crate::check::survey::{Asked, Facts, texts_of};
use crate::transport::Reply;

static JUDGED_BY_RESOLVER: Code = Code {
    name: "JUDGED_BY_RESOLVER",
    severity: Severity::Notice,
    meaning: "No name server answers this machine, but a resolver does: everything else here is what that resolver says.",
    nearest: "",
};
static RESOLVER_FAILS: Code = Code {
    name: "RESOLVER_FAILS",
    severity: Severity::Warning,
    meaning: "The resolver that was asked in place of the name servers fails, or does not answer; it is an error where the resolver gives DNSSEC as the reason.",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[&JUDGED_BY_RESOLVER, &RESOLVER_FAILS];

/// A name with at most so many labels is delegated by the root or a top-level domain.
const REGISTERED: usize = 2;

/// A question to the resolver, and its reply.
struct Said<'a> {
    name: &'a Name,
    record_type: RecordType,
    asked: &'a Asked,
    reply: &'a Reply,
}

fn said<'a>(facts: &'a Facts<'_>) -> Vec<Said<'a>> {
    let Some(texts) = &facts.resolved else {
        return Vec::new();
    };
    let caa = facts.caa.iter();
    let caa = caa.flat_map(|look| {
        look.asked
            .iter()
            .map(|one| (&look.at, RecordType::CAA, one))
    });
    let texts = texts
        .iter()
        .map(|one| (&facts.target.name, RecordType::TXT, one));
    let said = caa.chain(texts).filter_map(|(name, record_type, asked)| {
        Some(Said {
            name,
            record_type,
            asked,
            reply: asked.reply()?,
        })
    });
    said.collect()
}

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let mut findings: Vec<Finding> = silent(facts).into_iter().collect();
    let said = said(facts);
    let Some(first) = said.first() else {
        return findings;
    };
    findings.push(judged_by(first, &said));
    findings.extend(said.iter().filter_map(fails));
    let denied = said
        .iter()
        .filter(|one| denies(one.reply, one.name) && one.name.iter().len() <= REGISTERED);
    findings.extend(
        denied
            .min_by_key(|one| one.name.iter().len())
            .map(not_registered),
    );
    findings.extend(said.iter().filter_map(|one| missing(facts, one)));
    findings
}

fn judged_by(first: &Said<'_>, said: &[Said<'_>]) -> Finding {
    let validated = said.iter().filter(|one| one.reply.message().authentic_data);
    let validated: Vec<String> = validated.map(|one| one.name.to_ascii()).collect();
    let ip = first.asked.address.ip();
    let validates = match validated.as_slice() {
        [] => String::new(),
        names => format!("; it has validated {} (AD)", list(names)),
    };
    let detail = format!(
        "no name server answers this machine, but the resolver {ip} does: everything else here is what that resolver says{validates}"
    );
    Finding::new(&JUDGED_BY_RESOLVER, first.name, detail)
        .arg("resolver", crate::address::format(&first.asked.address))
        .arg("validated", validated)
        .hint(
            "This network may keep port 53 closed for all but the resolver, and the name servers may be well. Delegations, servers \
             and CNAMEs were not looked at, nor whether all servers have the record: check from a machine that reaches them.",
        )
}

/// A command that shows what the resolver says.
fn shown(finding: Finding, one: &Said<'_>) -> Finding {
    let mut finding = finding;
    let dig = format!(
        "dig {} {} {}",
        dig_at(one.asked.address),
        one.name.to_ascii(),
        one.record_type
    );
    finding.reproduce = Some(dig);
    finding.arg("resolver", crate::address::format(&one.asked.address))
}

/// That the resolver does not answer for CAA at all: it does for others, or nothing would be known.
fn silent(facts: &Facts<'_>) -> Option<Finding> {
    facts.resolved.as_ref()?;
    let look = facts.caa.iter().find(|look| {
        let is_silent = |one: &Asked| one.by_resolver && one.said.fault().is_some();
        !look.asked.is_empty() && look.asked.iter().all(is_silent)
    })?;
    let first = look.asked.first()?;
    let detail = format!(
        "the resolver {} does not answer for CAA at {}",
        first.address.ip(),
        look.at
    );
    let mut finding = Finding::new(&RESOLVER_FAILS, &look.at, detail)
        .arg("type", RecordType::CAA.to_string())
        .arg("resolver", crate::address::format(&first.address))
        .hint("The zone's servers may not answer it: a CA that gets no answer must not issue. Ask from a machine that reaches them.");
    finding.reproduce = Some(format!(
        "dig {} {} CAA",
        dig_at(first.address),
        look.at.to_ascii()
    ));
    Some(finding)
}

fn fails(one: &Said<'_>) -> Option<Finding> {
    let fault = one.reply.fault()?;
    let is_for_dnssec = one.reply.extended_errors().are_about_dnssec();
    let detail = format!(
        "the resolver {} fails for {} at {}: {fault}",
        one.asked.address.ip(),
        one.record_type,
        one.name
    );
    let hint = match is_for_dnssec {
        true => {
            "A CA's resolver validates as well, and fails in the same way: repair the zone's DNSSEC, or remove its DS in the zone above."
        }
        false => {
            "A CA's resolver may fail as well, or this one alone does: ask from a machine that reaches the zone's name servers."
        }
    };
    let finding = Finding::new(&RESOLVER_FAILS, one.name, detail)
        .severity(match is_for_dnssec {
            true => Severity::Error,
            false => Severity::Warning,
        })
        .arg("type", one.record_type.to_string())
        .arg("answer", fault.to_string())
        .hint(hint);
    Some(shown(finding, one))
}

fn not_registered(one: &Said<'_>) -> Finding {
    let detail = format!(
        "the resolver {} says that {} does not exist",
        one.asked.address.ip(),
        one.name
    );
    let finding = Finding::new(&NOT_REGISTERED, one.name, detail).hint(
        "Check the spelling, and that the registration has neither expired nor is on hold; until the domain is delegated, no record \
         below it can be seen.",
    );
    shown(finding, one)
}

fn missing(facts: &Facts<'_>, one: &Said<'_>) -> Option<Finding> {
    let value = facts
        .target
        .value
        .as_deref()
        .filter(|_| facts.target.is_presented)?;
    let is_answer = one.record_type == RecordType::TXT && one.reply.fault().is_none();
    // What it is an alias of is in the same answer.
    let owner = one.reply.end_of_cnames(one.name).unwrap_or(one.name);
    let values = texts_of(one.reply, owner);
    if !is_answer || values.iter().any(|known| known == value) {
        return None;
    }
    let detail = format!(
        "the resolver {} lacks the value at {}",
        one.asked.address.ip(),
        one.name
    );
    let hint = match one.reply.remembered_for() {
        Some(seconds) => format!(
            "It goes on saying so for up to {seconds} s, whatever the name servers say by then."
        ),
        None => "The name servers may say something else.".into(),
    };
    let finding = Finding::new(&VALUE_MISSING, one.name, detail)
        .severity(Severity::Warning)
        .arg("value", value.to_owned())
        .hint(hint);
    Some(shown(finding, one))
}
