//! `--help`: one screen.

use super::{COMMON, Opt, Program};
use std::fmt::Write as _;

/// Where the text beside an option begins.
const COLUMN: usize = 28;
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
    if !program.variables.is_empty() {
        page.push_str("\nEnvironment, beside the variables in brackets:\n");
    }
    for variable in program.variables {
        entry(&mut page, &format!("  {}", variable.name), variable.help);
    }
    let _ = writeln!(
        page,
        "\nThe manual: {}(1); the documents: acmepipe(7).",
        program.name
    );
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

/// An option or variable, and beside it what it is for, folded.
fn entry(page: &mut String, left: &str, right: &str) {
    page.push_str(left);
    let mut column = left.chars().count();
    if column + 1 >= COLUMN && !right.is_empty() {
        page.push('\n');
        column = 0;
    }
    let mut first = true;
    for word in right.split(' ') {
        let length = word.chars().count() + 1;
        if first || column + length > WIDTH {
            if !first {
                page.push('\n');
                column = 0;
            }
            let _ = write!(page, "{:1$}", "", COLUMN - 1 - column);
            column = COLUMN - 1;
            first = false;
        }
        let _ = write!(page, " {word}");
        column += length;
    }
    page.push('\n');
}
