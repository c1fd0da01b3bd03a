//! `acme-issue`: the pipeline as one command. It starts the programs and adds nothing of its own but further rounds, for
//! names and zones that hold one value at a time.

mod contradictions;
mod rounds;
mod steps;

use acme_issue::{JOBS, PROGRAM};
use command::{Args, Usage};
use rounds::Rounds;
use stages::Signals;
use std::process::ExitCode;
use steps::Steps;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, issue)
}

fn issue(args: Args) -> Result<ExitCode, Usage> {
    args.no_operands("names are given with -d")?;
    if args.text(&dns01_exec::DNS)?.is_none() && args.path(&dns01_exec::EXEC)?.is_none() {
        return Err(Usage::new(
            "no program: say which with --dns, --exec or EXEC_PATH",
        ));
    }
    contradictions::refuse(&args)?;
    args.count(&JOBS)?;
    let steps = Steps::new(&args)?;
    stages::check(&steps.to_check())?;
    if command::is_only_checked() {
        return Ok(ExitCode::SUCCESS);
    }
    let signals = Signals::listen()?;
    let mut rounds = Rounds::new(steps, &signals)?;
    rounds.first()?;
    while rounds.order_again() || rounds.further() || rounds.order_shared() {}
    rounds.finalize();
    rounds.deactivate();
    Ok(rounds.finish())
}
