//! `acme-renew`: all that a certificate's renewal takes, as one command that nobody has to watch.
//!
//! One run at a time for a store: it is decided what is due; what an earlier run left in DNS is removed; what is due is ordered,
//! between two hooks; and all certificates are deployed that are not. What was done and what failed is said, and nothing else.

mod contradiction;
mod defaults;
mod hooks;
mod lines;
mod lock;
mod plan;
mod report;
mod run;
mod steps;

use acme_renew::{CONFIG, CONFIGURATION_OF_ROOT, PATH, PROGRAM};
use command::{Args, Usage, message};
use configuration::Configuration;
use lines::Lines;
use plan::Plan;
use run::Run;
use stages::Signals;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    command::main(&PROGRAM, renew)
}

fn renew(mut args: Args) -> Result<ExitCode, Usage> {
    find_configuration(&mut args)?;
    let mut all = args.clone();
    let configuration = Configuration::from_args(&mut all, &PROGRAM.own_options())?;
    if configuration.is_some() && !args.operands.is_empty() {
        return Err(Usage::new(format!(
            "names on the command line are those of kept certificates, and --{} has its own: give one of them",
            CONFIG.long
        )));
    }
    if let Some(configuration) = &configuration {
        configuration.check_cas(acme::directory_url)?;
        configuration.check_challenges(acme::ChallengeType::parse_list)?;
    }
    let lines = configuration.as_ref().map(|one| Lines::of(one, &args));
    let is_configured = configuration.is_some();
    let plan = Plan::new(&args, &all, configuration)?;
    stages::check(&plan.to_check()).map_err(|usage| match &lines {
        Some(lines) => lines.add_to(usage),
        None => usage,
    })?;
    if command::is_only_checked() {
        return Ok(ExitCode::SUCCESS);
    }
    if !is_configured && args.operands.is_empty() && command::note_missing_directory(&all)? {
        // A lock would make it, and the next run would find nothing wrong.
        return Ok(ExitCode::SUCCESS);
    }
    // Until then, a signal ends it: nothing is done yet.
    let Some(lock) = lock::take(&plan.directory, plan.waits, plan.may_pause)? else {
        return Ok(ExitCode::SUCCESS);
    };
    let signals = Signals::listen()?;
    let mut run = Run::new(plan, &signals)?;
    // It waits a random time where there is something to do: before anything else is done.
    let requests = run.find_due();
    lock::end_pause(&lock);
    run.remove_leftovers();
    run.order_and_deploy(requests);
    Ok(run.finish())
}

/// Has root's runs read the configuration in its usual place, unless they are told what to do, or where.
fn find_configuration(args: &mut Args) -> Result<(), Usage> {
    let is_told = [&CONFIG, &PATH, &dns01_exec::EXEC]
        .into_iter()
        .map(|option| args.path(option))
        .collect::<Result<Vec<_>, _>>()?;
    let is_told = is_told.iter().any(Option::is_some)
        || args.is_given(&dns01_exec::DNS)
        || !args.operands.is_empty();
    let is_root = rustix::process::geteuid().is_root();
    if !is_told && is_root && Path::new(CONFIGURATION_OF_ROOT).exists() {
        message::detail(&format!("the configuration is {CONFIGURATION_OF_ROOT}"));
        args.set(&CONFIG, [CONFIGURATION_OF_ROOT.to_owned()]);
    }
    Ok(())
}
