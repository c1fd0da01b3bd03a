//! Finds the zone that holds each challenge's record, and the zone's name servers.

mod options;

use std::process::ExitCode;

use dns::Name;
use dns::transport::Client;
use dns::zone::{Location, ZoneFinder};
use pipeline::{Args, Document, Failure, Object, Run, Step, Usage, is_open, message};

use crate::options::CommandLine;

fn main() -> ExitCode {
    pipeline::main(&options::PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let CommandLine {
        jobs,
        search,
        names,
    } = CommandLine::read(&args)?;
    let finder = ZoneFinder::new(Client::new(jobs), search);

    let mut run = Run::start()?;
    if !names.is_empty() {
        let challenges = names.iter().map(|name| dns_cli::challenge(name, None));
        run = run.given(challenges.collect());
    }
    run.each_challenge(Find { finder })?;
    Ok(run.finish())
}

/// Finds where a challenge's record belongs.
struct Find {
    finder: ZoneFinder,
}

impl Step for Find {
    type Context = ();
    type Request = Name;

    fn prepare(&self, document: &Document) {
        let open = document.challenges().filter(is_open);
        self.finder.expect(open.flat_map(|one| dns_cli::fqdn(&one)));
    }

    fn read(&self, challenge: &Object, (): &()) -> Result<Name, Failure> {
        dns_cli::fqdn(challenge)
    }

    async fn run(&self, name: Name) -> Result<Object, Failure> {
        let location = self.finder.locate(&name).await;
        let location = location.map_err(|error| dns_cli::search_problem(&error))?;
        tell(&name, &location);
        Ok(dns_cli::located(&location))
    }
}

fn tell(name: &Name, location: &Location) {
    if let Some(target) = &location.wildcard_target {
        message::note(&format!(
            "{name}: not written at {target}, where only a wildcard's CNAME leads: \
             the record at the name itself ends its reach"
        ));
    }
    message::detail(&format!("{name}: {} in {}", location.name, location.zone));
}
