//! The variable that stands for an option.

use crate::environment::{Environment, utf8};
use crate::mask;
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
    for name in option.variables() {
        let value = match option.is_secret {
            true => secret_of(environment, name)?,
            false => environment
                .get(name)
                .map(|value| utf8(name, value))
                .transpose()?,
        };
        if let Some(value) = value {
            return Ok(Some((name, value)));
        }
    }
    Ok(None)
}

/// The value of a variable that is a secret, which may stand in a file; none where it is not set, or empty. No message shows
/// it from then on.
pub(crate) fn secret_of(environment: &Environment, name: &str) -> Result<Option<String>, Usage> {
    let secret = match environment.get(name) {
        Some(value) => {
            secret::only_one_place(environment, name)?;
            Some(secret_utf8(name, value)?)
        }
        None => secret::from_file(environment, name)?,
    };
    if let Some(secret) = &secret {
        mask::hide(secret);
    }
    Ok(secret)
}

/// A secret, which is not shown where it is wrong.
fn secret_utf8(name: &str, value: OsString) -> Result<String, Usage> {
    value
        .into_string()
        .map_err(|_| Usage::new(format!("{name} is not UTF-8")))
}
