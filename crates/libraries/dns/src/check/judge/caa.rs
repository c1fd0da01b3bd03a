//! CAA (RFC 8659, RFC 8657): whether the CA can ask for it, and whether it lets this CA, account and method issue.

use std::time::SystemTime;

use hickory_proto::rr::RecordType;

use crate::check::finding::{Code, Finding, Severity};
use crate::check::judge::caa_decision::{Decision, decide};
use crate::check::judge::standing::{list, unanswered_by};
use crate::check::survey::{Asked, CaaLook, ChainEnd, Facts};
use crate::check::target::Target;

static CAA_UNANSWERED: Code = Code {
    name: "CAA_UNANSWERED",
    severity: Severity::Warning,
    meaning: "Servers that serve the zone fail or keep silent when they are asked for CAA, and a CA that gets no answer must not issue.",
    nearest: "",
};
static CAA_FORBIDS: Code = Code {
    name: "CAA_FORBIDS",
    severity: Severity::Error,
    meaning: "CAA records let this CA, or any CA, issue nothing for the name.",
    nearest: "",
};
static CAA_ACCOUNT: Code = Code {
    name: "CAA_ACCOUNT",
    severity: Severity::Error,
    meaning: "CAA records let the CA issue only for another account (accounturi, RFC 8657).",
    nearest: "",
};
static CAA_METHOD: Code = Code {
    name: "CAA_METHOD",
    severity: Severity::Error,
    meaning: "CAA records let the CA issue only by other methods than the one that is to be used (validationmethods, RFC 8657).",
    nearest: "",
};
static CAA_CRITICAL: Code = Code {
    name: "CAA_CRITICAL",
    severity: Severity::Error,
    meaning: "A CAA record is critical and has a tag that CAs do not know.",
    nearest: "",
};
static CAA_LIMITS: Code = Code {
    name: "CAA_LIMITS",
    severity: Severity::Notice,
    meaning: "CAA records let some CAs issue, and it is not known which CA or account it will be; it is a warning where the usual CA is not among them.",
    nearest: "",
};
static CAA_ALLOWS: Code = Code {
    name: "CAA_ALLOWS",
    severity: Severity::Info,
    meaning: "CAA records let this CA issue, or there are none.",
    nearest: "",
};

pub(super) const CODES: &[&Code] = &[
    &CAA_UNANSWERED,
    &CAA_FORBIDS,
    &CAA_ACCOUNT,
    &CAA_METHOD,
    &CAA_CRITICAL,
    &CAA_LIMITS,
    &CAA_ALLOWS,
];

pub(super) fn check(facts: &Facts<'_>, _: SystemTime) -> Vec<Finding> {
    let mut findings: Vec<Finding> = facts
        .caa
        .iter()
        .filter_map(|look| endless(look).or_else(|| unanswered(facts, look)))
        .collect();
    match facts.caa.iter().find(|look| !look.records.is_empty()) {
        Some(look) => {
            let found = decide(facts.target, &look.records);
            findings.push(tell(facts.target, look, found));
        }
        None => findings.extend(none(facts)),
    }
    findings
}

/// No name of the climb has records, as all of them say.
fn none(facts: &Facts<'_>) -> Option<Finding> {
    let domain = facts.target.domain.as_ref()?;
    let says = |look: &CaaLook| {
        look.end == ChainEnd::Name && look.asked.iter().any(|one| one.of_zone().is_some())
    };
    let is_known = facts.caa.iter().all(says) && !facts.caa.is_empty();
    is_known.then(|| {
        let detail =
            format!("no CAA record from {domain} up to its top-level domain: any CA may issue");
        Finding::new(&CAA_ALLOWS, domain, detail).dig("", domain, RecordType::CAA)
    })
}

/// CNAMEs on the climb that lead nowhere: no server answers then.
fn endless(look: &CaaLook) -> Option<Finding> {
    let (severity, says) = match look.end {
        ChainEnd::Loop => (Severity::Error, "lead back to themselves"),
        ChainEnd::TooLong => (Severity::Warning, "go on for longer than resolvers follow"),
        ChainEnd::Name | ChainEnd::BadName => return None,
    };
    let detail = format!("no answer about CAA at {}: its CNAMEs {says}", look.name);
    Some(
        Finding::new(&CAA_UNANSWERED, &look.name, detail)
            .severity(severity)
            .servers(look.asked.first().map(Asked::at))
            .dig("", &look.name, RecordType::CNAME)
            .hint("A CA counts that as a failure: end the chain at a name that exists, or remove the CNAME."),
    )
}

/// Servers that serve the zone and do not say whether there are CAA records.
fn unanswered(facts: &Facts<'_>, look: &CaaLook) -> Option<Finding> {
    let zone = facts
        .zones
        .iter()
        .find(|one| Some(&one.zone.name) == look.zone.as_ref())?;
    if zone.zone.is_top() {
        return None;
    }
    let serving = look.asked.iter().filter(|one| zone.serves(one.address));
    let failing: Vec<(&Asked, String)> = serving
        .clone()
        .filter_map(|one| Some((one, unanswered_by(one)?)))
        .collect();
    if failing.is_empty() {
        return None;
    }
    let is_all = failing.len() == serving.count();
    let said = failing.iter().map(|(one, why)| {
        format!(
            "{} ({}): {why}",
            one.server,
            crate::address::format(&one.address)
        )
    });
    let detail = format!("no answer about CAA at {}: {}", look.at, list(said));
    Some(
        Finding::new(&CAA_UNANSWERED, &look.at, detail)
            .severity(if is_all { Severity::Error } else { Severity::Warning })
            .servers(failing.iter().map(|(one, _)| one.at()))
            .dig("", &look.at, RecordType::CAA)
            .hint(
                "A CA counts that as a failure. The server has to answer NOERROR, with the SOA where there is none; a CAA record \
                 here or above does not help as long as the query itself fails.",
            ),
    )
}

fn tell(target: &Target, look: &CaaLook, decision: Decision) -> Finding {
    let at = &look.at;
    let place = if look.name == look.at {
        at.to_string()
    } else {
        format!("{at}, which {} is an alias of,", look.name)
    };
    let ca = list(&target.issuers);
    let method = &target.method;
    let own = target.issuers.first().map_or("...", String::as_str);
    let which = match target.issuers.as_slice() {
        [] => " with what your CA is called",
        _ => "",
    };
    let is_wildcard = target.is_wildcard == Some(true);
    let tag = if is_wildcard { "issuewild" } else { "issue" };
    let finding = |code, detail: String| {
        let first = look.asked.iter().find(|one| one.of_zone().is_some());
        Finding::new(code, at, detail)
            .servers(first.map(|one| one.at()))
            .dig("", at, RecordType::CAA)
    };
    match decision {
        Decision::Allows(named) => {
            finding(&CAA_ALLOWS, format!("CAA at {place} lets {} issue", any_of(&named)))
        }
        Decision::Critical(unknown) => finding(
            &CAA_CRITICAL,
            format!("CAA at {place} has the critical tag {unknown:?}, which CAs do not know"),
        )
        .arg("tag", unknown)
        .hint("Remove that record, or its flag (128)."),
        Decision::Forbids(named) => {
            let whom = match named.as_slice() {
                [] => "nobody".to_owned(),
                named => format!("only {}", list(named)),
            };
            let kind = if is_wildcard { " for a wildcard" } else { "" };
            finding(&CAA_FORBIDS, format!("CAA at {place} lets {whom} issue{kind}"))
                .arg("allowed", named)
                .arg("issuers", target.issuers.clone())
                .hint(format!("Add `CAA 0 {tag} \"{own}\"`{which} there, or use a CA that is allowed."))
        }
        Decision::Malformed(value, named) => {
            let whom = match named.as_slice() {
                [] => "nobody".to_owned(),
                named => format!("only {}", list(named)),
            };
            let detail = format!(
                "CAA at {place} has a record that cannot be read, {value:?}, which lets no CA issue; so {whom} may"
            );
            finding(&CAA_FORBIDS, detail)
                .arg("allowed", named)
                .arg("issuers", target.issuers.clone())
                .arg("malformed", value)
                .hint(format!(
                    "Correct it (RFC 8659, section 4.2): `CAA 0 {tag} \"{own}\"`{which}, and behind that, where there are any, \
                     parameters of the form `; tag=value`."
                ))
        }
        Decision::OtherCase(name) => finding(
            &CAA_FORBIDS,
            format!("CAA at {place} names {name:?}, and CAs compare octets: it is {ca}"),
        )
        .arg("allowed", vec![name])
        .arg("issuers", target.issuers.clone())
        .hint("Write the CA's name in small letters."),
        Decision::Account(named, accounts) => finding(
            &CAA_ACCOUNT,
            format!("CAA at {place} lets {} issue only for {}", any_of(&named), list(&accounts)),
        )
        .arg("accounts", accounts)
        .hint(format!(
            "The account is {}: add `CAA 0 {tag} \"{own}; accounturi=...\"` with that, or use the account that is allowed.",
            target.account.as_deref().unwrap_or("another")
        )),
        Decision::Method(named, methods) => finding(
            &CAA_METHOD,
            format!("CAA at {place} lets {} issue only by {}", any_of(&named), list(&methods)),
        )
        .arg("methods", methods)
        .hint(format!("Add {method} to validationmethods. CAs have to obey it from March 2027, and some do already.")),
        Decision::Limits(named) => {
            let detail = format!("CAA at {place} lets only {} issue, each as far as its record says", list(&named));
            let usual = &target.usual_issuers;
            let is_usual = usual.is_empty() || usual.iter().any(|one| named.contains(one));
            let finding = finding(&CAA_LIMITS, detail).arg("allowed", named);
            match is_usual {
                true => finding.hint("Compare with the CA and account that you use."),
                false => finding.severity(Severity::Warning).hint(format!(
                    "{} is not among them, which is the usual CA where no other is named: name yours, for this program and for \
                     acme-order.",
                    list(usual)
                )),
            }
        }
    }
}

/// Those that are named, as the subject of a sentence.
fn any_of(named: &[String]) -> String {
    match named {
        [] => "any CA".to_owned(),
        named => list(named),
    }
}
