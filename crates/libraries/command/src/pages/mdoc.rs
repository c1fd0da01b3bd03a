//! The sections OPTIONS, ENVIRONMENT and SECURITY CONSIDERATIONS of a man page, in mdoc(7).

use crate::table::{Kind, Opt, Program, Touch};
use crate::text::capitalized;
use std::fmt::Write as _;

/// The longest line of roff that pages should have, in bytes.
const WIDTH: usize = 79;

/// The sections, ready to stand in a page.
pub(super) fn sections(program: &Program) -> String {
    [options(program), environment(program), security(program)].concat()
}

fn options(program: &Program) -> String {
    let mut text = String::from(".Sh OPTIONS\n.Bl -tag -width Ds\n");
    for option in program.all_options() {
        let _ = writeln!(text, ".It {}", flags(option));
        let _ = writeln!(text, "{}", prose(&sentence(option.help)));
        match option.kind {
            Kind::List { .. } => {
                text.push_str("Can be given more than once, and with commas between values.\n");
            }
            Kind::Each { .. } => text.push_str("Can be given more than once.\n"),
            _ => {}
        }
        if !option.long_help.is_empty() {
            let _ = writeln!(text, "{}", prose(option.long_help));
        }
        if let Some(default) = option.default() {
            let _ = writeln!(text, "{}", prose(&format!("The default is {default}.")));
        }
        match option.variables().collect::<Vec<_>>()[..] {
            [] => {}
            [variable] => {
                let _ = writeln!(text, "The variable is\n.Ev {variable} .");
            }
            [ref first @ .., last] => {
                let first = first.join(" , ");
                let _ = writeln!(
                    text,
                    "The variables are\n.Ev {first}\nand\n.Ev {last} ;\nthe first that is set counts."
                );
            }
        }
    }
    text.push_str(".El\n");
    text
}

fn environment(program: &Program) -> String {
    let mut text = String::from(".Sh ENVIRONMENT\n");
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

/// What it touches, and what becomes of its other rights.
fn security(program: &Program) -> String {
    let mut text = String::from(".Sh SECURITY CONSIDERATIONS\n");
    let mut runs = false;
    for touch in program.touches {
        let what = touch.what();
        let sentence = match touch {
            Touch::Asks(_) => format!("It asks {what}."),
            Touch::Reads(_) => format!("It reads {what}."),
            Touch::Writes(_) => format!("It keeps {what} below\n.Fl -path ."),
            Touch::WritesTo(option, _) => {
                format!("It keeps {what} where\n.Fl -{}\nsays.", option.long)
            }
            Touch::Runs(_) => format!("It runs {what}."),
            Touch::RunsWith(option, _) => format!(
                "With\n.Fl -{}\nit runs {what}, which has all the rights that it has itself: it gives up none then.",
                option.long
            ),
        };
        runs |= matches!(touch, Touch::Runs(_));
        let _ = writeln!(text, "{}", prose(&sentence));
    }
    let kept = program.touches.iter().any(|touch| {
        matches!(
            touch,
            Touch::Reads(_) | Touch::Writes(_) | Touch::WritesTo(..)
        )
    });
    let given_up = if kept {
        "to write any other file, and to start programs; it can still read what its user can"
    } else {
        "to read or write any other file, and to start programs"
    };
    let rights = if runs {
        "What it runs has all the rights that it has itself, so it gives up none.".to_owned()
    } else {
        format!(
            "Before it reads its input it gives up the right {given_up}. The kernel enforces that as far as it has \
             Landlock, which came with Linux 5.13;\n.Fl -verbose\nsays how far."
        )
    };
    let _ = writeln!(text, "{}", prose(&rights));
    text
}

/// Each variable, or several that belong together, and what it is for: those that stand for options first.
fn variables(program: &Program) -> Vec<(String, String)> {
    let mut entries = Vec::new();
    for option in program.own_options() {
        let long = option.long;
        for variable in option.variables() {
            let help = match option.value_name() {
                Some(_) => format!("Stands for\n.Fl -{long}\nwhere that is not given."),
                None => format!(
                    "Stands for\n.Fl -{long}\nwhere it is\n.Cm true , yes , on\nor\n.Cm 1 .\n\
                     The opposites are\n.Cm false , no , off\nand\n.Cm 0 ."
                ),
            };
            entries.push((variable.to_owned(), help));
            if option.is_secret {
                let help = format!("A file whose first line stands for\n.Ev {variable} .");
                entries.push((format!("{variable}_FILE"), help));
            }
        }
    }
    for variable in program.variables {
        let help = prose(&sentence(variable.help));
        entries.push((variable.name.replace(", ", " , "), help));
    }
    let is_below_home = |option: &&Opt| option.long == crate::PATH.long;
    if let Some(option) = program.own_options().into_iter().find(is_below_home) {
        let help = format!(
            "They give the default of\n.Fl -{}\nfor others than root; without the first it is\n\
             .Pa .local/share/acmepipe\nin the home directory.",
            option.long
        );
        entries.push(("XDG_DATA_HOME , HOME".to_owned(), help));
    }
    entries
}

fn flags(option: &Opt) -> String {
    let value = option.value_name().map(|value| format!(" Ar {value}"));
    let value = value.unwrap_or_default();
    let short = option.short.map(|letter| format!("Fl {letter}{value}"));
    let longs = option.longs().map(|long| format!("Fl -{long}{value}"));
    let flags: Vec<_> = short.into_iter().chain(longs).collect();
    flags.join(" , ")
}

fn sentence(text: &str) -> String {
    format!("{}.", capitalized(text))
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
            // roff is to print a minus here, not a hyphen.
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
