//! The variables of the environment that stand for options, and those that are switches of their own.

use crate::secret;
use crate::table::{Opt, Variable};
use crate::usage::Usage;
use std::ffi::OsString;

/// Reads what is true or false: what Go's `strconv.ParseBool` takes, as lego does, and yes, no, on and off.
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
        is_true(&value)
            .ok_or_else(|| Usage::new(format!("{name} is neither true nor false: `{value}`")))
    }
}

/// The value of the variable that stands for an option, and the variable's name; none where it is not set, or empty. That of
/// a secret may stand in a file.
pub(crate) fn variable_of(option: &Opt) -> Result<Option<(&'static str, String)>, Usage> {
    let Some(name) = option.variable else {
        return Ok(None);
    };
    match std::env::var_os(name) {
        Some(value) if !value.is_empty() && option.is_secret => {
            secret::only_one_place(name)?;
            secret_utf8(name, value).map(|value| Some((name, value)))
        }
        Some(value) if !value.is_empty() => utf8(name, value).map(|value| Some((name, value))),
        _ if option.is_secret => Ok(secret::from_file(name)?.map(|value| (name, value))),
        _ => Ok(None),
    }
}

/// A secret, which is not shown where it is wrong.
fn secret_utf8(name: &str, value: OsString) -> Result<String, Usage> {
    value
        .into_string()
        .map_err(|_| Usage::new(format!("{name} is not UTF-8")))
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
