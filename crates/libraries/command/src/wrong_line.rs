//! A command line that is wrong: what the program would have read, so that it can pass that on.

use crate::table::{Kind, Opt, Program, Stdin};
use std::ffi::OsString;

impl Program {
    /// What it reads when it is called with these words, as far as they can be understood: for a command line that is
    /// wrong.
    pub fn stdin(&'static self, words: impl IntoIterator<Item = OsString>) -> Stdin {
        let (operands, options) = words_of_a_wrong_line(self, words);
        if options.iter().any(|option| option.replaces_stdin) {
            return Stdin::Nothing;
        }
        let (command, operands) = match (self.only_command(), operands.as_slice()) {
            (Some(command), operands) => (Some(command), operands),
            (None, [word, operands @ ..]) => {
                (word.to_str().and_then(|word| self.command(word)), operands)
            }
            // Most lines that lack their command want to work on documents.
            (None, []) => return Stdin::Documents,
        };
        match command.map(|command| command.stdin) {
            Some(Stdin::DocumentsOrOperands) if operands.is_empty() => Stdin::Documents,
            Some(Stdin::DocumentsOrOperands) => Stdin::Nothing,
            Some(stdin) => stdin,
            None => Stdin::Documents,
        }
    }
}

/// The operands of a command line that is wrong, and those of its options that are known. The word after one that is not
/// known counts as its value.
fn words_of_a_wrong_line(
    program: &'static Program,
    words: impl IntoIterator<Item = OsString>,
) -> (Vec<OsString>, Vec<&'static Opt>) {
    use lexopt::Arg::{Long, Short, Value};
    let mut parser = lexopt::Parser::from_iter(words);
    let (mut operands, mut options) = (Vec::new(), Vec::new());
    let mut is_value = false;
    while let Ok(Some(arg)) = parser.next() {
        let option = match arg {
            Value(word) => {
                // A command is no option's value.
                let is_command = program.command_names().any(|name| word == name);
                if !is_value || is_command {
                    operands.push(word);
                }
                is_value = false;
                continue;
            }
            Long(long) => program.option(|option| option.long == long),
            Short(short) => program.option(|option| option.short == Some(short)),
        };
        let is_attached = parser.optional_value().is_some();
        let is_flag = option.is_some_and(|option| matches!(option.kind, Kind::Flag));
        is_value = !is_attached && !is_flag;
        options.extend(option);
    }
    (operands, options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Command;

    static DOMAINS: Opt = Opt {
        short: Some('d'),
        ..Opt::list("domains", "NAME", "")
    };
    static TIMEOUT: Opt = Opt::seconds("timeout", Some(60), "");
    static STRICT: Opt = Opt::flag("strict", "");
    static LEFTOVERS: Opt = Opt {
        replaces_stdin: true,
        ..Opt::flag("leftovers", "")
    };

    const fn command(
        name: &'static str,
        stdin: Stdin,
        options: &'static [&'static Opt],
    ) -> Command {
        Command {
            name,
            about: "",
            usage: &[],
            stdin,
            options,
            handed_on: &[],
        }
    }

    const fn program(commands: &'static [Command]) -> Program {
        Program {
            name: "x",
            about: "",
            commands,
            variables: &[],
            touches: &[],
        }
    }

    static ONE: Program = program(&[command(
        "",
        Stdin::DocumentsOrOperands,
        &[&DOMAINS, &TIMEOUT, &STRICT],
    )]);

    static SEVERAL: Program = program(&[
        command("cleanup", Stdin::DocumentsOrOperands, &[&LEFTOVERS]),
        command("list", Stdin::Nothing, &[&STRICT]),
    ]);

    fn words(line: &str) -> impl Iterator<Item = OsString> {
        let words = std::iter::once("x").chain(line.split_whitespace());
        words.map(OsString::from).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn of_a_wrong_line_it_is_known_what_the_program_would_have_read() {
        for (line, expected) in [
            ("", Stdin::Documents),
            ("--typo 5", Stdin::Documents),
            ("--typo=5 a", Stdin::Nothing),
            ("-d a b --strict c", Stdin::Nothing),
            ("-d a --strict", Stdin::Documents),
            ("--timeout", Stdin::Documents),
            ("-z=1 -- -e", Stdin::Nothing),
        ] {
            assert_eq!(ONE.stdin(words(line)), expected, "{line}");
        }
        for (line, expected) in [
            ("", Stdin::Documents),
            ("nope", Stdin::Documents),
            ("cleanup --typo", Stdin::Documents),
            ("--typo cleanup", Stdin::Documents),
            ("cleanup a b --typo", Stdin::Nothing),
            ("cleanup --leftovers --typo", Stdin::Nothing),
            ("list --typo", Stdin::Nothing),
        ] {
            assert_eq!(SEVERAL.stdin(words(line)), expected, "{line}");
        }
    }
}
