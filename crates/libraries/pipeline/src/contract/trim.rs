//! Goes through the text of a document and takes off parts of one worth, without making values of it: a document may have
//! 8 MiB, and as values it would take ten times that.

use super::catalogue::order::CHALLENGES;
use super::document::{Document, Kind, Text};
use super::problem::{shortened_error, shortened_text};
use super::size::Size;
use super::text::{each, push, separate};
use super::worth::{Inside, Table, Worth};
use indexmap::IndexMap;
use serde_json::Value;

/// A part that can be taken off.
pub(super) struct Part<'a> {
    /// The members that it is in, with a dot after each.
    pub(super) place: &'a str,
    /// The member's name.
    pub(super) name: &'a str,
    /// What the document has less without it; the depth is that of the document down to the part's deepest.
    pub(super) saves: Size,
}

/// A way through a document.
struct Pass<'a> {
    worth: Worth,
    is_taken: &'a mut dyn FnMut(&Part<'_>) -> bool,
}

/// What becomes of a member.
enum Fate {
    Stays,
    Goes,
    Becomes(String),
}

/// The document without the parts of this worth that are taken. It is asked for them one after the other, always in the
/// same order.
pub(super) fn without(
    document: &Document,
    worth: Worth,
    is_taken: &mut dyn FnMut(&Part<'_>) -> bool,
) -> Document {
    let mut pass = Pass { worth, is_taken };
    let (members, challenges) = document.texts();
    let table = match document.kind() {
        Kind::Challenge => Table::Alone,
        Kind::Order | Kind::Unknown(_) => Table::Order,
    };
    let mut left: IndexMap<String, Text> = IndexMap::with_capacity(members.len());
    for (name, text) in members {
        if name == CHALLENGES.name {
            left.insert(name.clone(), text.clone());
            continue;
        }
        match pass.member(table, "", name, text, 1) {
            Fate::Stays => drop(left.insert(name.clone(), text.clone())),
            Fate::Becomes(text) => drop(left.insert(name.clone(), text.into())),
            Fate::Goes => {}
        }
    }
    // The document, the array and the challenge.
    let challenges = challenges.iter().map(|text| {
        let changed = pass.object(Table::Challenge, "challenge.", text, 3);
        changed.map_or_else(|| text.clone(), Text::from)
    });
    let challenges = challenges.collect();
    document.with_texts(left, challenges)
}

impl Pass<'_> {
    /// What becomes of a member whose object is `depth` levels deep.
    fn member(&mut self, table: Table, place: &str, name: &str, text: &str, depth: usize) -> Fate {
        let (worth, inside) = table.look_up(name);
        if worth != self.worth {
            let place = format!("{place}{name}.");
            let changed = match inside {
                Inside::Members(table) => self.object(table, &place, text, depth + 1),
                Inside::Elements(table) => self.elements(table, &place, text, depth + 1),
                Inside::Whole | Inside::Error | Inside::Text => None,
            };
            return changed.map_or(Fate::Stays, Fate::Becomes);
        }
        let left = match inside {
            Inside::Error => Some(shortened_error(text)),
            Inside::Text => Some(shortened_text(text)),
            Inside::Whole | Inside::Members(_) | Inside::Elements(_) => None,
        };
        let before = Size::of([text]);
        let saves = match &left {
            Some(left) => before.without(Size::of([left.as_str()])),
            None => {
                let named = Size::of([Value::from(name).to_string().as_str()]);
                Size {
                    bytes: before.bytes + named.bytes + ":".len(),
                    values: before.values + named.values,
                    ..before
                }
            }
        };
        let saves = Size {
            depth: before.depth + depth,
            ..saves
        };
        let is_short = left.as_deref() == Some(text);
        if is_short || !(self.is_taken)(&Part { place, name, saves }) {
            return Fate::Stays;
        }
        left.map_or(Fate::Goes, Fate::Becomes)
    }

    /// The object without what is taken; nothing where that is nothing, or where it is no object.
    fn object(&mut self, table: Table, place: &str, text: &str, depth: usize) -> Option<String> {
        let (mut left, mut has_changed) = (String::from("{"), false);
        each(text, |name, text| {
            let name = name?;
            let fate = self.member(table, place, name, text, depth);
            has_changed |= !matches!(fate, Fate::Stays);
            let text = match &fate {
                Fate::Goes => return Some(()),
                Fate::Stays => text,
                Fate::Becomes(text) => text,
            };
            push(&mut left, name, text);
            Some(())
        })?;
        has_changed.then(|| left + "}")
    }

    /// The array without what is taken of the objects in it; nothing where that is nothing, or where it is no array.
    fn elements(&mut self, table: Table, place: &str, text: &str, depth: usize) -> Option<String> {
        let (mut left, mut has_changed) = (String::from("["), false);
        each(text, |name, text| {
            if name.is_some() {
                return None;
            }
            let changed = self.object(table, place, text, depth + 1);
            has_changed |= changed.is_some();
            separate(&mut left);
            left += changed.as_deref().unwrap_or(text);
            Some(())
        })?;
        has_changed.then(|| left + "]")
    }
}
