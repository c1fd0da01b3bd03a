//! `--help`: one screen of 80 columns and 24 lines. What does not fit is in the manual.

use super::{COMMON, Opt, Program};
use std::fmt::Write as _;

/// Where the text beside an option begins.
const COLUMN: usize = 26;
/// The width of a screen.
const WIDTH: usize = 80;

/// The help page of a program.
pub(super) fn page(program: &Program) -> String {
    let mut page = String::new();
    for (index, usage) in program.usage.iter().enumerate() {
        let lead = if index == 0 { "Usage:" } else { "      " };
        let _ = writeln!(page, "{lead} {} {usage}", program.name);
    }
    let _ = writeln!(page, "{}.\n", super::capitalized(program.about));
    for option in program.options {
        entry(&mut page, &left(option), &right(option));
    }
    let _ = writeln!(page, "  {}", common());
    let names: Vec<_> = program.variables.iter().map(|one| one.name).collect();
    let also = match names[..] {
        [] => String::new(),
        _ => format!("Also in the environment: {}. ", names.join(", ")),
    };
    let more = format!("{also}More: {}(1), acmepipe(7).", program.name);
    fold(&mut page, 0, &more);
    page
}

/// The options that every program has, on one line: their names say it all.
fn common() -> String {
    let names = COMMON.iter().map(|option| {
        let short = option.short.map(|letter| format!("-{letter}, "));
        format!("{}--{}", short.unwrap_or_default(), option.long)
    });
    names.collect::<Vec<_>>().join("   ")
}

fn left(option: &Opt) -> String {
    let short = match option.short {
        Some(letter) => format!("-{letter}, "),
        None => "    ".to_owned(),
    };
    let value = option
        .value
        .map(|value| format!(" {value}"))
        .unwrap_or_default();
    format!("  {short}--{}{value}", option.long)
}

fn right(option: &Opt) -> String {
    let mut text = option.help.to_owned();
    if let Some(default) = option.default {
        let _ = write!(text, " (default: {default})");
    }
    if let Some(variable) = option.variable {
        let _ = write!(text, " [{variable}]");
    }
    text
}

/// An option, and beside it what it is for.
fn entry(page: &mut String, left: &str, right: &str) {
    let column = COLUMN.max(left.len() + 2);
    fold(page, COLUMN, &format!("{left:column$}{right}"));
}

/// Writes a line of ASCII, broken between words where it is too long; what follows is indented.
fn fold(page: &mut String, indent: usize, line: &str) {
    let mut rest = line;
    let mut gap = 0;
    while gap + rest.len() > WIDTH {
        let fitting = rest.get(..=WIDTH - gap).unwrap_or_default();
        // A word that is longer than a line stays whole.
        let Some(end) = fitting.rfind(' ').or_else(|| rest.find(' ')) else {
            break;
        };
        let _ = writeln!(page, "{:gap$}{}", "", &rest[..end]);
        rest = &rest[end + 1..];
        gap = indent;
    }
    let _ = writeln!(page, "{:gap$}{rest}", "");
}
