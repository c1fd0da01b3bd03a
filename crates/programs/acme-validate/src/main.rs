//! `acme-validate`: tells the CA that challenges are ready, and waits for what it finds.
//!
//! It takes orders, and challenges alone on a line. It touches the account's key and the CA, and nothing else.

mod validation;

use crate::validation::Validator;
use acme_validate::PROGRAM;
use std::process::ExitCode;

fn main() -> ExitCode {
    acme_cli::main(
        &PROGRAM,
        |_| Ok(false),
        |args, client| {
            let validator = Validator::new(args, client)?;
            Ok(move |document: &mut _| validator.validate(document))
        },
    )
}
