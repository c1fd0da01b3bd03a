//! The command line after parsing, with the environment behind it.

use crate::duration;
use crate::environment::{Environment, is_true, utf8};
use crate::path::absolute;
use crate::table::{Command, HELP, Kind, Opt, Program, VERSION, Variable};
use crate::usage::Usage;
use crate::variable::{secret_of, variable_of};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What distributors and `make` ask for with `--generate`.
const GENERATE: &str = "generate";

/// What the command line said. Values are fetched by the row of their option, in the kind that the row declares.
#[derive(Debug, Clone)]
pub struct Args {
    program: &'static Program,
    command: Option<&'static Command>,
    given: Vec<(&'static str, OsString)>,
    page: Option<String>,
    environment: Environment,
    /// The words that are neither options nor the command, in order.
    pub operands: Vec<OsString>,
}

impl Args {
    pub(crate) fn parse(
        program: &'static Program,
        words: impl IntoIterator<Item = OsString>,
    ) -> Result<Args, Usage> {
        let mut args = Args {
            program,
            command: program.only_command(),
            given: Vec::new(),
            page: None,
            environment: Environment::default(),
            operands: Vec::new(),
        };
        args.read(lexopt::Parser::from_iter(words))
            .map_err(|error| {
                let name = program.name;
                Usage::new(format!("{error}\nTry `{name} --help` for more."))
            })?;
        Ok(args)
    }

    fn read(&mut self, mut parser: lexopt::Parser) -> Result<(), lexopt::Error> {
        use lexopt::Arg::{Long, Short, Value};
        while let Some(arg) = parser.next()? {
            let option = match &arg {
                Value(operand) => {
                    self.operands.push(operand.clone());
                    continue;
                }
                Long(GENERATE) => {
                    self.page = Some(parser.value()?.to_string_lossy().into_owned());
                    continue;
                }
                Long(long) => self
                    .program
                    .option(|option| option.longs().any(|name| name == *long)),
                Short(short) => self.program.option(|option| option.short == Some(*short)),
            };
            let Some(option) = option else {
                return Err(arg.unexpected());
            };
            let value = match option.kind {
                Kind::Flag => OsString::new(),
                _ => self.value(option, &mut parser)?,
            };
            if matches!(option.kind, Kind::Path { .. }) && value.is_empty() {
                return Err(format!("--{} takes a path, not an empty one", option.long).into());
            }
            if [HELP.long, VERSION.long].contains(&option.long) {
                self.page.get_or_insert(option.long.to_owned());
            }
            self.given.push((option.long, value));
        }
        Ok(())
    }

    /// The value of an option. A word that is an option is none: whoever writes it there has forgotten the value, and one that
    /// is meant to be such a word stands behind a `=`.
    fn value(&self, option: &Opt, parser: &mut lexopt::Parser) -> Result<OsString, lexopt::Error> {
        if let Some(attached) = parser.optional_value() {
            return Ok(attached);
        }
        let (long, name) = (option.long, option.value_name().unwrap_or_default());
        let missing = |before| format!("--{long} takes {name}, which is missing{before}");
        let value = parser
            .value()
            .map_err(|_| lexopt::Error::from(missing(String::new())))?;
        let is_it = |option: &Opt| option.words().iter().any(|word| value == word.as_str());
        if value == "--" || self.program.option(is_it).is_some() {
            let before = format!(" before {}", value.to_string_lossy());
            return Err(missing(before).into());
        }
        Ok(value)
    }

    /// The program.
    pub(crate) fn program(&self) -> &'static Program {
        self.program
    }

    /// The page that was asked for instead of the program's work.
    pub(crate) fn page(&self) -> Option<&str> {
        self.page.as_deref()
    }

    /// The command that the line names, if it does.
    pub(crate) fn named(&self) -> Option<&'static Command> {
        self.command
            .or_else(|| self.program.command(self.operands.first()?.to_str()?))
    }

    /// Takes the command from the operands, where the program has several.
    ///
    /// # Errors
    /// There is no command, or the program does not have it. An option of another of the program's commands is no error:
    /// scripts give one list of options to several.
    pub(crate) fn with_command(mut self) -> Result<Args, Usage> {
        if self.command.is_none() {
            let name = self.program.name;
            if self.operands.is_empty() {
                return Err(Usage::new(format!("no command given; try `{name} --help`")));
            }
            let word = utf8("the command", self.operands.remove(0))?;
            let command = self.program.command(&word);
            self.command = Some(command.ok_or_else(|| {
                let known: Vec<_> = self.program.command_names().collect();
                Usage::new(format!(
                    "no command `{word}`: there are {}",
                    and_list(&known)
                ))
            })?);
        }
        Ok(self)
    }

    /// The name of the command; empty where the program has only one.
    pub fn command(&self) -> &'static str {
        self.command.map_or("", |command| command.name)
    }

    /// Lets what a file says stand in where the command line says nothing: before variables and defaults. A flag's value is
    /// `true` or `false`.
    pub fn set(&mut self, option: &'static Opt, values: impl IntoIterator<Item = String>) {
        if self.is_given(option) {
            return;
        }
        let values = values.into_iter().map(|value| match option.kind {
            Kind::Flag if value == "true" => OsString::new(),
            _ => OsString::from(value),
        });
        let entries: Vec<_> = values.map(|value| (option.long, value)).collect();
        self.given.extend(entries);
    }

    /// Lets variables that a file sets come before those of the process.
    pub fn set_variables(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        self.environment.set(variables);
    }

    /// The value of a variable; none where it is not set, or empty.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        self.environment.get(name)
    }

    /// The value of a variable that is a secret, or of the file that holds it; see acmepipe(7).
    ///
    /// # Errors
    /// Both are set, it is not UTF-8, or the file cannot be read.
    pub fn secret(&self, secret: &Variable) -> Result<Option<String>, Usage> {
        secret_of(&self.environment, secret.name)
    }

    /// Whether the program has this option.
    pub fn takes(&self, option: &Opt) -> bool {
        self.program.option(|row| row.long == option.long).is_some()
    }

    /// Whether a variable that is a switch says `true`, `1`, `yes` or `on`; one that is not set, or empty, does not.
    ///
    /// # Errors
    /// It says something that is neither true nor false.
    pub fn switch(&self, switch: &Variable) -> Result<bool, Usage> {
        self.environment.is_true(switch)
    }

    /// Whether the option stands on the command line, whatever the environment says.
    pub fn is_given(&self, option: &Opt) -> bool {
        self.last(option).is_some()
    }

    /// How often the option stands on the command line.
    pub fn times(&self, option: &Opt) -> usize {
        let given = self.given.iter();
        given.filter(|(given, _)| *given == option.long).count()
    }

    /// Whether the flag is given, or its variable says `true`, `1`, `yes` or `on`.
    ///
    /// # Errors
    /// The variable says something else.
    pub fn flag(&self, option: &Opt) -> Result<bool, Usage> {
        if let Some(value) = self.last(option) {
            // A file can say false.
            return Ok(value.is_empty());
        }
        let Some((name, value)) = variable_of(&self.environment, option)? else {
            return Ok(false);
        };
        is_true(&value)
            .ok_or_else(|| Usage::new(format!("{name} is neither true nor false: `{value}`")))
    }

    /// The option's value, or its variable's, or its default; the last where it is given more than once.
    ///
    /// # Errors
    /// The value is not UTF-8.
    pub fn text(&self, option: &Opt) -> Result<Option<String>, Usage> {
        let given = self.given_text(option)?;
        let default = match self.row(option).kind {
            Kind::Text { default, .. } => default,
            _ => None,
        };
        Ok(given.or_else(|| default.map(str::to_owned)))
    }

    /// All values of a list, in order: the option's, or where there is none its variable's, split at commas.
    ///
    /// # Errors
    /// A value is not UTF-8.
    pub fn list(&self, option: &Opt) -> Result<Vec<String>, Usage> {
        let values = self.each(option)?;
        Ok(values
            .iter()
            .flat_map(|value| value.split(','))
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
            .collect())
    }

    /// All values of an option that takes one each time, in order; or where there is none its variable's. Commas are a part
    /// of them.
    ///
    /// # Errors
    /// A value is not UTF-8.
    pub fn each(&self, option: &Opt) -> Result<Vec<String>, Usage> {
        let mut values = Vec::new();
        for (_, value) in self.given.iter().filter(|(given, _)| *given == option.long) {
            values.push(utf8(&format!("--{}", option.long), value.clone())?);
        }
        if values.is_empty() {
            values.extend(variable_of(&self.environment, option)?.map(|(_, value)| value));
        }
        Ok(values)
    }

    /// The option's value, or its variable's, as a path. Documents name paths, and are UTF-8.
    ///
    /// # Errors
    /// The path is not UTF-8.
    pub fn path(&self, option: &Opt) -> Result<Option<PathBuf>, Usage> {
        let path = self.given_text(option)?;
        Ok(path.map(PathBuf::from))
    }

    /// As [`Args::path`], absolute.
    ///
    /// # Errors
    /// The path is not UTF-8, or it is relative, and the current directory is not UTF-8 or not known.
    pub fn absolute_path(&self, option: &Opt) -> Result<Option<PathBuf>, Usage> {
        let path = self.path(option)?;
        path.map(|path| absolute(&path)).transpose()
    }

    /// A duration: the option's, its variable's or its default.
    ///
    /// # Errors
    /// It is not a number, negative, or over a year.
    pub fn seconds(&self, option: &Opt) -> Result<Option<Duration>, Usage> {
        let parse = |text: &str| text.parse().ok().and_then(duration::from_seconds);
        let given = self.parsed(option, "a number of seconds", parse)?;
        let default = match self.row(option).kind {
            Kind::Seconds { default } => default,
            _ => None,
        };
        Ok(given.or_else(|| default.map(|seconds| Duration::from_secs(seconds.into()))))
    }

    /// A number: the option's, its variable's or its default.
    ///
    /// # Errors
    /// It is not a number from 1 to the most that the option takes.
    pub fn count(&self, option: &Opt) -> Result<Option<usize>, Usage> {
        let (most, default) = match self.row(option).kind {
            Kind::Count { most, default } => (most, default),
            _ => (usize::MAX, None),
        };
        let given = self.parsed(option, &format!("a number from 1 to {most}"), |text| {
            text.parse().ok().filter(|count| (1..=most).contains(count))
        })?;
        Ok(given.or(default))
    }

    /// One of the option's words, as the table spells it: the option's, its variable's or its default.
    ///
    /// # Errors
    /// It is not one of them.
    pub fn choice(&self, option: &Opt) -> Result<Option<&'static str>, Usage> {
        let (of, default) = match self.row(option).kind {
            Kind::Choice { of, default, .. } => (of, default),
            _ => (&[][..], None),
        };
        let given = self.parsed(option, &or_list(of), |text| {
            of.iter()
                .find(|word| word.eq_ignore_ascii_case(text))
                .copied()
        })?;
        Ok(given.or(default))
    }

    /// The option's value, or its variable's, after `parse`.
    ///
    /// # Errors
    /// `parse` gives nothing: the error says that the option takes `what`.
    pub fn parsed<T>(
        &self,
        option: &Opt,
        what: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Usage> {
        let Some(text) = self.given_text(option)? else {
            return Ok(None);
        };
        let name = match option.variable {
            Some(variable) if !self.is_given(option) => variable.to_owned(),
            _ => format!("--{}", option.long),
        };
        match parse(&text) {
            Some(value) => Ok(Some(value)),
            None => Err(Usage::new(format!("{name} takes {what}, not `{text}`"))),
        }
    }

    /// Those of these options that are on the command line, as words for another program's command line.
    pub fn hand_on(&self, options: &[&Opt]) -> Vec<OsString> {
        let mut words = Vec::new();
        for (long, value) in &self.given {
            let Some(option) = options.iter().find(|option| option.long == *long) else {
                continue;
            };
            let mut word = OsString::from(format!("--{long}"));
            match option.kind {
                Kind::Flag if value.is_empty() => {}
                // No word says that a flag is not given.
                Kind::Flag => continue,
                _ => {
                    word.push("=");
                    word.push(value);
                }
            }
            words.push(word);
        }
        words
    }

    /// Refuses operands. `but` says where what a person may mean by them belongs: "names are given with -d".
    ///
    /// # Errors
    /// There are such words.
    pub fn no_operands(&self, but: &str) -> Result<(), Usage> {
        match self.operands.first() {
            Some(operand) => {
                let operand = operand.to_string_lossy();
                Err(Usage::new(format!("`{operand}` is no option; {but}")))
            }
            None => Ok(()),
        }
    }

    fn given_text(&self, option: &Opt) -> Result<Option<String>, Usage> {
        match self.last(option) {
            Some(value) => utf8(&format!("--{}", option.long), value.clone()).map(Some),
            None => Ok(variable_of(&self.environment, option)?.map(|(_, value)| value)),
        }
    }

    /// The row of the program's own table for this option, which may have another default than that of a program it is
    /// shared with.
    fn row<'a>(&self, option: &'a Opt) -> &'a Opt {
        let is_it = |row: &&&'static Opt| row.long == option.long;
        let command = self.named().and_then(|command| {
            let rows = command.all_options();
            rows.iter().find(is_it).copied()
        });
        command
            .or_else(|| self.program.option(|row| row.long == option.long))
            .unwrap_or(option)
    }

    fn last(&self, option: &Opt) -> Option<&OsString> {
        debug_assert!(
            self.program.option(|row| row.long == option.long).is_some(),
            "--{} is not in the program's table",
            option.long
        );
        let mut given = self.given.iter().rev();
        given
            .find(|(given, _)| *given == option.long)
            .map(|(_, value)| value)
    }
}

/// `a, b and c`.
fn and_list(words: &[&str]) -> String {
    list(words, "and")
}

/// `a, b or c`.
fn or_list(words: &[&str]) -> String {
    list(words, "or")
}

fn list(words: &[&str], joint: &str) -> String {
    match words {
        [most @ .., last] if !most.is_empty() => format!("{} {joint} {last}", most.join(", ")),
        words => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Stdin;

    static DOMAINS: Opt = Opt {
        short: Some('d'),
        ..Opt::list("domains", "NAME", "")
    };
    static TIMEOUT: Opt = Opt::seconds("timeout", Some(60), "");
    static STRICT: Opt = Opt {
        aliases: &["severe"],
        ..Opt::flag("strict", "")
    };
    static JOBS: Opt = Opt::count("jobs", 100, Some(8), "");
    static KEY_TYPE: Opt = Opt::new(
        "key-type",
        Kind::Choice {
            name: "TYPE",
            of: &["EC256", "EC384", "RSA2048"],
            default: Some("EC256"),
        },
        "",
    );

    static HOME: Opt = Opt::new(
        "home",
        Kind::Path {
            name: "DIR",
            completion: crate::table::Completion::Directories,
        },
        "",
    );

    static ONE: Program = Program {
        name: "x",
        about: "",
        commands: &[Command {
            name: "",
            about: "",
            usage: &[],
            stdin: Stdin::DocumentsOrOperands,
            options: &[&DOMAINS, &TIMEOUT, &STRICT, &JOBS, &KEY_TYPE, &HOME],
            handed_on: &[],
        }],
        variables: &[],
        touches: &[],
    };

    static SEVERAL: Program = Program {
        name: "y",
        about: "",
        commands: &[
            Command {
                name: "cleanup",
                about: "",
                usage: &[],
                stdin: Stdin::DocumentsOrOperands,
                options: &[&TIMEOUT],
                handed_on: &[],
            },
            Command {
                name: "list",
                about: "",
                usage: &[],
                stdin: Stdin::Nothing,
                options: &[&STRICT],
                handed_on: &[],
            },
        ],
        variables: &[],
        touches: &[],
    };

    fn words(line: &str) -> impl Iterator<Item = OsString> {
        let words: Vec<_> = format!("x {line}")
            .split_whitespace()
            .map(OsString::from)
            .collect();
        words.into_iter()
    }

    fn parse(line: &str) -> Result<Args, Usage> {
        Args::parse(&ONE, words(line))
    }

    #[test]
    fn the_default_is_that_of_the_programs_own_row() {
        static LONGER: Opt = Opt::seconds("timeout", Some(180), "");
        static MORE: Opt = Opt::count("jobs", 500, Some(20), "");
        let args = Args::parse(&ONE, []).expect("nothing is wrong");
        assert_eq!(args.seconds(&LONGER), Ok(Some(Duration::from_secs(60))));
        assert_eq!(args.count(&MORE), Ok(Some(8)));
        let args = Args::parse(&ONE, ["x".into(), "--jobs=101".into()]).expect("nothing is wrong");
        assert!(args.count(&MORE).is_err());
    }

    #[test]
    fn variables_of_a_file_come_before_those_of_the_process_and_behind_the_command_line() {
        static PATH: Opt = Opt {
            variable: Some("PATH"),
            ..Opt::text("domains", "NAME", "")
        };
        let mut args = Args::parse(&ONE, []).expect("nothing is wrong");
        args.set_variables([("PATH".to_owned(), "of the file".to_owned())]);
        assert_eq!(args.text(&PATH), Ok(Some("of the file".to_owned())));
        args.set_variables([("PATH".to_owned(), String::new())]);
        assert_eq!(args.text(&PATH), Ok(None));
        let mut args =
            Args::parse(&ONE, ["x".into(), "-d".into(), "given".into()]).expect("nothing is wrong");
        args.set_variables([("PATH".to_owned(), "of the file".to_owned())]);
        assert_eq!(args.text(&PATH), Ok(Some("given".to_owned())));
    }

    #[test]
    fn an_option_is_taken_by_its_other_name_as_well_and_handed_on_by_its_own() {
        let args = parse("--severe").unwrap();
        assert!(args.flag(&STRICT).unwrap());
        assert_eq!(args.hand_on(&[&STRICT]), ["--strict"]);
        assert!(parse("--sever").is_err());
    }

    #[test]
    fn a_list_takes_commas_and_repetition() {
        let args = parse("-d a,b --domains=c -dd -- -e").unwrap();
        assert_eq!(args.list(&DOMAINS).unwrap(), ["a", "b", "c", "d"]);
        assert_eq!(args.operands, ["-e"]);
        assert!(!args.flag(&STRICT).unwrap());
    }

    #[test]
    fn what_is_not_given_has_the_default_of_its_row() {
        let args = parse("").unwrap();
        assert_eq!(args.seconds(&TIMEOUT), Ok(Some(Duration::from_secs(60))));
        assert_eq!(args.count(&JOBS), Ok(Some(8)));
        assert_eq!(args.choice(&KEY_TYPE), Ok(Some("EC256")));
        let args = parse("--timeout 0.5 --jobs 100 --key-type rsa2048").unwrap();
        assert_eq!(args.seconds(&TIMEOUT), Ok(Some(Duration::from_millis(500))));
        assert_eq!(args.count(&JOBS), Ok(Some(100)));
        assert_eq!(args.choice(&KEY_TYPE), Ok(Some("RSA2048")));
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name_of_the_option_and_what_it_takes() {
        for (line, expected) in [
            ("--nope", "--nope"),
            ("--domains", "--domains takes NAME, which is missing\n"),
            (
                "--domains --severe",
                "--domains takes NAME, which is missing before --severe\n",
            ),
            (
                "-d -d",
                "--domains takes NAME, which is missing before -d\n",
            ),
            (
                "--domains --",
                "--domains takes NAME, which is missing before --\n",
            ),
            ("--home=", "--home takes a path, not an empty one\n"),
            ("--strict=1", "--strict"),
        ] {
            let usage = parse(line).unwrap_err().to_string();
            assert!(usage.contains(expected), "{usage}");
        }
        let args = parse("--timeout=-1 --jobs 101 --key-type EC").unwrap();
        assert_eq!(
            args.seconds(&TIMEOUT).unwrap_err().to_string(),
            "--timeout takes a number of seconds, not `-1`"
        );
        assert_eq!(
            args.count(&JOBS).unwrap_err().to_string(),
            "--jobs takes a number from 1 to 100, not `101`"
        );
        assert_eq!(
            args.choice(&KEY_TYPE).unwrap_err().to_string(),
            "--key-type takes EC256, EC384 or RSA2048, not `EC`"
        );
    }

    #[test]
    fn a_program_with_several_commands_is_told_which() {
        let command = |line: &str| Args::parse(&SEVERAL, words(line))?.with_command();
        let args = command("--strict list a").unwrap();
        assert_eq!((args.command(), args.operands.len()), ("list", 1));
        assert_eq!(
            command("").unwrap_err().to_string(),
            "no command given; try `y --help`"
        );
        assert_eq!(
            command("remove").unwrap_err().to_string(),
            "no command `remove`: there are cleanup and list"
        );
        assert_eq!(parse("a").unwrap().with_command().unwrap().operands, ["a"]);
    }

    #[test]
    fn a_word_that_is_an_option_is_a_value_where_nothing_else_can_be_meant() {
        let args = parse("--domains=--strict -d--").unwrap();
        assert_eq!(args.list(&DOMAINS).unwrap(), ["--strict", "--"]);
        assert!(!args.flag(&STRICT).unwrap());
    }

    #[test]
    fn options_are_handed_on_as_they_came() {
        let args = parse("-d a,b --strict -d -c --timeout 5").unwrap();
        assert_eq!(
            args.hand_on(&[&DOMAINS, &STRICT]),
            ["--domains=a,b", "--strict", "--domains=-c"]
        );
    }
}
