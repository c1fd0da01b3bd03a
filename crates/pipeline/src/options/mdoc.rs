//! The OPTIONS and ENVIRONMENT sections of a man page, in mdoc(7).

use super::{Opt, Program};
use std::fmt::Write as _;

/// The sections, ready to stand in a page.
pub(super) fn sections(program: &Program) -> String {
    let mut text = String::from(".Sh OPTIONS\n.Bl -tag -width Ds\n");
    for option in program.all() {
        let _ = writeln!(text, ".It {}", flags(option));
        let _ = writeln!(text, "{}", prose(&sentence(option.help)));
        if let Some(default) = option.default {
            let _ = writeln!(text, "The default is {}.", prose(default));
        }
        if !option.long_help.is_empty() {
            let _ = writeln!(text, "{}", prose(option.long_help));
        }
    }
    text.push_str(".El\n.Sh ENVIRONMENT\n");
    let from_options = program.options.iter().filter_map(|option| {
        let text = format!("stands for\n.Fl -{} .", option.long);
        Some((option.variable?, text))
    });
    let others = program.variables.iter();
    let others = others.map(|variable| (variable.name, prose(&sentence(variable.help))));
    let entries: Vec<_> = from_options.chain(others).collect();
    if entries.is_empty() {
        text.push_str("None of its own.\n");
        return text;
    }
    text.push_str(".Bl -tag -width Ds\n");
    for (name, help) in entries {
        let _ = writeln!(text, ".It Ev {name}\n{help}");
    }
    text.push_str(".El\n");
    text
}

fn flags(option: &Opt) -> String {
    let value = option
        .value
        .map(|value| format!(" Ar {}", value.to_lowercase()));
    let value = value.unwrap_or_default();
    match option.short {
        Some(letter) => format!("Fl {letter}{value} , Fl -{}{value}", option.long),
        None => format!("Fl -{}{value}", option.long),
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), characters.as_str())
}

/// Text as roff takes it: backslashes escaped, sentences on lines of their own, macro lines as they are.
fn prose(text: &str) -> String {
    let lines = text.lines().map(|line| {
        if line.starts_with('.') {
            line.to_owned()
        } else {
            let line = line.trim().replace('\\', "\\e").replace(". ", ".\n");
            if line.starts_with('\'') {
                format!("\\&{line}")
            } else {
                line
            }
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
