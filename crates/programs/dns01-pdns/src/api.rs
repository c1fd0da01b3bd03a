//! The requests of PowerDNS's HTTP API, and what its refusals mean.

use crate::version::has_extend;
use crate::zone::Zone;
use dns_program::Failure;
use pipeline::{DomainName, Value};
use serde_json::json;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::thread::sleep;
use std::time::{Duration, Instant};
use web_service::{Base, Client, Header, Reply, Request};

/// How much a zone may have, in bytes: more than a million records.
const LARGEST_ZONE: u64 = 256 << 20;
/// How often a request is made at which the server fails, and a change that somebody else undoes.
pub(crate) const MOST_TRIES: u32 = 4;
/// After the first fault of the server a request waits for so long, after the second twice that, and so on: a database that is
/// written to by another takes it then.
pub(crate) const PAUSE: Duration = Duration::from_millis(250);

/// The API of a server.
#[derive(Debug)]
pub(crate) struct Api {
    pub(crate) client: Client,
    pub(crate) base: Base,
    /// The API's own: `v1`.
    pub(crate) version: String,
    /// What the API calls the server.
    pub(crate) server: String,
    pub(crate) key: Header,
    /// Which names are zones of the server, as far as it was asked.
    pub(crate) known_zones: RefCell<HashMap<String, Option<DomainName>>>,
}

impl Api {
    /// The zone that holds a name: the longest that the server has.
    ///
    /// # Errors
    /// It has none, or does not say.
    pub(crate) fn zone_of(&self, name: &DomainName) -> Result<DomainName, Failure> {
        let mut rest = name.as_str();
        while !rest.is_empty() {
            if let Some(zone) = self.zone_named(rest)? {
                return match self.cut(&zone, name)? {
                    Some(cut) => Err(delegated(name, &zone, &cut)),
                    None => Ok(zone),
                };
            }
            rest = rest.split_once('.').map_or("", |(_, rest)| rest);
        }
        Err(Failure::new(format!(
            "the PowerDNS server at {} has no zone that {name} is in",
            self.base.join(&[])
        ))
        .hint("Check whether it is the server of that zone, or whether the name is to be an alias of one in its zones."))
    }

    /// The name between a zone and this one that the zone delegates to others, if there is one.
    fn cut(&self, zone: &DomainName, name: &DomainName) -> Result<Option<String>, Failure> {
        let mut at = name.as_str();
        while at != zone.as_str() && !at.is_empty() {
            let of_name = [("rrset_name", at), ("rrset_type", "NS")];
            let request = self.request("GET", &["zones", zone.as_str()]);
            let reply = self.send(&request.at_most(LARGEST_ZONE).query(&of_name))?;
            let shown = reply.json()?;
            let sets = shown.get("rrsets").and_then(Value::as_array);
            // An old server shows all of the zone.
            let is_cut = |set: &Value| set["type"] == "NS" && set["name"] == at;
            if sets.into_iter().flatten().any(is_cut) {
                return Ok(Some(at.to_owned()));
            }
            at = at.split_once('.').map_or("", |(_, rest)| rest);
        }
        Ok(None)
    }

    /// The zone of this name, if the server has it. It is asked once: records of a batch have much of their names in common.
    fn zone_named(&self, name: &str) -> Result<Option<DomainName>, Failure> {
        if let Some(known) = self.known_zones.borrow().get(name) {
            return Ok(known.clone());
        }
        let reply = self.send(&self.request("GET", &["zones"]).query(&[("zone", name)]))?;
        let zones = reply.json()?;
        let zone = zones
            .as_array()
            .and_then(|zones| zones.first()?.get("name")?.as_str());
        let zone = zone.map(DomainName::parse).transpose();
        let zone = zone.map_err(|why| reply.unexpected(&format!("the zone's name {why}")))?;
        let mut known = self.known_zones.borrow_mut();
        known.insert(name.to_owned(), zone.clone());
        Ok(zone)
    }

    /// The zone, with the TXT records of these names. All of it is asked for, however few they are: asked for one name
    /// (`rrset_name`), PowerDNS leaves out the records that it does not serve, and those are to stay.
    ///
    /// # Errors
    /// There is none, or the server does not say.
    pub(crate) fn zone(
        &self,
        zone: &DomainName,
        names: &HashSet<&DomainName>,
    ) -> Result<Zone, Failure> {
        let request = self.request("GET", &["zones", zone.as_str()]);
        let reply = self.ask(&request.at_most(LARGEST_ZONE))?;
        let zone = Zone::read(reply.body(), names);
        zone.ok_or_else(|| reply.unexpected("its answer is no zone as PowerDNS describes it"))
    }

    /// Whether the server adds and removes single records by itself. One that does not say its version counts as an old one.
    pub(crate) fn has_extend(&self) -> bool {
        let version = || {
            let reply = self.send(&self.request("GET", &[])).ok()?;
            Some(has_extend(reply.json().ok()?.get("version")?.as_str()?))
        };
        version().unwrap_or(false)
    }

    /// The request that makes these changes to record sets.
    pub(crate) fn patch(&self, zone: &DomainName, changes: &[Value]) -> Request {
        let request = self.request("PATCH", &["zones", zone.as_str()]);
        request.body(json!({ "rrsets": changes }))
    }

    /// Sends a request that changes record sets.
    ///
    /// # Errors
    /// It is refused, and not for what it has of records.
    pub(crate) fn change(&self, request: &Request) -> Result<Changed, Failure> {
        let reply = match self.client.send(request) {
            Ok(reply) => reply,
            Err(failure) => return Ok(Changed::Lost(failure)),
        };
        match reply.status {
            500..600 => Ok(Changed::Fault(reply.refused())),
            _ if reply.is_success() => Ok(Changed::Done),
            // By a proxy that does not take so much, too (413): what another request has may be taken.
            400 | 409 | 413 | 422 => Ok(Changed::Refused(self.explained(&reply))),
            _ => Err(self.explained(&reply)),
        }
    }

    /// How long a request may take.
    pub(crate) fn limit(&self) -> Duration {
        self.client.limit()
    }

    /// The URL of the server in the API.
    pub(crate) fn url(&self) -> String {
        self.base.join(&["servers", &self.server])
    }

    /// The request that has the secondaries told of changes.
    pub(crate) fn notify(&self, zone: &DomainName) -> Request {
        self.request("PUT", &["zones", zone.as_str(), "notify"])
    }

    /// Sends a request that changes nothing. Where the server fails at it, which may pass, it is asked again, unless that has taken
    /// as long as one may take.
    fn ask(&self, request: &Request) -> Result<Reply, Failure> {
        let start = Instant::now();
        let mut reply = self.client.send(request)?;
        for number in 1..MOST_TRIES {
            if !(500..600).contains(&reply.status) || start.elapsed() >= self.limit() {
                break;
            }
            sleep(PAUSE * number);
            reply = self.client.send(request)?;
        }
        self.accepted(reply)
    }

    /// Sends a request.
    ///
    /// # Errors
    /// It is refused, or not answered.
    pub(crate) fn send(&self, request: &Request) -> Result<Reply, Failure> {
        self.accepted(self.client.send(request)?)
    }

    fn accepted(&self, reply: Reply) -> Result<Reply, Failure> {
        match reply.is_success() {
            true => Ok(reply),
            false => Err(self.explained(&reply)),
        }
    }

    /// A refusal, with what can be done about it.
    fn explained(&self, reply: &Reply) -> Failure {
        let failure = reply.refused();
        let says = reply.says().unwrap_or_default();
        if reply.status == 404 && self.base.join(&[]).ends_with("/api") {
            return failure
                .hint("PDNS_API_URL ends in /api, which is added to it: leave that off.");
        }
        match hint(reply.status, &says, &self.server) {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }

    fn request(&self, method: &'static str, parts: &[&str]) -> Request {
        let common = ["api", &*self.version, "servers", &*self.server];
        let url = self.base.join(&[&common[..], parts].concat());
        Request::new(method, url).headers(std::slice::from_ref(&self.key))
    }
}

/// What became of a change.
#[derive(Debug)]
pub(crate) enum Changed {
    /// It was made.
    Done,
    /// It was not, by a fault of the server's that may pass.
    Fault(Failure),
    /// Nobody knows: there was no answer.
    Lost(Failure),
    /// Nothing of it was made: the server does not take it.
    Refused(Failure),
}

/// What can be done about a refusal by the API of the server that it calls so.
fn hint(status: u16, says: &str, server: &str) -> Option<String> {
    let hint = match status {
        401 => "PDNS_API_KEY has to be what pdns.conf has as api-key.",
        403 => "Check webserver-allow-from in pdns.conf, and what stands in front of the server.",
        404 => {
            let usual = match server {
                "localhost" => "",
                _ => " and at nearly every server localhost",
            };
            return Some(format!(
                "Check the zone (--zone, DNS01_ZONE), PDNS_SERVER_NAME, which is {server}{usual}, PDNS_API_URL, and whether \
                 pdns.conf has api=yes."
            ));
        }
        422 if says.contains("onflicts with") => {
            "Something else is at the name, a CNAME for instance: a TXT record has to go where that leads."
        }
        422 if says.contains("Could not find domain") => {
            "The server has no such zone: check --zone or DNS01_ZONE."
        }
        422 if says.contains("out of zone") => {
            "The zone is what --zone or DNS01_ZONE says: without them it is found out."
        }
        _ => return None,
    };
    Some(hint.to_owned())
}

fn delegated(name: &DomainName, zone: &DomainName, cut: &str) -> Failure {
    Failure::new(format!(
        "{zone} at the PowerDNS server delegates {cut}, and {name} with it, to other servers"
    ))
    .hint(format!(
        "The record belongs to the zone {cut}, at its own primary server."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_has_the_name_of_the_server_as_it_is_set() {
        for (server, says) in [
            ("localhost", "PDNS_SERVER_NAME, which is localhost, PDNS"),
            ("foo", "which is foo and at nearly every server localhost,"),
        ] {
            let hint = hint(404, "Not Found", server).unwrap();
            assert!(hint.contains(says), "{hint}");
        }
    }
}
