//! Completions for shells, from the same table.

use super::{Opt, Program};
use std::fmt::Write as _;

/// For bash.
pub(super) fn bash(program: &Program) -> String {
    let words: Vec<String> = program.all().flat_map(names).collect();
    let takes_value: Vec<String> = program
        .all()
        .filter(|option| option.value.is_some())
        .flat_map(names)
        .collect();
    let function = program.name.replace('-', "_");
    format!(
        "_{function}() {{\n\
         \tlocal word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}\n\
         \tcase $before in {}) mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return;; esac\n\
         \tmapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\")\n\
         }}\n\
         complete -F _{function} {}\n",
        if takes_value.is_empty() {
            "''".to_owned()
        } else {
            takes_value.join("|")
        },
        words.join(" "),
        program.name
    )
}

/// For zsh.
pub(super) fn zsh(program: &Program) -> String {
    let mut text = format!("#compdef {}\n_arguments -S", program.name);
    for option in program.all() {
        let help = option
            .help
            .replace('\'', "'\\''")
            .replace(['[', ']', ':'], " ");
        let value = option
            .value
            .map(|value| format!(":{value}:_files"))
            .unwrap_or_default();
        for name in names(option) {
            let _ = write!(text, " \\\n  '*{name}[{help}]{value}'");
        }
    }
    text.push_str(" \\\n  '*:file:_files'\n");
    text
}

/// For fish.
pub(super) fn fish(program: &Program) -> String {
    let mut text = String::new();
    for option in program.all() {
        let help = option.help.replace('\'', "\\'");
        let short = option
            .short
            .map(|letter| format!(" -s {letter}"))
            .unwrap_or_default();
        let value = if option.value.is_some() { " -r" } else { "" };
        let _ = writeln!(
            text,
            "complete -c {}{short} -l {}{value} -d '{help}'",
            program.name, option.long
        );
    }
    text
}

fn names(option: &Opt) -> Vec<String> {
    let short = option.short.map(|letter| format!("-{letter}"));
    short
        .into_iter()
        .chain([format!("--{}", option.long)])
        .collect()
}
