//! `acme-order`: names or requests in, order documents out.
//!
//! It finds or registers the account of each, places the order, fetches its authorizations side by side, and computes the value
//! of each TXT record. It touches the account's key and the CA, and nothing else.

mod accounts;
mod assignment;
mod key_types;
mod options;
mod order;
mod replaced;
mod request;
mod split;
mod validity;
mod wanted;

use crate::accounts::Accounts;
use crate::options::Config;
use crate::order::Orders;
use acme_order::{PROGRAM, SPLIT};
use command::{Args, Usage, message};
use pipeline::Run;
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let config = Config::from_args(&args)?;
    let most = args.count(&SPLIT)?;
    let requests = request::from_arguments(&args, most)?;
    let replaced = replaced::from_args(&args)?;
    let requests = request::replacing(requests, replaced)?;
    if requests.is_some() {
        config.check_ca()?;
    }
    let (client, cancellation) = acme_cli::client(&args)?;
    command::give_up_rights(&args)?;

    let run = Run::start()?;
    let kinds = config.key_types.clone();
    let run = match requests {
        Some(requests) => run.given(key_types::of_all(requests, &kinds)),
        None => {
            if std::io::stdin().is_terminal() {
                message::note(
                    "reading names from the terminal, one line per certificate; Ctrl-D ends them",
                );
            }
            run.requests(move |request| {
                key_types::of_all(request::from_stdin(request, most), &kinds)
            })
        }
    };
    let orders = Orders::new(Accounts::new(config, client));
    acme_cli::each(&run, &cancellation, false, move |document| {
        orders.place(document)
    })?;
    Ok(run.finish())
}
