//! Gets accounts for names, and prints the CNAMEs that lead from their records to what the server answers.

use crate::account::Account;
use crate::accounts::Accounts;
use crate::api::Api;
use crate::lock;
use crate::network::network;
use crate::settings::{self, Place};
use crate::storage::LABEL;
use command::{Args, Usage, message};
use dns_program::{DRY_RUN, Failure};
use dns01_acme_dns::ALLOW;
use names::Names;
use std::io::Write as _;
use std::process::ExitCode;

/// Registers an account for each name that has none. A name that has one gets no other: its CNAME is printed again.
///
/// # Errors
/// What is wrong with the command line or the settings, or the file with the accounts cannot be used.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Usage> {
    args.refuse_misspelt_variables()?;
    let api = settings::api(args)?;
    let place = settings::place(args)?;
    let domains = domains(args)?;
    let networks = networks(args)?;
    let dry_run = args.flag(&DRY_RUN)?;
    // What others register meanwhile is seen.
    let _lock = match &place {
        Place::File(path) if !dry_run && !command::is_only_checked() => {
            lock::make_target(path).map_err(Usage::new)?;
            Some(lock::lock(path).map_err(Usage::new)?)
        }
        _ => None,
    };
    let mut accounts = settings::accounts(args, &place)?;
    command::give_up_rights(args)?;
    if command::is_only_checked() {
        return Ok(ExitCode::SUCCESS);
    }
    let mut is_well = true;
    for domain in &domains {
        let line = match accounts.of_domain(domain) {
            Ok(Some(account)) => Ok(cname(domain, &account)),
            Ok(None) if dry_run => Ok(api.registration(&networks).show()),
            Ok(None) => register(&api, &networks, domain, &mut accounts),
            Err(why) => Err(why),
        };
        match line {
            Ok(line) => is_well &= print(&line),
            Err(why) => {
                is_well = false;
                message::error(&format!("{domain}: {why}"));
            }
        }
    }
    Ok(match is_well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// The networks that may use the accounts.
fn networks(args: &Args) -> Result<Vec<String>, Usage> {
    let written = args.list(&ALLOW)?.into_iter();
    let read = |text: String| {
        network(&text).ok_or_else(|| {
            let name = args.name_given(&ALLOW);
            Usage::new(format!(
                "{name} takes networks like 192.0.2.0/24, and addresses: `{text}` is neither"
            ))
        })
    };
    written.map(read).collect()
}

/// The names to be proven, each once: an account is for a name and its wildcard.
fn domains(args: &Args) -> Result<Vec<String>, Usage> {
    let written: Vec<String> = args
        .operands
        .iter()
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    if written.is_empty() {
        return Err(Usage::new("no name to register an account for"));
    }
    let mut domains: Vec<String> = Vec::new();
    for name in &written {
        let names = Names::parse([name.as_str()]).map_err(Usage::new)?;
        for name in names.ordered {
            let domain = name.trim_start_matches("*.").to_owned();
            if !domains.contains(&domain) {
                domains.push(domain);
            }
        }
    }
    Ok(domains)
}

fn register(
    api: &Api,
    networks: &[String],
    domain: &str,
    accounts: &mut Accounts,
) -> Result<String, Failure> {
    accounts.prepare()?;
    if let Some(account) = accounts.of_domain(domain)? {
        return Ok(cname(domain, &account));
    }
    let account = api.register(networks)?;
    let kept = accounts.add(domain, account.keep(&api.base.join(&[])));
    // A password is printed by nobody: what was lost with it is a name that leads nowhere yet.
    let kept = kept.map_err(|why| {
        let detail = format!(
            "the server made the account {} for it, which could not be kept: {}",
            account.full_domain, why.detail
        );
        let hint = "That account is lost, and no CNAME leads to it: once another can be kept, register again.";
        Failure::new(detail).hint(why.hint.unwrap_or_else(|| hint.to_owned()))
    })?;
    Ok(cname(domain, &kept.unwrap_or(account)))
}

/// The record that the domain's zone needs, as a line of a zone file.
fn cname(domain: &str, account: &Account) -> String {
    format!("{LABEL}{domain}. IN CNAME {}\n", account.full_domain)
}

fn print(line: &str) -> bool {
    let mut stdout = std::io::stdout();
    let line = command::text::clean(line.trim_end()) + "\n";
    match stdout
        .write_all(line.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => true,
        Err(error) => {
            message::error(&format!("cannot write to standard output: {error}"));
            false
        }
    }
}
