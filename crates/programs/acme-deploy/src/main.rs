//! `acme-deploy`: hand new certificates to the services that use them.
//!
//! It stands at the end of a pipeline. Of each order that comes it notes how it went, and each certificate it deploys to the
//! targets that lack it; then what the store has that is still to be deployed. Documents pass through.

mod arrival;
mod certificate;
mod deployer;
mod document;
mod environment;
mod hook;
mod install;
mod options;
mod problem;
mod store_rest;
mod targets;
mod turns;

use acme_deploy::PROGRAM;
use arrival::Arrivals;
use deployer::Deployer;
use options::Config;
use pipeline::{Run, Threads};
use std::process::ExitCode;
use std::sync::Arc;

/// How many documents are worked on at once; most of them wait until it is their turn at a target.
const DOCUMENTS: usize = 64;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, |args| {
        let config = Config::read(args)?;
        let mut run = Run::start()?;
        if !config.reads_documents {
            run = run.given(Vec::new());
        }
        let deployer = Arc::new(Deployer::new(config, run.stop()));
        let arrivals = Arc::new(Arrivals::default());
        let (shared, seen) = (deployer.clone(), arrivals.clone());
        run.each(&threads(&deployer), move |document| {
            seen.take(document, &shared)
        })?;
        if arrivals.have_failed() {
            run.fail();
        }
        store_rest::deploy(&run, &deployer, &arrivals);
        Ok(run.finish())
    })
}

/// How documents are worked on. However the run is stopped, programs run to their end. What became of a document that failed
/// earlier is noted too.
fn threads(deployer: &Deployer) -> Threads {
    Threads {
        at_once: DOCUMENTS,
        patience: exec_cli::time_to_end(deployer.config.time_limit),
        failed_too: true,
    }
}
