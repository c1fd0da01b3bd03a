//! Certificates in documents: what is said of one, what went wrong with it, and how it was ordered.

use crate::document_options::DocumentOptions;
use crate::hints;
use acme::{AccountStore, ChallengeType, Credentials, Identifier};
use certificates::{AccountRecord, Chain, Error, Files, OrderRecord, rfc3339};
use command::text::shorten;
use pipeline::catalogue::order::ORDER;
use pipeline::{Document, Object, Problem, Value, types};

/// The longest text of a certificate that goes into a document, in characters; certificates have less.
const LONGEST_TEXT: usize = 500;

/// What a document says of a certificate that was downloaded from this URL and installed as these files.
pub fn certificate(url: &str, chain: &Chain, files: &Files) -> Object {
    let leaf = chain.leaf();
    let text = |text: &str| Value::from(shorten(text, LONGEST_TEXT));
    let validity = leaf.validity();
    let mut members = Object::new();
    members.insert("url".into(), url.into());
    members.insert("serial".into(), text(&leaf.serial_hex()));
    members.insert("issuer".into(), text(leaf.issuer()));
    members.insert("not_before".into(), rfc3339(validity.not_before).into());
    members.insert("not_after".into(), rfc3339(validity.not_after).into());
    for (member, path) in files.named() {
        members.insert(member.into(), path.to_string_lossy().into());
    }
    members
}

/// The `error` of a document, with a hint where there is something that a person can do.
pub fn certificate_problem(error: Error) -> Problem {
    let kind = match &error {
        Error::NoChain
        | Error::TooLong(_)
        | Error::Unreadable { .. }
        | Error::NameMissing(_)
        | Error::NoIssuer { .. }
        | Error::BrokenPath(_)
        | Error::NotValid { .. } => &types::CA_REPLY,
        Error::NoKey { .. } | Error::Key(_) | Error::Pfx(_) => &types::CERTIFICATE_KEY,
        Error::Request(_) | Error::SigningRequest { .. } => &types::CERTIFICATE_REQUEST,
        Error::Name(_) => &types::DOCUMENT,
        Error::Occupied(_) | Error::File { .. } | Error::Install { .. } => &types::FILES,
    };
    let detail = match &error {
        Error::Name(_) => format!("member `name`: {error}"),
        error => error.to_string(),
    };
    let mut problem = Problem::new(kind, detail);
    problem.hint = hint(&error);
    problem
}

fn hint(error: &Error) -> Option<String> {
    let hint = match error {
        Error::NoKey { .. } => {
            "The order was finalized elsewhere, or its key is lost: place a new order, as acme-renew does by itself."
        }
        Error::NotValid { .. } => {
            "If the clock is right, place a new order; if not, set it and give acme-finalize the same document again; \
             acme-renew orders anew by itself."
        }
        Error::Occupied(_) => "Move it away: its place is taken by a link to the newest version.",
        error if error.is_for_want_of_room() => {
            "Make room on that disk, and give acme-finalize the same document again; acme-renew orders anew by itself."
        }
        Error::Install { .. } => {
            "Once that is mended, give acme-finalize the same document again; acme-renew orders anew by itself."
        }
        Error::Key(error) => return hints::key(error).map(str::to_owned),
        Error::File { doing, path, .. } => return hints::unwritable(doing, path),
        _ => return None,
    };
    Some(hint.to_owned())
}

/// How the certificate at this URL was ordered, as far as the document tells.
pub fn order_record(
    document: &Document,
    credentials: &Credentials,
    ordered: &[Identifier],
    key_type: &str,
    certificate: &str,
) -> OrderRecord {
    let Credentials {
        directory,
        url,
        key,
    } = credentials;
    let account = AccountRecord {
        url: Some(url.clone()),
        key: key.to_string_lossy().into_owned(),
    };
    let names = ordered.iter().map(|name| name.value.clone()).collect();
    let mut record = OrderRecord::new(directory, account, names, key_type, certificate);
    record.profile = profile(document);
    record.options.server = Some(directory.clone());
    record.options.email = AccountStore::email_of(key, directory);
    record.options.key_type = Some(key_type.to_owned());
    record
}

/// Notes in a record the options that the document said itself, as they were written: a renewal says the same again.
pub fn record_options(record: &mut OrderRecord, options: &DocumentOptions) {
    let options = options.clone();
    let known = &mut record.options;
    known.server = options.server.or(known.server.take());
    known.email = options.email.or(known.email.take());
    let key_type = options.key_type.map(|kind| kind.name().to_owned());
    known.key_type = key_type.or(known.key_type.take());
    let challenge = options.challenge.map(|types| ChallengeType::list(&types));
    known.challenge = challenge.or(known.challenge.take());
    known.profile = options.profile.or(known.profile.take());
}

/// The profile of the document's order, if the CA said it.
fn profile(document: &Document) -> Option<String> {
    let order = document.member(&ORDER)?;
    order
        .get("profile")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use certificates::Options;
    use serde_json::json;

    #[test]
    fn a_record_has_what_the_document_tells_and_the_options_that_lead_there() {
        let Value::Object(object) = json!({"order": {"profile": "shortlived"}}) else {
            unreachable!()
        };
        let directory = "https://ca.test/directory";
        let credentials = |email| Credentials {
            directory: directory.into(),
            url: "https://ca.test/account/1".into(),
            key: AccountStore::new("/data".as_ref(), directory, email).key_path(),
        };
        let ordered = ["b.test", "a.test"].map(Identifier::dns);
        let url = "https://ca.test/certificate/1";
        let document = Document::from(object);
        let me = credentials(Some("me@x.test"));
        let record = order_record(&document, &me, &ordered, "EC384", url);
        assert_eq!(record.names, ["b.test", "a.test"]);
        assert_eq!(
            record.account.key,
            "/data/accounts/ca.test_directory/me@x.test/account.key"
        );
        assert_eq!(record.profile.as_deref(), Some("shortlived"));
        assert_eq!(record.options.email.as_deref(), Some("me@x.test"));
        assert_eq!(record.options.server.as_deref(), Some(directory));
        assert_eq!(record.options.key_type.as_deref(), Some("EC384"));
        // Nobody asked for it: a renewal leaves it to the CA again.
        assert_eq!(record.options.profile, None);

        let mut written = record.clone();
        record_options(&mut written, &DocumentOptions::default());
        assert_eq!(written, record);
        let options = DocumentOptions {
            server: Some("mine".into()),
            email: Some("you@x.test".into()),
            key_type: keys::KeyType::parse("rsa4096"),
            profile: Some("classic".into()),
            challenge: Some(vec![ChallengeType::DnsAccount01, ChallengeType::Dns01]),
            ..DocumentOptions::default()
        };
        record_options(&mut written, &options);
        let Options {
            server,
            email,
            key_type,
            profile,
            challenge,
            ..
        } = written.options;
        assert_eq!(challenge.as_deref(), Some("dns-account-01,dns-01"));
        let texts = [server, email, key_type, profile].map(Option::unwrap_or_default);
        let expected = ["mine", "you@x.test", "RSA4096", "classic"];
        assert_eq!(texts, expected);
        assert_eq!(written.key_type, "EC384");
        assert_eq!(written.directory, directory);

        let document = Document::from(serde_json::Map::new());
        let record = order_record(&document, &credentials(None), &ordered, "EC256", url);
        assert_eq!((record.profile, record.options.email), (None, None));
    }
}
