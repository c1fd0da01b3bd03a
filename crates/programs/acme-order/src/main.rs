//! `acme-order`: names in, order documents out.
//!
//! Finds or registers the account, places the order, fetches its authorizations side by side, and computes what the
//! TXT record of each has to say. Touches the account's key and the CA, and nothing else.

mod names;
mod options;
mod order;
mod request;

use crate::options::{Config, PROGRAM};
use crate::order::Orders;
use pipeline::{Args, Run, Usage, message};
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let config = Config::from_args(&args)?;
    let run = Run::start()?;
    let run = match request::from_arguments(&args)? {
        Some(request) => run.given(vec![request]),
        None => {
            if std::io::stdin().is_terminal() {
                message::note(
                    "reads names from the terminal, a line for each certificate; Ctrl-D ends them",
                );
            }
            run.lines(request::from_line)
        }
    };
    acme_cli::each(&run, |cancellation| {
        let orders = Orders::new(config, cancellation);
        move |document| orders.place(document)
    });
    Ok(run.finish())
}
