//! The programs that serve services: where they are, whether what they need is installed, and what they are told.

use services::{Prepared, Route, Service, Through};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The variable by which a program is told which variables are secrets.
const SECRETS: &str = "DNS01_SECRETS";

/// The program of a way to a service.
///
/// # Errors
/// It is not installed.
pub(crate) fn program(through: Through, provider: &'static str) -> Result<PathBuf, String> {
    let name = match through {
        Through::Own => provider,
        Through::AcmeSh => "dns01-acmesh",
        Through::Lexicon => "dns01-lexicon",
    };
    let found = command::beside(name).or_else(|| subprocess::find(Path::new(name)).ok());
    found.ok_or_else(|| format!("{name} is neither beside dns01-service nor in PATH"))
}

/// Whether a way can be gone. Where none would be gone in its place and `thoroughly` is not asked for, it is taken for
/// granted: its program says itself what it lacks.
///
/// # Errors
/// What is not installed, in the program's words.
pub(crate) fn is_installed(
    route: &Route,
    service: &Service,
    thoroughly: bool,
) -> Result<(), String> {
    let is_another = |one: &Route| one.through != route.through;
    let others = service.routes().iter().any(is_another);
    let is_last = service.routes().last().is_none_or(|one| !is_another(one));
    let variable = match route.through {
        Through::Own => return Ok(()),
        Through::AcmeSh => "DNS01_ACMESH",
        // To load lexicon takes as long as to use it.
        Through::Lexicon if is_last && !thoroughly => return Ok(()),
        Through::Lexicon => "DNS01_LEXICON",
    };
    if !others && !thoroughly {
        return Ok(());
    }
    ask(
        &program(route.through, route.provider)?,
        [(variable, route.provider)],
    )
}

/// Asks a program how long propagation takes, which it does not answer where it lacks something.
fn ask<K: AsRef<OsStr>, V: AsRef<OsStr>>(
    program: &Path,
    variables: impl IntoIterator<Item = (K, V)>,
) -> Result<(), String> {
    let mut command = Command::new(program);
    command.arg(dns_program::TIMEOUT).envs(variables);
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("cannot run {}: {error}", program.display()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    let last = last.unwrap_or("it does not say why it cannot be used");
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    let last = last
        .strip_prefix(&*name)
        .and_then(|rest| rest.strip_prefix(": "))
        .unwrap_or(last);
    Err(command::text::clean(last))
}

/// What a program is started with, beside the variables of this one.
pub(crate) fn variables(prepared: &Prepared) -> Vec<(String, String)> {
    let mut all = prepared.variables.clone();
    if prepared.through != Through::Own {
        all.push((SECRETS.to_owned(), prepared.secrets.join(" ")));
    }
    all
}
