//! An account at an acme-dns server: one name at which it keeps two TXT values, and the key to it.

use pipeline::{Object, Value};
use serde_json::json;

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// The name at which the server has the values, with a final dot.
    pub(crate) full_domain: String,
    /// What the server calls it.
    pub(crate) subdomain: String,
    pub(crate) user: String,
    pub(crate) password: String,
    /// The server's URL, where the file says it.
    pub(crate) server: Option<String>,
}

impl Account {
    /// Reads an account as goacmedns keeps it, or as the server hands it out. As there, the case of members does not matter.
    /// No message shows its user or password from then on.
    ///
    /// # Errors
    /// The member that is missing, or no text.
    pub(crate) fn read(value: &Value) -> Result<Account, String> {
        let text = |name: &str| {
            text_of(value, name).map(str::to_owned).ok_or_else(|| {
                format!("`{name}` is missing, or is no text of visible ASCII characters")
            })
        };
        let account = Account {
            full_domain: with_final_dot(&text("fulldomain")?),
            subdomain: text("subdomain")?,
            user: text("username")?,
            password: text("password")?,
            server: text("server_url").ok(),
        };
        command::hide(&account.user);
        command::hide(&account.password);
        Ok(account)
    }

    /// Whether a value is an account with this name at the server. Nothing of it is hidden by that: there may be thousands, of
    /// which one is used.
    pub(crate) fn is_of(value: &Value, full_domain: &str) -> bool {
        text_of(value, "fulldomain").is_some_and(|name| with_final_dot(name) == full_domain)
    }

    /// Whether it is one of the server with this URL, as far as is known.
    pub(crate) fn is_at(&self, url: &str) -> bool {
        let plain = |url: &str| url.trim_end_matches('/').to_ascii_lowercase();
        let server = self.server.as_deref();
        server.is_none_or(|server| plain(server) == plain(url))
    }

    /// The account as goacmedns keeps it.
    pub(crate) fn keep(&self, server: &str) -> Value {
        let object: Object = Object::from_iter([
            (
                "fulldomain".to_owned(),
                json!(self.full_domain.trim_end_matches('.')),
            ),
            ("subdomain".to_owned(), json!(self.subdomain)),
            ("username".to_owned(), json!(self.user)),
            ("password".to_owned(), json!(self.password)),
            ("server_url".to_owned(), json!(server)),
        ]);
        Value::from(object)
    }
}

/// A member with visible characters, whatever the case of its name.
fn text_of<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    let mut members = value.as_object()?.iter();
    let (_, value) = members.find(|(member, _)| member.eq_ignore_ascii_case(name))?;
    let text = value.as_str()?;
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())).then_some(text)
}

fn with_final_dot(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase() + "."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_as_new_and_old_versions_write_it() {
        let new = json!({"fulldomain": "A1.auth.test", "subdomain": "a1", "username": "user1", "password": "pass1",
            "server_url": "https://a.test", "allowfrom": []});
        let old = json!({"FullDomain": "a1.auth.test", "SubDomain": "a1", "Username": "user1", "Password": "pass1"});
        let account = Account::read(&new).ok().unwrap();
        assert_eq!(account.full_domain, "a1.auth.test.");
        let old = Account::read(&old).ok().unwrap();
        assert!(old.full_domain == account.full_domain && old.is_at("https://b.test"));
        assert!(account.is_at("https://A.test/") && !account.is_at("https://b.test"));
        assert!(Account::read(&account.keep("https://a.test")).is_ok_and(|kept| kept == account));
        for bad in [
            json!({"fulldomain": "a"}),
            json!([]),
            json!({"fulldomain": 1}),
            json!(null),
        ] {
            assert!(Account::read(&bad).is_err(), "{bad}");
        }
    }
}
