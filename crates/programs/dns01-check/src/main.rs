//! `dns01-check`: says why dns-01 will fail for a name, before an order is placed.

mod check;
mod given;
mod options;
mod source;
mod text;

use std::process::ExitCode;
use std::rc::Rc;

use check::{Check, Outcome};
use command::{Args, Usage};
use dns01_check::PROGRAM;
use options::Options;
use pipeline::Run;
use source::Source;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let options = Options::from_args(&args)?;
    let source = Rc::new(Source::open(&options, &args)?);
    let given = given::documents(&args, &source)?;
    if options.save.is_none() {
        command::give_up_rights(&args)?;
    }
    let mut run = Run::start()?;
    if let Some(documents) = given {
        run = run.given(documents);
    }
    if options.shows_text {
        run = run.shown_as(text::shown);
    }
    let outcome = Rc::new(Outcome::default());
    run.each_challenge(Check::new(source.clone(), options.clone(), outcome.clone()))?;
    if let Some(path) = &options.save
        && let Err(error) = source.save(path)
    {
        command::message::error(&error);
        run.fail();
    }
    if outcome.is_as_severe_as(options.fail_on) {
        run.fail();
    }
    let status = run.finish();
    Ok(
        match outcome.is_nothing_judged() && run.stop().heard().is_none() {
            true => ExitCode::from(2),
            false => status,
        },
    )
}
