//! Makes a document that became too large small enough for the next program. Parts go by their worth, the least first, and
//! of one worth the largest first, until the rest fits. Where what is needed does not fit, only what identifies the
//! document goes on, with an error that says so.

mod last_resort;
#[cfg(test)]
mod tests;

use super::Document;
use super::size::{Bounds, Extent, Size, TAKEN};
use super::trim::{Part, without};
use super::worth::Worth;
use command::message;
use command::text::shorten;
use indexmap::IndexSet;
use last_resort::identity;
use std::borrow::Cow;
use std::collections::HashSet;

/// What can go, the least valuable first.
const STAGES: [Worth; 4] = [
    Worth::Unknown,
    Worth::Explains,
    Worth::AskedAgain,
    Worth::Spare,
];

/// How many of the members that are left out are named.
const MOST_NAMED: usize = 6;
/// How much of the name of one is shown, in characters.
const LONGEST_NAMED: usize = 60;

/// The document, with as much left out as is necessary. Where it has lost what is needed, it has an error.
pub(crate) fn fit(document: &Document) -> Cow<'_, Document> {
    let (fitting, said) = fit_into(document, &TAKEN);
    if let Some(said) = said {
        message::error(&format!("{}: {said}", document.label()));
    }
    fitting
}

/// The same, and what a person is told where something was left out.
fn fit_into<'a>(document: &'a Document, bounds: &Bounds) -> (Cow<'a, Document>, Option<String>) {
    let extent = Extent::of(document, bounds);
    if extent.fits() {
        return (Cow::Borrowed(document), None);
    }
    let trimmed = trim(document, extent);
    if trimmed.extent.fits() {
        let left_out = trimmed.left_out;
        let said = format!("too large to pass on whole; left out or shortened: {left_out}");
        return (Cow::Owned(trimmed.document), Some(said));
    }
    let (rest, problem) = identity(&trimmed.document, &trimmed.extent);
    (Cow::Owned(rest), Some(problem.to_string()))
}

/// A document without what can go, as far as that is necessary.
struct Trimmed<'a> {
    document: Document,
    extent: Extent<'a>,
    /// The names of what went.
    left_out: String,
}

fn trim<'a>(document: &Document, mut extent: Extent<'a>) -> Trimmed<'a> {
    let (mut smaller, mut named) = (document.clone(), IndexSet::new());
    for worth in STAGES {
        if extent.has_room() {
            break;
        }
        let mut parts = Vec::new();
        without(&smaller, worth, &mut |part| {
            parts.push(part.saves);
            false
        });
        let chosen = choose(&extent, &parts);
        if chosen.is_empty() {
            continue;
        }
        let mut number = 0;
        smaller = without(&smaller, worth, &mut |part| {
            let is_chosen = chosen.contains(&number);
            number += 1;
            if is_chosen && named.len() <= MOST_NAMED {
                named.insert(name(part));
            }
            is_chosen
        });
        extent = Extent::of(&smaller, extent.bounds);
    }
    let mut names: Vec<&str> = named.iter().take(MOST_NAMED).map(String::as_str).collect();
    if named.len() > MOST_NAMED {
        names.push("and others");
    }
    Trimmed {
        left_out: names.join(", "),
        document: smaller,
        extent,
    }
}

fn name(part: &Part<'_>) -> String {
    shorten(&format!("{}{}", part.place, part.name), LONGEST_NAMED)
}

/// Which of these parts have to go: all that are too deep, and the largest of the others until the rest fits.
fn choose(extent: &Extent<'_>, parts: &[Size]) -> HashSet<usize> {
    let (mut left, bounds) = (extent.size, extent.bounds);
    let mut chosen = HashSet::new();
    for (index, part) in parts.iter().enumerate() {
        if part.depth > bounds.depth {
            left = left.without(*part);
            chosen.insert(index);
        }
    }
    type Measure = fn(&Size) -> usize;
    let measures: [(Measure, usize); 2] = [
        (|size| size.bytes, bounds.bytes),
        (|size| size.values, bounds.values),
    ];
    for (measure, most) in measures {
        let mut by_size: Vec<usize> = (0..parts.len()).collect();
        by_size.sort_by_key(|index| std::cmp::Reverse(measure(&parts[*index])));
        for index in by_size {
            if measure(&left) <= most || measure(&parts[index]) == 0 {
                break;
            }
            if chosen.insert(index) {
                left = left.without(parts[index]);
            }
        }
    }
    chosen
}
