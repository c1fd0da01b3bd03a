//! The command line after parsing, with the environment behind it.

use super::{GENERATE, Opt, Program, Stdin};
use crate::value;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

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

/// What the command line said.
#[derive(Debug)]
pub struct Args {
    program: &'static Program,
    given: Vec<(&'static str, OsString)>,
    page: Option<String>,
    /// What is no option, in order.
    pub operands: Vec<OsString>,
}

impl Args {
    pub(super) fn parse(
        program: &'static Program,
        words: impl IntoIterator<Item = OsString>,
    ) -> Result<Args, Usage> {
        let mut args = Args {
            program,
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
                Long(long) => self.program.find(long),
                Short(short) => self
                    .program
                    .all()
                    .find(|option| option.short == Some(*short)),
            };
            let Some(option) = option else {
                return Err(arg.unexpected());
            };
            let value = match option.value {
                Some(_) => parser.value()?,
                None => OsString::new(),
            };
            if matches!(option.long, "help" | "version") {
                self.page.get_or_insert(option.long.to_owned());
            }
            self.given.push((option.long, value));
        }
        Ok(())
    }

    /// The page that was asked for instead of the program's work.
    pub(super) fn page(&self) -> Option<String> {
        self.page.clone()
    }

    /// Takes the first operand: the command, of a program that has several.
    ///
    /// # Errors
    /// There is none.
    pub fn take_command(&mut self) -> Result<String, Usage> {
        if self.operands.is_empty() {
            let name = self.program.name;
            return Err(Usage(format!("what to do? Try `{name} --help`.")));
        }
        utf8("the command", self.operands.remove(0))
    }

    /// Whether the option stands on the command line, whatever the environment says.
    pub fn is_given(&self, long: &str) -> bool {
        self.option(long);
        self.given.iter().any(|(given, _)| *given == long)
    }

    /// Whether the flag is given, or its variable says `true`, `1`, `yes` or `on`.
    ///
    /// # Errors
    /// A variable that says something else.
    pub fn flag(&self, long: &str) -> Result<bool, Usage> {
        if self.is_given(long) {
            return Ok(true);
        }
        let Some((name, value)) = self.environment(long)? else {
            return Ok(false);
        };
        match value.to_ascii_lowercase().as_str() {
            "1" | "t" | "true" | "yes" | "on" => Ok(true),
            "0" | "f" | "false" | "no" | "off" => Ok(false),
            _ => Err(Usage(format!(
                "{name} is neither true nor false: `{value}`"
            ))),
        }
    }

    /// The option's value, or its variable's; the last where it is given more than once.
    ///
    /// # Errors
    /// One that is not UTF-8.
    pub fn text(&self, long: &str) -> Result<Option<String>, Usage> {
        match self.last(long) {
            Some(value) => utf8(&format!("--{long}"), value.clone()).map(Some),
            None => Ok(self.environment(long)?.map(|(_, value)| value)),
        }
    }

    /// All values of a list, in order: the option's, or where there is none its variable's, split at commas.
    ///
    /// # Errors
    /// One that is not UTF-8.
    pub fn texts(&self, long: &str) -> Result<Vec<String>, Usage> {
        let mut values = Vec::new();
        for (_, value) in self.given.iter().filter(|(given, _)| *given == long) {
            values.push(utf8(&format!("--{long}"), value.clone())?);
        }
        if values.is_empty() {
            values.extend(self.environment(long)?.map(|(_, value)| value));
        }
        Ok(values
            .iter()
            .flat_map(|value| value.split(','))
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
            .collect())
    }

    /// The option's value, or its variable's, as a path, in whatever bytes it came.
    pub fn path(&self, long: &str) -> Option<PathBuf> {
        let option = self.option(long);
        let value = self.last(long).cloned();
        value
            .or_else(|| std::env::var_os(option.variable?))
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    /// Where accounts, certificates and the journal are kept: what `--path` says, else `/var/lib/acmepipe` for
    /// root and `$XDG_DATA_HOME/acmepipe` for others. Absolute, so that documents can name what is in it.
    ///
    /// # Errors
    /// Where neither the option nor the environment names a directory.
    pub fn state_directory(&self) -> Result<PathBuf, Usage> {
        let under_home = || {
            // One that is not absolute is to be ignored, as the XDG specification has it.
            let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
            let home = || Some(std::env::home_dir()?.join(".local/share"));
            let data = data.filter(|data| data.is_absolute()).or_else(home)?;
            Some(data.join("acmepipe"))
        };
        let directory = match self.path("path") {
            Some(directory) => Some(directory),
            None if rustix::process::geteuid().is_root() => Some("/var/lib/acmepipe".into()),
            None => under_home(),
        };
        match directory {
            Some(directory) => Ok(std::path::absolute(directory)?),
            None => Err(Usage::new(
                "no home directory: say with --path where to keep files",
            )),
        }
    }

    /// A duration in seconds, fractions allowed.
    ///
    /// # Errors
    /// What is no number, negative, or over a year.
    pub fn seconds(&self, long: &str) -> Result<Option<Duration>, Usage> {
        self.parsed(long, "a number of seconds", |text| {
            text.parse().ok().and_then(value::duration)
        })
    }

    /// A number from 1 to `most`.
    ///
    /// # Errors
    /// What is not that.
    pub fn count(&self, long: &str, most: usize) -> Result<Option<usize>, Usage> {
        self.parsed(long, &format!("a number from 1 to {most}"), |text| {
            text.parse().ok().filter(|count| (1..=most).contains(count))
        })
    }

    /// The option's value, or its variable's, made into what `parse` makes of it.
    ///
    /// # Errors
    /// Where `parse` makes nothing of it: says that it takes `what`.
    pub fn parsed<T>(
        &self,
        long: &str,
        what: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Usage> {
        let Some(text) = self.text(long)? else {
            return Ok(None);
        };
        match parse(&text) {
            Some(value) => Ok(Some(value)),
            None if self.is_given(long) => {
                Err(Usage(format!("--{long} takes {what}, not `{text}`")))
            }
            None => {
                let name = self.option(long).variable.unwrap_or(long);
                Err(Usage(format!("{name} takes {what}, not `{text}`")))
            }
        }
    }

    fn last(&self, long: &str) -> Option<&OsString> {
        self.option(long);
        let given = self.given.iter().rev();
        given
            .into_iter()
            .find(|(given, _)| *given == long)
            .map(|(_, value)| value)
    }

    fn environment(&self, long: &str) -> Result<Option<(&'static str, String)>, Usage> {
        let Some(name) = self.option(long).variable else {
            return Ok(None);
        };
        match std::env::var_os(name) {
            Some(value) if !value.is_empty() => utf8(name, value).map(|value| Some((name, value))),
            _ => Ok(None),
        }
    }

    fn option(&self, long: &str) -> &'static Opt {
        let option = self.program.find(long);
        debug_assert!(option.is_some(), "--{long} is not in the program's table");
        const NONE: &Opt = &Opt::new("", "");
        option.unwrap_or(NONE)
    }
}

/// What of a command line that is wrong is no option. The word after an option that is not known is taken for its value.
pub(crate) fn operands(
    program: &'static Program,
    words: impl IntoIterator<Item = OsString>,
) -> Vec<OsString> {
    use lexopt::Arg::{Long, Short, Value};
    let commands = match program.stdin {
        Stdin::DocumentsOfCommands {
            readers, others, ..
        } => [readers, others].concat(),
        _ => Vec::new(),
    };
    let mut parser = lexopt::Parser::from_iter(words);
    let mut operands = Vec::new();
    let mut is_value = false;
    while let Ok(Some(arg)) = parser.next() {
        let option = match arg {
            Value(word) => {
                // A command is none's value.
                let is_command = commands.iter().any(|command| word == *command);
                if !is_value || is_command {
                    operands.push(word);
                }
                is_value = false;
                continue;
            }
            Long(long) => program.find(long),
            Short(short) => program.all().find(|option| option.short == Some(short)),
        };
        let attached = parser.optional_value().is_some();
        is_value = !attached && option.is_none_or(|option| option.value.is_some());
    }
    operands
}

fn utf8(name: &str, value: OsString) -> Result<String, Usage> {
    value
        .into_string()
        .map_err(|value| Usage(format!("{name} is not UTF-8: {}", value.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

    static PROGRAM: Program = Program {
        stdin: Stdin::Names,
        name: "x",
        about: "",
        usage: &[],
        variables: &[],
        options: &[
            Opt {
                short: Some('d'),
                value: Some("NAME"),
                list: true,
                ..Opt::new("domains", "")
            },
            Opt {
                value: Some("SECONDS"),
                ..Opt::new("timeout", "")
            },
            Opt::new("strict", ""),
        ],
    };

    fn parse(line: &str) -> Result<Args, Usage> {
        Args::parse(&PROGRAM, format!("x {line}").split(' ').map(OsString::from))
    }

    #[test]
    fn a_list_takes_commas_and_repetition() {
        let args = parse("-d a,b --domains=c -dd -- -e").unwrap();
        assert_eq!(args.texts("domains").unwrap(), ["a", "b", "c", "d"]);
        assert_eq!(args.operands, ["-e"]);
        assert!(!args.flag("strict").unwrap());
    }

    #[test]
    fn of_a_wrong_line_it_is_known_what_is_an_operand() {
        for (line, expected) in [
            ("", vec![]),
            ("--typo 5", vec![]),
            ("--typo=5 a", vec!["a"]),
            ("-d a b --strict c", vec!["b", "c"]),
            ("--timeout", vec![]),
            ("-z=1 -- -e", vec!["-e"]),
        ] {
            let words = format!("x {line}");
            let words = words.split_whitespace().map(OsString::from);
            assert_eq!(operands(&PROGRAM, words), expected, "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_the_name_of_the_option() {
        for (line, expected) in [
            ("--nope", "--nope"),
            ("--domains", "--domains"),
            ("--strict=1", "--strict"),
        ] {
            let usage = parse(line).unwrap_err().to_string();
            assert!(usage.contains(expected), "{usage}");
        }
        let usage = parse("--timeout=-1")
            .unwrap()
            .seconds("timeout")
            .unwrap_err();
        assert_eq!(usage.0, "--timeout takes a number of seconds, not `-1`");
    }
}
