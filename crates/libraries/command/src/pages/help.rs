//! `--help`: one screen of 80 columns and 24 lines. What does not fit is in the manual.

use crate::table::{COMMON, Command, HandedOn, Opt, Program};
use crate::text::capitalized;
use std::fmt::Write as _;

/// Where the text beside an option begins.
const COLUMN: usize = 26;
/// The width of a screen.
const WIDTH: usize = 80;

/// The help page of a program, or of one of its commands.
pub(super) fn page(program: &Program, command: Option<&Command>) -> String {
    match command {
        Some(command) => of_command(program, command),
        None => of_commands(program),
    }
}

fn of_command(program: &Program, command: &Command) -> String {
    let mut page = String::new();
    let called = format!("{} {}", program.name, command.name);
    for (index, usage) in command.usage.iter().enumerate() {
        let lead = if index == 0 { "Usage:" } else { "      " };
        let _ = writeln!(page, "{lead} {} {usage}", called.trim_end());
    }
    let about = match command.about {
        "" => program.about,
        about => about,
    };
    let _ = writeln!(page, "{}.\n", capitalized(about));
    let (rare, usual): (Vec<&Opt>, Vec<&Opt>) =
        command.options.iter().partition(|option| option.is_rare);
    for option in usual {
        entry(&mut page, &left(option), &right(option));
    }
    if !rare.is_empty() {
        entry(&mut page, "  seldom needed", &shortest_words(&rare));
    }
    for HandedOn { to, options } in command.handed_on {
        entry(&mut page, &format!("  to {to}"), &handed_on(options));
    }
    close(&mut page, program);
    page
}

/// The shortest word of each option that goes to another program; of those that few need there is only a hint, since the
/// man page has them.
fn handed_on(options: &[&Opt]) -> String {
    let (rare, usual): (Vec<&Opt>, Vec<&Opt>) = options.iter().partition(|option| option.is_rare);
    let more = if rare.is_empty() { "" } else { ", ..." };
    format!("{}{more}", shortest_words(&usual))
}

/// The shortest word of each option.
fn shortest_words(options: &[&Opt]) -> String {
    let shortest = |option: &&Opt| match option.short {
        Some(letter) => format!("-{letter}"),
        None => format!("--{}", option.long),
    };
    options.iter().map(shortest).collect::<Vec<_>>().join(", ")
}

/// What it can be told to do; the options are on each command's own page.
fn of_commands(program: &Program) -> String {
    let mut page = String::new();
    let name = program.name;
    let _ = writeln!(page, "Usage: {name} COMMAND [OPTION]... [OPERAND]...");
    let _ = writeln!(page, "{}.\n", capitalized(program.about));
    for command in program.commands {
        entry(&mut page, &format!("  {}", command.name), command.about);
    }
    let _ = writeln!(
        page,
        "\nThe options of a command: {name} COMMAND --help. All have:"
    );
    close(&mut page, program);
    page
}

/// What stands at the end of each page: the options that every command has, and where to read more. Variables that no option
/// stands for would need a line each to be of use.
fn close(page: &mut String, program: &Program) {
    let _ = writeln!(page, "  {}", common());
    let more = match program.variables {
        [] => "More",
        _ => "More, and the variables that count",
    };
    fold(
        page,
        0,
        &format!("{more}: {}(1), acmepipe(7).", program.name),
    );
}

/// The options that every program has, on one line: their names say it all.
fn common() -> String {
    let names = COMMON.iter().map(|option| option.words().join(", "));
    names.collect::<Vec<_>>().join("   ")
}

fn left(option: &Opt) -> String {
    let short = match option.short {
        Some(letter) => format!("-{letter}, "),
        None => "    ".to_owned(),
    };
    let value = option.value_name().map(|value| format!(" {value}"));
    format!("  {short}--{}{}", option.long, value.unwrap_or_default())
}

fn right(option: &Opt) -> String {
    let mut text = option.help.to_owned();
    if let Some(default) = option.default() {
        let _ = write!(text, " (default: {default})");
    }
    if let Some(variable) = option.variable {
        let _ = write!(text, " [{variable}]");
    }
    text
}

/// An option or a command, and beside it what it is for.
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
