//! `dns01-check`: says why dns-01 will fail for a name, before an order is placed.

mod check;
mod dot;
mod given;
mod named;
mod options;
mod progress;
mod request;
mod source;
mod text;

use std::process::ExitCode;
use std::rc::Rc;

use check::{Check, Outcome};
use command::{Args, Usage, message};
use dns01_check::PROGRAM;
use options::{Format, Options};
use pipeline::Run;
use source::Source;
use text::Text;

/// The exit status where nothing could be found out about any name.
const NOTHING_JUDGED: u8 = 2;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let options = Options::from_args(&args)?;
    let source = Rc::new(Source::open(&options, &args)?);
    let given = given::given(&args, &source)?;
    if options.save.is_none() {
        command::give_up_rights(&args)?;
    }
    let mut run = Run::start()?;
    match given {
        Some(given) => {
            for why in &given.refused {
                message::error(why);
                run.fail();
            }
            run = run.given(given.documents);
        }
        None => dns_cli::say_reads_terminal("names belong"),
    }
    run = match options.format {
        Format::Json => run,
        Format::Text => {
            let text = Text::new(message::is_verbose());
            run.shown_as(move |document| text.of(document))
        }
        // What it shows is one graph, at the end.
        Format::Dot => run.shown_as(|_| String::new()),
    };
    let outcome = Rc::new(Outcome::default());
    run.each_challenge(Check::new(source.clone(), options.clone(), outcome.clone()))?;
    if options.format == Format::Dot {
        done(&run, command::print(&dot::text(&outcome.graphs())));
    }
    if let Some(path) = &options.save {
        done(&run, source.save(path));
    }
    if outcome.is_as_severe_as(options.fail_on) {
        run.fail();
    }
    let has_failed = run.has_failed();
    let status = run.finish();
    if outcome.is_nothing_judged() && !has_failed {
        message::error("nothing could be found out about any name");
        return Ok(ExitCode::from(NOTHING_JUDGED));
    }
    Ok(status)
}

/// Says what was not done, and that the run has failed.
fn done(run: &Run, result: Result<(), String>) {
    if let Err(error) = result {
        message::error(&error);
        run.fail();
    }
}
