//! What the store has that is still to be deployed when all documents have come: what failed before, what a killed run left,
//! and with `--all` whatever a target lacks.

use crate::arrival::Arrivals;
use crate::deployer::Deployer;
use crate::document;
use crate::options::Config;
use command::message;
use lifecycle::Occasion;
use parallel::Workers;
use pipeline::Run;

/// How many certificates are worked on at once; most of them wait until it is their turn at a target.
const AT_ONCE: usize = 64;

/// Deploys what is left, and writes a document for each certificate.
pub(crate) fn deploy(run: &Run, deployer: &Deployer, arrivals: &Arrivals) {
    let left = left(run, deployer, arrivals);
    parallel::map(Workers::new(AT_ONCE), &left, |(name, occasion)| {
        if deployer.stop.reason().is_some() {
            // The state says what is left.
            return;
        }
        let targets = deployer.config.targets.of(name);
        let report = deployer.deploy(name, targets, *occasion);
        if let Some(problem) = &report.problem {
            message::error(&format!("{name}: {problem}"));
        }
        // Deploying goes on whether or not anybody reads what became of it.
        let _ = run.emit(&document::new(name, &report));
    });
}

/// The certificates that are left, and why each is deployed.
fn left(run: &Run, deployer: &Deployer, arrivals: &Arrivals) -> Vec<(String, Occasion)> {
    let config = &deployer.config;
    let names = names(run, config);
    for name in &names {
        if let Err(problem) = deployer.update_state(name) {
            message::error(&format!("{name}: {problem}"));
            run.fail();
        }
    }
    if config.is_asked() {
        let named = names.into_iter();
        return named.map(|name| (name, Occasion::Asked)).collect();
    }
    let seen = arrivals.seen();
    let mut left = Vec::new();
    for name in names
        .into_iter()
        .filter(|name| !seen.handled.contains(name))
    {
        let is_new = seen.new.contains(&name);
        let (targets, occasion) = match is_new || config.all {
            true if is_new => (config.targets.of(&name), Occasion::Due),
            true => (config.targets.of_stored(&name), Occasion::Due),
            false => (config.targets.of_stored(&name), Occasion::Known),
        };
        if deployer.is_wanted(&name, targets, occasion) {
            left.push((name, occasion));
        }
    }
    left
}

/// The certificates that this run is about: those that the command line names, or all of the store.
fn names(run: &Run, config: &Config) -> Vec<String> {
    if config.is_asked() {
        return config.named.clone();
    }
    let mut names = config.store.names().unwrap_or_else(|error| {
        message::error(&error.to_string());
        run.fail();
        Vec::new()
    });
    // What is named and not there yet comes with a document, or not at all.
    names.retain(|name| config.named.is_empty() || config.named.contains(name));
    names
}
