//! What went wrong with a CA, as the `error` of a document.

use crate::hints::{hint, hint_for_name};
use acme::{Error, Limit, Subproblem};
use pipeline::{Problem, UNPAUSE_URL, types};
use serde_json::Value;
use std::time::Duration;

/// Members of an error that the contract defines: a CA's extensions of these names are left out.
const OURS: [&str; 12] = [
    "type",
    "detail",
    "hint",
    "program",
    "at",
    "status",
    "retry_after",
    "limit",
    UNPAUSE_URL,
    "subproblems",
    "servers",
    "offered",
];

/// The `error` of a document, with a hint where there is something that a person can do.
pub fn problem(error: Error) -> Problem {
    let mut made = Problem::of_type(kind(&error), error.to_string());
    made.hint = hint(&error);
    match &error {
        Error::Refused { problem, .. }
        | Error::Challenge(problem)
        | Error::Order {
            problem: Some(problem),
            ..
        } => with_said(made, problem, error.retry_after()),
        Error::NotOffered { offered, .. } => made.with("offered", offered.as_slice()),
        _ => made,
    }
}

/// What else a CA said, beside type and detail.
fn with_said(mut made: Problem, problem: &acme::Problem, retry_after: Option<Duration>) -> Problem {
    if let Some(status) = problem.status {
        made = made.with("status", status);
    }
    let limit = problem.limit();
    if let Some(Limit::Paused(url)) = limit {
        if let Some(url) = url {
            made = made.with(UNPAUSE_URL, url);
        }
    } else {
        if let Some(retry_after) = retry_after {
            made = made.with("retry_after", retry_after.as_secs());
        }
        if let Some(limit) = limit {
            made = made.with("limit", limit.name());
        }
    }
    if let Some(instance) = &problem.instance {
        made = made.with("instance", instance.as_str());
    }
    if !problem.subproblems.is_empty() {
        let all: Vec<Value> = problem.subproblems.iter().map(subproblem).collect();
        made = made.with("subproblems", all);
    }
    if problem.left_out > 0 {
        let left_out = format!("; {} more subproblems are left out", problem.left_out);
        made.detail += &left_out;
    }
    for (name, value) in &problem.extensions {
        if !OURS.contains(&name.as_str()) {
            made = made.with(name, value.clone());
        }
    }
    made
}

/// A problem with one identifier, and what to do about it.
fn subproblem(one: &Subproblem) -> Value {
    // This cannot fail: it came from JSON.
    let mut value = serde_json::to_value(one).unwrap_or_default();
    if let Value::Object(members) = &mut value {
        members.shift_remove("hint");
        let hint = hint_for_name(&one.problem);
        members.extend(hint.map(|hint| ("hint".to_owned(), hint.into())));
    }
    value
}

/// The `type` of the error: the CA's own, or one of those of acmepipe(7).
fn kind(error: &Error) -> String {
    if let Some(Limit::Paused(_)) = error.limit() {
        return types::CA_PAUSED.name.to_owned();
    }
    let kind = match error {
        Error::Unreachable { .. } => types::CA_UNREACHABLE,
        Error::NoAnswer { .. } | Error::Unfinished { .. } => types::CA_TIMEOUT,
        Error::NotAsked { why, .. } => return self::kind(why),
        Error::Reply { .. } | Error::Unreadable { .. } | Error::NoDirectory { .. } => {
            types::CA_REPLY
        }
        Error::Refused { problem, .. } if !problem.has_type() => types::CA_REPLY,
        Error::Order {
            problem: Some(problem),
            status,
            ..
        } if !problem.has_type() => return types::ORDER_STATUS.of_status(status.as_str()),
        Error::Refused { problem, .. }
        | Error::Challenge(problem)
        | Error::Order {
            problem: Some(problem),
            ..
        } => return problem.kind.clone(),
        Error::Authorization { status, .. } => {
            return types::AUTHORIZATION_STATUS.of_status(status.as_str());
        }
        Error::Order {
            status,
            problem: None,
            ..
        } => return types::ORDER_STATUS.of_status(status.as_str()),
        Error::NotOffered { .. } => types::CHALLENGE_NOT_OFFERED,
        Error::UnknownProfile { .. } => types::PROFILE,
        Error::Signing(keys::Error::Remote(_) | keys::Error::OtherSignature(_)) => {
            types::ACCOUNT_SIGNING
        }
        Error::AccountKey { .. } | Error::OtherAccount { .. } | Error::Signing(_) => {
            types::ACCOUNT_KEY
        }
        Error::TermsNotAgreedTo { .. } => types::ACCOUNT_TERMS,
        Error::BindingNeeded { .. } | Error::BindingKey(_) => types::ACCOUNT_BINDING,
        Error::File { .. } => types::FILES,
        Error::NoTrust { .. } => types::ENVIRONMENT,
        Error::UnknownServer(_) => types::USAGE,
        Error::Interrupted => types::INTERRUPTED,
    };
    kind.name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use acme::{Purpose, Request, Status};
    use serde_json::json;

    fn refused(problem: Value) -> Error {
        Error::Refused {
            request: Box::new(Request {
                purpose: Purpose::NewOrder,
                method: "POST",
                url: "https://ca.test/new-order".into(),
            }),
            problem: Box::new(acme::Problem::from_json(&problem.to_string())),
            retry_after: Some(Duration::from_secs(7)),
        }
    }

    #[test]
    fn a_problem_of_a_ca_s_keeps_what_it_says_and_takes_no_member_of_ours() {
        let found = problem(refused(json!({
            "type": "urn:ietf:params:acme:error:userActionRequired", "detail": "changed", "status": 403,
            "instance": "https://ca.test/agreement/2", "ticket": 4711,
            "hint": "h", "program": "p", "at": "a", "retry_after": 9, "servers": [],
            "subproblems": [{"type": "t", "identifier": {"type": "dns", "value": "a.test"}}],
        })));
        assert_eq!(found.kind, "urn:ietf:params:acme:error:userActionRequired");
        assert_eq!(
            found.detail,
            "new order (POST https://ca.test/new-order): changed"
        );
        let hint = found.hint.unwrap_or_default();
        assert!(hint.contains("https://ca.test/agreement/2"), "{hint}");
        assert_eq!(
            Value::Object(*found.more),
            json!({
                "status": 403, "retry_after": 7, "instance": "https://ca.test/agreement/2",
                "subproblems": [{"type": "t", "identifier": {"type": "dns", "value": "a.test"}}],
                "ticket": 4711,
            })
        );
    }

    #[test]
    fn subproblems_for_which_there_is_no_room_are_counted() {
        let one = json!({"type": "t", "identifier": {"type": "dns", "value": "a.test"}});
        for (count, says) in [
            (100, "new order (POST https://ca.test/new-order): d"),
            (
                7000,
                "new order (POST https://ca.test/new-order): d; 6900 more subproblems are left out",
            ),
        ] {
            let all = vec![one.clone(); count];
            let found = problem(refused(json!({"detail": "d", "subproblems": all})));
            assert_eq!(found.detail, says);
        }
    }

    #[test]
    fn a_limit_is_named_and_a_pause_is_a_type_of_its_own_without_a_time() {
        let limited = |detail: &str| {
            problem(refused(json!({
                "type": "urn:ietf:params:acme:error:rateLimited", "status": 429, "detail": detail, "limit": "x",
                "unpause_url": "https://evil.test/",
            })))
        };
        let orders = limited("too many new orders (300) from this account in the last 3h0m0s");
        assert_eq!(orders.kind, "urn:ietf:params:acme:error:rateLimited");
        assert_eq!(
            Value::Object(*orders.more),
            json!({"status": 429, "retry_after": 7, "limit": "orders"})
        );
        let paused = limited(
            "Your account is temporarily prevented from requesting certificates for a.test and possibly others. \
             Please visit: https://ca.test/unpause?jwt=a.b.c",
        );
        assert_eq!(paused.kind, "acmepipe:ca:paused");
        assert_eq!(
            paused.more.get("unpause_url"),
            Some(&json!("https://ca.test/unpause?jwt=a.b.c"))
        );
        for member in ["limit", "retry_after"] {
            assert_eq!(paused.more.get(member), None);
        }
    }

    #[test]
    fn each_cause_has_a_type() {
        let url = || "https://ca.test/1".to_owned();
        let problem =
            |kind: &str| Box::new(acme::Problem::from_json(&json!({"type": kind}).to_string()));
        let order = |problem| Error::Order {
            url: url(),
            status: Status::Invalid,
            problem,
        };
        for (error, kind) in [
            (refused(json!({"type": "t"})), "t"),
            (refused(json!({"type": ""})), "acmepipe:ca:reply"),
            (refused(json!({})), "acmepipe:ca:reply"),
            (Error::Challenge(problem("t")), "t"),
            (Error::Challenge(problem("")), "about:blank"),
            (order(Some(problem("t"))), "t"),
            (order(Some(problem(""))), "acmepipe:order:invalid"),
            (order(None), "acmepipe:order:invalid"),
            (
                Error::Authorization {
                    url: None,
                    status: Status::Revoked,
                },
                "acmepipe:authorization:revoked",
            ),
            (Error::Interrupted, "acmepipe:interrupted"),
            (
                Error::Signing(keys::Error::NoRandomness),
                "acmepipe:account:key",
            ),
            (
                Error::BindingNeeded { directory: url() },
                "acmepipe:account:binding",
            ),
            (Error::NoTrust { why: None }, "acmepipe:environment"),
            (Error::UnknownServer("x".into()), "acmepipe:usage"),
        ] {
            assert_eq!(super::problem(error).kind, kind);
        }
    }
}
