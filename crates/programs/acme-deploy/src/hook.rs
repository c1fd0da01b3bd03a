//! The user's program that deploys a certificate.

use crate::certificate::Certificate;
use crate::environment;
use exec_cli::hook;
use pipeline::Problem;
use std::path::Path;
use std::time::Duration;

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
pub(crate) fn run(
    program: &Path,
    arguments: &[String],
    occurrence: &Occurrence<'_>,
) -> Result<(), Problem> {
    let certificate = occurrence.certificate;
    hook::run(hook::Hook {
        about: &certificate.name,
        program,
        arguments,
        configured: occurrence.variables,
        known: environment::variables(certificate, occurrence.version, occurrence.tries),
        time_limit: occurrence.time_limit,
    })
}
