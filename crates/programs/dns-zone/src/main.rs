//! `dns-zone`: finds the zone that holds each challenge's record, and the zone's name servers.

use std::process::ExitCode;

use command::{Args, Usage, message};
use dns::Name;
use dns::transport::Client;
use dns::zone::{Location, Search, ZoneFinder};
use dns_zone::{ALLOW_TLD, FOLLOW_WILDCARD_CNAME, NO_CNAME, PROGRAM, RECURSIVE_ONLY};
use pipeline::{Challenge, Document, Object, Problem, Run, Step};

fn main() -> ExitCode {
    pipeline::main(&PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let resolvers = dns_cli::resolvers(&args)?;
    let client = dns_cli::client(&args, &resolvers)?;
    let search = Search {
        resolvers,
        only_resolvers: args.flag(&RECURSIVE_ONLY)?,
        follow_cnames: !args.flag(&NO_CNAME)?,
        follow_wildcard_cnames: args.flag(&FOLLOW_WILDCARD_CNAME)?,
        allow_top_level: args.flag(&ALLOW_TLD)?,
    };
    let finder = ZoneFinder::new(client.clone(), search);
    command::give_up_rights(&args)?;

    let mut run = Run::start()?;
    if !args.operands.is_empty() {
        let document = |name| Ok(dns_cli::challenge(name, None)?.into());
        let named: Result<Vec<Document>, Usage> =
            args.operands.iter().map(|name| document(name)).collect();
        run = run.given(named?);
    }
    run.each_challenge(Find { client, finder })?;
    Ok(run.finish())
}

/// Finds where a challenge's record belongs.
struct Find {
    client: Client,
    finder: ZoneFinder,
}

impl Step for Find {
    type Request = Name;

    fn prepare(&self, document: &Document) {
        let open = document.challenges().filter(Challenge::is_open);
        self.finder.expect(open.flat_map(|one| dns_cli::fqdn(&one)));
    }

    fn read(&self, challenge: &Challenge) -> Result<Name, Problem> {
        dns_cli::fqdn(challenge)
    }

    async fn run(&self, name: Name) -> Result<Object, Problem> {
        let location = self.finder.locate(&name).await;
        dns_cli::say_remarks(&self.client);
        let location = location.map_err(|error| dns_cli::search_problem(&error))?;
        tell(&name, &location);
        Ok(dns_cli::located(&location))
    }
}

fn tell(name: &Name, location: &Location) {
    if let Some(target) = &location.wildcard_target {
        message::warning(&format!(
            "{name}: the CNAME to {target} is not followed: it comes from a wildcard, which does not apply once there \
             is a record at the name itself"
        ));
    }
    message::detail(&format!("{name}: {} in {}", location.name, location.zone));
}
