//! The variables of the environment, and those that a file sets in their place.

use crate::table::Variable;
use crate::usage::Usage;
use std::collections::HashMap;
use std::ffi::OsString;

/// Reads what is true or false: what Go's `strconv.ParseBool` takes, as lego does, and yes, no, on and off.
pub(crate) fn is_true(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" | "yes" | "on" => Some(true),
        "0" | "f" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// The variables that count: those that a file sets, and behind them those of the process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    of_file: HashMap<String, OsString>,
}

impl Environment {
    /// Lets these come before what the process has.
    pub(crate) fn set(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        let variables = variables.into_iter();
        self.of_file
            .extend(variables.map(|(name, value)| (name, value.into())));
    }

    /// The value of a variable; none where it is not set, or empty.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        let value = match self.of_file.get(name) {
            Some(value) => Some(value.clone()),
            None => std::env::var_os(name),
        };
        value.filter(|value| !value.is_empty())
    }

    /// Whether a switch says `true`, `1`, `yes` or `on`; one that is not set, or empty, does not.
    ///
    /// # Errors
    /// It says something that is neither true nor false.
    pub(crate) fn is_true(&self, switch: &Variable) -> Result<bool, Usage> {
        let name = switch.name;
        let Some(value) = self.get(name) else {
            return Ok(false);
        };
        let value = value.to_string_lossy();
        is_true(&value)
            .ok_or_else(|| Usage::new(format!("{name} is neither true nor false: `{value}`")))
    }
}

pub(crate) fn utf8(name: &str, value: OsString) -> Result<String, Usage> {
    value
        .into_string()
        .map_err(|value| Usage::new(format!("{name} is not UTF-8: {}", value.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
