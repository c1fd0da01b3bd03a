//! Objects that others keep about orders and challenges: JSON with the RFC's names for its members. Nothing in them
//! is believed before it has been looked at.

use crate::http::is_https;
use crate::{Account, Answer, Credentials, Error, Order, Resource, Result};
use serde_json::{Map, Value};

/// An order's own members (RFC 8555 §7.1.3 and later): what a CA no longer sends of them is gone.
const MEMBERS: [&str; 12] = [
    "url",
    "status",
    "expires",
    "identifiers",
    "notBefore",
    "notAfter",
    "error",
    "authorizations",
    "finalize",
    "certificate",
    "profile",
    "replaces",
];

/// What is to be noted on a challenge.
#[derive(Debug)]
pub struct Judgement {
    /// Which challenge: the number that came with it.
    pub index: usize,
    /// Members to set.
    pub members: Map<String, Value>,
    /// Why it is not valid.
    pub error: Option<Error>,
}

impl Credentials {
    /// From an object with `directory` and `account`, which has `url` and `key`; `None` if it has no `account`.
    ///
    /// # Errors
    /// `acmepipe:document`, naming the member.
    pub fn from_object(object: &Map<String, Value>) -> Result<Option<Credentials>> {
        let Some(account) = object.get("account") else {
            return Ok(None);
        };
        Ok(Some(Credentials {
            directory: url(object.get("directory"), "directory")?,
            url: url(account.get("url"), "account.url")?,
            key: text(account.get("key"), "account.key")?.into(),
        }))
    }
}

impl Answer {
    /// From an object with `authorization` and `url`: a challenge (RFC 8555 §7.1.5) that knows its authorization.
    ///
    /// # Errors
    /// `acmepipe:document`, naming the member.
    pub fn from_object(object: &Map<String, Value>) -> Result<Answer> {
        Ok(Answer {
            authorization: url(object.get("authorization"), "authorization")?,
            challenge: url(object.get("url"), "url")?,
        })
    }
}

/// The URL of the order in an object's `order`; `None` if it has none.
///
/// # Errors
/// `acmepipe:document`, naming the member.
pub fn order_url(object: &Map<String, Value>) -> Result<Option<String>> {
    match object.get("order") {
        None => Ok(None),
        Some(order) => url(order.get("url"), "order.url").map(Some),
    }
}

impl Resource<Order> {
    /// The order as the CA sent it, and its `url`, in the place of what was known of it `before`: members that are not
    /// an order's stay.
    pub fn to_json(&self, before: Option<&Value>) -> Value {
        let mut object = Map::new();
        object.insert("url".into(), self.url.clone().into());
        // It was an object when it came.
        let sent = serde_json::from_slice::<Map<String, Value>>(&self.object.raw);
        object.extend(sent.unwrap_or_default());
        for (member, value) in before.and_then(Value::as_object).into_iter().flatten() {
            if !MEMBERS.contains(&member.as_str()) && !object.contains_key(member) {
                object.insert(member.clone(), value.clone());
            }
        }
        // Whatever the CA may call `url`, this one is where it answered.
        object.insert("url".into(), self.url.clone().into());
        Value::Object(object)
    }
}

impl Account {
    /// [`Account::validate`] for challenges that were read from objects, or could not be, each with a number of its
    /// own. Returns what is to be noted on them, and the order as it stood last, if it was looked at again.
    pub fn judge(
        &self,
        order: Option<&Resource<Order>>,
        challenges: Vec<(usize, Result<Answer>)>,
        progress: &dyn Fn(usize),
    ) -> (Vec<Judgement>, Option<Resource<Order>>) {
        let (mut judgements, mut indexes, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for (index, answer) in challenges {
            match answer {
                Ok(answer) => {
                    indexes.push(index);
                    answers.push(answer);
                }
                Err(error) => judgements.push(Judgement {
                    index,
                    members: Map::new(),
                    error: Some(error),
                }),
            }
        }
        // The order waits for the challenges that nobody could answer as well.
        let order = order.filter(|_| judgements.is_empty());
        let validation = self.validate(order, &answers, progress);
        for (index, verdict) in indexes.into_iter().zip(validation.verdicts) {
            let mut members = Map::new();
            if let Some(status) = verdict.status {
                members.insert("status".into(), status.as_str().into());
            }
            judgements.push(Judgement {
                index,
                members,
                error: verdict.error,
            });
        }
        (judgements, validation.order)
    }
}

fn text(value: Option<&Value>, member: &str) -> Result<String> {
    match value.and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(Error::new(
            "document",
            format!("member `{member}` is missing, or not a string"),
        )),
    }
}

fn url(value: Option<&Value>, member: &str) -> Result<String> {
    let url = text(value, member)?;
    if is_https(&url) {
        return Ok(url);
    }
    Err(Error::new(
        "document",
        format!("member `{member}` is not an https URL"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Option<Credentials>> {
        Credentials::from_object(value.as_object().expect("tests pass objects"))
    }

    #[test]
    fn a_member_that_is_wrong_is_named() {
        let good = json!({
            "directory": "https://ca.test/dir", "account": {"url": "https://ca.test/1", "key": "/k"}
        });
        assert!(read(good.clone()).is_ok_and(|found| found.is_some()));
        assert_eq!(read(json!({})), Ok(None));
        for (pointer, member) in [
            ("/directory", "`directory`"),
            ("/account/url", "`account.url`"),
            ("/account/key", "`account.key`"),
        ] {
            for wrong in [json!(7), json!(null), json!({})] {
                let mut bad = good.clone();
                *bad.pointer_mut(pointer).expect("it is there") = wrong;
                let error = read(bad).expect_err("wrong");
                assert_eq!(error.kind, "acmepipe:document");
                assert!(error.detail.contains(member), "{error}");
            }
        }
    }

    #[test]
    fn an_order_is_asked_for_over_https_only() {
        let order = |url: Value| json!({"order": {"url": url}});
        for bad in [
            json!("http://ca.test/1"),
            json!("file:///etc/passwd"),
            json!(null),
        ] {
            let document = order(bad);
            assert!(order_url(document.as_object().expect("an object")).is_err());
        }
        assert_eq!(order_url(&Map::new()), Ok(None));
    }
}
