//! Waiting until the servers of a zone serve a value: each of their addresses is asked directly, as often as it
//! takes.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use hickory_proto::rr::{Name, RecordType};
use serde::ser::{Serialize, SerializeMap, Serializer};
use tokio::time::timeout_at;

use crate::address;
use crate::error::Error;
use crate::explain;
use crate::locate::Locator;
use crate::location::Server;
use crate::poll::Poll;
use crate::seen::{Seen, State};
use crate::transport::Question;
use crate::verdict::{Jury, Verdict};

/// What is waited for.
#[derive(Clone, Debug)]
pub struct Target {
    /// The record's name after its CNAMEs.
    pub name: Name,
    /// The value that one of its TXT records has to have.
    pub value: String,
    /// The zone that holds it, where that is known.
    pub zone: Option<Name>,
    /// The authoritative servers.
    pub servers: Vec<Server>,
    /// The zone's primary, which may be none of them.
    pub primary: Option<Name>,
    /// The zone's serial before the record was presented.
    pub serial: Option<u32>,
    /// Values that other challenges want at the same name.
    pub siblings: Vec<Sibling>,
    /// Values that would be there by mistake, and what they are: `the token`.
    pub lookalikes: Vec<(String, String)>,
}

/// A value that another challenge wants at the same name.
#[derive(Clone, Debug)]
pub struct Sibling {
    /// The value.
    pub value: String,
    /// Whose it is: `*.example.com`.
    pub owner: String,
    /// Whether it was presented after the value that is waited for, where that is known.
    pub newer: Option<bool>,
}

/// How patiently to wait.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long at most; zero is one look at each server.
    pub timeout: Duration,
    /// The longest pause between two questions to one server.
    pub interval: Duration,
    /// Whether servers that are of no use hold it up too.
    pub strict: bool,
}

/// One address of one server, and what it answered last.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// The server's name.
    pub name: Name,
    /// The address.
    pub address: SocketAddr,
    pub(crate) seen: Seen,
    pub(crate) serial: Option<u32>,
    /// How long it took until it served the value.
    pub(crate) after: Option<Duration>,
}

impl Sighting {
    /// How it stands to the value.
    #[must_use]
    pub fn state(&self) -> State {
        self.seen.state()
    }

    /// What it answered last, after its name.
    #[must_use]
    pub fn describe(&self) -> String {
        self.seen.describe()
    }
}

impl Serialize for Sighting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name.to_ascii())?;
        map.serialize_entry("address", &address::format(&self.address))?;
        map.serialize_entry("state", &self.state())?;
        if let Some(after) = self.after {
            map.serialize_entry("seconds", &seconds(after))?;
        }
        if self.state() != State::Serving {
            map.serialize_entry("answer", &self.describe())?;
        }
        if let Some(serial) = self.serial {
            map.serialize_entry("serial", &serial)?;
        }
        map.end()
    }
}

/// What it took until every usable server served the value.
#[derive(Clone, Debug)]
pub struct Propagated {
    /// How long it took.
    pub after: Duration,
    /// How many questions.
    pub queries: usize,
    /// How each server address stands to the value now.
    pub servers: Vec<Sighting>,
}

/// Seconds to the millisecond.
fn seconds(duration: Duration) -> f64 {
    f64::from(u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)) / 1000.0
}

/// Waits until every server address that answers with authority serves the value, and at least one does. `watch` hears
/// how things stand whenever that changes.
///
/// # Errors
///
/// Once it is clear that waiting does not help, or at the timeout: what each server answers, and why that may be.
pub async fn wait(
    locator: &Locator,
    target: &Target,
    pace: Pace,
    mut watch: impl FnMut(&[Sighting]),
) -> Result<Propagated, Error> {
    let start = Instant::now();
    let mut sightings = first_sightings(&target.servers);
    let mut poll = Poll::start(locator, target, pace, &sightings);
    let mut jury = Jury::new(target, pace, start);
    loop {
        match jury.judge(&sightings, Instant::now()) {
            Verdict::Done => {
                let queries = poll.queries();
                return Ok(Propagated {
                    after: start.elapsed(),
                    queries,
                    servers: sightings,
                });
            }
            Verdict::Fail(cause) => {
                drop(poll);
                return Err(
                    explain::failure(locator, target, cause, sightings, start.elapsed()).await,
                );
            }
            Verdict::Wait(until) => {
                if let Ok((index, seen)) = timeout_at(until.into(), poll.news()).await {
                    let sighting: &mut Sighting = &mut sightings[index];
                    if seen == Seen::Value {
                        sighting.after.get_or_insert(start.elapsed());
                    } else {
                        sighting.after = None;
                    }
                    sighting.serial = seen.serial();
                    sighting.seen = seen;
                    watch(&sightings);
                }
            }
        }
    }
}

/// How long a resolver may keep what the servers answer now for the target's name: the TTL of its TXT records, asked
/// of the servers that have the value.
pub async fn cached_for(locator: &Locator, target: &Target, propagated: &Propagated) -> Duration {
    let question = Question::new(&target.name, RecordType::TXT);
    let serving = propagated
        .servers
        .iter()
        .filter(|sighting| sighting.state() == State::Serving);
    let mut longest = 0;
    for sighting in serving {
        let answer = locator
            .client()
            .authoritative(sighting.address)
            .ask(&question)
            .await;
        longest = longest.max(
            answer
                .ok()
                .and_then(|reply| reply.answer_ttl())
                .unwrap_or(0),
        );
    }
    Duration::from_secs(longest.into())
}

fn first_sightings(servers: &[Server]) -> Vec<Sighting> {
    let mut sightings: Vec<Sighting> = Vec::new();
    // No zone has that many; of a thousand each would be asked, and named in the document.
    const MOST: usize = 128;
    for server in servers {
        for address in &server.addresses {
            if sightings.len() < MOST
                && !sightings
                    .iter()
                    .any(|sighting| sighting.address == *address)
            {
                let (name, address) = (server.name.clone(), *address);
                sightings.push(Sighting {
                    name,
                    address,
                    seen: Seen::Pending,
                    serial: None,
                    after: None,
                });
            }
        }
    }
    sightings
}
