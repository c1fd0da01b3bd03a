//! What became of a certificate, for a person at a terminal.

use command::columns::width;
use command::text::{capitalized, clean, fold};
use pipeline::catalogue::order::{CERTIFICATE, DIRECTORY, IMPORTED, OPTIONS, ORDER};
use pipeline::{Document, Value};

/// Where no terminal says how wide it is, and the widest that is easy to read.
const WIDTH: usize = 80;
const WIDEST: usize = 120;
/// How far what belongs to a certificate is moved to the right.
const INDENT: &str = "    ";

/// A line that says what became of it, and below that what it is, and what a person has to know.
pub(crate) fn of(document: &Document) -> String {
    let width = width().unwrap_or(WIDTH).clamp(WIDTH / 2, WIDEST);
    let member = |member| document.member(member).unwrap_or_default();
    let imported = member(&IMPORTED);
    let what = match imported["status"].as_str() {
        Some("found") => "would be taken",
        Some("taken") => "taken",
        Some("same") => "was taken before",
        Some("older") => "what is here is newer, and stays",
        _ => "cannot be taken",
    };
    let mut text = format!("{}: {what}\n", clean(&document.label()));
    let mut line = |words: &str| fold(&mut text, INDENT, &clean(words), width);
    let shown = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    line(&format!(
        "Of {}, in {}.",
        shown(&imported["client"]),
        shown(&imported["folder"])
    ));
    let order = member(&ORDER);
    let names = order["identifiers"].as_array().into_iter().flatten();
    let names: Vec<String> = names.map(|name| shown(&name["value"])).collect();
    if !names.is_empty() {
        let kind = shown(&member(&OPTIONS)["key-type"]);
        let kind = if kind.is_empty() {
            kind
        } else {
            format!("; {kind}")
        };
        line(&format!("{}{kind}", names.join(", ")));
    }
    if let Some(directory) = member(&DIRECTORY).as_str() {
        line(&format!("Its CA is {directory}."));
    }
    if let Some(file) = member(&CERTIFICATE)["fullchain"].as_str() {
        line(&format!("Here it is {file}."));
    }
    let remarks = imported["remarks"].as_array().into_iter().flatten();
    let error = document.problem();
    let error = error
        .into_iter()
        .flat_map(|problem| [Some(problem.detail), problem.hint]);
    let error = error.flatten();
    for remark in remarks.map(shown).chain(error) {
        line(&format!("{}.", capitalized(remark.trim_end_matches('.'))));
    }
    text
}
