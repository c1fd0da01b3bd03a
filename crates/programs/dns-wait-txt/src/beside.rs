//! What a CA looks at beside the record: CAA, and DNSSEC from the DS down. It is looked at while the value is waited for, and once
//! every server serves the value, each is asked a few times more. A person is told of what a CA will fail at. It holds up
//! nothing: the value alone decides.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use command::message;
use dns::Name;
use dns::address::PORT;
use dns::check::{
    Checker, Finding, Glanced, KnownZone, Severity, Target, judge_again, judge_glance,
};
use dns::resolver::Resolver;
use dns::transport::Client;
use dns::zone::NameServer;
use dns_cli::{ChallengeTarget, CheckContext};
use pipeline::{Challenge, Document};
use tokio::time::{Instant, timeout};

/// How many of these questions may be under way, beside those for the values.
const QUESTIONS: usize = 64;

/// How many names of a zone are looked at in a run: what is wrong with a zone is found with the first of them, and each costs
/// questions.
const MOST_OF_ZONE: usize = 50;

/// For how many of them the servers are asked again once they serve the value: machines that differ behind one address are found
/// with the first of them, too, and each costs four questions to every server.
const MOST_ASKED_AGAIN: usize = 10;

/// How long the next answer is waited for once the value is everywhere.
const PAUSE: Duration = Duration::from_millis(400);

/// How long all of them are waited for then.
const LONGEST: Duration = Duration::from_secs(2);

/// Numbers of names, by the zone that they are in.
type Counts = RefCell<HashMap<Name, usize>>;

/// What is looked at beside the values.
pub(crate) struct Beside {
    checker: Checker,
    /// Of the document whose challenges are read.
    context: RefCell<CheckContext>,
    said: RefCell<HashSet<String>>,
    /// How many names were looked at, by zone.
    looked_at: Counts,
    /// For how many of them the servers were asked again.
    asked_again: Counts,
}

impl Beside {
    pub(crate) fn new(client: Client, resolvers: Vec<Resolver>) -> Beside {
        Beside {
            checker: Checker::new(client, resolvers, true, QUESTIONS),
            context: RefCell::default(),
            said: RefCell::default(),
            looked_at: RefCell::default(),
            asked_again: RefCell::default(),
        }
    }

    /// Reads who is to issue.
    pub(crate) fn prepare(&self, document: &Document) {
        *self.context.borrow_mut() = CheckContext::of(document);
    }

    /// What is to be looked at for a challenge; nothing where it cannot be read, which is said elsewhere.
    pub(crate) fn read(&self, challenge: &Challenge) -> Option<Target> {
        dns_cli::check_target(challenge, &self.context.borrow()).ok()
    }

    /// Waits as `waiting` does, and looks beside that. What is found is said, and returned with what came of waiting.
    pub(crate) async fn of<T, E>(
        &self,
        challenge: &ChallengeTarget,
        target: Option<&Target>,
        waiting: impl Future<Output = Result<T, E>>,
    ) -> (Result<T, E>, Option<Glanced>) {
        let zones = zones(challenge, self.checker.client());
        let has_room = |counts, most| has_room(counts, &zones, most);
        let Some(target) = target.filter(|_| has_room(&self.looked_at, MOST_OF_ZONE)) else {
            return (waiting.await, None);
        };
        let target = Target {
            name: challenge.target.name.clone(),
            ..target.clone()
        };
        let mut glance = Box::pin(self.checker.glance(&target, &zones));
        let mut waiting = Box::pin(waiting);
        let mut is_done = false;
        let waited = tokio::select! {
            biased;
            waited = &mut waiting => waited,
            () = &mut glance => {
                is_done = true;
                waiting.await
            }
        };
        if !is_done {
            self.while_heard(&mut glance).await;
        }
        let is_asked_again = waited.is_ok() && has_room(&self.asked_again, MOST_ASKED_AGAIN);
        if is_asked_again {
            self.while_heard(&mut Box::pin(self.checker.again(&target, &zones)))
                .await;
        }
        let (capture, roots) = (self.checker.capture(), self.checker.roots());
        let mut glanced = judge_glance(&target, &zones, capture, &roots, SystemTime::now());
        if is_asked_again {
            let again = judge_again(&target, &zones, capture, &roots);
            glanced.findings.extend(again);
        }
        for finding in &glanced.findings {
            self.say(finding);
        }
        (waited, Some(glanced))
    }

    /// Waits for as long as answers come: a server that is dead is not waited for.
    async fn while_heard(&self, mut looking: impl Future<Output = ()> + Unpin) {
        let until = Instant::now() + LONGEST;
        let mut count = self.checker.capture().count();
        while Instant::now() < until {
            let is_done = timeout(PAUSE, &mut looking).await.is_ok();
            let heard = self.checker.capture().count();
            if is_done || heard == count {
                break;
            }
            count = heard;
        }
    }

    /// Says what was found, once.
    fn say(&self, finding: &Finding) {
        let how = match finding.severity {
            Severity::Error => "a CA will fail",
            _ => "a CA may fail",
        };
        let hint = finding.hint.as_deref().unwrap_or_default();
        let text = format!("{}: {how}: {}. {hint}", finding.name, finding.detail);
        if self.said.borrow_mut().insert(text.clone()) {
            message::warning(text.trim_end());
        }
    }
}

/// Whether one more name is taken whose record is in the first of these zones, where `most` of a zone are.
fn has_room(counts: &Counts, zones: &[KnownZone], most: usize) -> bool {
    let Some(zone) = zones.first() else {
        return false;
    };
    let mut counts = counts.borrow_mut();
    let count = counts.entry(zone.name.clone()).or_default();
    *count += 1;
    *count <= most
}

/// The zones that hold the record and the CNAMEs that lead to it, with their servers, as far as these are asked; none where one
/// of them is at another port than any CA asks.
fn zones(challenge: &ChallengeTarget, client: &Client) -> Vec<KnownZone> {
    let target = &challenge.target;
    let asked = |servers: &[NameServer]| {
        let asked = servers.iter().map(|server| NameServer {
            name: server.name.clone(),
            addresses: used(&server.addresses, client),
        });
        asked
            .filter(|server| !server.addresses.is_empty())
            .collect()
    };
    let own = target.zone.iter().map(|zone| KnownZone {
        name: zone.clone(),
        servers: asked(&target.servers),
    });
    let of_aliases = target.aliases.iter().map(|alias| KnownZone {
        name: alias.zone.clone(),
        servers: asked(&alias.servers),
    });
    let all: Vec<KnownZone> = own.chain(of_aliases).collect();
    let servers = all.iter().flat_map(|zone| &zone.servers);
    let mut addresses = servers.flat_map(|server| &server.addresses);
    match addresses.all(|address| address.port() == PORT) {
        true => all,
        false => Vec::new(),
    }
}

fn used(addresses: &[SocketAddr], client: &Client) -> Vec<SocketAddr> {
    let used = addresses.iter().copied();
    used.filter(|one| client.uses(*one)).collect()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn a_record_that_the_command_line_names_is_looked_at_for_the_name_that_it_is_to_prove() {
        for (record, domain) in [
            (
                "_acme-challenge.www.example.test",
                Some("www.example.test."),
            ),
            ("other.example.test", None),
        ] {
            let value = OsStr::new("value");
            let challenge = dns_cli::challenge(OsStr::new(record), Some(value)).unwrap();
            let target = Beside::new(Client::new(1), Vec::new()).read(&challenge);
            let found = target.map(|one| one.domain.map(|name| name.to_ascii()));
            assert_eq!(found, Some(domain.map(str::to_owned)), "{record}");
        }
    }

    #[test]
    fn of_each_zone_there_is_room_for_so_many_names() {
        let zone = |name: &str| KnownZone {
            name: dns::name::parse(name).unwrap(),
            servers: Vec::new(),
        };
        let counts = RefCell::default();
        let has_room = |zones: &[&str]| {
            let zones: Vec<KnownZone> = zones.iter().map(|name| zone(name)).collect();
            has_room(&counts, &zones, 2)
        };
        for (zones, expected) in [
            (&["a.test."][..], true),
            (&["a.test.", "b.test."], true),
            (&["a.test."], false),
            (&["b.test.", "a.test."], true),
            (&[], false),
        ] {
            assert_eq!(has_room(zones), expected, "{zones:?}");
        }
    }
}
