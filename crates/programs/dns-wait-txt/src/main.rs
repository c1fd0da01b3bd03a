//! Waits until every authoritative name server serves each challenge's value.

mod board;
mod neighbours;
mod options;
mod request;

use std::cell::RefCell;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use dns::transport::Client;
use dns::{Locator, Propagated, Search, Target};
use pipeline::{Args, Document, Failure, Object, Outcome, Run, Usage, Value, message, value};
use serde_json::json;

use crate::board::Board;
use crate::neighbours::Neighbours;
use crate::options::Patience;
use crate::request::Request;

/// No resolver of a public CA keeps an answer longer, and most keep it for a minute at most.
const LONGEST_CACHED: Duration = Duration::from_secs(300);

fn main() -> ExitCode {
    pipeline::main(&options::PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let patience = Patience::from_args(&args)?;
    let client = Client::new(
        args.count("jobs", options::MOST_JOBS)?
            .unwrap_or(options::JOBS),
    );
    let resolvers = dns::resolvers(&args.texts("resolver")?).map_err(Usage::new)?;
    let locator = Locator::new(
        client,
        Search {
            resolvers,
            follow_cnames: true,
            allow_top_level: true,
        },
    );
    let board = Rc::new(RefCell::new(Board::default()));

    let mut run = Run::start()?;
    if !args.operands.is_empty() {
        run = run.given(vec![document(&args)?]);
    }
    run.each_challenge(move |document| {
        let (locator, board) = (locator.clone(), board.clone());
        let neighbours = Neighbours::of(document);
        move |challenge| {
            let (locator, board) = (locator.clone(), board.clone());
            let request = Request::read(challenge, &neighbours);
            async move { outcome(wait(&locator, &board, request, patience).await) }
        }
    })?;
    Ok(run.finish())
}

/// The challenge that the command line's FQDN and VALUE come to.
fn document(args: &Args) -> Result<Document, Usage> {
    let [fqdn, value] = args.operands.as_slice() else {
        return Err(Usage::new("takes FQDN and VALUE, or documents on stdin"));
    };
    let (fqdn, value) = (fqdn.to_string_lossy(), value.to_string_lossy());
    let name = dns::name::parse(&fqdn).map_err(|e| Usage::new(format!("name `{fqdn}` {e}")))?;
    let members = [("fqdn", name.to_ascii()), ("value", value.into_owned())];
    Ok(members
        .map(|(member, text)| (member.to_owned(), Value::from(text)))
        .into_iter()
        .collect::<Object>()
        .into())
}

async fn wait(
    locator: &Locator,
    board: &Rc<RefCell<Board>>,
    request: Result<Box<Request>, Failure>,
    patience: Patience,
) -> Result<Propagated, Failure> {
    let mut request = request?;
    request.locate(locator).await?;
    let (target, pace) = (&request.target, request.pace(patience));
    let entry = Board::enter(board, target);
    let propagated = dns::wait(locator, target, pace, |sightings| entry.update(sightings)).await;
    let propagated = propagated.map_err(|error| Failure::from_problem(&error))?;
    entry.report(&propagated);
    if let Some(age) = request.seen_by_ca {
        outlast_cache(locator, target, &propagated, age).await;
    }
    Ok(propagated)
}

/// Waits until the CA's resolver has forgotten the value that it looked up for another challenge at the same name:
/// it asks nobody before that record's TTL has passed (RFC 1035 §3.2.1).
async fn outlast_cache(locator: &Locator, target: &Target, propagated: &Propagated, age: Duration) {
    let ttl = dns::cached_for(locator, target, propagated)
        .await
        .min(LONGEST_CACHED);
    if ttl.is_zero() {
        return;
    }
    // Times in documents are to the second.
    let left = (ttl + Duration::from_secs(1)).saturating_sub(age);
    if !left.is_zero() {
        message::note(&format!(
            "{}: the CA looked at this name {} s ago and may keep that answer for {} s more (TTL {}); \
             waiting so long",
            target.name,
            age.as_secs(),
            left.as_secs(),
            ttl.as_secs(),
        ));
        tokio::time::sleep(left).await;
    }
}

/// The members that the challenge gains, or its failure.
fn outcome(result: Result<Propagated, Failure>) -> Outcome {
    result
        .map(|propagated| {
            let member = json!({
                "at": value::now(),
                "seconds": value::seconds(propagated.after),
                "queries": propagated.queries,
                "servers": propagated.servers,
            });
            Object::from_iter([("propagated".to_owned(), member)])
        })
        .into()
}
