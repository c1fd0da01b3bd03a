//! Values by the rows of their options: from the command line, or else from the variable, or the default.

use super::Args;
use crate::duration;
use crate::environment::{is_true, utf8};
use crate::path::absolute;
use crate::table::{Kind, Opt, Variable};
use crate::text::or_list;
use crate::usage::Usage;
use crate::variable::{secret_of, variable_of};
use crate::warned::warn_of_settings;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

impl Args {
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

    /// Whether a variable that is a switch says `true`, `1`, `yes` or `on`; one that is not set, or empty, does not.
    ///
    /// # Errors
    /// It says something that is neither true nor false.
    pub fn switch(&self, switch: &Variable) -> Result<bool, Usage> {
        self.environment.is_true(switch)
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
    /// A value is not UTF-8, or has nothing but commas and blanks: to take that for no value at all would be the default in its
    /// place.
    pub fn list(&self, option: &Opt) -> Result<Vec<String>, Usage> {
        let mut all = Vec::new();
        for value in self.each(option)? {
            let parts = value.split(',').map(str::trim);
            let before = all.len();
            all.extend(parts.filter(|part| !part.is_empty()).map(str::to_owned));
            if all.len() == before && !value.is_empty() {
                let name = self.name_given(option);
                return Err(Usage::new(format!("{name} has nothing in it: `{value}`")));
            }
        }
        Ok(all)
    }

    /// What an option was given by: itself, or its variable.
    pub fn name_given(&self, option: &Opt) -> String {
        let is_set = |name: &&str| self.environment.get(name).is_some();
        let variable = option.variables().find(is_set).or(option.variable);
        match variable {
            Some(variable) if !self.is_given(option) => variable.to_owned(),
            _ => format!("--{}", option.long),
        }
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
        Ok(given.or_else(|| self.default_seconds(option)))
    }

    fn default_seconds(&self, option: &Opt) -> Option<Duration> {
        match self.row(option).kind {
            Kind::Seconds { default } => default.map(|seconds| Duration::from_secs(seconds.into())),
            _ => None,
        }
    }

    /// As [`Args::seconds`]. As with lego, a variable that is no number of seconds counts as not set, with a warning.
    ///
    /// # Errors
    /// The option is no number of seconds.
    pub fn seconds_as_lego(&self, option: &Opt) -> Result<Option<Duration>, Usage> {
        let seconds = self.seconds(option);
        self.as_lego(option, seconds, || self.default_seconds(option))
    }

    /// As [`Args::count`]. As with lego, a variable that is no such number counts as not set, with a warning.
    ///
    /// # Errors
    /// The option is no such number.
    pub fn count_as_lego(&self, option: &Opt) -> Result<Option<usize>, Usage> {
        let count = self.count(option);
        self.as_lego(option, count, || match self.row(option).kind {
            Kind::Count { default, .. } => default,
            _ => None,
        })
    }

    fn as_lego<T>(
        &self,
        option: &Opt,
        read: Result<Option<T>, Usage>,
        default: impl FnOnce() -> Option<T>,
    ) -> Result<Option<T>, Usage> {
        match read {
            Err(usage) if !self.is_given(option) => {
                warn_of_settings(&format!("{usage}; it counts as not set"));
                Ok(default())
            }
            read => read,
        }
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
        match parse(&text) {
            Some(value) => Ok(Some(value)),
            None => Err(Usage::new(format!(
                "{} takes {what}, not `{text}`",
                self.name_given(option)
            ))),
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
}
