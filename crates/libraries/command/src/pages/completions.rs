//! Completions for shells.

use crate::table::{COMMON, Command, Completion, Kind, Opt, Program};
use std::fmt::Write as _;

/// What an option's value can be completed with.
#[derive(PartialEq)]
enum Values {
    Nothing,
    Words(&'static [&'static str]),
    Files,
    Directories,
}

fn values(option: &Opt) -> Values {
    match option.kind {
        Kind::Path { completion, .. } => match completion {
            Completion::Files => Values::Files,
            Completion::Directories => Values::Directories,
        },
        Kind::Choice { of, .. } => Values::Words(of),
        _ => Values::Nothing,
    }
}

/// For bash.
pub(super) fn bash(program: &Program) -> String {
    let mut cases = String::new();
    for option in program.all_options() {
        let action = match (option.kind, values(option)) {
            (Kind::Flag, _) => continue,
            (_, Values::Nothing) => "return".to_owned(),
            (_, Values::Words(of)) => format!(
                "mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\"); return",
                of.join(" ")
            ),
            (_, Values::Files) => bash_paths("-f"),
            (_, Values::Directories) => bash_paths("-d"),
        };
        let _ = writeln!(cases, "\t{}) {action} ;;", option.words().join("|"));
    }
    let mut words = String::new();
    match program.only_command() {
        Some(only) => {
            let _ = writeln!(words, "\twords='{}'", option_words(&only.all_options()));
        }
        None => {
            // Until a command is named, the commands are offered.
            let names: Vec<_> = program.command_names().collect();
            let _ = writeln!(
                words,
                "\twords='{} {}'\n\tlocal each\n\tfor each in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; do\n\t\tcase $each in",
                names.join(" "),
                option_words(&[])
            );
            for command in program.commands {
                let _ = writeln!(
                    words,
                    "\t\t{}) words='{}' ;;",
                    command.name,
                    option_words(&command.all_options())
                );
            }
            words.push_str("\t\tesac\n\tdone\n");
        }
    }
    let function = program.name.replace('-', "_");
    format!(
        "_{function}() {{\n\
         \tlocal word=${{COMP_WORDS[COMP_CWORD]}} words\n\
         \tCOMPREPLY=()\n\
         \tcase ${{COMP_WORDS[COMP_CWORD-1]}} in\n\
         {cases}\
         \tesac\n\
         {words}\
         \tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n\
         }}\n\
         complete -F _{function} {}\n",
        program.name
    )
}

fn bash_paths(kind: &str) -> String {
    format!("compopt -o filenames; mapfile -t COMPREPLY < <(compgen {kind} -- \"$word\"); return")
}

/// The words of these options and of those that every command has.
fn option_words(options: &[&Opt]) -> String {
    let words = options
        .iter()
        .chain(&COMMON)
        .flat_map(|option| option.words());
    words.collect::<Vec<_>>().join(" ")
}

/// For zsh.
pub(super) fn zsh(program: &Program) -> String {
    let mut text = format!("#compdef {}\n\n", program.name);
    match program.only_command() {
        Some(only) => {
            text.push_str("_arguments -s -S");
            zsh_options(&mut text, "  ", &only.all_options());
            text.push('\n');
        }
        None => {
            let names: Vec<_> = program.command_names().collect();
            let _ = write!(
                text,
                "local context state line\n_arguments -s -S -C '1:command:({})' '*::operand:->operands'",
                names.join(" ")
            );
            zsh_options(&mut text, "  ", &[]);
            text.push_str("\n[[ $state == operands ]] || return\ncase $line[1] in\n");
            for command in program.commands {
                let _ = write!(text, "{})\n  _arguments -s -S", command.name);
                zsh_options(&mut text, "    ", &command.all_options());
                text.push_str(" ;;\n");
            }
            text.push_str("esac\n");
        }
    }
    text
}

fn zsh_options(text: &mut String, indent: &str, options: &[&Opt]) {
    for option in options.iter().chain(&COMMON) {
        let help = option
            .help
            .replace('\\', "\\\\")
            .replace('\'', "'\\''")
            .replace('[', "\\[")
            .replace(']', "\\]")
            .replace(':', "\\:");
        let value = option.value_name().map(|name| {
            let action = match values(option) {
                Values::Nothing => " ".to_owned(),
                Values::Words(of) => format!("({})", of.join(" ")),
                Values::Files => "_files".to_owned(),
                Values::Directories => "_files -/".to_owned(),
            };
            format!(":{name}:{action}")
        });
        for word in option.words() {
            let takes = match (&value, word.starts_with("--")) {
                (None, _) => "",
                (Some(_), true) => "=",
                (Some(_), false) => "+",
            };
            let value = value.as_deref().unwrap_or_default();
            let _ = write!(text, " \\\n{indent}'*{word}{takes}[{help}]{value}'");
        }
    }
}

/// For fish.
pub(super) fn fish(program: &Program) -> String {
    let name = program.name;
    let mut text = format!("complete -c {name} -f\n");
    match program.only_command() {
        Some(only) => fish_options(&mut text, name, "", &only.all_options()),
        None => {
            for Command {
                name: word, about, ..
            } in program.commands
            {
                let about = fish_quoted(about);
                let _ = writeln!(
                    text,
                    "complete -c {name} -n __fish_use_subcommand -a {word} -d '{about}'"
                );
            }
            for command in program.commands {
                let after = format!(" -n '__fish_seen_subcommand_from {}'", command.name);
                fish_options(&mut text, name, &after, &command.all_options());
            }
        }
    }
    fish_options(&mut text, name, "", &COMMON);
    text
}

fn fish_options(text: &mut String, program: &str, condition: &str, options: &[&Opt]) {
    for option in options {
        let help = fish_quoted(option.help);
        let short = option.short.map(|letter| format!(" -s {letter}"));
        let long: String = option.longs().map(|long| format!(" -l {long}")).collect();
        let value = match (option.kind, values(option)) {
            (Kind::Flag, _) => String::new(),
            (_, Values::Nothing) => " -x".to_owned(),
            (_, Values::Words(of)) => format!(" -x -a '{}'", of.join(" ")),
            (_, Values::Files) => " -r -F".to_owned(),
            (_, Values::Directories) => " -x -a '(__fish_complete_directories)'".to_owned(),
        };
        let _ = writeln!(
            text,
            "complete -c {program}{condition}{}{long}{value} -d '{help}'",
            short.unwrap_or_default()
        );
    }
}

fn fish_quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
