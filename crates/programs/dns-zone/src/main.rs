//! Finds the zone that holds each challenge's record, and the zone's name servers.

mod options;

use std::process::ExitCode;

use dns::transport::Client;
use dns::{Location, Locator, Name, Search};
use pipeline::{Args, Document, Failure, Object, Run, Usage, Value, is_open, message, value};

fn main() -> ExitCode {
    pipeline::main(&options::PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let client = Client::new(
        args.count("jobs", options::MOST_JOBS)?
            .unwrap_or(options::JOBS),
    );
    let search = Search {
        resolvers: dns::resolvers(&args.texts("resolver")?).map_err(Usage::new)?,
        follow_cnames: !args.flag("no-cname")?,
        allow_top_level: args.flag("allow-tld")?,
    };
    let locator = Locator::new(client, search);

    let mut run = Run::start()?;
    if !args.operands.is_empty() {
        run = run.given(documents(&args)?);
    }
    run.each_challenge(move |document| {
        let open = document.challenges().filter(is_open);
        locator.expect(open.flat_map(|challenge| name(&challenge)));
        let locator = locator.clone();
        move |challenge| {
            let (locator, name) = (locator.clone(), name(challenge));
            async move { find(&locator, name).await.into() }
        }
    })?;
    Ok(run.finish())
}

/// What the names on the command line come to: a challenge each.
fn documents(args: &Args) -> Result<Vec<Document>, Usage> {
    let document = |operand: &std::ffi::OsString| {
        let text = operand.to_string_lossy();
        let name = dns::name::parse(&text).map_err(|e| Usage::new(format!("name `{text}` {e}")))?;
        Ok(Object::from_iter([("fqdn".to_owned(), Value::from(name.to_ascii()))]).into())
    };
    args.operands.iter().map(document).collect()
}

/// Where a challenge's record is to be.
fn name(challenge: &Object) -> Result<Name, Failure> {
    let fqdn: String = value::required(challenge, "fqdn")?;
    dns::name::parse(&fqdn).map_err(|error| Failure::document(format!("member `fqdn` {error}")))
}

/// The members that its challenge gains.
async fn find(locator: &Locator, name: Result<Name, Failure>) -> Result<Object, Failure> {
    let name = name?;
    let location = locator
        .locate(&name)
        .await
        .map_err(|error| Failure::from_problem(&error))?;
    tell(&name, &location);
    match serde_json::to_value(&location) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Failure::document(
            "what was found does not make a JSON object",
        )),
    }
}

fn tell(name: &Name, location: &Location) {
    if let Some(target) = &location.wildcard {
        message::note(&format!(
            "{name}: not written at {target}, where only a wildcard's CNAME leads: \
             the record at the name itself ends its reach"
        ));
    }
    message::detail(&format!(
        "{name}: {} in {}",
        location.effective_fqdn, location.zone
    ));
}
