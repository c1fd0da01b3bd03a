//! The hooks before and after: what they are told, and how they are run.

use crate::plan::{Hook, Plan};
use exec_cli::{Call, call};
use pipeline::catalogue::order::{DIRECTORY, OPTIONS, ORDER};
use pipeline::{Document, Problem};
use std::ffi::OsString;
use subprocess::Stdout;

/// The names of all certificates that are due.
const NAMES: &str = "ACMEPIPE_CERT_NAMES";
/// Variables of lego's hooks that are about one certificate: only where one alone is due.
const OF_ONE: [&str; 12] = [
    "LEGO_HOOK_CERT_NAME",
    "LEGO_HOOK_CERT_NAME_SANITIZED",
    "LEGO_HOOK_CERT_DOMAINS",
    "LEGO_HOOK_CERT_KEY_TYPE",
    "LEGO_HOOK_CERT_PATH",
    "LEGO_HOOK_CERT_KEY_PATH",
    "LEGO_HOOK_ISSUER_CERT_PATH",
    "LEGO_HOOK_CERT_PEM_PATH",
    "LEGO_HOOK_CERT_PFX_PATH",
    "LEGO_HOOK_ACCOUNT_ID",
    "LEGO_HOOK_ACCOUNT_EMAIL",
    "LEGO_HOOK_ACCOUNT_SERVER",
];
/// The longest variable that is passed on, in bytes: the system starts no program with one of more than 128 KiB.
const LONGEST_VARIABLE: usize = 120 << 10;

/// Runs a hook, and waits until it has ended.
///
/// # Errors
/// It could not be started, failed, or took too long.
pub(crate) fn run(
    what: &str,
    hook: &Hook,
    plan: &Plan,
    requests: &[Document],
) -> Result<(), Problem> {
    let known = variables(requests);
    let one = Call {
        about: what.to_owned(),
        is_silent: false,
        arguments: hook.arguments.iter().map(OsString::from).collect(),
        removed_variables: OF_ONE.into_iter().chain([NAMES]).collect(),
        variables: plan.variables.iter().cloned().chain(known).collect(),
        stdin: None,
        stdout: Stdout::Messages,
        kept_stdout: 0,
        time_limit: plan.hook_timeout,
        hint: |_, _| None,
    };
    call(&hook.program, one)
        .map(drop)
        .map_err(|failure| failure.problem)
}

/// What a hook is told of the certificates that are due.
fn variables(requests: &[Document]) -> Vec<(String, String)> {
    let names: Vec<String> = requests.iter().map(Document::label).collect();
    let mut variables = vec![(NAMES.to_owned(), names.join(","))];
    if let ([request], [name]) = (requests, &names[..]) {
        variables.extend(of_one(request, name));
    }
    variables.retain(|(_, value)| value.len() <= LONGEST_VARIABLE && !value.contains('\0'));
    variables
}

/// What lego's hooks are told, of the one certificate that is due.
fn of_one(request: &Document, name: &str) -> Vec<(String, String)> {
    let order = request.member(&ORDER).unwrap_or_default();
    let options = request.member(&OPTIONS).unwrap_or_default();
    let identifiers = order["identifiers"].as_array().into_iter().flatten();
    let domains: Vec<&str> = identifiers
        .filter_map(|one| one["value"].as_str())
        .collect();
    let directory = request.member(&DIRECTORY).unwrap_or_default();
    let (email, server) = (options["email"].as_str(), options["server"].as_str());
    let known = [
        ("LEGO_HOOK_CERT_NAME", domains.first().copied()),
        ("LEGO_HOOK_CERT_NAME_SANITIZED", Some(name)),
        ("LEGO_HOOK_CERT_DOMAINS", Some(&*domains.join(","))),
        ("LEGO_HOOK_CERT_KEY_TYPE", options["key-type"].as_str()),
        ("LEGO_HOOK_ACCOUNT_ID", email.or(Some("default"))),
        ("LEGO_HOOK_ACCOUNT_EMAIL", email),
        ("LEGO_HOOK_ACCOUNT_SERVER", directory.as_str().or(server)),
    ]
    .map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    known.into_iter().flatten().collect()
}
