//! Completions for shells, from the same table.

use super::{Opt, Program};
use std::fmt::Write as _;

/// What an option's value can be completed with.
#[derive(PartialEq)]
enum Values {
    Nothing,
    Files,
    Directories,
}

/// For bash.
pub(super) fn bash(program: &Program) -> String {
    let mut words: Vec<String> = commands(program).map(str::to_owned).collect();
    words.extend(program.all().flat_map(names));
    let mut cases = String::new();
    for (values, action) in [
        (Values::Nothing, "return"),
        (
            Values::Files,
            "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return",
        ),
        (
            Values::Directories,
            "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$word\"); return",
        ),
    ] {
        let like_that = |option: &&Opt| option.value.is_some() && completed_with(option) == values;
        let options: Vec<String> = program.all().filter(like_that).flat_map(names).collect();
        if !options.is_empty() {
            let _ = writeln!(cases, "\t{}) {action};;", options.join("|"));
        }
    }
    let function = program.name.replace('-', "_");
    format!(
        "_{function}() {{\n\
         \tlocal word=${{COMP_WORDS[COMP_CWORD]}}\n\
         \tCOMPREPLY=()\n\
         \tcase ${{COMP_WORDS[COMP_CWORD-1]}} in\n\
         {cases}\
         \tesac\n\
         \tmapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\")\n\
         }}\n\
         complete -F _{function} {}\n",
        words.join(" "),
        program.name
    )
}

/// For zsh.
pub(super) fn zsh(program: &Program) -> String {
    let mut text = format!("#compdef {}\n\n_arguments -s -S", program.name);
    for option in program.all() {
        let help = option
            .help
            .replace('\\', "\\\\")
            .replace('\'', "'\\''")
            .replace('[', "\\[")
            .replace(']', "\\]")
            .replace(':', "\\:");
        let value = option.value.map(|value| {
            let action = match completed_with(option) {
                Values::Nothing => " ",
                Values::Files => "_files",
                Values::Directories => "_files -/",
            };
            format!(":{value}:{action}")
        });
        for name in names(option) {
            let takes = match (&value, name.starts_with("--")) {
                (None, _) => "",
                (Some(_), true) => "=",
                (Some(_), false) => "+",
            };
            let value = value.as_deref().unwrap_or_default();
            let _ = write!(text, " \\\n  '*{name}{takes}[{help}]{value}'");
        }
    }
    let commands: Vec<&str> = commands(program).collect();
    if !commands.is_empty() {
        let _ = write!(text, " \\\n  '1:command:({})'", commands.join(" "));
    }
    text.push('\n');
    text
}

/// For fish.
pub(super) fn fish(program: &Program) -> String {
    let name = program.name;
    let mut text = format!("complete -c {name} -f\n");
    let commands: Vec<&str> = commands(program).collect();
    if !commands.is_empty() {
        let commands = commands.join(" ");
        let _ = writeln!(
            text,
            "complete -c {name} -n __fish_use_subcommand -a '{commands}'"
        );
    }
    for option in program.all() {
        let help = option.help.replace('\\', "\\\\").replace('\'', "\\'");
        let short = option
            .short
            .map(|letter| format!(" -s {letter}"))
            .unwrap_or_default();
        let value = option
            .value
            .map(|_| match completed_with(option) {
                Values::Nothing => " -x",
                Values::Files => " -r -F",
                Values::Directories => " -x -a '(__fish_complete_directories)'",
            })
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "complete -c {name}{short} -l {}{value} -d '{help}'",
            option.long
        );
    }
    text
}

fn completed_with(option: &Opt) -> Values {
    match option.value {
        Some("PROGRAM") => Values::Files,
        Some("DIR") => Values::Directories,
        _ => Values::Nothing,
    }
}

/// The words that a program's usage begins with: its commands, if it has any.
fn commands(program: &Program) -> impl Iterator<Item = &'static str> {
    let mut found: Vec<&str> = Vec::new();
    for usage in program.usage {
        let is_command = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase());
        let words = usage.split_whitespace().filter(|word| *word != "|");
        for word in words.take_while(is_command) {
            if !found.contains(&word) {
                found.push(word);
            }
        }
    }
    found.into_iter()
}

fn names(option: &Opt) -> Vec<String> {
    let short = option.short.map(|letter| format!("-{letter}"));
    short
        .into_iter()
        .chain([format!("--{}", option.long)])
        .collect()
}
