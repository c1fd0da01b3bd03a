//! The command line after parsing, with the environment behind it.

use crate::duration;
use crate::table::{Command, HELP, Kind, Opt, Program, Stdin, VERSION, Variable};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What distributors and `make` ask for with `--generate`.
const GENERATE: &str = "generate";

/// The command line or the environment is wrong: what a person is told before the program exits 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage(String);

impl Usage {
    /// With what is wrong.
    pub fn new(text: impl Into<String>) -> Usage {
        Usage(text.into())
    }
}

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<std::io::Error> for Usage {
    fn from(error: std::io::Error) -> Usage {
        Usage(error.to_string())
    }
}

/// What the command line said. Values are fetched by the row of their option, in the kind that the row declares.
#[derive(Debug)]
pub struct Args {
    program: &'static Program,
    command: Option<&'static Command>,
    given: Vec<(&'static str, OsString)>,
    page: Option<String>,
    /// What is no option and no command, in order.
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
            operands: Vec::new(),
        };
        args.read(lexopt::Parser::from_iter(words))
            .map_err(|error| {
                let name = program.name;
                Usage(format!("{error}\nTry `{name} --help` for more."))
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
                Long(long) => find(self.program, |option| option.long == *long),
                Short(short) => find(self.program, |option| option.short == Some(*short)),
            };
            let Some(option) = option else {
                return Err(arg.unexpected());
            };
            let value = match option.kind {
                Kind::Flag => OsString::new(),
                _ => parser.value()?,
            };
            if [HELP.long, VERSION.long].contains(&option.long) {
                self.page.get_or_insert(option.long.to_owned());
            }
            self.given.push((option.long, value));
        }
        Ok(())
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

    /// The same with its command, which is no operand.
    ///
    /// # Errors
    /// It names none that there is. An option of another of the program's commands is none: scripts give one list of
    /// options to several.
    pub(crate) fn with_command(mut self) -> Result<Args, Usage> {
        if self.command.is_none() {
            let name = self.program.name;
            if self.operands.is_empty() {
                return Err(Usage(format!("what to do? Try `{name} --help`.")));
            }
            let word = utf8("the command", self.operands.remove(0))?;
            let command = self.program.command(&word);
            self.command = Some(command.ok_or_else(|| {
                let known: Vec<_> = self.program.command_names().collect();
                Usage(format!(
                    "no command `{word}`: there are {}",
                    and_list(&known)
                ))
            })?);
        }
        Ok(self)
    }

    /// The name of the command; empty where the program has no several.
    pub fn command(&self) -> &'static str {
        self.command.map_or("", |command| command.name)
    }

    /// Whether the option stands on the command line, whatever the environment says.
    pub fn is_given(&self, option: &Opt) -> bool {
        self.last(option).is_some()
    }

    /// Whether the flag is given, or its variable says `true`, `1`, `yes` or `on`.
    ///
    /// # Errors
    /// A variable that says something else.
    pub fn flag(&self, option: &Opt) -> Result<bool, Usage> {
        if self.is_given(option) {
            return Ok(true);
        }
        let Some((name, value)) = environment(option)? else {
            return Ok(false);
        };
        is_true(&value).ok_or_else(|| Usage(format!("{name} is neither true nor false: `{value}`")))
    }

    /// The option's value, or its variable's, or its default; the last where it is given more than once.
    ///
    /// # Errors
    /// One that is not UTF-8.
    pub fn text(&self, option: &Opt) -> Result<Option<String>, Usage> {
        let given = self.given_text(option)?;
        let default = match option.kind {
            Kind::Text { default, .. } => default,
            _ => None,
        };
        Ok(given.or_else(|| default.map(str::to_owned)))
    }

    /// All values of a list, in order: the option's, or where there is none its variable's, split at commas.
    ///
    /// # Errors
    /// One that is not UTF-8.
    pub fn list(&self, option: &Opt) -> Result<Vec<String>, Usage> {
        let mut values = Vec::new();
        for (_, value) in self.given.iter().filter(|(given, _)| *given == option.long) {
            values.push(utf8(&format!("--{}", option.long), value.clone())?);
        }
        if values.is_empty() {
            values.extend(environment(option)?.map(|(_, value)| value));
        }
        Ok(values
            .iter()
            .flat_map(|value| value.split(','))
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
            .collect())
    }

    /// The option's value, or its variable's, as a path, in whatever bytes it came.
    pub fn path(&self, option: &Opt) -> Option<PathBuf> {
        let value = self.last(option).cloned();
        value
            .or_else(|| std::env::var_os(option.variable?))
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    /// A duration: the option's, its variable's or its default.
    ///
    /// # Errors
    /// What is no number, negative, or over a year.
    pub fn seconds(&self, option: &Opt) -> Result<Option<Duration>, Usage> {
        let parse = |text: &str| text.parse().ok().and_then(duration::from_seconds);
        let given = self.parsed(option, "a number of seconds", parse)?;
        let default = match option.kind {
            Kind::Seconds { default } => default,
            _ => None,
        };
        Ok(given.or_else(|| default.map(|seconds| Duration::from_secs(seconds.into()))))
    }

    /// A number: the option's, its variable's or its default.
    ///
    /// # Errors
    /// What is no number from 1 to the most that the option takes.
    pub fn count(&self, option: &Opt) -> Result<Option<usize>, Usage> {
        let (most, default) = match option.kind {
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
    /// A word that is none of them.
    pub fn choice(&self, option: &Opt) -> Result<Option<&'static str>, Usage> {
        let (of, default) = match option.kind {
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

    /// The option's value, or its variable's, made into what `parse` makes of it.
    ///
    /// # Errors
    /// Where `parse` makes nothing of it: says that it takes `what`.
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
            None => Err(Usage(format!("{name} takes {what}, not `{text}`"))),
        }
    }

    /// What of these options stands on the command line, as words for another program's.
    pub fn hand_on(&self, options: &[&Opt]) -> Vec<OsString> {
        let mut words = Vec::new();
        for (long, value) in &self.given {
            let Some(option) = options.iter().find(|option| option.long == *long) else {
                continue;
            };
            let mut word = OsString::from(format!("--{long}"));
            if !matches!(option.kind, Kind::Flag) {
                word.push("=");
                word.push(value);
            }
            words.push(word);
        }
        words
    }

    /// Refuses words that are no options, and says where what they may be belongs: "names are given with -d".
    ///
    /// # Errors
    /// There are such words.
    pub fn no_operands(&self, but: &str) -> Result<(), Usage> {
        match self.operands.first() {
            Some(operand) => {
                let operand = operand.to_string_lossy();
                Err(Usage(format!("`{operand}` is no option; {but}")))
            }
            None => Ok(()),
        }
    }

    fn given_text(&self, option: &Opt) -> Result<Option<String>, Usage> {
        match self.last(option) {
            Some(value) => utf8(&format!("--{}", option.long), value.clone()).map(Some),
            None => Ok(environment(option)?.map(|(_, value)| value)),
        }
    }

    fn last(&self, option: &Opt) -> Option<&OsString> {
        debug_assert!(
            find(self.program, |row| row.long == option.long).is_some(),
            "--{} is not in the program's table",
            option.long
        );
        let mut given = self.given.iter().rev();
        given
            .find(|(given, _)| *given == option.long)
            .map(|(_, value)| value)
    }
}

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

/// What of a command line that is wrong is no option, and its options. The word after an option that is not known is
/// taken for its value.
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
            Long(long) => find(program, |option| option.long == long),
            Short(short) => find(program, |option| option.short == Some(short)),
        };
        let is_attached = parser.optional_value().is_some();
        let is_flag = option.is_some_and(|option| matches!(option.kind, Kind::Flag));
        is_value = !is_attached && !is_flag;
        options.extend(option);
    }
    (operands, options)
}

fn find(program: &Program, is_it: impl Fn(&Opt) -> bool) -> Option<&'static Opt> {
    program.all_options().find(|option| is_it(option))
}

/// What a text says that is true or false: what Go's `strconv.ParseBool` takes, which is what lego asks, and yes and no.
pub(crate) fn is_true(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" | "yes" | "on" => Some(true),
        "0" | "f" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

impl Variable {
    /// Whether the variable says `true`, `1`, `yes` or `on`; one that is not set, or empty, does not.
    ///
    /// # Errors
    /// It says something that is neither true nor false.
    pub fn is_true(&self) -> Result<bool, Usage> {
        let value = std::env::var_os(self.name).unwrap_or_default();
        let value = value.to_string_lossy();
        if value.is_empty() {
            return Ok(false);
        }
        let name = self.name;
        is_true(&value).ok_or_else(|| Usage(format!("{name} is neither true nor false: `{value}`")))
    }
}

/// The value of the variable that stands for an option, and the variable's name; none where it is not set, or empty.
fn environment(option: &Opt) -> Result<Option<(&'static str, String)>, Usage> {
    let Some(name) = option.variable else {
        return Ok(None);
    };
    match std::env::var_os(name) {
        Some(value) if !value.is_empty() => utf8(name, value).map(|value| Some((name, value))),
        _ => Ok(None),
    }
}

fn utf8(name: &str, value: OsString) -> Result<String, Usage> {
    value
        .into_string()
        .map_err(|value| Usage(format!("{name} is not UTF-8: {}", value.to_string_lossy())))
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

    static DOMAINS: Opt = Opt {
        short: Some('d'),
        ..Opt::list("domains", "NAME", "")
    };
    static TIMEOUT: Opt = Opt::seconds("timeout", Some(60), "");
    static STRICT: Opt = Opt::flag("strict", "");
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
    static LEFTOVERS: Opt = Opt {
        replaces_stdin: true,
        ..Opt::flag("leftovers", "")
    };

    static ONE: Program = Program {
        name: "x",
        about: "",
        commands: &[Command {
            name: "",
            about: "",
            usage: &[],
            stdin: Stdin::DocumentsOrOperands,
            options: &[&DOMAINS, &TIMEOUT, &STRICT, &JOBS, &KEY_TYPE],
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
                options: &[&TIMEOUT, &LEFTOVERS],
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
            ("--domains", "--domains"),
            ("--strict=1", "--strict"),
        ] {
            let usage = parse(line).unwrap_err().to_string();
            assert!(usage.contains(expected), "{usage}");
        }
        let args = parse("--timeout=-1 --jobs 101 --key-type EC").unwrap();
        assert_eq!(
            args.seconds(&TIMEOUT).unwrap_err().0,
            "--timeout takes a number of seconds, not `-1`"
        );
        assert_eq!(
            args.count(&JOBS).unwrap_err().0,
            "--jobs takes a number from 1 to 100, not `101`"
        );
        assert_eq!(
            args.choice(&KEY_TYPE).unwrap_err().0,
            "--key-type takes EC256, EC384 or RSA2048, not `EC`"
        );
    }

    #[test]
    fn a_program_with_several_commands_is_told_which() {
        let command = |line: &str| Args::parse(&SEVERAL, words(line))?.with_command();
        let args = command("--strict list a").unwrap();
        assert_eq!((args.command(), args.operands.len()), ("list", 1));
        assert_eq!(command("").unwrap_err().0, "what to do? Try `y --help`.");
        assert_eq!(
            command("remove").unwrap_err().0,
            "no command `remove`: there are cleanup and list"
        );
        assert_eq!(parse("a").unwrap().with_command().unwrap().operands, ["a"]);
    }

    #[test]
    fn true_and_false_are_what_go_takes_and_yes_and_no() {
        for (text, expected) in [
            ("1", Some(true)),
            ("T", Some(true)),
            ("TRUE", Some(true)),
            ("yes", Some(true)),
            ("on", Some(true)),
            ("0", Some(false)),
            ("False", Some(false)),
            ("no", Some(false)),
            ("off", Some(false)),
            ("2", None),
            (" true", None),
        ] {
            assert_eq!(is_true(text), expected, "{text}");
        }
    }

    #[test]
    fn options_are_handed_on_as_they_came() {
        let args = parse("-d a,b --strict -d -c --timeout 5").unwrap();
        assert_eq!(
            args.hand_on(&[&DOMAINS, &STRICT]),
            ["--domains=a,b", "--strict", "--domains=-c"]
        );
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
