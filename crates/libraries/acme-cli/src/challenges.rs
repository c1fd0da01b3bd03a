//! The challenge that a document has for an authorization.

use crate::documents::ready_challenge;
use crate::expiry::is_same_clock;
use crate::problem::problem;
use acme::{
    Account, Authorization, ChallengeType, Error, Identifier, Resource, Status, dns01_value,
};
use command::text::shorten;
use pipeline::catalogue::challenge::{
    AUTHORIZATION, EXPIRES, FQDN, IDENTIFIER, KEY_AUTHORIZATION, STATUS, TOKEN, TYPE, URL, VALUE,
    WILDCARD,
};
use pipeline::{Challenge, DomainName, Problem, types, value};
use serde_json::json;

/// How much of what a CA sent is quoted, in characters: it may be a megabyte.
const LONGEST_QUOTE: usize = 100;

/// The challenge of an authorization, with the value of its TXT record; and why it cannot be met, if that is so. Of the types
/// that are wanted it has the first that the CA offers, and whose record's name is none too long.
/// `ordered` is the name that the authorization is for. A CA may send one for a name that was not ordered.
pub fn challenge(
    account: &Account,
    authorization: &Resource<Authorization>,
    ordered: Option<&Identifier>,
    wanted: &[ChallengeType],
) -> (Challenge, Option<Problem>) {
    let (kind, found) = chosen(authorization, ordered, wanted, account.url());
    let mut challenge = subject(authorization, ordered, kind, account.url());
    if let Some(found) = found {
        challenge.set(&URL, found.url.as_str());
    }
    challenge.set(&STATUS, status(&authorization.object, found).as_str());
    let expires = authorization.object.expires;
    if let Some(expires) = expires.filter(|_| is_same_clock(account.ca())) {
        challenge.set(&EXPIRES, value::to_the_second(expires));
    }
    if let Some(found) = found.filter(|found| found.has_token()) {
        let key_authorization = account.key_authorization(&found.token);
        challenge.set(&TOKEN, found.token.as_str());
        challenge.set(&VALUE, dns01_value(&key_authorization));
        challenge.set(&KEY_AUTHORIZATION, key_authorization);
    }
    let obstacle = match ordered {
        None => Some(not_ordered(authorization)),
        Some(_) if found.is_some() => obstacle(authorization, &challenge, &[kind]),
        Some(_) => obstacle(authorization, &challenge, wanted),
    };
    // What no program takes for a URL may be of any length.
    if found.is_some_and(|found| !acme::is_https(&found.url)) {
        challenge.remove(&URL);
    }
    (challenge, obstacle)
}

/// The type of challenge that is taken, and the challenge, where the CA offers any that is wanted.
fn chosen<'a>(
    authorization: &'a Resource<Authorization>,
    ordered: Option<&Identifier>,
    wanted: &[ChallengeType],
    account: &str,
) -> (ChallengeType, Option<&'a acme::Challenge>) {
    let offered: Vec<_> = wanted
        .iter()
        .filter_map(|one| {
            authorization
                .object
                .of_type(*one)
                .map(|found| (*one, found))
        })
        .collect();
    let name = ordered.map_or("", |ordered| base(&ordered.value));
    let fits = |kind: ChallengeType| DomainName::parse(&record(kind, name, account)).is_ok();
    let fitting = offered.iter().find(|(kind, _)| fits(*kind));
    match fitting.or(offered.first()) {
        Some((kind, found)) => (*kind, Some(*found)),
        None => (
            wanted.first().copied().unwrap_or(ChallengeType::Dns01),
            None,
        ),
    }
}

/// The name of the record of a challenge of this type, absolute.
fn record(kind: ChallengeType, name: &str, account: &str) -> String {
    format!("{}.{name}.", kind.prefix(account))
}

/// A name without `*.`.
fn base(name: &str) -> &str {
    name.strip_prefix("*.").unwrap_or(name)
}

/// A challenge that says whose it is: in our words where the name was ordered, since the CA's may be of any length.
fn subject(
    authorization: &Resource<Authorization>,
    ordered: Option<&Identifier>,
    kind: ChallengeType,
    account: &str,
) -> Challenge {
    let mut challenge = Challenge::default();
    let sent = &authorization.object;
    let (name, is_wildcard) = match ordered.map(|ordered| ordered.value.as_str()) {
        Some(name) => (Some(base(name)), name.starts_with("*.")),
        None => {
            let name = sent.identifier.value.as_str();
            let is_name = sent.identifier.kind == "dns" && DomainName::parse(name).is_ok();
            (is_name.then_some(name), sent.wildcard)
        }
    };
    if let Some(name) = name {
        challenge.set(&IDENTIFIER, json!({"type": "dns", "value": name}));
    }
    challenge.set(&WILDCARD, is_wildcard);
    challenge.set(&AUTHORIZATION, authorization.url.as_str());
    challenge.set(&TYPE, kind.name());
    if let Some(name) = name.filter(|_| ordered.is_some()) {
        challenge.set(&FQDN, record(kind, name, account));
    }
    challenge
}

/// The challenge's state, which is that of its authorization once that is no longer pending.
fn status(authorization: &Authorization, found: Option<&acme::Challenge>) -> Status {
    let status = match found {
        Some(found) if authorization.status == Status::Pending => found.status,
        _ => authorization.status,
    };
    match status {
        // What the RFC does not know is not over.
        Status::Unknown => Status::Pending,
        status => status,
    }
}

fn not_ordered(authorization: &Resource<Authorization>) -> Problem {
    let (url, name) = (&authorization.url, &authorization.object.identifier.value);
    let name = shorten(name, LONGEST_QUOTE).escape_debug().to_string();
    let detail = format!(
        "{url}: an authorization for `{name}`, which was not ordered, or has another authorization"
    );
    Problem::new(&types::CA_REPLY, detail)
}

/// Why nothing can be done about an authorization that is not valid yet.
fn obstacle(
    authorization: &Resource<Authorization>,
    challenge: &Challenge,
    wanted: &[ChallengeType],
) -> Option<Problem> {
    let found = match authorization.challenge_to_meet(wanted) {
        Err(error) => return Some(problem(error)),
        Ok(None) => return None,
        Ok(Some(found)) => found,
    };
    if found.status.has_failed() {
        // A challenge does not leave this state (RFC 8555 §7.1.6), whatever the CA says of its authorization.
        return Some(problem(match &found.error {
            Some(error) => Error::Challenge(Box::new(error.clone())),
            None => Error::Authorization {
                url: Some(authorization.url.clone()),
                status: found.status,
            },
        }));
    }
    if !challenge.is_open() {
        return None;
    }
    if let Err(too_long) = challenge.fqdn() {
        return Some(Problem::new(&types::NAMES, too_long.detail));
    }
    // What acme-validate and acme-finalize would refuse is not presented first.
    let unusable = ready_challenge(challenge).err()?;
    let (url, detail) = (&authorization.url, unusable.detail);
    let sent = shorten(&found.url, LONGEST_QUOTE)
        .escape_debug()
        .to_string();
    Some(Problem::new(
        &types::CA_REPLY,
        format!("{url}: a challenge at `{sent}`: {detail}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline::Object;

    /// An authorization with a dns-01 challenge of this state at this URL.
    fn authorization(status: Status, of_challenge: Status, url: &str) -> Resource<Authorization> {
        let challenge = acme::Challenge {
            kind: "dns-01".into(),
            url: url.into(),
            status: of_challenge,
            token: "token".into(),
            error: None,
        };
        Resource {
            url: "https://ca.test/authorization/1".into(),
            object: Authorization {
                identifier: Identifier::dns("X.test."),
                status,
                wildcard: false,
                expires: None,
                challenges: vec![challenge],
                others: Vec::new(),
                error: None,
            },
            retry_after: None,
        }
    }

    #[test]
    fn a_challenge_says_the_name_that_was_ordered_or_that_it_was_not() {
        let name = |ordered: Option<&str>, sent: &str| {
            let mut authorization = authorization(Status::Pending, Status::Pending, "");
            authorization.object.identifier.value = sent.into();
            let ordered = ordered.map(Identifier::dns);
            let kind = ChallengeType::Dns01;
            let challenge = Object::from(subject(&authorization, ordered.as_ref(), kind, "u"));
            let member = |name: &str| challenge.get(name).cloned().unwrap_or_default();
            let name = member("identifier").get("value").cloned();
            (name.unwrap_or_default(), member("wildcard"), member("fqdn"))
        };
        let record = json!("_acme-challenge.x.test.");
        for (ordered, sent, expected) in [
            (
                Some("x.test"),
                "X.test.",
                (json!("x.test"), json!(false), record.clone()),
            ),
            (
                Some("*.x.test"),
                "X.test.",
                (json!("x.test"), json!(true), record),
            ),
            (
                None,
                "evil.test",
                (json!("evil.test"), json!(false), json!(null)),
            ),
            (None, "../../etc", (json!(null), json!(false), json!(null))),
            (
                None,
                &"a".repeat(254),
                (json!(null), json!(false), json!(null)),
            ),
        ] {
            assert_eq!(name(ordered, sent), expected, "{ordered:?} {sent:.20}");
        }
    }

    #[test]
    fn only_what_a_later_program_takes_can_be_met() {
        use Status::{Invalid, Pending, Processing, Valid};
        let good = "https://ca.test/challenge/1";
        for (status, of_challenge, url, kind) in [
            (Pending, Pending, good, None),
            (Pending, Processing, good, None),
            (Pending, Valid, "", None),
            (Valid, Invalid, "", None),
            (
                Pending,
                Pending,
                "http://ca.test/1",
                Some("acmepipe:ca:reply"),
            ),
            (Pending, Pending, "", Some("acmepipe:ca:reply")),
            (
                Pending,
                Invalid,
                good,
                Some("acmepipe:authorization:invalid"),
            ),
            (
                Invalid,
                Invalid,
                good,
                Some("acmepipe:authorization:invalid"),
            ),
        ] {
            let sent = authorization(status, of_challenge, url);
            let (name, wanted) = (Identifier::dns("x.test"), [ChallengeType::Dns01]);
            let mut challenge = subject(&sent, Some(&name), wanted[0], "u");
            let (_, found) = chosen(&sent, Some(&name), &wanted, "u");
            challenge.set(&URL, url);
            challenge.set(&STATUS, super::status(&sent.object, found).as_str());
            let found = obstacle(&sent, &challenge, &wanted).map(|problem| problem.kind);
            assert_eq!(found.as_deref(), kind, "{status} {of_challenge} {url}");
        }
    }

    #[test]
    fn a_type_whose_record_has_no_room_gives_way_to_one_whose_record_has() {
        use ChallengeType::{Dns01, DnsAccount01};
        let mut both = authorization(Status::Pending, Status::Pending, "https://ca.test/1");
        let mut of_account = both.object.challenges[0].clone();
        of_account.kind = "dns-account-01".into();
        both.object.challenges.push(of_account);
        let label = "a".repeat(63);
        let long = format!("{label}.{label}.{label}.{}.test", "a".repeat(22));
        assert_eq!(long.len(), 219);
        let longer = format!("a{long}").replacen(&label, &label[1..], 1) + "s";
        for (name, wanted, expected) in [
            ("x.test", &[Dns01, DnsAccount01][..], Dns01),
            ("x.test", &[DnsAccount01, Dns01], DnsAccount01),
            (&*long, &[DnsAccount01, Dns01], DnsAccount01),
            (&*longer, &[DnsAccount01, Dns01], Dns01),
            (&*longer, &[DnsAccount01], DnsAccount01),
        ] {
            let name = Identifier::dns(name);
            let (kind, found) = chosen(&both, Some(&name), wanted, "u");
            assert_eq!(kind, expected, "{name:?} {wanted:?}");
            assert_eq!(found.map(|one| one.kind.as_str()), Some(kind.name()));
        }
        let name = Identifier::dns(longer);
        let mut challenge = subject(&both, Some(&name), DnsAccount01, "u");
        challenge.set(&URL, "https://ca.test/1");
        let problem = obstacle(&both, &challenge, &[DnsAccount01]).expect("it is too long");
        assert_eq!(problem.kind, "acmepipe:names");
    }
}
