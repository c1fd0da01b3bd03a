//! Updates at the servers of somebody: which zone a name is in, and records that are added and removed.

use crate::exchange::exchange;
use crate::fault::{Failed, Fault, TsigFault};
use crate::key::Key;
use crate::message::{Action, Txt, encode, parts, soa, update};
use crate::places::{Place, Places};
use crate::reply::{Reply, counts, delegated, read, zone_in};
use crate::server::Server;
use crate::tsig::{Signed, sign};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::Name;
use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What became of a record: where it failed, what each server did that was asked.
pub type Outcome = Result<(), Vec<Failed>>;

/// Who is asked, and how. What is known of servers is kept from message to message.
#[derive(Debug, Clone)]
pub struct Client {
    /// The servers, at least one: the next is asked where one fails.
    pub servers: Vec<Server>,
    /// The key that messages are signed with, if any.
    pub key: Option<Key>,
    /// How long all addresses of a server together may take for a message.
    pub timeout: Duration,
    places: Places,
    /// What servers have shown of zones.
    shown: RefCell<HashMap<(SocketAddr, Name), Shown>>,
}

/// What the answer to a question for a zone's SOA record shows of the server.
#[derive(Debug, Clone, Copy, Default)]
struct Shown {
    /// It knows the key, where there is one.
    knows_key: bool,
    /// It is authoritative for the zone, as a primary or a secondary server.
    has_zone: bool,
}

impl Client {
    /// A client of these servers, of which nothing is known yet.
    pub fn new(servers: Vec<Server>, key: Option<Key>, timeout: Duration) -> Client {
        Client {
            servers,
            key,
            timeout,
            places: Places::default(),
            shown: RefCell::default(),
        }
    }

    /// The zone that holds a name at the servers: the closest one above it whose SOA record they show.
    ///
    /// # Errors
    /// What each server did.
    pub fn zone(&self, name: &Name) -> Result<Name, Vec<Failed>> {
        self.first_of(|place| {
            let mut at = name.clone();
            loop {
                let reply = self.ask(place, &soa(&at))?.message;
                match reply.response_code {
                    ResponseCode::NoError | ResponseCode::NXDomain => {}
                    ResponseCode::Refused => return Err(Fault::NoZone),
                    code => return Err(Fault::Refused(code)),
                }
                if let Some(zone) = zone_in(&reply, &at) {
                    return Ok(zone);
                }
                if let Some(zone) = delegated(&reply, &at) {
                    return Err(Fault::Delegated(zone));
                }
                if at.is_root() {
                    return Err(Fault::NoZone);
                }
                // An alias hides it, or the server says nothing of it.
                at = at.base_name();
            }
        })
    }

    /// Adds or removes records of a zone, with as few messages as that takes. Returns what became of each, in their order.
    /// Where a server may have refused all of a message for one name, each name gets a message of its own.
    pub fn update(&self, zone: &Name, action: Action, records: &[&Txt]) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = Vec::new();
        // Where nobody answers, nobody is asked once more.
        let mut silence: Option<Vec<Failed>> = None;
        let mut send = |part: &[&Txt]| {
            if let Some(failed) = &silence {
                return Err(failed.clone());
            }
            self.send(zone, action, part).inspect_err(|failed| {
                if !failed.iter().any(|one| one.fault.is_answer()) {
                    silence = Some(failed.clone());
                }
            })
        };
        for part in parts(records) {
            let part = &records[part];
            match send(part) {
                Err(failed) if is_worth_parting(&failed, part) => {
                    outcomes.extend(part.iter().map(|txt| send(&[*txt])));
                }
                outcome => outcomes.extend(std::iter::repeat_n(outcome, part.len())),
            }
        }
        outcomes
    }

    fn send(&self, zone: &Name, action: Action, records: &[&Txt]) -> Outcome {
        let message = update(zone, action, records);
        self.first_of(|place| {
            let code = match self.ask(place, &message) {
                Ok(reply) => reply.message.response_code,
                Err(Fault::Tsig(TsigFault::BadKey)) if self.shown(place, zone).knows_key => {
                    return Err(Fault::NotAllowed { bad_key: true });
                }
                Err(fault) => return Err(fault),
            };
            match code {
                ResponseCode::NoError => Ok(()),
                ResponseCode::NotAuth => {
                    let shown = self.shown(place, zone);
                    Err(match shown.knows_key && shown.has_zone {
                        true => Fault::NotAllowed { bad_key: false },
                        false => Fault::Refused(code),
                    })
                }
                code => Err(Fault::Refused(code)),
            }
        })
    }

    /// What a server shows of a zone when it is asked, once, with a signature where there is a key. Knot refuses an update
    /// that no acl allows with the words for a key that it does not know: what it answers to a question tells them apart.
    fn shown(&self, place: &Place, zone: &Name) -> Shown {
        let at = (place.address, zone.clone());
        if let Some(shown) = self.shown.borrow().get(&at) {
            return *shown;
        }
        let shown = match self.ask(place, &soa(zone)) {
            Ok(reply) => Shown {
                knows_key: reply.is_of_key(),
                has_zone: reply.message.authoritative
                    && zone_in(&reply.message, zone).is_some_and(|found| found == *zone),
            },
            Err(_) => Shown::default(),
        };
        self.shown.borrow_mut().insert(at, shown);
        shown
    }

    fn first_of<T>(&self, ask: impl FnMut(&Place) -> Result<T, Fault>) -> Result<T, Vec<Failed>> {
        self.places.first_of(&self.servers, self.timeout, ask)
    }

    /// The reply of a server at one of its addresses.
    fn ask(&self, place: &Place, message: &Message) -> Result<Reply, Fault> {
        let Signed { octets, mac } = self.sign(message)?;
        let read = |reply: &[u8]| read(reply, message, self.key.as_ref(), &mac, now());
        let deadline = Instant::now() + place.time;
        let reply = exchange(place.address, &octets, deadline, |reply| {
            counts(&read(reply))
        })?;
        read(&reply)
    }

    fn sign(&self, message: &Message) -> Result<Signed, Fault> {
        let signed = match &self.key {
            Some(key) => sign(message, key, now()),
            None => encode(message).map(|octets| Signed {
                octets,
                mac: Vec::new(),
            }),
        };
        signed.map_err(|error| Fault::Encoding(error.to_string()))
    }
}

/// Whether the names of a message are worth a message each.
fn is_worth_parting(failed: &[Failed], records: &[&Txt]) -> bool {
    records.len() > 1 && failed.iter().any(|one| one.fault.may_be_of_one_name())
}

/// Seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
