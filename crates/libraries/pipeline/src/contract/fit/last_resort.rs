//! What goes on of a document of which not even what is needed fits.

use crate::contract::catalogue::Member;
use crate::contract::catalogue::challenge::{EFFECTIVE_FQDN, FQDN, VALUE};
use crate::contract::catalogue::order::{ACCOUNT, CHALLENGES, DIRECTORY, NAME, ORDER, VERSION};
use crate::contract::limits::{LONGEST_IDENTITY, SHORT_DETAIL};
use crate::contract::size::{Extent, Size};
use crate::contract::text::each;
use crate::contract::{Document, Kind, Object, Problem};
use command::text::shorten;
use serde_json::Value;

/// What identifies the document, with the error that it is too large; and that error.
pub(super) fn identity(document: &Document, extent: &Extent<'_>) -> (Document, Problem) {
    let mut known = Object::new();
    for member in [VERSION, NAME, DIRECTORY, ACCOUNT] {
        keep(&mut known, document, &member);
    }
    if let Some(url) = order_url(document) {
        let order = Object::from_iter([("url".to_owned(), url)]);
        known.insert(ORDER.name.to_owned(), order.into());
    }
    match document.kind() {
        Kind::Challenge => {
            for member in [FQDN, EFFECTIVE_FQDN, VALUE] {
                keep(&mut known, document, &member);
            }
        }
        Kind::Order | Kind::Unknown(_) => {
            known.insert(CHALLENGES.name.to_owned(), Value::Array(Vec::new()));
        }
    }
    let mut rest = Document::from(known);
    let problem = problem(document, extent);
    rest.fail(&problem);
    (rest, problem)
}

/// Keeps a member, unless it is too much to tell anybody anything.
fn keep(known: &mut Object, document: &Document, member: &Member) {
    let text = document.texts().0.get(member.name);
    if text.is_some_and(|text| is_plain(text))
        && let Some(value) = document.member(member)
    {
        known.insert(member.name.to_owned(), value);
    }
}

/// Whether it is short, and no deeper than an object of texts.
fn is_plain(text: &str) -> bool {
    text.len() <= LONGEST_IDENTITY && Size::of([text]).depth <= 1
}

fn order_url(document: &Document) -> Option<Value> {
    let mut url = None;
    each(document.texts().0.get(ORDER.name)?, |member, text| {
        if member? == "url" && is_plain(text) {
            url = serde_json::from_str(text).ok();
        }
        Some(())
    })?;
    url
}

fn problem(document: &Document, extent: &Extent<'_>) -> Problem {
    let mut detail = format!(
        "too large to pass on, even without all that a later program gets along without: {extent}"
    );
    if let Some(earlier) = document.problem() {
        let earlier = shorten(&earlier.detail, SHORT_DETAIL);
        detail += &format!("; it had failed before: {earlier}");
    }
    Problem::document(detail).hint(
        "order fewer names at once; what was presented for it is in the journal: `dns01-exec list` shows it, and \
         `dns01-exec cleanup --leftovers` removes it",
    )
}
