//! What is checked, as a challenge says it, and what was found, as its members.

use dns::check::{Arg, DNS_01, Finding, Judgement, Target, Verdict, is_issuer_domain_name};
use dns::{Name, address};
use pipeline::catalogue::challenge::{FINDINGS, VERDICT};
use pipeline::catalogue::order::{ACCOUNT, CAA_IDENTITIES, DIRECTORY};
use pipeline::{Challenge, Document, Object, Problem, Value, types, value};
use serde_json::{Map, json};

use crate::names::{fqdn, name, record_name};

/// The label of records of dns-01 (RFC 8555 §8.4).
const LABEL: &[u8] = b"_acme-challenge";

/// The method whose records have the account's label before that (draft-ietf-acme-dns-account-label).
pub const DNS_ACCOUNT_01: &str = "dns-account-01";

/// What an order says beside its challenges: who is to issue, and to which account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckContext {
    /// What the CA is called in CAA records.
    pub issuers: Vec<String>,
    /// What the CA is called that is the usual one, where nobody says which it is.
    pub usual_issuers: Vec<String>,
    /// The account's URL.
    pub account: Option<String>,
}

impl CheckContext {
    /// What a document says.
    #[must_use]
    pub fn of(document: &Document) -> CheckContext {
        let directory = document.member(&DIRECTORY);
        let directory = directory
            .as_ref()
            .and_then(Value::as_str)
            .unwrap_or_default();
        let account = document.member(&ACCOUNT);
        let account = account.as_ref().and_then(|account| account["url"].as_str());
        let said = document.member(&CAA_IDENTITIES).unwrap_or_default();
        let said = said.as_array().into_iter().flatten();
        let said: Vec<String> = said.filter_map(Value::as_str).map(str::to_owned).collect();
        // What the CA says of itself goes before what is known of it.
        CheckContext {
            issuers: match said.is_empty() {
                true => issuers_of(directory),
                false => said,
            },
            account: account.map(str::to_owned),
            ..CheckContext::default()
        }
    }

    /// This, and where it does not say something, what `other` says.
    #[must_use]
    pub fn or(self, other: CheckContext) -> CheckContext {
        CheckContext {
            issuers: match self.issuers.is_empty() {
                true => other.issuers,
                false => self.issuers,
            },
            usual_issuers: match self.usual_issuers.is_empty() {
                true => other.usual_issuers,
                false => self.usual_issuers,
            },
            account: self.account.or(other.account),
        }
    }
}

/// What a CA is called in CAA records (RFC 8659 §4.2) that a person names by that, by its directory's URL or by its short name;
/// nothing where it is none of these, or not known.
#[must_use]
pub fn issuers(named: &str) -> Vec<String> {
    let directory = known_cas::directory(named).unwrap_or(named);
    if directory.contains("://") {
        return issuers_of(directory);
    }
    let name = named.strip_suffix('.').unwrap_or(named);
    match name.contains('.') && is_issuer_domain_name(name) {
        true => vec![name.to_ascii_lowercase()],
        false => Vec::new(),
    }
}

/// What the CA is called that is meant where nobody names one.
#[must_use]
pub fn usual_issuers() -> Vec<String> {
    issuers(known_cas::DEFAULT)
}

/// What the CA with this directory is called in CAA records; nothing where that is not known.
fn issuers_of(directory: &str) -> Vec<String> {
    let known = known_cas::caa_identities(directory).iter();
    known.map(|&one| one.to_owned()).collect()
}

/// What is to be checked.
///
/// # Errors
/// A member is missing, or not what the contract demands.
pub fn check_target(challenge: &Challenge, context: &CheckContext) -> Result<Target, Problem> {
    let (domain, zone) = (challenge.identifier()?, challenge.zone()?);
    let parse = |text: String| {
        dns::name::parse(&text)
            .map_err(|error| Problem::document(format!("the identifier {text} {error}")))
    };
    let name = fqdn(challenge)?;
    let proven = proven(&name);
    let method = match (challenge.kind(), &proven) {
        (Some(kind), _) => kind,
        (None, Some((_, method))) => (*method).to_owned(),
        (None, None) => DNS_01.to_owned(),
    };
    Ok(Target {
        name,
        record: Some(record_name(challenge)?),
        zone: zone.map(|zone| crate::names::name(&zone)).transpose()?,
        domain: match domain {
            Some(domain) => Some(parse(domain)?),
            None => proven.map(|(domain, _)| domain),
        },
        is_wildcard: challenge.wildcard()?,
        value: challenge.value()?,
        is_presented: challenge.is_presented() && !challenge.is_cleaned_up(),
        looks_closer: true,
        issuers: context.issuers.clone(),
        usual_issuers: context.usual_issuers.clone(),
        account: context.account.clone(),
        method,
    })
}

/// The name that a record proves, and by which method, as the record's own name says; nothing where that has another form.
fn proven(record: &Name) -> Option<(Name, &'static str)> {
    let mut labels = record.iter();
    let is_label = |label: Option<&[u8]>| label.is_some_and(|one| one.eq_ignore_ascii_case(LABEL));
    let first = labels.next()?;
    let (before, method) = match is_label(Some(first)) {
        true => (1, DNS_01),
        false if first.starts_with(b"_") && is_label(labels.next()) => (2, DNS_ACCOUNT_01),
        false => return None,
    };
    let rest = record.iter().len().checked_sub(before)?;
    (rest > 0).then(|| (record.trim_to(rest), method))
}

/// What was found, as in the member `findings`.
#[must_use]
pub fn findings(all: &[Finding]) -> Value {
    all.iter().map(finding).collect()
}

/// The members `findings` and `verdict`.
#[must_use]
pub fn checked(judgement: &Judgement) -> Object {
    let findings = findings(&judgement.findings);
    let verdict = judgement
        .is_judged
        .then(|| (VERDICT, judgement.verdict.as_str().into()));
    let members = [(FINDINGS, findings)].into_iter().chain(verdict);
    Challenge::new(members).into()
}

fn finding(finding: &Finding) -> Value {
    let servers = finding
        .servers
        .iter()
        .map(|(name, address)| json!({"name": text(name), "address": address::format(address)}));
    let args = finding
        .args
        .iter()
        .map(|(name, arg)| ((*name).to_owned(), self::arg(arg)));
    let mut object = json!({
        "code": finding.code.name,
        "severity": finding.severity.as_str(),
        "name": text(&finding.name),
        "servers": servers.collect::<Value>(),
        "args": args.collect::<Map<String, Value>>(),
        "detail": finding.detail,
    });
    if let Some(hint) = &finding.hint {
        object["hint"] = hint.as_str().into();
    }
    if let Some(reproduce) = &finding.reproduce {
        object["reproduce"] = reproduce.as_str().into();
    }
    object
}

fn arg(arg: &Arg) -> Value {
    match arg {
        Arg::Text(text) => text.as_str().into(),
        Arg::Number(number) => (*number).into(),
        Arg::Numbers(numbers) => numbers.clone().into(),
        Arg::Time(time) => value::to_the_second(*time).into(),
        Arg::List(all) => all.iter().map(String::as_str).collect(),
    }
}

/// The problem of a challenge that will fail, if it will: its worst finding.
#[must_use]
pub fn will_fail(judgement: &Judgement) -> Option<Problem> {
    let worst = judgement
        .findings
        .first()
        .filter(|_| judgement.verdict == Verdict::WillFail)?;
    let detail = format!("{}: {}", worst.code.name, worst.detail);
    let problem = Problem::new(&types::DNS_WILL_FAIL, detail);
    Some(match &worst.hint {
        Some(hint) => problem.hint(hint.as_str()),
        None => problem,
    })
}

fn text(name: &Name) -> Value {
    name.to_ascii().into()
}

/// A target's name, as documents have it.
pub(crate) fn parsed_name(text: &str) -> Result<Name, Problem> {
    let text = pipeline::DomainName::parse(text)
        .map_err(|error| Problem::document(format!("the name {text} {error}")))?;
    name(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_ca_says_of_itself_goes_before_what_is_known_of_it() {
        let known = "https://acme-v02.api.letsencrypt.org/directory";
        for (identities, issuers) in [
            (json!(null), "letsencrypt.org"),
            (json!(["ca.test", 7]), "ca.test"),
            (json!("ca.test"), "letsencrypt.org"),
        ] {
            let Value::Object(order) = json!({
                "directory": known, "caa_identities": identities, "challenges": [],
            }) else {
                unreachable!("braces make an object")
            };
            let context = CheckContext::of(&Document::from(order));
            assert_eq!(context.issuers, [issuers], "{identities}");
        }
    }

    #[test]
    fn what_is_named_goes_before_what_is_found() {
        let context = |issuers: &[&str], account: Option<&str>| CheckContext {
            issuers: issuers.iter().map(|&one| one.to_owned()).collect(),
            account: account.map(str::to_owned),
            ..CheckContext::default()
        };
        let full = context(&["a.test"], Some("https://a.test/1"));
        let other = context(&["b.test"], Some("https://b.test/2"));
        assert_eq!(full.clone().or(other.clone()), full);
        assert_eq!(context(&[], None).or(other.clone()), other);
        let mixed = context(&["a.test"], None).or(other);
        assert_eq!(mixed, context(&["a.test"], Some("https://b.test/2")));
    }

    #[test]
    fn the_name_to_be_proven_and_the_method_follow_from_the_records_name_where_nothing_else_says_them()
     {
        for (document, domain, method) in [
            (
                json!({"fqdn": "_acme-challenge.www.a.test."}),
                "www.a.test.",
                "dns-01",
            ),
            (
                json!({"fqdn": "_ACME-challenge.a.test."}),
                "a.test.",
                "dns-01",
            ),
            (
                json!({"fqdn": "_x7._acme-challenge.a.test."}),
                "a.test.",
                "dns-account-01",
            ),
            (
                json!({"fqdn": "_acme-challenge.a.test.", "type": "dns-account-01"}),
                "a.test.",
                "dns-account-01",
            ),
            (
                json!({"fqdn": "_acme-challenge.a.test.", "identifier": {"type": "dns", "value": "b.test"}}),
                "b.test.",
                "dns-01",
            ),
            (json!({"fqdn": "x._acme-challenge.a.test."}), "", "dns-01"),
            (json!({"fqdn": "_acme-challenge."}), "", "dns-01"),
            (json!({"fqdn": "a.test."}), "", "dns-01"),
        ] {
            let Value::Object(members) = document.clone() else {
                unreachable!("braces make an object")
            };
            let challenge = Challenge::from(members);
            let target = check_target(&challenge, &CheckContext::default());
            let target = target.unwrap_or_else(|problem| panic!("{document}: {problem:?}"));
            let found = target.domain.map(|domain| domain.to_ascii());
            assert_eq!(found.unwrap_or_default(), domain, "{document}");
            assert_eq!(target.method, method, "{document}");
        }
    }

    #[test]
    fn a_ca_is_named_as_in_caa_records_or_by_its_directory() {
        for (named, issuers) in [
            ("LetsEncrypt.org", "letsencrypt.org"),
            ("letsencrypt.org.", "letsencrypt.org"),
            ("ca-1.example", "ca-1.example"),
            ("https://dv.acme-v02.api.pki.goog/directory", "pki.goog"),
            ("https://ca.test/directory", ""),
            ("letsencrypt", "letsencrypt.org"),
            (
                "ZeroSSL",
                "sectigo.com trust-provider.com usertrust.com comodoca.com comodo.com",
            ),
            ("freessl", ""),
            ("nonsense", ""),
            ("a b.test", ""),
            ("a..test", ""),
            (".", ""),
            ("", ""),
        ] {
            assert_eq!(super::issuers(named).join(" "), issuers, "{named}");
        }
    }
}
