//! Why a value has not propagated, for a person: what each server has, and what that points to.

use std::time::Duration;

use hickory_proto::rr::RecordType;
use tokio::task::JoinSet;

use crate::address;
use crate::error::{Cause, Error};
use crate::locate::Locator;
use crate::propagation::{Sighting, Target};
use crate::seen::{self, Seen, State, shorten};
use crate::transport::Question;
use crate::verdict::{mistake, sibling};

/// The error for `cause`, with what each server answered last.
pub(crate) async fn failure(
    locator: &Locator,
    target: &Target,
    cause: Cause,
    mut sightings: Vec<Sighting>,
    after: Duration,
) -> Error {
    let mut error = match cause {
        Cause::WrongValue => wrong_value(target, &sightings),
        Cause::Overwritten => overwritten(target, &sightings),
        Cause::NoUsableServer => no_usable_server(target, &sightings),
        _ => {
            ask_serials(locator, target, &mut sightings).await;
            let primary = ask_primary(locator, target, &sightings).await;
            not_propagated(target, &sightings, after).hint(hint(
                target,
                &sightings,
                primary.as_deref(),
            ))
        }
    };
    error.servers = sightings;
    error
}

fn wrong_value(target: &Target, sightings: &[Sighting]) -> Error {
    let found = sightings
        .iter()
        .find_map(|s| mistake(&s.seen, target).map(|(value, what)| (s, value, what)));
    let detail = match &found {
        Some((s, value, what)) => format!(
            "{} serves {:?} at {}: {what}",
            label(s),
            shorten(value),
            target.name
        ),
        None => format!("{} has another value", target.name),
    };
    let hint = match &found {
        Some((_, _, what)) if what.contains("quote") => {
            "The quotes belong to the syntax of zone files; the program or the provider adds its own."
        }
        Some((_, value, _))
            if target
                .lookalikes
                .iter()
                .any(|(lookalike, _)| lookalike == value) =>
        {
            "The record has to hold base64url(SHA-256(key authorization)), as the member `value` does."
        }
        _ => "The program has to pass the value on octet by octet.",
    };
    Error::new(Cause::WrongValue, detail).hint(hint)
}

fn overwritten(target: &Target, sightings: &[Sighting]) -> Error {
    let found = sightings
        .iter()
        .find_map(|s| sibling(&s.seen, target).map(|sibling| (s, sibling)));
    let detail = match found {
        Some((s, sibling)) => format!(
            "{} has the value of {} at {} and not this one: presenting the one removed the other",
            label(s),
            sibling.owner,
            target.name
        ),
        None => format!("another value has replaced this one at {}", target.name),
    };
    Error::new(Cause::Overwritten, detail).hint(
        "The program, or the provider behind it, replaces the record set; it has to add to it. Otherwise present one \
         value per name at a time, in two rounds: dns01-exec present --one-per-name, or acme-issue.",
    )
}

fn no_usable_server(target: &Target, sightings: &[Sighting]) -> Error {
    let detail = if sightings.is_empty() {
        format!("no server of the zone of {} has an address", target.name)
    } else {
        format!(
            "no name server is of use for {}: {}",
            target.name,
            list(sightings)
        )
    };
    Error::new(Cause::NoUsableServer, detail)
        .hint("Until one of them answers with authority, no CA can validate: is the zone loaded, the server up, port 53 open?")
}

fn not_propagated(target: &Target, sightings: &[Sighting], after: Duration) -> Error {
    let serving = sightings
        .iter()
        .filter(|s| s.state() == State::Serving)
        .count();
    let detail = format!(
        "{serving} of {} name server addresses serve the value at {} after {:.0} s: {}",
        sightings.len(),
        target.name,
        after.as_secs_f64(),
        list(sightings)
    );
    Error::new(Cause::NotPropagated, detail)
}

/// What the answers point to. `primary` is who has the value without being one of the zone's servers.
fn hint(target: &Target, sightings: &[Sighting], primary: Option<&str>) -> String {
    let lacking = || sightings.iter().filter(|s| s.state() == State::Waiting);
    let serving = || sightings.iter().filter(|s| s.state() == State::Serving);
    let lags =
        |s: &&Sighting| serving().any(|ahead| s.serial.is_some() && s.serial != ahead.serial);
    if lacking().any(|s| matches!(s.seen, Seen::Alias(_))) {
        "A TXT record beside a CNAME is ignored (RFC 2136 §3.4.2.2): write it where the CNAME leads.".into()
    } else if lacking().next().is_none() {
        "The servers that answer with authority have the value; --strict waits for the others too."
            .into()
    } else if let Some(behind) = lacking().find(lags) {
        format!(
            "{} has not transferred the zone yet: check NOTIFY (also-notify) and allow-transfer at the primary, or \
             raise --timeout. BIND delays NOTIFY by up to 5 s.",
            behind.name
        )
    } else if let Some(primary) = primary {
        format!(
            "{primary}, the zone's primary and none of its servers, does have the value: either they have not \
             transferred it yet, or the zone is delegated to others than those it was written to."
        )
    } else if lacking()
        .any(|s| s.serial.is_some() && serving().any(|other| other.serial == s.serial))
    {
        "The servers have the same serial and different data: is each a primary of its own, or a cache in front of one?"
            .into()
    } else if let Some(behind) = lacking().next().filter(|_| serving().next().is_some()) {
        format!(
            "Check how {} gets its copy of the zone, or raise --timeout.",
            behind.name
        )
    } else if target.serial.is_some() && lacking().all(|s| s.serial == target.serial) {
        "No server's serial has changed since before the record was presented: the program reported success without \
         changing the zone, or changed it elsewhere."
            .into()
    } else {
        format!(
            "Check that the program writes a TXT record at {} itself, in the zone that these servers are delegated.",
            target.name
        )
    }
}

/// Asks those that answer with authority for the zone's serial, where their last answer did not tell.
async fn ask_serials(locator: &Locator, target: &Target, sightings: &mut [Sighting]) {
    let mut asked = JoinSet::new();
    for (index, sighting) in sightings.iter().enumerate() {
        if sighting.serial.is_none() && matches!(sighting.state(), State::Serving | State::Waiting)
        {
            // Asked at the record's name the SOA comes with the negative answer, whatever the zone.
            let question = Question::new(&target.name, RecordType::SOA);
            let server = locator.client().authoritative(sighting.address);
            asked.spawn(async move { (index, server.ask(&question).await) });
        }
    }
    while let Some(Ok((index, answer))) = asked.join_next().await {
        if let (Some(sighting), Ok(reply)) = (sightings.get_mut(index), answer) {
            let soa = reply
                .soa_of(&target.name)
                .or_else(|| reply.negative_soa().map(|(_, soa)| soa));
            sighting.serial = soa.map(|soa| soa.serial);
        }
    }
}

/// The zone's primary, if it is none of the servers and has the value.
async fn ask_primary(locator: &Locator, target: &Target, sightings: &[Sighting]) -> Option<String> {
    let primary = target.primary.as_ref()?;
    if *primary == target.name || sightings.iter().any(|s| s.name == *primary) {
        return None;
    }
    for address in locator.addresses(primary).await.into_iter().take(2) {
        let answer = locator
            .client()
            .authoritative(address)
            .ask(&Question::new(&target.name, RecordType::TXT))
            .await;
        if seen::read(answer, &target.name, &target.value) == Seen::Value {
            return Some(format!("{primary} ({})", address::format(&address)));
        }
    }
    None
}

fn list(sightings: &[Sighting]) -> String {
    const MOST: usize = 12;
    let mut shown: Vec<_> = sightings
        .iter()
        .take(MOST)
        .map(|s| format!("{} {}", label(s), s.describe()))
        .collect();
    if sightings.len() > MOST {
        shown.push(format!("{} more", sightings.len() - MOST));
    }
    shown.join("; ")
}

fn label(sighting: &Sighting) -> String {
    let address = address::format(&sighting.address);
    match sighting.serial {
        // The answer itself tells it.
        Some(_) if sighting.seen.serial().is_some() => format!("{} ({address})", sighting.name),
        Some(serial) => format!("{} ({address}, serial {serial})", sighting.name),
        None => format!("{} ({address})", sighting.name),
    }
}
