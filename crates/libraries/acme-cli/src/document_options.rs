//! The options that an order's document has for the programs on its way: they win over those of the command line.

use acme::ChallengeType;
use keys::KeyType;
use names::not_an_address;
use pipeline::catalogue::order::OPTIONS;
use pipeline::{Document, Object, Problem, Value};

/// The longest of these texts, in characters: each is a word, an address or a URL.
const LONGEST: usize = 2048;

/// What `options` says, by the long names of options; what it lacks is for the command line to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentOptions {
    /// `server`, as it was written.
    pub server: Option<String>,
    /// `email`.
    pub email: Option<String>,
    /// `key-type`.
    pub key_type: Option<KeyType>,
    /// `profile`.
    pub profile: Option<String>,
    /// `challenge`: types of challenges, in the order in which they are wanted.
    pub challenge: Option<Vec<ChallengeType>>,
    /// `must-staple`.
    pub must_staple: Option<bool>,
    /// `reuse-key`.
    pub reuse_key: Option<bool>,
    /// `preferred-chain`.
    pub preferred_chain: Option<String>,
    /// `csr`: the path of a certificate request.
    pub csr: Option<String>,
}

impl DocumentOptions {
    /// Reads the document's `options`. Those that are not known are for others.
    ///
    /// # Errors
    /// `acmepipe:document`, naming the member that is not what its option takes.
    pub fn of(document: &Document) -> Result<DocumentOptions, Problem> {
        let options = match document.member(&OPTIONS) {
            None | Some(Value::Null) => return Ok(DocumentOptions::default()),
            Some(Value::Object(options)) => options,
            Some(_) => return Err(wrong("options", "is not an object")),
        };
        let server = text(&options, "options", "server")?;
        if let Some(server) = &server {
            acme::directory_url(server)
                .map_err(|error| wrong("options.server", &format!("is none: {error}")))?;
        }
        let email = text(&options, "options", "email")?;
        if let Some(why) = email.as_deref().and_then(not_an_address) {
            return Err(wrong("options.email", why));
        }
        let key_type = text(&options, "options", "key-type")?;
        let parse = |name: String| {
            let known = keys::NAMES.join(", ");
            KeyType::parse(&name).ok_or_else(|| {
                wrong(
                    "options.key-type",
                    &format!("is none of {known}: `{}`", quoted(&name)),
                )
            })
        };
        let challenge = text(&options, "options", "challenge")?;
        let types = |names: String| {
            let types = ChallengeType::parse_list(&names);
            types.map_err(|why| wrong("options.challenge", &format!("names none: {why}")))
        };
        Ok(DocumentOptions {
            challenge: challenge.map(types).transpose()?,
            server,
            email,
            key_type: key_type.map(parse).transpose()?,
            profile: text(&options, "options", "profile")?,
            must_staple: flag(&options, "must-staple")?,
            reuse_key: flag(&options, "reuse-key")?,
            preferred_chain: text(&options, "options", "preferred-chain")?,
            csr: path(&options, "csr")?,
        })
    }
}

/// Notes an option in the document, so that a renewal says it again. What the document says already stays.
pub fn set_option(document: &mut Document, name: &str, value: impl Into<Value>) {
    let options = document.member(&OPTIONS).and_then(|options| match options {
        Value::Object(options) => Some(options),
        _ => None,
    });
    let mut options = options.unwrap_or_default();
    options.entry(name).or_insert_with(|| value.into());
    document.set(&OPTIONS, Value::Object(options));
}

/// The text in the member `name` of `object`, which is itself member `of` of a document; nothing where it is absent or null.
///
/// # Errors
/// `acmepipe:document`, naming the member, where it is no text, or one that is empty, endless or has control characters.
pub fn text(object: &Object, of: &str, name: &str) -> Result<Option<String>, Problem> {
    let why = match object.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => "is empty",
        Some(Value::String(text)) if text.chars().count() > LONGEST => "is too long",
        Some(Value::String(text)) if text.contains(char::is_control) => {
            "has a control character in it"
        }
        Some(Value::String(text)) => return Ok(Some(text.clone())),
        Some(_) => "is not a string",
    };
    Err(wrong(&format!("{of}.{name}"), why))
}

/// The flag in the member `name` of a document's `options`.
fn flag(options: &Object, name: &str) -> Result<Option<bool>, Problem> {
    match options.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(_) => Err(wrong(
            &format!("options.{name}"),
            "is neither true nor false",
        )),
    }
}

/// The path in the member `name` of a document's `options`. A document may be read by a program in another directory.
fn path(options: &Object, name: &str) -> Result<Option<String>, Problem> {
    let path = text(options, "options", name)?;
    match path {
        Some(path) if !path.starts_with('/') => {
            Err(wrong(&format!("options.{name}"), "is no absolute path"))
        }
        path => Ok(path),
    }
}

/// The problem of a member that is not what it should be.
fn wrong(member: &str, why: &str) -> Problem {
    Problem::document(format!("member `{member}` {why}"))
}

fn quoted(text: &str) -> String {
    command::text::shorten(&text.escape_debug().to_string(), 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(options: Value) -> Result<DocumentOptions, Problem> {
        DocumentOptions::of(&Object::from_iter([("options".to_owned(), options)]).into())
    }

    #[test]
    fn options_are_those_of_the_command_line_and_others_are_for_others() {
        let options = json!({
            "server": "letsencrypt", "email": "me@x.test", "key-type": "ec384", "profile": "p", "hook": 7,
            "challenge": "dns-account-01,dns-01",
            "must-staple": true, "reuse-key": false, "preferred-chain": "Root X", "csr": "/etc/a.csr",
        });
        let expected = DocumentOptions {
            server: Some("letsencrypt".into()),
            email: Some("me@x.test".into()),
            key_type: KeyType::parse("EC384"),
            profile: Some("p".into()),
            challenge: Some(vec![ChallengeType::DnsAccount01, ChallengeType::Dns01]),
            must_staple: Some(true),
            reuse_key: Some(false),
            preferred_chain: Some("Root X".into()),
            csr: Some("/etc/a.csr".into()),
        };
        assert_eq!(read(options), Ok(expected));
        for nothing in [
            json!(null),
            json!({}),
            json!({"server": null, "email": null}),
        ] {
            assert_eq!(read(nothing), Ok(DocumentOptions::default()));
        }
        assert_eq!(
            DocumentOptions::of(&Object::new().into()),
            Ok(DocumentOptions::default())
        );
    }

    #[test]
    fn an_option_that_is_wrong_is_named() {
        for (options, says) in [
            (json!([]), "`options` is not an object"),
            (json!("x"), "`options` is not an object"),
            (json!({"server": 7}), "`options.server` is not a string"),
            (json!({"server": "nowhere"}), "`options.server` is none: "),
            (json!({"server": "http://a/"}), "`options.server` is none: "),
            (json!({"email": ""}), "`options.email` is empty"),
            (json!({"email": "a b"}), "`options.email` has a blank"),
            (json!({"email": ["a"]}), "`options.email` is not a string"),
            (
                json!({"key-type": "ED448"}),
                "`options.key-type` is none of EC256, ",
            ),
            (
                json!({"key-type": {}}),
                "`options.key-type` is not a string",
            ),
            (
                json!({"challenge": "dns-01,http-01"}),
                "`options.challenge` names none: `http-01` is none of",
            ),
            (
                json!({"challenge": 7}),
                "`options.challenge` is not a string",
            ),
            (
                json!({"must-staple": "yes"}),
                "`options.must-staple` is neither true nor false",
            ),
            (json!({"csr": "a.csr"}), "`options.csr` is no absolute path"),
            (
                json!({"profile": "a\nb"}),
                "`options.profile` has a control",
            ),
            (
                json!({"profile": "x".repeat(9000)}),
                "`options.profile` is too long",
            ),
        ] {
            let problem = read(options).expect_err(says);
            assert_eq!(problem.kind, "acmepipe:document");
            assert!(problem.detail.contains(says), "{problem}");
        }
    }
}
