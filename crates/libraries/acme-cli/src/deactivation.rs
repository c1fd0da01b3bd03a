//! Gives up the authorizations of a document's order: for who wants none to be left that a stolen account key could use.

use crate::problem::problem;
use acme::Account;
use command::message;
use pipeline::types::ProblemType;
use pipeline::{Challenge, Document, Problem, types};

/// Gives up what the document's order has of authorizations. It is no failure of the order where that does not succeed.
pub fn deactivate(document: &Document, account: &Account) {
    let mut urls: Vec<String> = Vec::new();
    for url in document.challenges().filter_map(|one| authorization(&one)) {
        if !urls.contains(&url) {
            urls.push(url);
        }
    }
    let found = account.renewed().deactivate_authorizations(&urls);
    let (mut count, mut failed) = (0, Vec::new());
    for one in found {
        match one {
            Ok(is_given_up) => count += usize::from(is_given_up),
            Err(error) => failed.push(error),
        }
    }
    let label = document.label();
    if count > 0 {
        let words = if count == 1 {
            "authorization"
        } else {
            "authorizations"
        };
        message::detail(&format!("{label}: {count} {words} deactivated"));
    }
    let (many, of) = (failed.len(), urls.len());
    if let Some(first) = failed.into_iter().next() {
        let why = problem(first).detail;
        message::warning(&format!(
            "{label}: {many} of {of} authorizations are not deactivated; the first: {why}"
        ));
    }
}

fn authorization(challenge: &Challenge) -> Option<String> {
    let url = challenge.authorization().ok().flatten()?;
    acme::is_https(&url).then_some(url)
}

/// Whether a document that failed so goes no further, so that its authorizations are of no more use: a further round may
/// take up some once their records are removed, and of others nothing is at the CA.
pub fn is_given_up(document: &Document, problem: &Problem) -> bool {
    let is_one_of = |types: &[&ProblemType]| types.iter().any(|kind| problem.is(kind));
    if is_one_of(&[&types::DNS_OVERWRITTEN, &types::DNS_REMOVED]) {
        let is_there = |one: &Challenge| one.is_presented() && !one.is_cleaned_up();
        return !document.challenges().any(|one| is_there(&one));
    }
    !is_one_of(&[
        &types::EXPIRED,
        &types::INTERRUPTED,
        &types::DEFERRED,
        &types::USAGE,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_further_round_takes_up_or_has_ended_is_left_alone() {
        let there = json!([{"present": {}}]);
        let removed = json!([{"present": {}, "cleanup": {}}, {}]);
        for (kind, challenges, expected) in [
            ("acmepipe:exec:status", &there, true),
            ("urn:ietf:params:acme:error:dns", &there, true),
            ("acmepipe:ca:timeout", &removed, true),
            ("acmepipe:dns:overwritten", &there, false),
            ("acmepipe:dns:removed", &there, false),
            ("acmepipe:dns:overwritten", &removed, true),
            ("acmepipe:deferred", &removed, false),
            ("acmepipe:interrupted", &removed, false),
            ("acmepipe:expired", &removed, false),
            ("acmepipe:usage", &removed, false),
        ] {
            let document = json!({"challenges": challenges, "error": {"type": kind}});
            let document = Document::from(document.as_object().expect("an object").clone());
            let problem = document.problem().expect("an error");
            assert_eq!(is_given_up(&document, &problem), expected, "{kind}");
        }
    }
}
