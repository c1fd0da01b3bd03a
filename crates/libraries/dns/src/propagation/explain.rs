//! Asks a few more questions when waiting has ended without the value, so that the error can say why.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::join_all;
use hickory_proto::rr::{Name, RecordType};
use tokio::time::timeout;

use crate::name;
use crate::propagation::decision::{Suspicion, other_value};
use crate::propagation::elsewhere::{self, Searches};
use crate::propagation::error::{Cause, Error, Removal};
use crate::propagation::mistake::mistake;
use crate::propagation::observation::Observation;
use crate::propagation::observed::{Observed, ServerState, read};
use crate::propagation::reason::{Reason, reason};
use crate::propagation::target::{Polling, Target};
use crate::transport::{Client, Question};
use crate::zone::{ZoneFinder, makes_cname, makes_txt};

/// At how many of its addresses a primary that is none of the servers is asked.
const ADDRESSES_OF_PRIMARY: usize = 2;

/// How long these questions may take: whoever waits has waited long enough.
const LONGEST: Duration = Duration::from_secs(2);

/// How waiting has ended without the value.
pub(super) struct End {
    /// What it looked like.
    pub(super) suspicion: Option<Suspicion>,
    /// Why, where that is known already.
    pub(super) found: Option<Reason>,
    /// What each address showed last.
    pub(super) observations: Vec<Observation>,
    /// How long it was waited.
    pub(super) after: Duration,
}

/// Why waiting longer is in vain, if it is: the value stands at another name, or no record at its name is ever served.
pub(super) async fn in_vain(
    client: &Client,
    (finder, searches): (&ZoneFinder, &Searches),
    target: &Target,
    observations: &[Observation],
) -> Option<Reason> {
    let look = async {
        if let Some(is_by_wildcard) = by_wildcard(client, target, observations).await {
            return (!is_by_wildcard).then_some(Reason::BesideCname);
        }
        let found = elsewhere::find(client, finder, searches, target, observations).await;
        found.map(Reason::Elsewhere)
    };
    timeout(LONGEST, look).await.ok().flatten()
}

/// Why waiting has ended, as far as the servers tell.
pub(super) async fn explain(
    client: &Client,
    (finder, searches): (&ZoneFinder, &Searches),
    target: &Target,
    polling: Polling,
    end: End,
) -> Error {
    let End {
        suspicion,
        found,
        mut observations,
        after,
    } = end;
    let suspected = match suspicion {
        Some(Suspicion::WrongValue) => wrong_value(target, &observations),
        Some(Suspicion::Overwritten) => overwritten(&observations),
        Some(Suspicion::Removed) => removed(target, &observations),
        Some(Suspicion::NoUsableServer) => Some(Cause::NoUsableServer),
        Some(Suspicion::TooFewServers) => Some(Cause::TooFewServers {
            after,
            at_least: polling.wanted(),
        }),
        Some(Suspicion::NotSettled) => Some(Cause::NotSettled {
            after,
            settle: polling.settle,
        }),
        None => None,
    };
    let cause = match suspected {
        Some(cause) => cause,
        None => {
            ask_serials(client, target, &mut observations).await;
            let reason = match found {
                Some(reason) => reason,
                None => find_reason(client, (finder, searches), target, &observations).await,
            };
            Cause::NotPropagated { after, reason }
        }
    };
    Error {
        name: target.name.clone(),
        cause,
        observations,
    }
}

/// What the answers point to, and what some more questions tell.
async fn find_reason(
    client: &Client,
    (finder, searches): (&ZoneFinder, &Searches),
    target: &Target,
    observations: &[Observation],
) -> Reason {
    let holder = ask_primary(client, finder, target, observations);
    let holder = timeout(LONGEST, holder).await.ok().flatten();
    let reason = reason(target, observations, holder);
    let more = async {
        match reason {
            Reason::BesideCname => {
                let by_wildcard = by_wildcard(client, target, observations).await;
                (by_wildcard == Some(true)).then_some(Reason::WildcardCname)
            }
            Reason::SerialUnchanged | Reason::NowhereFound => {
                let found = elsewhere::find(client, finder, searches, target, observations).await;
                match (found, &reason) {
                    (Some(found), _) => Some(Reason::Elsewhere(found)),
                    (None, Reason::NowhereFound) => instead(client, target, observations).await,
                    (None, _) => None,
                }
            }
            _ => None,
        }
    };
    let more = timeout(LONGEST, more).await.ok().flatten();
    more.unwrap_or(reason)
}

/// Whether the CNAME in the value's place is made by a wildcard; nothing where there is no CNAME.
async fn by_wildcard(
    client: &Client,
    target: &Target,
    observations: &[Observation],
) -> Option<bool> {
    let (address, alias) = observations.iter().find_map(|one| match &one.observed {
        Observed::Cname(alias) if one.alias.is_none() => Some((one.address, alias)),
        _ => None,
    })?;
    Some(match name::parse(alias) {
        Ok(alias) => makes_cname(client, &[address], &target.name, &alias).await,
        Err(_) => false,
    })
}

/// What stands in the value's place, where nothing else is known.
async fn instead(client: &Client, target: &Target, observations: &[Observation]) -> Option<Reason> {
    let (address, values) = observations.iter().find_map(|one| match &one.observed {
        Observed::OtherValues(values) => Some((one.address, values.clone())),
        _ => None,
    })?;
    Some(
        match makes_txt(client, &[address], &target.name, &values).await {
            true => Reason::WildcardTxt(values),
            false => Reason::OtherValues(values),
        },
    )
}

fn wrong_value(target: &Target, observations: &[Observation]) -> Option<Cause> {
    observations.iter().find_map(|one| {
        let (found, mistake) = mistake(&one.observed, target)?;
        Some(Cause::WrongValue {
            server: one.server.clone(),
            address: one.address,
            found: found.to_owned(),
            mistake,
        })
    })
}

fn overwritten(observations: &[Observation]) -> Option<Cause> {
    observations.iter().find_map(|one| {
        let other = other_value(one)?;
        let (server, address, owner) = (one.server.clone(), one.address, other.owner.clone());
        Some(if other.has_same_name {
            Cause::Overwritten {
                server,
                address,
                owner,
            }
        } else {
            Cause::Removed {
                server,
                address,
                how: Removal::HasValueOf(owner),
            }
        })
    })
}

fn removed(target: &Target, observations: &[Observation]) -> Option<Cause> {
    let usable = observations
        .iter()
        .filter(|one| one.state() == ServerState::Waiting);
    let later = |one: &Observation| target.others.written_later(one.address);
    // The one that can be told most of.
    let one = usable.max_by_key(|one| later(one).is_some())?;
    let (server, address) = (one.server.clone(), one.address);
    Some(match later(one) {
        Some(other) if other.has_same_name => Cause::Overwritten {
            server,
            address,
            owner: other.owner,
        },
        Some(other) => Cause::Removed {
            server,
            address,
            how: Removal::HasLater(other.owner),
        },
        None => Cause::Removed {
            server,
            address,
            how: Removal::WasThere,
        },
    })
}

/// Asks those that answer with authority for the zone's serial, where their last answer did not tell.
async fn ask_serials(client: &Client, target: &Target, observations: &mut [Observation]) {
    // At the record's name the negative answer has the SOA, whatever the zone is.
    let question = Question::new(&target.name, RecordType::SOA);
    let unknown = observations
        .iter_mut()
        .filter(|one| one.alias.is_none() && one.state().is_usable() && one.serial.is_none());
    join_all(unknown.map(async |one| {
        if let Ok(reply) = client.authoritative(one.address).ask(&question).await {
            let soa = reply
                .soa_of(&target.name)
                .or_else(|| reply.negative_soa().map(|(_, soa)| soa));
            one.serial = soa.map(|soa| soa.serial);
        }
    }))
    .await;
}

/// The zone's primary, if it is none of the servers and has the value.
async fn ask_primary(
    client: &Client,
    finder: &ZoneFinder,
    target: &Target,
    observations: &[Observation],
) -> Option<(Name, SocketAddr)> {
    let primary = target.primary.as_ref()?;
    if *primary == target.name || observations.iter().any(|one| one.server == *primary) {
        return None;
    }
    let question = Question::new(&target.name, RecordType::TXT);
    let addresses = finder.addresses(primary).await.into_iter();
    let used = addresses.filter(|one| client.uses(*one));
    for address in used.take(ADDRESSES_OF_PRIMARY) {
        let answer = client.authoritative(address).ask(&question).await;
        let zone = target.zone.as_ref();
        if read(answer, &target.name, &target.value, zone) == Observed::Value {
            return Some((primary.clone(), address));
        }
    }
    None
}
