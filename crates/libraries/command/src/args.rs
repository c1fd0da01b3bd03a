//! The command line after parsing, with the environment behind it.

mod misspelt;
mod values;

use crate::environment::{Environment, utf8};
use crate::table::{Command, HELP, Kind, List, Opt, Program, VERSION};
use crate::text::and_list;
use crate::usage::Usage;
use std::ffi::OsString;

/// What distributors and `make` ask for with `--generate`.
const GENERATE: &str = "generate";

/// What the command line said. Values are fetched by the row of their option, in the kind that the row declares.
#[derive(Debug, Clone)]
pub struct Args {
    program: &'static Program,
    command: Option<&'static Command>,
    given: Vec<(&'static str, OsString)>,
    page: Option<Page>,
    environment: Environment,
    /// The words that are neither options nor the command, in order.
    pub operands: Vec<OsString>,
}

/// What is shown instead of the program's work.
#[derive(Debug, Clone)]
pub(crate) enum Page {
    /// The page of this name.
    Named(String),
    /// What an option lists.
    List(fn() -> String),
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
                    let name = parser.value()?.to_string_lossy().into_owned();
                    self.page = Some(Page::Named(name));
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
            let page = match option.list {
                Some(List { value: of, text }) if value == of => Some(Page::List(text)),
                _ if [HELP.long, VERSION.long].contains(&option.long) => {
                    Some(Page::Named(option.long.to_owned()))
                }
                _ => None,
            };
            self.page = self.page.take().or(page);
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
    pub(crate) fn page(&self) -> Option<&Page> {
        self.page.as_ref()
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

    /// Whether the program has this option.
    pub fn takes(&self, option: &Opt) -> bool {
        self.program.option(|row| row.long == option.long).is_some()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Stdin;
    use std::time::Duration;

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
    fn the_first_variable_that_is_set_counts_and_is_named_where_it_is_wrong() {
        static ALSO: Opt = Opt {
            variable: Some("JOBS_NEW"),
            other_variables: &["JOBS_OLD", "JOBS_OLDEST"],
            ..Opt::count("jobs", 100, Some(8), "")
        };
        for (set, expected, lenient) in [
            (&[][..], Ok(Some(8)), 8),
            (&[("JOBS_OLD", "3"), ("JOBS_OLDEST", "4")], Ok(Some(3)), 3),
            (&[("JOBS_NEW", "2"), ("JOBS_OLD", "3")], Ok(Some(2)), 2),
            (&[("JOBS_NEW", ""), ("JOBS_OLDEST", "4")], Ok(Some(4)), 4),
            (
                &[("JOBS_OLDEST", "many")],
                Err("JOBS_OLDEST takes a number from 1 to 100, not `many`"),
                8,
            ),
        ] {
            let mut args = parse("").unwrap();
            let set = set.iter();
            args.set_variables(set.map(|(name, value)| (name.to_string(), value.to_string())));
            let count = args.count(&ALSO).map_err(|usage| usage.to_string());
            assert_eq!(count, expected.map_err(str::to_owned));
            assert_eq!(args.count_as_lego(&ALSO), Ok(Some(lenient)));
        }
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
    fn a_list_of_nothing_but_commas_is_no_list_that_was_not_given() {
        for (words, is_given) in [
            ("-d , --strict", true),
            ("-d a -d,", true),
            ("--strict", false),
        ] {
            let list = parse(words).unwrap().list(&DOMAINS);
            assert_eq!(list.is_err(), is_given, "{words}");
            let says = list
                .err()
                .map_or_else(String::new, |error| error.to_string());
            assert_eq!(says.is_empty(), !is_given);
            assert!(
                says.is_empty() || says == "--domains has nothing in it: `,`",
                "{says}"
            );
        }
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
    fn what_an_option_lists_is_shown_whatever_else_is_said_and_for_that_value_alone() {
        static OF: Opt = Opt {
            list: Some(List {
                value: "list",
                text: || "all\n".to_owned(),
            }),
            ..Opt::text("of", "CODE", "")
        };
        static FLAG: Opt = Opt {
            list: Some(List {
                value: "",
                text: || "flags\n".to_owned(),
            }),
            ..Opt::flag("flags", "")
        };
        static LISTS: Program = Program {
            commands: &[Command {
                options: &[&OF, &FLAG],
                ..SEVERAL.commands[1]
            }],
            ..SEVERAL
        };
        for (line, expected) in [
            ("", ""),
            ("--of lists", ""),
            ("--of=", ""),
            ("--of list", "all\n"),
            ("a --of=list b", "all\n"),
            ("--of a --of list --of b", "all\n"),
            ("--flags", "flags\n"),
            ("--flags --of list --help", "flags\n"),
            ("--help --of list", "help"),
            ("--of list --generate check", "check"),
        ] {
            let args = Args::parse(&LISTS, words(line)).unwrap();
            let shown = args.page().map_or(String::new(), |page| match page {
                Page::Named(name) => name.clone(),
                Page::List(text) => text(),
            });
            assert_eq!(shown, expected, "{line}");
        }
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
