//! `acme-order`: names or requests in, order documents out.
//!
//! It finds or registers the account of each, places the order, fetches its authorizations side by side, and computes the value
//! of each TXT record. It touches the account's key and the CA, and nothing else.

mod accounts;
mod assignment;
mod key_types;
mod options;
mod order;
mod request;
mod wanted;

use crate::accounts::Accounts;
use crate::options::Config;
use crate::order::Orders;
use acme_order::PROGRAM;
use command::{Args, Usage, message};
use pipeline::Run;
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let config = Config::from_args(&args)?;
    let request = request::from_arguments(&args)?;
    let (client, cancellation) = acme_cli::client(&args)?;
    command::give_up_rights(&args)?;

    let run = Run::start()?;
    let kinds = config.key_types.clone();
    let run = match request {
        Some(request) => run.given(key_types::each(request, &kinds)),
        None => {
            if std::io::stdin().is_terminal() {
                message::note(
                    "reading names from the terminal, one line per certificate; Ctrl-D ends them",
                );
            }
            run.requests(move |request| {
                let document = request::from_stdin(request).into_iter();
                document
                    .flat_map(|document| key_types::each(document, &kinds))
                    .collect()
            })
        }
    };
    let orders = Orders::new(Accounts::new(config, client));
    acme_cli::each(&run, &cancellation, move |document| orders.place(document))?;
    Ok(run.finish())
}
