//! The user's program that deploys a certificate.

use crate::certificate::Certificate;
use crate::environment;
use exec_cli::{Call, call};
use pipeline::Problem;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;
use subprocess::Stdout;

/// What a program is run for.
pub(crate) struct Occurrence<'a> {
    pub(crate) certificate: &'a Certificate,
    pub(crate) version: &'a str,
    /// Which try it is, from 1 on.
    pub(crate) tries: u32,
    /// Variables from the configuration.
    pub(crate) variables: &'a [(String, String)],
    pub(crate) time_limit: Duration,
}

/// Runs the program with its arguments, and waits until it has ended and nobody holds its output any more.
///
/// # Errors
/// `acmepipe:exec:start`, `:timeout` or `:status`, with the last lines that it printed.
pub(crate) fn run(words: &[String], occurrence: &Occurrence<'_>) -> Result<(), Problem> {
    let Some((program, arguments)) = words.split_first() else {
        return Ok(());
    };
    let known =
        environment::variables(occurrence.certificate, occurrence.version, occurrence.tries);
    let known = known
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    // What is known of the certificate wins over what the configuration says of all.
    let variables = occurrence.variables.iter().cloned().chain(known);
    let one = Call {
        about: occurrence.certificate.name.clone(),
        is_silent: false,
        arguments: arguments.iter().map(OsString::from).collect(),
        removed_variables: environment::ALL.to_vec(),
        variables: variables.collect(),
        stdin: None,
        stdout: Stdout::Messages,
        kept_stdout: 0,
        time_limit: occurrence.time_limit,
        hint: |_, _| None,
    };
    match call(Path::new(program), one) {
        Ok(_) => Ok(()),
        Err(failure) => Err(failure.problem),
    }
}
