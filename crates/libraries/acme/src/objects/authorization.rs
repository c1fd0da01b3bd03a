//! Authorizations (RFC 8555 §7.1.4), and what they offer for dns-01.

use crate::objects::challenge::Challenge;
use crate::objects::identifier::Identifier;
use crate::objects::status::Status;
use serde::Deserialize;

/// An authorization (RFC 8555 §7.1.4).
#[derive(Debug, Clone, Deserialize)]
pub struct Authorization {
    /// What it is for, without `*.`.
    pub identifier: Identifier,
    /// Its state.
    pub status: Status,
    /// The ways to prove control; in a final authorization those that were tried.
    pub challenges: Vec<Challenge>,
    /// Whether it is for all names below the identifier.
    #[serde(default)]
    pub wildcard: bool,
}

/// What an authorization offers to prove control with dns-01.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    /// Nothing has to be done: control is proven, in whatever way, and maybe long ago.
    Proven,
    /// A challenge that can be met.
    Challenge,
}

/// Why nothing can be done about an authorization that is not valid.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoChallenge {
    /// There is no dns-01 challenge, only those of these types.
    NotOffered(Vec<String>),
    /// The challenge's token is not base64url.
    BadToken,
    /// The authorization stays in this state.
    Final(Status),
}

impl Authorization {
    /// Its dns-01 challenge.
    pub fn dns01(&self) -> Option<&Challenge> {
        self.challenges.iter().find(|one| one.kind == "dns-01")
    }

    /// What it offers for dns-01.
    pub(crate) fn offer(&self) -> Result<Offer, NoChallenge> {
        match self.status {
            Status::Valid => Ok(Offer::Proven),
            status if status.is_final() => Err(NoChallenge::Final(status)),
            _ => match self.dns01() {
                Some(challenge) if challenge.has_token() => Ok(Offer::Challenge),
                Some(_) => Err(NoChallenge::BadToken),
                None => {
                    let offered = self.challenges.iter().map(|one| one.kind.clone());
                    Err(NoChallenge::NotOffered(offered.collect()))
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_depends_on_state_challenges_and_token() {
        let dns = ("dns-01", "token-0");
        let http = ("http-01", "token-1");
        let bad = ("dns-01", "a b");
        for (status, challenges, offer) in [
            (Status::Valid, vec![], Ok(Offer::Proven)),
            (Status::Valid, vec![dns], Ok(Offer::Proven)),
            (Status::Pending, vec![http, dns], Ok(Offer::Challenge)),
            (Status::Processing, vec![dns], Ok(Offer::Challenge)),
            (Status::Unknown, vec![dns], Ok(Offer::Challenge)),
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
            let challenges = challenges.into_iter().map(|(kind, token)| Challenge {
                kind: kind.into(),
                url: "https://ca.test/1".into(),
                status: Status::Pending,
                token: token.into(),
                error: None,
            });
            let authorization = Authorization {
                identifier: Identifier::dns("a.test"),
                status,
                challenges: challenges.collect(),
                wildcard: false,
            };
            assert_eq!(authorization.offer(), offer, "{authorization:?}");
        }
    }
}
