//! The OPTIONS and ENVIRONMENT sections of a man page, in mdoc(7).

use super::{Opt, Program};
use std::fmt::Write as _;

/// The longest line of roff that pages should have, in bytes.
const WIDTH: usize = 79;

/// The sections, ready to stand in a page.
pub(super) fn sections(program: &Program) -> String {
    let mut text = String::from(".Sh OPTIONS\n.Bl -tag -width Ds\n");
    for option in program.all() {
        let _ = writeln!(text, ".It {}", flags(option));
        let _ = writeln!(text, "{}", prose(&sentence(option.help)));
        if option.list {
            text.push_str("Can be given more than once, and with commas between values.\n");
        }
        if !option.long_help.is_empty() {
            let _ = writeln!(text, "{}", prose(option.long_help));
        }
        if let Some(default) = option.default {
            let _ = writeln!(text, "{}", prose(&format!("The default is {default}.")));
        }
        if let Some(variable) = option.variable {
            let _ = writeln!(text, "The variable is\n.Ev {variable} .");
        }
    }
    text.push_str(".El\n.Sh ENVIRONMENT\n");
    let entries = variables(program);
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

/// Each variable, or several that belong together, and what it is for: those that stand for options first.
fn variables(program: &Program) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    for option in program.options {
        let Some(variable) = option.variable else {
            continue;
        };
        let long = option.long;
        let help = match option.value {
            Some(_) => format!("Stands for\n.Fl -{long}\nwhere that is not given."),
            None => format!(
                "Stands for\n.Fl -{long}\nwhere it is\n.Cm true , yes , on\nor\n.Cm 1 .\n\
                 The opposites are\n.Cm false , no , off\nand\n.Cm 0 ."
            ),
        };
        entries.push((variable.to_owned(), help));
    }
    for variable in program.variables {
        let help = prose(&sentence(variable.help));
        entries.push((variable.name.replace(", ", " , "), help));
    }
    let mentions_home = |option: &Opt| option.default.is_some_and(|d| d.contains("XDG_DATA_HOME"));
    if let Some(option) = program.options.iter().find(|option| mentions_home(option)) {
        let help = format!(
            "Where the default of\n.Fl -{}\nis for others than root; without the first it is\n\
             .Pa .local/share/acmepipe\nin the home directory.",
            option.long
        );
        entries.push(("XDG_DATA_HOME , HOME".to_owned(), help));
    }
    entries
}

fn flags(option: &Opt) -> String {
    let value = option.value.map(|value| format!(" Ar {value}"));
    let value = value.unwrap_or_default();
    match option.short {
        Some(letter) => format!("Fl {letter}{value} , Fl -{}{value}", option.long),
        None => format!("Fl -{}{value}", option.long),
    }
}

fn sentence(text: &str) -> String {
    format!("{}.", super::capitalized(text))
}

/// Text as roff takes it: backslashes escaped, sentences on lines of their own, options marked as such, macro lines
/// as they are.
fn prose(text: &str) -> String {
    let lines = text.lines().map(|line| {
        if line.starts_with('.') {
            line.to_owned()
        } else {
            plain(line.trim())
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn plain(line: &str) -> String {
    let words = line.split(' ').map(|word| {
        let word = word.replace('\\', "\\e");
        match word.strip_prefix("--") {
            // A minus that is one, and not a hyphen.
            Some(rest) if !rest.is_empty() => format!("\\-\\-{rest}"),
            _ if word == "--" => "\\-\\-".to_owned(),
            _ => word,
        }
    });
    let mut text = String::new();
    let mut column = 0;
    for word in words {
        let is_over = column + 1 + word.len() > WIDTH;
        let ends_sentence = text.ends_with('.');
        if is_over || ends_sentence {
            text.push('\n');
            column = 0;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        if column == 0 && word.starts_with(['.', '\'']) {
            text.push_str("\\&");
        }
        text.push_str(&word);
        column += word.len();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::prose;

    #[test]
    fn roff_takes_text_as_it_is_meant() {
        assert_eq!(
            prose("'a' \\b. Or --c.\n.Xr d 1 ."),
            "\\&'a' \\eb.\nOr \\-\\-c.\n.Xr d 1 ."
        );
    }
}
