//! `acme-finalize`: from an order to a certificate on disk.
//!
//! Has the CA validate what is not valid yet, makes key and CSR, downloads the chain, and puts both where a server
//! finds them. The key is on disk before the CA hears of it, so a run that was cut off anywhere is carried on by the
//! next with the same document. Starts no process.

mod finalize;

use crate::finalize::Finalizer;
use acme_finalize::PROGRAM;
use std::process::ExitCode;

fn main() -> ExitCode {
    acme_cli::main(&PROGRAM, |args, client| {
        let finalizer = Finalizer::new(args, client)?;
        Ok(move |document: &mut _| finalizer.finalize(document))
    })
}
