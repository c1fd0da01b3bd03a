//! Finds the zone that holds each challenge's record, and the zone's name servers.

mod options;

use std::process::ExitCode;

use dns::Name;
use dns::zone::{Location, Search, ZoneFinder};
use pipeline::{Args, Document, Failure, Object, Run, Usage, Value, is_open, message};

fn main() -> ExitCode {
    pipeline::main(&options::PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let client = dns_cli::client(&args)?;
    let search = Search {
        resolvers: dns_cli::resolvers(&args)?,
        follow_cnames: !args.flag("no-cname")?,
        allow_top_level: args.flag("allow-tld")?,
    };
    let finder = ZoneFinder::new(client, search);

    let mut run = Run::start()?;
    if !args.operands.is_empty() {
        run = run.given(documents(&args)?);
    }
    run.each_challenge(move |document| {
        let open = document.challenges().filter(is_open);
        finder.expect(open.flat_map(|challenge| dns_cli::fqdn(&challenge)));
        let finder = finder.clone();
        move |challenge| {
            let (finder, name) = (finder.clone(), dns_cli::fqdn(challenge));
            async move { find(&finder, name).await.into() }
        }
    })?;
    Ok(run.finish())
}

/// What the names on the command line come to: a challenge each.
fn documents(args: &Args) -> Result<Vec<Document>, Usage> {
    let document = |operand: &std::ffi::OsString| {
        let name = dns_cli::operand(&operand.to_string_lossy())?;
        Ok(Object::from_iter([("fqdn".to_owned(), Value::from(name.to_ascii()))]).into())
    };
    args.operands.iter().map(document).collect()
}

/// The members that its challenge gains.
async fn find(finder: &ZoneFinder, name: Result<Name, Failure>) -> Result<Object, Failure> {
    let name = name?;
    let location = finder.locate(&name).await;
    let location = location.map_err(|error| dns_cli::search_problem(&error))?;
    tell(&name, &location);
    Ok(dns_cli::located(&location))
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
