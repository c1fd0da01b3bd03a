//! Authorizations (RFC 8555 §7.1.4), and what they offer that is met by a TXT record.

use crate::objects::challenge::Challenge;
use crate::objects::challenge_type::ChallengeType;
use crate::objects::identifier::Identifier;
use crate::objects::json::{FromJson, each_element, each_member, lenient, optional};
use crate::objects::problem::Problem;
use crate::objects::status::Status;
use crate::objects::time::rfc3339;
use serde::Serialize;
use std::time::SystemTime;

/// The most challenges of an authorization that are looked at; CAs offer three or four.
const MOST_CHALLENGES: usize = 20;

/// An authorization (RFC 8555 §7.1.4), as far as TXT records go.
#[derive(Debug, Clone)]
pub struct Authorization {
    /// What it is for, without `*.`.
    pub identifier: Identifier,
    /// Its state.
    pub status: Status,
    /// Whether it is for all names below the identifier, as far as the CA says.
    pub wildcard: bool,
    /// When it ends, as far as the CA says: what is pending then is over, and what is valid is not used any more.
    pub expires: Option<SystemTime>,
    /// The ways to prove control with a TXT record, at most one of each type; in a final authorization only what was tried.
    pub challenges: Vec<Challenge>,
    /// The types of the other challenges.
    pub others: Vec<String>,
    /// Why the first of the others failed that did.
    pub error: Option<Problem>,
}

impl FromJson for Authorization {
    fn from_json_text(text: &str) -> Result<Authorization, String> {
        let (mut identifier, mut status, mut wildcard) = (None, None, None);
        let mut expires = None;
        let mut challenges = Challenges::default();
        each_member(text, |name, value| {
            match name {
                "identifier" => identifier = Some(Identifier::from_json_text(value)?),
                "status" => status = optional::<String>(name, value)?,
                "wildcard" => wildcard = lenient(value),
                "expires" => expires = lenient(value).and_then(|text: String| rfc3339(&text)),
                "challenges" => challenges = Challenges::read(value),
                _ => {}
            }
            Ok(())
        })?;
        let status = status.ok_or("member `status` is missing")?;
        Ok(Authorization {
            identifier: identifier.ok_or("member `identifier` is missing")?,
            status: Status::parse(&status),
            wildcard: wildcard.unwrap_or_default(),
            expires,
            challenges: challenges.known,
            others: challenges.others,
            error: challenges.error,
        })
    }
}

/// The payload that gives an authorization up (RFC 8555 §7.5.2).
#[derive(Debug, Serialize)]
pub(crate) struct Deactivation {
    status: &'static str,
}

impl Default for Deactivation {
    fn default() -> Deactivation {
        Deactivation {
            status: Status::Deactivated.as_str(),
        }
    }
}

#[derive(Default)]
struct Challenges {
    known: Vec<Challenge>,
    others: Vec<String>,
    error: Option<Problem>,
}

impl Challenges {
    /// Those of a list, as far as they are challenges; the first of each type counts.
    fn read(text: &str) -> Challenges {
        let mut found = Challenges::default();
        let mut count = 0;
        // Where it is no list, none is offered.
        let _ = each_element(text, |element| {
            count += 1;
            if count > MOST_CHALLENGES {
                return Err(String::new());
            }
            match Challenge::from_json_text(element) {
                Ok(one) if ChallengeType::parse(&one.kind).is_some() && !found.has(&one.kind) => {
                    found.known.push(one);
                }
                Ok(one) => {
                    found.others.push(one.kind);
                    found.error = found.error.take().or(one.error);
                }
                Err(_) => {}
            }
            Ok(())
        });
        // One says enough.
        if found.known.iter().any(|one| one.error.is_some()) {
            found.error = None;
        }
        found
    }

    fn has(&self, kind: &str) -> bool {
        self.known.iter().any(|one| one.kind == kind)
    }
}

/// What an authorization offers to prove control with a TXT record.
#[derive(Debug)]
pub(crate) enum Offer<'a> {
    /// Nothing has to be done: control is proven, in whatever way, and maybe long ago.
    Proven,
    /// A challenge that can be met.
    Challenge(&'a Challenge),
}

/// Why nothing can be done about an authorization that is not valid.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoChallenge {
    /// There is no challenge of the types that are wanted, only of these.
    NotOffered(Vec<String>),
    /// The challenge's token is not base64url.
    BadToken,
    /// The authorization stays in this state.
    Final(Status),
}

impl Authorization {
    /// Its challenge of this type.
    pub fn of_type(&self, wanted: ChallengeType) -> Option<&Challenge> {
        let mut challenges = self.challenges.iter();
        challenges.find(|challenge| challenge.kind == wanted.name())
    }

    /// Its challenge at this URL.
    pub(crate) fn at(&self, url: &str) -> Option<&Challenge> {
        self.challenges
            .iter()
            .find(|challenge| challenge.url == url)
    }

    /// The types of all its challenges.
    fn offered(&self) -> Vec<String> {
        let known = self.challenges.iter().map(|challenge| &challenge.kind);
        known.chain(&self.others).cloned().collect()
    }

    /// What it offers of these types: of the first that there is.
    pub(crate) fn offer(&self, wanted: &[ChallengeType]) -> Result<Offer<'_>, NoChallenge> {
        match self.status {
            Status::Valid => Ok(Offer::Proven),
            status if status.is_final() => Err(NoChallenge::Final(status)),
            _ => match wanted.iter().find_map(|one| self.of_type(*one)) {
                Some(challenge) if challenge.has_token() => Ok(Offer::Challenge(challenge)),
                Some(_) => Err(NoChallenge::BadToken),
                None => Err(NoChallenge::NotOffered(self.offered())),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_used_of_an_authorization_is_judged() {
        let sent = json!({
            "identifier": {"type": "dns", "value": "A.test"}, "status": "Pending", "wildcard": null,
            "expires": "2026-12-01T02:00:00+02:00",
            "challenges": [7, {"type": "odd-01"}, {"type": "http-01", "error": {"type": "t"}},
                           {"type": "dns-01", "url": "u", "token": "x"}, {"type": "dns-01", "url": "v"}],
        });
        let read = Authorization::from_json_text(&sent.to_string()).expect("an authorization");
        assert_eq!(read.identifier, Identifier::dns("A.test"));
        assert_eq!((read.status, read.wildcard), (Status::Pending, false));
        assert_eq!(read.expires, rfc3339("2026-12-01T00:00:00Z"));
        assert_eq!(read.others, ["odd-01", "http-01", "dns-01"]);
        let error = read.error.as_ref().map(|error| error.kind.as_str());
        assert_eq!(error, Some("t"));
        let [dns] = &read.challenges[..] else {
            panic!("{read:?}");
        };
        assert_eq!(dns.url, "u");

        let mut none = sent.clone();
        for challenges in [json!(null), json!({}), json!([])] {
            none["challenges"] = challenges;
            let read = Authorization::from_json_text(&none.to_string()).expect("an authorization");
            assert!(read.challenges.is_empty() && read.others.is_empty());
        }
        for unreadable in [json!(null), json!(7), json!("soon")] {
            let mut odd = sent.clone();
            odd["expires"] = unreadable;
            let read = Authorization::from_json_text(&odd.to_string()).expect("an authorization");
            assert_eq!(read.expires, None);
        }
        let mut many = sent.clone();
        many["challenges"] = json!(vec![json!({"type": "odd-01"}); 2000]);
        let read = Authorization::from_json_text(&many.to_string()).expect("an authorization");
        assert_eq!(read.others.len(), MOST_CHALLENGES);
        for needed in ["identifier", "status"] {
            let mut without = sent.clone();
            without[needed] = json!(null);
            assert!(
                Authorization::from_json_text(&without.to_string()).is_err(),
                "{needed}"
            );
        }
    }

    /// An authorization in this state with challenges of these types and tokens.
    fn authorization(status: Status, challenges: &[(&str, &str)]) -> Authorization {
        let challenges: Vec<_> = challenges
            .iter()
            .map(|(kind, token)| json!({"type": kind, "token": token}))
            .collect();
        let sent = json!({"identifier": {"type": "dns", "value": "a.test"},
                          "status": status.as_str(), "challenges": challenges});
        Authorization::from_json_text(&sent.to_string()).expect("an authorization")
    }

    /// What it offers: the token of a challenge, or nothing where control is proven.
    fn offered(
        authorization: &Authorization,
        wanted: &[ChallengeType],
    ) -> Result<Option<String>, NoChallenge> {
        authorization.offer(wanted).map(|offer| match offer {
            Offer::Proven => None,
            Offer::Challenge(challenge) => Some(challenge.token.clone()),
        })
    }

    #[test]
    fn what_is_offered_depends_on_state_challenges_and_token() {
        let dns = ("dns-01", "token-0");
        let http = ("http-01", "token-1");
        let bad = ("dns-01", "a b");
        let token = || Ok(Some("token-0".to_owned()));
        for (status, challenges, offer) in [
            (Status::Valid, vec![], Ok(None)),
            (Status::Valid, vec![dns], Ok(None)),
            (Status::Pending, vec![http, dns], token()),
            (Status::Processing, vec![dns], token()),
            (Status::Unknown, vec![dns], token()),
            (Status::Pending, vec![bad], Err(NoChallenge::BadToken)),
            (
                Status::Pending,
                vec![http],
                Err(NoChallenge::NotOffered(vec!["http-01".into()])),
            ),
            (
                Status::Pending,
                vec![],
                Err(NoChallenge::NotOffered(vec![])),
            ),
            (
                Status::Invalid,
                vec![dns],
                Err(NoChallenge::Final(Status::Invalid)),
            ),
            (
                Status::Revoked,
                vec![],
                Err(NoChallenge::Final(Status::Revoked)),
            ),
            (
                Status::Expired,
                vec![dns],
                Err(NoChallenge::Final(Status::Expired)),
            ),
            (
                Status::Deactivated,
                vec![dns],
                Err(NoChallenge::Final(Status::Deactivated)),
            ),
        ] {
            let authorization = authorization(status, &challenges);
            let found = offered(&authorization, &[ChallengeType::Dns01]);
            assert_eq!(found, offer, "{authorization:?}");
        }
    }

    #[test]
    fn the_first_type_that_is_wanted_and_offered_counts() {
        use ChallengeType::{Dns01, DnsAccount01};
        let both = authorization(Status::Pending, &[("dns-01", "d"), ("dns-account-01", "a")]);
        let one = authorization(Status::Pending, &[("http-01", "h"), ("dns-01", "d")]);
        let none = ["dns-01", "http-01"].map(str::to_owned).to_vec();
        for (authorization, wanted, expected) in [
            (&both, &[Dns01][..], Ok("d")),
            (&both, &[DnsAccount01], Ok("a")),
            (&both, &[DnsAccount01, Dns01], Ok("a")),
            (&one, &[DnsAccount01, Dns01], Ok("d")),
            (&one, &[DnsAccount01], Err(NoChallenge::NotOffered(none))),
        ] {
            let expected = expected.map(|token| Some(token.to_owned()));
            assert_eq!(offered(authorization, wanted), expected, "{wanted:?}");
        }
    }
}
