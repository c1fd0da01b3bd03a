//! Asks all that a survey wants, until it wants nothing more. Names that are checked at the same time share what is asked.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hickory_proto::rr::{Name, RecordType};
use tokio::sync::{OnceCell, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::check::ask::Asker;
use crate::check::capture::Capture;
use crate::check::entry::Observed;
use crate::check::lead::Leaders;
use crate::check::probe::{Probe, Way};
use crate::check::roots::Roots;
use crate::check::survey::{again, glance, inside, survey};
use crate::check::table::{Set, Table};
use crate::check::target::{KnownZone, Target};
use crate::check::trace::{self, Trace, TraceOptions};
use crate::resolver::{Host, Resolver};
use crate::transport::{Client, Endpoint, NetworkFault, Remark, ServerFault};
use crate::zone::Error;

/// How long a name may take in all: one with servers that do not answer takes three to six seconds.
const LONGEST: Duration = Duration::from_secs(30);

/// How long resolvers may take to say what they see of its zones: nothing rests on that.
const INSIDE: Duration = Duration::from_secs(2);

/// How long a name waits for another one that has a zone in common with it.
const PATIENCE: Duration = Duration::from_secs(10);

/// The replies after the first are waited for as long again as that, within these limits.
const TOGETHER: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(100));

/// How many names are asked about at once, for each probe that may be under way: what waits takes memory.
const NAMES_PER_PROBE: usize = 2;

/// How many probes may be under way to one address: it may limit the rate at which it answers.
const MOST_PER_SERVER: usize = 8;

/// How many may be wanted for one name.
const MOST_PER_NAME: usize = 4096;

const NEVER_CLOSED: &str = "nothing closes this semaphore";

/// Asks what is to be known.
pub struct Checker {
    capture: Capture,
    asker: Asker,
    client: Client,
    resolvers: Vec<Resolver>,
    by_resolver: bool,
    start: OnceCell<Start>,
    probes: Semaphore,
    names: Semaphore,
    flights: Mutex<Table<Probe, Arc<OnceCell<()>>>>,
    servers: Mutex<Table<SocketAddr, Arc<Semaphore>>>,
    leaders: Leaders,
    /// The resolvers that take too long to be asked what they see.
    slow: Mutex<Set<SocketAddr>>,
}

/// Where the way down begins, and how the resolvers are asked.
struct Start {
    roots: Roots,
    endpoints: Vec<(Resolver, Endpoint)>,
    /// Those that have a name for which no address is found, and why.
    nowhere: Vec<(Resolver, NetworkFault)>,
}

impl Checker {
    /// One that has at most so many probes under way. Resolvers are asked through this client: for the root's servers where
    /// the well-known ones do not answer, or in their place.
    #[must_use]
    pub fn new(
        client: Client,
        resolvers: Vec<Resolver>,
        by_resolver: bool,
        probes: usize,
    ) -> Checker {
        Checker {
            capture: Capture::default(),
            asker: Asker::default(),
            client,
            resolvers,
            by_resolver,
            start: OnceCell::new(),
            probes: Semaphore::new(probes.max(1)),
            names: Semaphore::new(probes.max(1) * NAMES_PER_PROBE),
            flights: Mutex::default(),
            servers: Mutex::default(),
            leaders: Leaders::default(),
            slow: Mutex::default(),
        }
    }

    /// What was captured so far.
    pub fn capture(&self) -> &Capture {
        &self.capture
    }

    /// The servers that are being waited for.
    #[must_use]
    pub fn waits_for(&self) -> Vec<SocketAddr> {
        let servers = lock(&self.servers);
        let is_asked = |places: &Semaphore| places.available_permits() < MOST_PER_SERVER;
        let asked = servers.iter().filter(|(_, places)| is_asked(places));
        let mut asked: Vec<SocketAddr> = asked.map(|(server, _)| *server).collect();
        asked.sort();
        asked
    }

    /// Asks the resolvers.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Where the way down begins.
    pub fn roots(&self) -> Roots {
        let start = self.start.get();
        start.map_or_else(Roots::default, |start| start.roots.clone())
    }

    /// Finds the addresses of the resolvers.
    async fn find_start(&self) -> Start {
        let mut endpoints: Vec<(Resolver, Endpoint)> = Vec::new();
        let mut nowhere = Vec::new();
        for resolver in &self.resolvers {
            match self.client.endpoints(resolver).await {
                Ok(found) => {
                    endpoints.extend(found.into_iter().map(|one| (resolver.clone(), one)));
                }
                Err(fault) => {
                    let remark = useless(resolver, &fault, []);
                    remark.into_iter().for_each(|one| self.client.remark(one));
                    nowhere.push((resolver.clone(), fault));
                }
            }
        }
        Start {
            roots: Roots {
                resolvers: endpoints.iter().map(|(_, one)| one.address).collect(),
                by_resolver: self.by_resolver,
            },
            endpoints,
            nowhere,
        }
    }

    /// Asks all that there is to ask about a name, as far as there is time.
    pub async fn probe(&self, target: &Target) {
        let wanted = |roots: &Roots| survey(target, &self.capture, roots).1;
        if self.probe_in_time(&target.name, wanted).await {
            self.look_inside(target).await;
        }
    }

    /// Asks resolvers what they see of the zones on the way. One that takes too long is not asked that again.
    async fn look_inside(&self, target: &Target) {
        let wanted = |roots: &Roots| {
            let mut wanted = inside(target, &self.capture, roots);
            let slow = lock(&self.slow);
            wanted.retain(|probe| !slow.contains(&probe.server));
            wanted
        };
        if timeout(INSIDE, self.probe_all(wanted)).await.is_err() {
            let left = wanted(&self.roots());
            lock(&self.slow).extend(left.iter().map(|probe| probe.server));
        }
    }

    /// Goes from the root down to where the record of a name belongs, as far as there is time.
    pub async fn trace(&self, name: &Name, options: TraceOptions) -> Trace {
        let look = |roots: &Roots| trace::survey(name, options, &self.capture, roots, LONGEST);
        let is_done = self.probe_in_time(name, |roots| look(roots).1).await;
        let mut trace = look(&self.roots()).0;
        match trace.location.as_mut().err().map(Box::as_mut) {
            Some(Error::NoResolver { faults, .. }) => self.name_resolvers(faults),
            // It has ended before its time.
            Some(error @ Error::Timeout { .. }) if is_done => {
                *error = Error::TooManyQuestions {
                    name: name.clone(),
                    most: MOST_PER_NAME,
                };
            }
            _ => {}
        }
        for address in trace.addresses() {
            Remark::of_address(address)
                .into_iter()
                .for_each(|remark| self.client.remark(remark));
        }
        trace
    }

    /// Calls resolvers as whoever named them does, and adds those that have no address.
    fn name_resolvers(&self, faults: &mut Vec<(Resolver, ServerFault)>) {
        let Some(start) = self.start.get() else {
            return;
        };
        for (resolver, _) in &mut *faults {
            let named = start.endpoints.iter().find(|(_, endpoint)| {
                matches!(resolver.host, Host::Address(address) if address == endpoint.address)
            });
            if let Some((named, _)) = named {
                *resolver = named.clone();
            }
        }
        let nowhere = start.nowhere.iter();
        faults.extend(nowhere.map(|(resolver, fault)| (resolver.clone(), fault.clone().into())));
    }

    /// Asks what a CA's resolver looks at beside the record in these zones, for as long as it is waited for.
    pub async fn glance(&self, target: &Target, zones: &[KnownZone]) {
        self.probe_all(|roots| glance(target, zones, &self.capture, roots).1)
            .await;
    }

    /// Asks for the record several times at each server of these zones that holds it.
    pub async fn again(&self, target: &Target, zones: &[KnownZone]) {
        self.probe_all(|roots| again(target, zones, &self.capture, roots).1)
            .await;
    }

    /// Asks all that is wanted for a name, and says whether there was time for that.
    async fn probe_in_time(&self, name: &Name, wanted: impl Fn(&Roots) -> Vec<Probe>) -> bool {
        let lead = timeout(PATIENCE, self.leaders.follow(name)).await;
        let _place = self.names.acquire().await.expect(NEVER_CLOSED);
        let probed = timeout(LONGEST, self.probe_all(wanted)).await;
        drop(lead);
        probed.is_ok()
    }

    async fn probe_all(&self, wanted: impl Fn(&Roots) -> Vec<Probe>) {
        // What finds it is on the heap: it is large, and needed once.
        let find = || Box::pin(self.find_start());
        let start = self.start.get_or_init(find).await;
        let mut under_way = FuturesUnordered::new();
        let mut begun: Set<Probe> = Set::default();
        loop {
            let mut wanted = wanted(&start.roots);
            // What else is under way is not needed any more: its server was given up meanwhile.
            if wanted.is_empty() {
                return;
            }
            // These go out in all ways, and a server that is silent to them is asked for nothing else.
            wanted.sort_by_key(|probe| probe.record_type != RecordType::SOA);
            for probe in wanted {
                if begun.len() < MOST_PER_NAME && begun.insert(probe.clone()) {
                    under_way.push(self.ask(probe, &start.endpoints));
                }
            }
            let began = Instant::now();
            if under_way.next().await.is_none() {
                return;
            }
            // What comes at about the same time is looked at together: a survey is work.
            let others = began.elapsed().clamp(TOGETHER.0, TOGETHER.1);
            let until = Instant::now() + others;
            while let Ok(Some(())) = timeout_at(until, under_way.next()).await {}
        }
    }

    async fn ask(&self, probe: Probe, resolvers: &[(Resolver, Endpoint)]) {
        let flight = lock(&self.flights)
            .entry(probe.clone())
            .or_default()
            .clone();
        let fly = || async {
            let server = lock(&self.servers)
                .entry(probe.server)
                .or_insert_with(|| Arc::new(Semaphore::new(MOST_PER_SERVER)))
                .clone();
            let _place = server.acquire().await.expect(NEVER_CLOSED);
            let _permit = self.probes.acquire().await.expect(NEVER_CLOSED);
            let resolver = resolvers
                .iter()
                .find(|(_, one)| one.address == probe.server);
            let resolver = resolver.filter(|_| probe.way == Way::Resolver);
            let endpoint = resolver.map(|(_, endpoint)| endpoint);
            let observed = match probe.way == Way::Resolver || self.client.uses(probe.server) {
                true => self.asker.ask(&probe, &self.client, endpoint).await,
                false => Observed {
                    at: SystemTime::now(),
                    took: Duration::ZERO,
                    reply: Err(NetworkFault::OtherFamily),
                },
            };
            // One that has answered anything is alive, and what it is silent about is not its fault.
            let has_answered = self.capture.heard(probe.server).has_replied(None);
            if let (Some((resolver, _)), Err(fault), false) =
                (resolver, &observed.reply, has_answered)
            {
                let is_other = |(one, endpoint): &&(Resolver, Endpoint)| {
                    one == resolver && endpoint.address != probe.server
                };
                let others = resolvers.iter().filter(is_other).map(|(_, endpoint)| {
                    let has_replied = self.capture.heard(endpoint.address).has_replied(None);
                    let fault = self.capture.first_fault(endpoint.address);
                    fault.filter(|_| !has_replied)
                });
                let remark = useless(resolver, fault, others);
                remark.into_iter().for_each(|one| self.client.remark(one));
            }
            self.capture.add(probe.clone(), observed);
        };
        flight.get_or_init(fly).await;
    }
}

/// That a resolver is of no use: this is wrong at one of its addresses, and something at each of the others. One at which nothing
/// is wrong may answer.
fn useless(
    resolver: &Resolver,
    fault: &NetworkFault,
    others: impl IntoIterator<Item = Option<NetworkFault>>,
) -> Option<Remark> {
    let mut why = fault.clone();
    for other in others {
        why = other?.or_later(why);
    }
    Some(Remark::UselessResolver {
        resolver: resolver.to_string(),
        why: why.to_string(),
    })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;
    use crate::testing::{FakeServer, block_on};

    #[test]
    fn a_resolver_is_of_no_use_where_none_of_its_addresses_answers() {
        use NetworkFault::{Refused, Unroutable};
        let resolver = Resolver::from(std::net::SocketAddr::from(([192, 0, 2, 1], 53)));
        for (others, why) in [
            (vec![], Some(Unroutable)),
            (vec![None], None),
            (vec![Some(Refused)], Some(Refused)),
            (vec![Some(Unroutable), Some(Unroutable)], Some(Unroutable)),
            (vec![Some(Refused), None], None),
        ] {
            let said = useless(&resolver, &Unroutable, others);
            let said = said.map(|remark| remark.to_string());
            let says = why.map(|why| format!("the resolver {resolver} is of no use: {why}"));
            assert_eq!(said, says);
        }
    }

    #[test]
    fn a_resolver_is_of_no_use_where_it_has_answered_nothing() {
        for has_answered in [false, true] {
            let remarks = block_on(async {
                // Nothing listens there any more.
                let (server, address) = FakeServer::bind().await;
                drop(server);
                let resolver = Resolver::from(address);
                let checker = Checker::new(Client::new(8), vec![resolver], true, 8);
                let probe = |name: &str| Probe {
                    server: address,
                    way: Way::Resolver,
                    name: parse(name).unwrap(),
                    record_type: RecordType::DS,
                };
                if has_answered {
                    let answer = Observed {
                        at: SystemTime::now(),
                        took: Duration::ZERO,
                        reply: Ok(Vec::new()),
                    };
                    checker.capture.add(probe("a.test"), answer);
                }
                checker.probe_all(|_| vec![probe("b.test")]).await;
                checker.client.take_remarks().len()
            });
            assert_eq!(remarks, usize::from(!has_answered));
        }
    }
}
