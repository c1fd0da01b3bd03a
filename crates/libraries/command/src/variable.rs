//! The variable that stands for an option.

use crate::environment::{Environment, utf8};
use crate::secret;
use crate::table::Opt;
use crate::usage::Usage;
use std::ffi::OsString;

/// The value of the variable that stands for an option, and the variable's name; none where it is not set, or empty.
/// That of a secret may stand in a file.
pub(crate) fn variable_of(
    environment: &Environment,
    option: &Opt,
) -> Result<Option<(&'static str, String)>, Usage> {
    let Some(name) = option.variable else {
        return Ok(None);
    };
    if option.is_secret {
        return Ok(secret_of(environment, name)?.map(|value| (name, value)));
    }
    match environment.get(name) {
        Some(value) => utf8(name, value).map(|value| Some((name, value))),
        None => Ok(None),
    }
}

/// The value of a variable that is a secret, which may stand in a file; none where it is not set, or empty.
pub(crate) fn secret_of(environment: &Environment, name: &str) -> Result<Option<String>, Usage> {
    match environment.get(name) {
        Some(value) => {
            secret::only_one_place(environment, name)?;
            secret_utf8(name, value).map(Some)
        }
        None => secret::from_file(environment, name),
    }
}

/// A secret, which is not shown where it is wrong.
fn secret_utf8(name: &str, value: OsString) -> Result<String, Usage> {
    value
        .into_string()
        .map_err(|_| Usage::new(format!("{name} is not UTF-8")))
}
