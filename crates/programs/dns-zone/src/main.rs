//! `dns-zone`: finds the zone that holds each challenge's record, and the zone's name servers.

mod options;
mod tell;
mod way;

use std::process::ExitCode;

use command::{Args, Usage, message};
use dns::Name;
use dns_zone::PROGRAM;
use pipeline::{Challenge, Document, Object, Problem, Run, Step};

use crate::options::Options;
use crate::way::Way;

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let options = Options::read(&args)?;
    let note = options.note();
    let way = Way::prepared(options);
    command::give_up_rights(&args)?;

    let mut run = Run::start()?;
    if let Some(note) = note.filter(|_| message::shows_progress()) {
        message::note(note);
    }
    if !args.operands.is_empty() {
        let document = |name| Ok(dns_cli::challenge(name, None)?.into());
        let named: Result<Vec<Document>, Usage> =
            args.operands.iter().map(|name| document(name)).collect();
        run = run.given(named?);
    } else {
        dns_cli::say_reads_terminal("names belong");
    }
    run.each_challenge(Find(way))?;
    Ok(run.finish())
}

/// Finds where a challenge's record belongs.
struct Find(Way);

impl Step for Find {
    type Request = Name;

    fn prepare(&self, document: &Document) {
        let open = document.challenges().filter(Challenge::is_open);
        self.0.expect(open.flat_map(|one| dns_cli::fqdn(&one)));
    }

    fn read(&self, challenge: &Challenge) -> Result<Name, Problem> {
        dns_cli::fqdn(challenge)
    }

    async fn run(&self, name: Name) -> Result<Object, Problem> {
        self.0.find(&name).await
    }
}
