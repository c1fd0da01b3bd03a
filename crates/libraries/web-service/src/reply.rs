//! A reply, and what it means where it is a refusal.

use command::masked;
use command::text::{clean, shorten};
use dns_program::Failure;
use serde_json::Value;

/// How much of what a service says is quoted, in characters.
const LONGEST_QUOTE: usize = 300;

/// What a service answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// What was asked.
    pub(crate) request: String,
    /// The status (RFC 9110 §15).
    pub status: u16,
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// What members are called that hold what a request is made with, in small letters.
const OF_ACCOUNTS: [&str; 2] = ["username", "password"];

/// The longest answer that is searched for an account of its own, in bytes. One with more is a list of accounts.
const LONGEST_ACCOUNT: usize = 16 * 1024;

fn is_of_account(member: &str) -> bool {
    OF_ACCOUNTS.contains(&member.to_ascii_lowercase().as_str())
}

/// The value with `***` for what a request is made with, wherever that stands; whether there was any.
fn cover_accounts(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => members.iter_mut().fold(false, |is_any, (name, value)| {
            let is_covered = match value {
                Value::String(text) if is_of_account(name) => {
                    *text = "***".to_owned();
                    true
                }
                value => cover_accounts(value),
            };
            is_any | is_covered
        }),
        Value::Array(values) => values
            .iter_mut()
            .fold(false, |is_any, value| is_any | cover_accounts(value)),
        _ => false,
    }
}

impl Reply {
    /// Whether the service did what it was asked for.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What came back, as it is.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is none.
    pub fn json(&self) -> Result<Value, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|error| self.unexpected(&format!("its answer is no JSON: {error}")))
    }

    /// Keeps the user and the password that the service hands out in its answer out of all messages.
    pub(crate) fn hide_account(&self) {
        if self.body.len() > LONGEST_ACCOUNT {
            return;
        }
        if let Ok(Value::Object(members)) = serde_json::from_slice(&self.body) {
            let members = members.iter().filter(|(name, _)| is_of_account(name));
            members
                .filter_map(|(_, value)| value.as_str())
                .for_each(command::hide);
        }
    }

    /// The body as a person reads it, without the users and passwords in it: there may be thousands, so they are covered where
    /// they stand.
    pub(crate) fn show(&self) -> String {
        if let Ok(mut body) = serde_json::from_slice(&self.body)
            && cover_accounts(&mut body)
        {
            return body.to_string();
        }
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What the service says in a member of its answer, or in its answer where that is no object.
    pub fn says(&self) -> Option<String> {
        let text = self.show();
        let text = match serde_json::from_slice::<Value>(&self.body) {
            Ok(Value::Object(object)) => {
                let members = ["error", "message", "detail"];
                let said = members.iter().find_map(|name| object.get(*name)?.as_str());
                said.map_or(text, str::to_owned)
            }
            // A page for a browser says nothing that its status does not.
            Err(_) if text.trim_start().starts_with('<') => return None,
            _ => text,
        };
        let text = quoted(text.trim());
        (!text.is_empty()).then_some(text)
    }

    /// The failure that a refusal is: what was asked, and what came back. A redirection is one: where a secret goes is said
    /// by the person, not by a server.
    pub fn refused(&self) -> Failure {
        let status = http::StatusCode::from_u16(self.status).ok();
        let reason = status
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default();
        // Some say in the body what the status says.
        let says = self.says().filter(|says| says != reason);
        let says = says.map(|says| format!(": {says}")).unwrap_or_default();
        let to = match &self.location {
            Some(location) => {
                format!(", to {}", quoted(location))
            }
            None => String::new(),
        };
        let failure = Failure::new(format!(
            "{}: it answered {}{to}{says}",
            self.request,
            format!("{} {reason}", self.status).trim_end()
        ));
        match self.status {
            300..=399 => {
                failure.hint("Name the URL that it leads to: redirections are not followed.")
            }
            // Nobody is let in without another name or password.
            401 | 403 => failure.permanent(),
            429 => failure.hint("The service takes no more requests now: try again later."),
            500..600 => failure.hint("The service has a fault of its own: its log says more."),
            _ => failure,
        }
    }

    /// A failure of an answer that is not what it should be.
    pub fn unexpected(&self, why: &str) -> Failure {
        Failure::new(format!("{}: {why}", self.request))
    }
}

/// What a service says, without secrets: a part of one, where it is cut, would not be known as such later.
fn quoted(text: &str) -> String {
    shorten(&clean(&masked(text)), LONGEST_QUOTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_was_asked_and_what_came_back() {
        let refused = |status, location: Option<&str>, body: &str| {
            let reply = Reply {
                request: "GET https://a.test/".to_owned(),
                status,
                location: location.map(str::to_owned),
                body: body.as_bytes().to_vec(),
            };
            reply.refused().detail
        };
        let asked = "GET https://a.test/: it answered ";
        for (status, location, body, expected) in [
            (401, None, "Unauthorized\n", "401 Unauthorized"),
            (
                422,
                None,
                "{\"error\":\"no \\u001b\"}",
                "422 Unprocessable Entity: no \\u{1b}",
            ),
            (404, None, "<html>", "404 Not Found"),
            (400, None, "", "400 Bad Request"),
            (599, None, "{\"a\":1}", "599: {\"a\":1}"),
            (
                301,
                Some("https://b.test/"),
                "",
                "301 Moved Permanently, to https://b.test/",
            ),
        ] {
            assert_eq!(
                refused(status, location, body),
                format!("{asked}{expected}")
            );
        }
        let long = refused(500, None, &"x".repeat(5000));
        assert!(long.chars().count() < 400, "{long}");
        let list =
            "[{\"Username\":\"user1\",\"x\":{\"password\":\"pass1\"}},{\"password\":\"pass2\"}]";
        let covered =
            "[{\"Username\":\"***\",\"x\":{\"password\":\"***\"}},{\"password\":\"***\"}]";
        assert_eq!(
            refused(400, None, list),
            format!("{asked}400 Bad Request: {covered}")
        );
        command::hide("topsecret-of-ours");
        let cut = "x".repeat(LONGEST_QUOTE - 9) + "topsecret-of-ours";
        for said in [refused(403, None, &cut), refused(307, Some(&cut), "")] {
            assert!(said.contains("x***") && !said.contains("top"), "{said}");
        }
    }

    #[test]
    fn the_account_of_an_answer_is_hidden_everywhere_and_those_of_a_list_where_they_stand() {
        let shown = |body: &str| {
            let reply = Reply {
                request: String::new(),
                status: 200,
                location: None,
                body: body.as_bytes().to_vec(),
            };
            reply.hide_account();
            reply.show()
        };
        let account = |name: &str| {
            format!("{{\"username\":\"user-{name}\",\"password\":\"password-{name}\"}}")
        };
        assert!(!shown(&account("alone")).contains("alone"));
        let list = format!("{{\"a.test\":{}}}", account("listed"));
        assert!(!shown(&list).contains("listed"));
        assert_eq!(shown("{\"a\": 1.50}"), "{\"a\": 1.50}");
        let elsewhere = command::masked("user-alone password-alone user-listed password-listed");
        assert_eq!(elsewhere, "*** *** user-listed password-listed");
    }
}
