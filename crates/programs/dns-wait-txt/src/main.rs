//! Waits until every authoritative name server serves each challenge's value.

mod options;
mod progress;

use std::process::ExitCode;
use std::time::Duration;

use dns::propagation::{Propagated, Propagation, Target};
use dns::zone::{Search, ZoneFinder};
use dns_cli::{ChallengeTarget, SharedNames};
use pipeline::{Args, Document, Failure, Object, Run, Usage, Value, message};

use crate::options::Patience;
use crate::progress::Progress;

/// No resolver of a public CA keeps an answer longer, and most keep it for a minute at most.
const LONGEST_CACHED: Duration = Duration::from_secs(300);

fn main() -> ExitCode {
    pipeline::main(&options::PROGRAM, run)
}

fn run(args: Args) -> Result<ExitCode, Usage> {
    let patience = Patience::from_args(&args)?;
    let client = dns_cli::client(&args)?;
    let search = Search {
        resolvers: dns_cli::resolvers(&args)?,
        follow_cnames: true,
        allow_top_level: true,
    };
    let finder = ZoneFinder::new(client.clone(), search);
    let propagation = Propagation::new(client, finder.clone());
    let progress = Progress::new();

    let mut run = Run::start()?;
    if !args.operands.is_empty() {
        run = run.given(vec![document(&args)?]);
    }
    run.each_challenge(move |document| {
        let (finder, propagation) = (finder.clone(), propagation.clone());
        let (progress, shared) = (progress.clone(), SharedNames::of(document));
        move |challenge| {
            let (finder, propagation) = (finder.clone(), propagation.clone());
            let progress = progress.clone();
            let read = ChallengeTarget::read(challenge, &shared).map(Box::new);
            async move {
                wait(&finder, &propagation, &progress, read, patience)
                    .await
                    .into()
            }
        }
    })?;
    Ok(run.finish())
}

/// The challenge that the command line's FQDN and VALUE come to.
fn document(args: &Args) -> Result<Document, Usage> {
    let [fqdn, value] = args.operands.as_slice() else {
        return Err(Usage::new("takes FQDN and VALUE, or documents on stdin"));
    };
    let (name, value) = (
        dns_cli::operand(&fqdn.to_string_lossy())?,
        value.to_string_lossy(),
    );
    let members = [("fqdn", name.to_ascii()), ("value", value.into_owned())];
    Ok(members
        .map(|(member, text)| (member.to_owned(), Value::from(text)))
        .into_iter()
        .collect::<Object>()
        .into())
}

async fn wait(
    finder: &ZoneFinder,
    propagation: &Propagation,
    progress: &Progress,
    read: Result<Box<ChallengeTarget>, Failure>,
    patience: Patience,
) -> Result<Object, Failure> {
    let mut challenge = read?;
    let polling = patience.polling(&challenge);
    let target = &mut challenge.target;
    if target.servers.is_empty() {
        let location = finder.locate(&target.name).await;
        target.set_location(location.map_err(|error| dns_cli::search_problem(&error))?);
    }
    let waiting = progress.begin(target);
    let propagated = propagation.wait(target, polling, |now| waiting.update(now));
    let propagated = propagated.await;
    let propagated = propagated.map_err(|error| dns_cli::propagation_problem(&error))?;
    waiting.report(&propagated);
    if let Some(age) = challenge.seen_by_ca {
        outlast_cache(propagation, target, &propagated, age).await;
    }
    Ok(dns_cli::propagated(&propagated))
}

/// Waits until the CA's resolver has forgotten the value that it looked up for another challenge at the same name:
/// it asks nobody before that record's TTL has passed (RFC 1035 §3.2.1).
async fn outlast_cache(
    propagation: &Propagation,
    target: &Target,
    propagated: &Propagated,
    age: Duration,
) {
    let ttl = propagation.cached_for(target, propagated).await;
    let ttl = ttl.min(LONGEST_CACHED);
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
