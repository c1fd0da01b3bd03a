//! What CAA records come to for a CA, an account and the method (RFC 8659 §4, RFC 8657).

use hickory_proto::rr::rdata::CAA;

use crate::check::target::{Target, is_issuer_domain_name};

/// The tags that CAs know (RFC 8659 §4, RFC 9495, and the CA/Browser Forum's).
const KNOWN_TAGS: [&str; 7] = [
    "issue",
    "issuewild",
    "iodef",
    "issuemail",
    "issuevmc",
    "contactemail",
    "contactphone",
];

/// What CAA records come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// These may issue, or any CA where there are none.
    Allows(Vec<String>),
    /// A tag that is critical and not known.
    Critical(String),
    /// These alone may issue.
    Forbids(Vec<String>),
    /// This value cannot be read, and beside it these alone may issue.
    Malformed(String, Vec<String>),
    /// The CA's name stands there with other capital letters.
    OtherCase(String),
    /// These may issue, and only for these accounts.
    Account(Vec<String>, Vec<String>),
    /// These may issue, and only by these methods.
    Method(Vec<String>, Vec<String>),
    /// These alone may issue, each as far as it says, and it is not known who is asked.
    Limits(Vec<String>),
}

/// An `issue` or `issuewild` record (RFC 8659 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
struct Issuer {
    name: String,
    accounts: Vec<String>,
    methods: Vec<String>,
    /// What cannot be read, and so lets nobody issue.
    malformed: Option<String>,
}

pub(super) fn decide(target: &Target, records: &[CAA]) -> Decision {
    match target.is_wildcard {
        Some(is_wildcard) => decide_for(target, is_wildcard, records),
        // It may be for either, so what lets one issue is not held against it.
        None => match decide_for(target, false, records) {
            found @ (Decision::Allows(_) | Decision::Limits(_)) => found,
            refused => match decide_for(target, true, records) {
                found @ (Decision::Allows(_) | Decision::Limits(_)) => found,
                _ => refused,
            },
        },
    }
}

fn decide_for(target: &Target, is_wildcard: bool, records: &[CAA]) -> Decision {
    let is = |caa: &CAA, tag: &str| caa.tag.eq_ignore_ascii_case(tag);
    let is_known = |caa: &CAA| KNOWN_TAGS.iter().any(|tag| is(caa, tag));
    // Boulder takes the lowest bit for the critical one as well, since people write 1.
    let is_critical = |caa: &CAA| caa.issuer_critical || caa.reserved_flags & 1 != 0;
    if let Some(caa) = records
        .iter()
        .find(|caa| is_critical(caa) && !is_known(caa))
    {
        return Decision::Critical(caa.tag.clone());
    }
    let with = |tag: &str| -> Vec<Issuer> {
        let those = records.iter().filter(|caa| is(caa, tag));
        those.map(|caa| issuer(&caa.value)).collect()
    };
    let wild = if is_wildcard {
        with("issuewild")
    } else {
        Vec::new()
    };
    let issuers = if wild.is_empty() { with("issue") } else { wild };
    if issuers.is_empty() {
        return Decision::Allows(Vec::new());
    }
    let is_ours = |one: &&Issuer| match target.issuers.as_slice() {
        [] => !one.name.is_empty(),
        ours => ours.contains(&one.name),
    };
    let ours: Vec<&Issuer> = issuers.iter().filter(is_ours).collect();
    if ours.is_empty() {
        let named = named(&issuers);
        let is_alike = |name: &&String| {
            target
                .issuers
                .iter()
                .any(|ours| ours.eq_ignore_ascii_case(name))
        };
        let malformed = issuers.iter().find_map(|one| one.malformed.clone());
        return match (named.iter().find(is_alike), malformed) {
            (Some(name), _) => Decision::OtherCase(name.clone()),
            (None, Some(value)) => Decision::Malformed(value, named),
            (None, None) => Decision::Forbids(named),
        };
    }
    let by_method = ours.iter().filter(|one| one.allows_method(&target.method));
    let by_method: Vec<&Issuer> = by_method.copied().collect();
    if by_method.is_empty() {
        let methods = ours.iter().flat_map(|one| one.methods.clone()).collect();
        return Decision::Method(named(ours), methods);
    }
    let by_account = by_method
        .iter()
        .filter(|one| one.allows_account(target.account.as_ref()));
    let by_account: Vec<&Issuer> = by_account.copied().collect();
    if by_account.is_empty() && target.account.is_some() {
        let accounts = by_method
            .iter()
            .flat_map(|one| one.accounts.clone())
            .collect();
        return Decision::Account(named(by_method), accounts);
    }
    match target.issuers.is_empty() || by_account.is_empty() {
        true => Decision::Limits(named(&issuers)),
        false => Decision::Allows(named(by_account)),
    }
}

/// What the issuers are called, each once.
fn named<'a>(issuers: impl IntoIterator<Item = &'a Issuer>) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for one in issuers {
        if !one.name.is_empty() && !named.contains(&one.name) {
            named.push(one.name.clone());
        }
    }
    named
}

impl Issuer {
    fn allows_method(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|one| one == method)
    }

    fn allows_account(&self, account: Option<&String>) -> bool {
        match self.accounts.as_slice() {
            [] => true,
            [one] => account == Some(one),
            // No account satisfies several (RFC 8657 §3).
            _ => false,
        }
    }
}

/// Reads the value of an `issue` property. What cannot be read lets nobody issue (RFC 8659 §4.2).
fn issuer(value: &[u8]) -> Issuer {
    let text = String::from_utf8_lossy(value);
    let mut parts = text.split(';').map(str::trim);
    let mut issuer = Issuer {
        name: parts.next().unwrap_or_default().to_owned(),
        accounts: Vec::new(),
        methods: Vec::new(),
        malformed: None,
    };
    let mut is_malformed = !issuer.name.is_empty() && !is_issuer_domain_name(&issuer.name);
    for part in parts.filter(|part| !part.is_empty()) {
        match part
            .split_once('=')
            .map(|(tag, value)| (tag.trim(), value.trim()))
        {
            Some((tag, value)) if tag.eq_ignore_ascii_case("accounturi") => {
                issuer.accounts.push(value.to_owned());
            }
            Some((tag, value)) if tag.eq_ignore_ascii_case("validationmethods") => {
                issuer
                    .methods
                    .extend(value.split(',').map(|one| one.trim().to_owned()));
            }
            Some(_) => {}
            None => is_malformed = true,
        }
    }
    if is_malformed {
        issuer.name.clear();
        issuer.malformed = Some(text.clone().into_owned());
    }
    issuer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    fn caa(flags: u8, tag: &str, value: &str) -> CAA {
        let mut caa = CAA::new_issue(flags & 128 != 0, None, Vec::new());
        caa.reserved_flags = flags & 127;
        caa.tag = tag.into();
        caa.value = value.into();
        caa
    }

    #[test]
    fn records_let_the_ca_issue_or_not_by_name_wildcard_account_and_method() {
        let texts = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
        let forbids = |all: &[&str]| Decision::Forbids(texts(all));
        let allows = |all: &[&str]| Decision::Allows(texts(all));
        let malformed = |value: &str, all: &[&str]| Decision::Malformed(value.into(), texts(all));
        let a = "https://ca.test/acct/1";
        for (records, wildcard, issuers, account, decision) in [
            ("0 iodef mailto:x@y.test", false, "ca.test", "", allows(&[])),
            (
                "0 issue ca.test",
                false,
                "ca.test",
                "",
                allows(&["ca.test"]),
            ),
            (
                "0 issue  ca.test ",
                false,
                "ca.test",
                "",
                allows(&["ca.test"]),
            ),
            (
                "0 ISSUE ca.test",
                false,
                "ca.test",
                "",
                allows(&["ca.test"]),
            ),
            (
                "0 issue CA.test",
                false,
                "ca.test",
                "",
                Decision::OtherCase("CA.test".into()),
            ),
            (
                "0 issue other.test",
                false,
                "ca.test",
                "",
                forbids(&["other.test"]),
            ),
            ("0 issue ;", false, "ca.test", "", forbids(&[])),
            ("0 issue ;", false, "", "", forbids(&[])),
            (
                "0 issue ca.test; garbage",
                false,
                "ca.test",
                "",
                malformed("ca.test; garbage", &[]),
            ),
            (
                "0 issue https://ca.test/|0 issue other.test",
                false,
                "ca.test",
                "",
                malformed("https://ca.test/", &["other.test"]),
            ),
            (
                "0 issue ca.test; garbage|0 issue ca.test",
                false,
                "ca.test",
                "",
                allows(&["ca.test"]),
            ),
            (
                "0 issue ca.test|0 issuewild ;",
                false,
                "ca.test",
                "",
                allows(&["ca.test"]),
            ),
            (
                "0 issue ca.test|0 issuewild ;",
                true,
                "ca.test",
                "",
                forbids(&[]),
            ),
            ("0 issue ca.test", true, "ca.test", "", allows(&["ca.test"])),
            ("0 issuewild ca.test", false, "ca.test", "", allows(&[])),
            (
                "128 tbs x",
                false,
                "ca.test",
                "",
                Decision::Critical("tbs".into()),
            ),
            (
                "1 tbs x",
                false,
                "ca.test",
                "",
                Decision::Critical("tbs".into()),
            ),
            ("0 tbs x", false, "ca.test", "", allows(&[])),
            (
                "128 issue ca.test",
                false,
                "ca.test",
                "",
                allows(&["ca.test"]),
            ),
            (
                "0 issue ca.test; accounturi=https://ca.test/acct/1",
                false,
                "ca.test",
                a,
                allows(&["ca.test"]),
            ),
            (
                "0 issue ca.test; accounturi=https://ca.test/acct/2",
                false,
                "ca.test",
                a,
                Decision::Account(texts(&["ca.test"]), texts(&["https://ca.test/acct/2"])),
            ),
            (
                "0 issue ca.test; accounturi=https://ca.test/acct/1; accounturi=https://ca.test/acct/2",
                false,
                "ca.test",
                a,
                Decision::Account(
                    texts(&["ca.test"]),
                    texts(&["https://ca.test/acct/1", "https://ca.test/acct/2"]),
                ),
            ),
            (
                "0 issue ca.test; accounturi=https://ca.test/acct/2|0 issue ca.test",
                false,
                "ca.test",
                a,
                allows(&["ca.test"]),
            ),
            (
                "0 issue ca.test; accounturi=https://ca.test/acct/2",
                false,
                "ca.test",
                "",
                Decision::Limits(texts(&["ca.test"])),
            ),
            (
                "0 issue ca.test; validationmethods=http-01,tls-alpn-01",
                false,
                "ca.test",
                "",
                Decision::Method(texts(&["ca.test"]), texts(&["http-01", "tls-alpn-01"])),
            ),
            (
                "0 issue ca.test; validationmethods=http-01,dns-01",
                false,
                "ca.test",
                "",
                allows(&["ca.test"]),
            ),
            (
                "0 issue ca.test",
                false,
                "",
                "",
                Decision::Limits(texts(&["ca.test"])),
            ),
        ] {
            let parsed: Vec<CAA> = records
                .split('|')
                .map(|record| {
                    let mut words = record.splitn(3, ' ');
                    let mut next = || words.next().unwrap();
                    caa(next().parse().unwrap(), next(), next())
                })
                .collect();
            let target = Target {
                is_wildcard: Some(wildcard),
                issuers: issuers.split_whitespace().map(str::to_owned).collect(),
                account: Some(account.to_owned()).filter(|text| !text.is_empty()),
                ..Target::of_name(parse("a.test").unwrap())
            };
            assert_eq!(
                decide(&target, &parsed),
                decision,
                "{records} {wildcard} {issuers} {account}"
            );
        }
    }

    #[test]
    fn where_it_is_not_known_whether_it_is_for_a_wildcard_only_what_is_wrong_for_either_is_said() {
        let own = "ca.test";
        for (issue, issuewild, decision) in [
            (";", own, Decision::Allows(vec![own.into()])),
            (own, ";", Decision::Allows(vec![own.into()])),
            (";", ";", Decision::Forbids(Vec::new())),
            (
                "other.test",
                ";",
                Decision::Forbids(vec!["other.test".into()]),
            ),
        ] {
            let records = [caa(0, "issue", issue), caa(0, "issuewild", issuewild)];
            let target = Target {
                issuers: vec![own.into()],
                ..Target::of_name(parse("a.test").unwrap())
            };
            assert_eq!(decide(&target, &records), decision, "{issue} {issuewild}");
        }
    }

    #[test]
    fn the_method_is_the_one_that_is_to_be_used() {
        for (methods, method, is_allowed) in [
            ("dns-01", "dns-01", true),
            ("dns-01", "dns-account-01", false),
            ("dns-account-01", "dns-account-01", true),
            ("dns-account-01", "dns-01", false),
        ] {
            let record = caa(0, "issue", &format!("ca.test; validationmethods={methods}"));
            let target = Target {
                issuers: vec!["ca.test".into()],
                method: method.into(),
                ..Target::of_name(parse("a.test").unwrap())
            };
            let expected = match is_allowed {
                true => Decision::Allows(vec!["ca.test".into()]),
                false => Decision::Method(vec!["ca.test".into()], vec![methods.into()]),
            };
            assert_eq!(decide(&target, &[record]), expected, "{methods} {method}");
        }
    }
}
