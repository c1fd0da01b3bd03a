//! `acme-finalize`: from an order to a certificate on disk.
//!
//! It has the CA validate what is not valid yet, makes a key and a CSR, downloads the chain, and puts key and chain where
//! a server finds them. The key is on disk before the CA gets the CSR, so after any interruption another run with the
//! same document goes on from there. It starts no process.

mod chains;
mod finalize;
mod name;
mod request;
mod reuse;
mod settings;

use crate::finalize::Finalizer;
use acme_finalize::{DEACTIVATE, PROGRAM};
use command::Args;
use std::process::ExitCode;

fn main() -> ExitCode {
    let failed_too = |args: &Args| args.flag(&DEACTIVATE);
    acme_cli::main(&PROGRAM, failed_too, |args, client| {
        let finalizer = Finalizer::new(args, client)?;
        Ok(move |document: &mut _| finalizer.finalize(document))
    })
}
