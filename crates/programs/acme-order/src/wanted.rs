//! What a request asks for: read from its document, and checked before anything is sent.

use crate::replaced::is_id;
use crate::validity::Validity;
use acme::ChallengeType;
use acme_cli::{DocumentOptions, Names, certificate_problem, text};
use certificates::SigningRequest;
use command::text::shorten;
use keys::KeyType;
use pipeline::catalogue::order::{ACCOUNT, DIRECTORY, DUE, NAME, ORDER};
use pipeline::{Document, Kind, Object, Problem, Value, types, value};
use std::path::PathBuf;

/// The most names of a request: no more challenges fit into a document.
const MOST_NAMES: usize = 4000;
/// The longest description of what is wrong with names, in characters.
const LONGEST_COMPLAINT: usize = 1000;

/// What a request asks for. What it lacks is for the command line to say.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// What the certificate's files are kept under.
    pub(crate) name: String,
    pub(crate) names: Names,
    /// The URL of the CA's directory.
    pub(crate) directory: Option<String>,
    /// The account that ordered the certificate before.
    pub(crate) account: Option<KnownAccount>,
    pub(crate) email: Option<String>,
    pub(crate) profile: Option<String>,
    /// The kind of the certificate's key, where that is said, or is that of a certificate request.
    pub(crate) key_type: Option<KeyType>,
    /// The certificate that the new one takes the place of (RFC 9773 §5).
    pub(crate) replaces: Option<String>,
    /// Whether acme-due says that it is due.
    pub(crate) is_due: bool,
    /// The types of challenges that are wanted.
    pub(crate) challenge: Option<Vec<ChallengeType>>,
    /// For how long it is to be valid.
    pub(crate) validity: Validity,
}

/// An account that a document names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KnownAccount {
    pub(crate) key: PathBuf,
    pub(crate) url: Option<String>,
}

/// Whether the order of this document has been placed already.
pub(crate) fn is_placed(document: &Document) -> bool {
    let order = document.member(&ORDER);
    order.is_some_and(|order| order.get("url").is_some_and(|url| !url.is_null()))
}

impl Wanted {
    /// Reads a request.
    ///
    /// # Errors
    /// `acmepipe:document`, naming the member that is wrong, and `acmepipe:names`.
    pub(crate) fn read(document: &Document) -> Result<Wanted, Problem> {
        if *document.kind() != Kind::Order {
            return Err(Problem::document(
                "a challenge without its order is no request",
            ));
        }
        let members = document.object();
        refuse_not_due(&members)?;
        let options = DocumentOptions::of(document)?;
        let order: Object = value::required(&members, ORDER.name)?;
        let mut names = names(&order)?;
        let signed = options.csr.as_ref();
        let signed = signed.map(|path| SigningRequest::read(path.as_ref()));
        let signed = signed.transpose().map_err(certificate_problem)?;
        if let Some(signed) = &signed {
            // The CA wants these very names (RFC 8555 §7.4), also one that a wildcard covers.
            names.ordered = signed.names().to_vec();
            names.left_out.clear();
        }
        let profile = text(&order, ORDER.name, "profile")?;
        Ok(Wanted {
            name: name(&members)?.unwrap_or_else(|| names.certificate.clone()),
            names,
            directory: directory(&members, &options)?,
            account: account(&members)?,
            email: options.email,
            challenge: options.challenge,
            profile: profile.or(options.profile),
            key_type: match signed {
                Some(signed) => signed.key_type(),
                None => options.key_type,
            },
            replaces: replaces(&order)?,
            is_due: due(&members) == Some(&Value::Bool(true)),
            validity: Validity::of(&order)?,
        })
    }
}

/// What acme-due says of it: whether it is due.
fn due(members: &Object) -> Option<&Value> {
    members.get(DUE.name)?.get("due")
}

/// Refuses what acme-due writes for a report only: ordered in vain, a list of certificates uses up a CA's limits.
fn refuse_not_due(members: &Object) -> Result<(), Problem> {
    if due(members) != Some(&Value::Bool(false)) {
        return Ok(());
    }
    let problem = Problem::document("member `due` says that the certificate is not due");
    Err(problem
        .hint("Leave out --all of acme-due; to order it all the same, take that member away."))
}

/// The certificate's name, which has to be a file's as well.
fn name(members: &Object) -> Result<Option<String>, Problem> {
    let name: Option<String> = value::optional(members, NAME.name)?;
    match name {
        Some(name) if !files::is_file_name(&name) => Err(Problem::document(
            "member `name` cannot be the name of a directory",
        )),
        name => Ok(name),
    }
}

fn names(order: &Object) -> Result<Names, Problem> {
    let identifiers = identifiers(order)?;
    let count = identifiers.len();
    if count > MOST_NAMES {
        return Err(Problem::document(format!(
            "member `order.identifiers`: {count} names, more than the {MOST_NAMES} of one order that a program takes"
        )));
    }
    let mut written = Vec::new();
    for (index, identifier) in identifiers.iter().enumerate() {
        let member = |name: &str| identifier.get(name).and_then(Value::as_str);
        match (member("type"), member("value")) {
            (Some("dns"), Some(name)) => written.push(name),
            (Some(_), Some(_)) => {
                return Err(Problem::document(format!(
                    "member `order.identifiers[{index}].type` is not `dns`: nothing else is proven by dns-01"
                )));
            }
            _ => {
                return Err(Problem::document(format!(
                    "member `order.identifiers[{index}]` lacks a `type` or a `value`"
                )));
            }
        }
    }
    Names::parse(written)
        .map_err(|wrong| Problem::new(&types::NAMES, shorten(&wrong, LONGEST_COMPLAINT)))
}

/// The URL of the directory: that which the document names, else that of the CA in its options.
fn directory(members: &Object, options: &DocumentOptions) -> Result<Option<String>, Problem> {
    let directory: Option<String> = value::optional(members, DIRECTORY.name)?;
    match directory {
        Some(url) if !acme::is_https(&url) => {
            Err(Problem::document("member `directory` is not an https URL"))
        }
        Some(url) => Ok(Some(url)),
        // It was checked when the options were read.
        None => Ok(options
            .server
            .as_deref()
            .and_then(|server| acme::directory_url(server).ok())),
    }
}

fn account(members: &Object) -> Result<Option<KnownAccount>, Problem> {
    let account: Option<Object> = value::optional(members, ACCOUNT.name)?;
    let Some(account) = account else {
        return Ok(None);
    };
    let url = text(&account, ACCOUNT.name, "url")?;
    if url.as_deref().is_some_and(|url| !acme::is_https(url)) {
        return Err(Problem::document(
            "member `account.url` is not an https URL",
        ));
    }
    let key = text(&account, ACCOUNT.name, "key")?;
    Ok(key.map(|key| KnownAccount {
        key: key.into(),
        url,
    }))
}

/// The id of the certificate that the new one takes the place of (RFC 9773 §4.1).
fn replaces(order: &Object) -> Result<Option<String>, Problem> {
    let id = text(order, ORDER.name, "replaces")?;
    match id {
        Some(id) if !is_id(&id) => Err(Problem::document(
            "member `order.replaces` is not the id of a certificate (RFC 9773, section 4.1)",
        )),
        id => Ok(id),
    }
}

/// The member `identifiers` of `order`.
fn identifiers(order: &Object) -> Result<Vec<Value>, Problem> {
    let read = value::required(order, "identifiers");
    read.map_err(|mut problem: Problem| {
        problem.detail = problem.detail.replacen("member `", "member `order.", 1);
        problem
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(request: &Value) -> Result<Wanted, Problem> {
        let object = request.as_object().expect("tests pass objects").clone();
        Wanted::read(&object.into())
    }

    fn whole() -> Value {
        json!({
            "version": 1, "name": "web", "directory": "https://ca.test/dir",
            "account": {"url": "https://ca.test/1", "key": "/k"},
            "order": {"identifiers": [{"type": "dns", "value": "Ä.test."}], "profile": "p", "replaces": "a-Z.0_9"},
            "options": {"server": "https://other.test/dir", "email": "me@x.test", "key-type": "EC384", "profile": "q"},
            "challenges": [], "due": {"due": true},
        })
    }

    #[test]
    fn a_request_says_what_it_asks_for_and_may_leave_out_most() {
        let expected = Wanted {
            name: "web".into(),
            names: Names::parse(["xn--4ca.test"]).expect("a name"),
            directory: Some("https://ca.test/dir".into()),
            account: Some(KnownAccount {
                key: "/k".into(),
                url: Some("https://ca.test/1".into()),
            }),
            email: Some("me@x.test".into()),
            profile: Some("p".into()),
            key_type: Some(KeyType::EC384),
            replaces: Some("a-Z.0_9".into()),
            is_due: true,
            challenge: None,
            validity: Validity::default(),
        };
        assert_eq!(read(&whole()), Ok(expected));
        let least = json!({"order": {"identifiers": [{"type": "dns", "value": "*.a.test"}]}, "challenges": []});
        let wanted = read(&least).expect("a request");
        assert_eq!(wanted.name, "_.a.test");
        assert_eq!((wanted.directory, wanted.account), (None, None));
        let mut server = whole();
        server["directory"] = json!(null);
        server["order"]["profile"] = json!(null);
        let wanted = read(&server).expect("a request");
        assert_eq!(wanted.directory.as_deref(), Some("https://other.test/dir"));
        assert_eq!(wanted.profile.as_deref(), Some("q"));
    }

    #[test]
    fn what_is_wrong_with_a_request_is_named() {
        let many = vec![json!({"type": "dns", "value": "a.test"}); MOST_NAMES + 1];
        for (pointer, wrong, says) in [
            ("/order", json!("x"), "`order`: "),
            ("/order", json!(null), "`order` is missing"),
            (
                "/order/identifiers",
                json!(null),
                "`order.identifiers` is missing",
            ),
            ("/order/identifiers", json!({}), "`order.identifiers`: "),
            ("/order/identifiers", json!([]), "no name"),
            ("/order/identifiers", json!(many), "4001 names"),
            (
                "/order/identifiers/0",
                json!("a.test"),
                "`order.identifiers[0]` lacks",
            ),
            (
                "/order/identifiers/0/type",
                json!("ip"),
                "`order.identifiers[0].type`",
            ),
            (
                "/order/identifiers/0/value",
                json!(7),
                "`order.identifiers[0]` lacks",
            ),
            (
                "/order/identifiers/0/value",
                json!("com"),
                "`com` is a single label",
            ),
            (
                "/order/profile",
                json!(7),
                "`order.profile` is not a string",
            ),
            ("/order/profile", json!(""), "`order.profile` is empty"),
            (
                "/order/replaces",
                json!({}),
                "`order.replaces` is not a string",
            ),
            (
                "/order/replaces",
                json!("a"),
                "`order.replaces` is not the id",
            ),
            (
                "/order/replaces",
                json!("a."),
                "`order.replaces` is not the id",
            ),
            (
                "/order/replaces",
                json!("a.b.c"),
                "`order.replaces` is not the id",
            ),
            (
                "/order/replaces",
                json!("a.b\n"),
                "`order.replaces` has a control",
            ),
            (
                "/order/replaces",
                json!("a".repeat(9000)),
                "`order.replaces` is too long",
            ),
            ("/name", json!(7), "`name`: "),
            ("/name", json!("../x"), "`name` cannot be"),
            ("/name", json!(".state"), "`name` cannot be"),
            ("/name", json!("x".repeat(256)), "`name` cannot be"),
            ("/directory", json!(7), "`directory`: "),
            (
                "/directory",
                json!("http://ca.test/"),
                "`directory` is not an https URL",
            ),
            ("/account", json!("x"), "`account`: "),
            ("/account/key", json!(7), "`account.key` is not a string"),
            (
                "/account/url",
                json!("ftp://x/"),
                "`account.url` is not an https URL",
            ),
            (
                "/due/due",
                json!(false),
                "`due` says that the certificate is not due",
            ),
            ("/options", json!([]), "`options` is not an object"),
            (
                "/options/key-type",
                json!("DSA"),
                "`options.key-type` is none",
            ),
        ] {
            let mut request = whole();
            *request.pointer_mut(pointer).expect("it is there") = wrong;
            let problem = read(&request).expect_err(says);
            assert!(problem.detail.contains(says), "{pointer}: {problem}");
        }
        for time in ["notBefore", "notAfter"] {
            let mut request = whole();
            request["order"][time] = json!("tomorrow");
            let problem = read(&request).expect_err(time);
            assert!(
                problem.detail.contains(&format!("`order.{time}`")),
                "{problem}"
            );
        }
        let problem = read(&json!({"fqdn": "a."})).expect_err("a challenge");
        assert!(problem.detail.contains("is no request"), "{problem}");
    }

    #[test]
    fn an_order_with_a_url_is_placed() {
        for (order, expected) in [
            (json!({"url": "https://ca.test/1"}), true),
            (json!({"url": 7}), true),
            (json!({"url": null}), false),
            (json!({"identifiers": []}), false),
            (json!("x"), false),
        ] {
            let document = Object::from_iter([("order".to_owned(), order.clone())]).into();
            assert_eq!(is_placed(&document), expected, "{order}");
        }
    }
}
