//! A small internet for tests: servers that answer probes from the lines of their zones, and what is bent on the way.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hickory_proto::op::{Edns, Message, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CAA, CNAME, NS, NULL, SOA, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};

use hickory_proto::serialize::binary::BinEncodable as _;

use crate::check::capture::Capture;
use crate::check::entry::Observed;
use crate::check::judge::{Judgement, judge};
use crate::check::probe::{Probe, Way};
use crate::check::roots::Roots;
use crate::check::survey::{inside, survey};
use crate::check::target::Target;
use crate::check::wire;
use crate::name::{is_within, parse};
use crate::transport::{NetworkFault, Reply};

/// The address of the root's server, which a resolver at [`RESOLVER`] names.
const ROOT: &str = "192.0.2.1";
pub(super) const RESOLVER: &str = "192.0.2.53";

/// What happens to the probes of one server.
pub(super) type Bend = fn(&Probe, Message) -> Result<Message, NetworkFault>;

/// Servers by their addresses.
pub(super) struct World {
    zones: HashMap<IpAddr, Vec<(Name, Vec<Record>)>>,
    bends: HashMap<IpAddr, Bend>,
}

impl World {
    /// A root, and `test.` on one server, with these lines below `test.`: `NAME TYPE DATA`.
    pub(super) fn new(test: &str) -> World {
        let world = World {
            zones: HashMap::new(),
            bends: HashMap::new(),
        };
        world
            .zone(
                ROOT,
                ".",
                &format!("@ NS a.root.test.\ntest NS a.root.test.\na.root.test A {ROOT}"),
            )
            .zone(
                ROOT,
                "test.",
                &format!("@ NS a.root\na.root A {ROOT}\n{test}"),
            )
    }

    /// With a zone on a server; it gets an SOA record unless it has one.
    pub(super) fn zone(mut self, address: &str, zone: &str, lines: &str) -> World {
        let origin = parse(zone).unwrap();
        let mut records: Vec<Record> = lines
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| record(line, &origin))
            .collect();
        if !records
            .iter()
            .any(|one| one.record_type() == RecordType::SOA)
        {
            records.push(record("@ SOA 1 60", &origin));
        }
        let zones = self.zones.entry(address.parse().unwrap()).or_default();
        zones.push((origin, records));
        self
    }

    /// With something that happens to what one server says.
    pub(super) fn bend(mut self, address: &str, bend: Bend) -> World {
        self.bends.insert(address.parse().unwrap(), bend);
        self
    }

    /// What a survey knows, after all was asked that it wants.
    pub(super) fn survey_with<T>(&self, survey: impl Fn(&Capture, &Roots) -> (T, Vec<Probe>)) -> T {
        let capture = Capture::default();
        self.fill(&capture, UNIX_EPOCH, |capture, roots| {
            survey(capture, roots).1
        });
        survey(&capture, &roots()).0
    }

    /// Asks all that a survey wants, and returns that. One that has nothing from before wants the same each time.
    pub(super) fn fill(
        &self,
        capture: &Capture,
        at: SystemTime,
        survey: impl Fn(&Capture, &Roots) -> Vec<Probe>,
    ) -> Vec<Probe> {
        let roots = roots();
        let mut all = Vec::new();
        for round in 0..100 {
            let at = at + Duration::from_millis(round);
            let wanted = survey(capture, &roots);
            assert_eq!(survey(&copy(capture), &roots), wanted);
            if wanted.is_empty() {
                return all;
            }
            for probe in wanted {
                let observed = self.observe(&probe, at);
                capture.add(probe.clone(), observed);
                all.push(probe);
            }
        }
        panic!("it never has enough");
    }

    /// What is to be said of a target, after all was asked that there is to ask.
    pub(super) fn judge(&self, target: &Target) -> Judgement {
        self.judge_by(target, |_| true)
    }

    /// What is to be said of a target, after such questions were asked alone.
    pub(super) fn judge_by(&self, target: &Target, is_asked: impl Fn(&Probe) -> bool) -> Judgement {
        let (capture, roots) = (Capture::default(), roots());
        let at = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        self.fill(&capture, at, |capture, roots| {
            let mut wanted = survey(target, capture, roots).1;
            if wanted.is_empty() {
                wanted = inside(target, capture, roots);
            }
            wanted.retain(&is_asked);
            wanted
        });
        let judgement = judge(target, &capture, &roots, at);
        assert_eq!(judge(target, &copy(&capture), &roots, at), judgement);
        judgement
    }

    /// The zones that a resolver answers from: its own where the name is in one, else those of the root's server.
    fn resolved(&self, probe: &Probe) -> Option<&Vec<(Name, Vec<Record>)>> {
        let own = self.zones.get(&RESOLVER.parse().unwrap());
        let own = own.filter(|zones| zones.iter().any(|(zone, _)| is_within(&probe.name, zone)));
        own.or_else(|| self.zones.get(&ROOT.parse().unwrap()))
    }

    fn observe(&self, probe: &Probe, at: SystemTime) -> Observed {
        let ip = probe.server.ip();
        let reply = match ip.to_string().as_str() {
            RESOLVER => self.resolved(probe),
            _ => self.zones.get(&ip),
        };
        let reply = reply.ok_or(NetworkFault::Timeout).and_then(|zones| {
            let message = answer(probe, zones);
            match self.bends.get(&ip) {
                Some(bend) => bend(probe, message),
                None => Ok(message),
            }
        });
        Observed {
            at,
            took: Duration::from_millis(1),
            reply: reply.map(|message| message.to_vec().unwrap()),
        }
    }
}

/// Where the way down begins in all of these.
pub(super) fn roots() -> Roots {
    Roots {
        resolvers: vec![SocketAddr::new(RESOLVER.parse().unwrap(), 53)],
        by_resolver: true,
    }
}

/// The same probes, of which nothing was made yet.
pub(super) fn copy(capture: &Capture) -> Capture {
    let copy = Capture::default();
    for (probe, observed) in capture.all() {
        copy.add(probe, observed);
    }
    copy
}

fn record(line: &str, origin: &Name) -> Record {
    let mut words = line.split_whitespace();
    let mut next = || words.next().unwrap_or_else(|| panic!("{line}"));
    let name = |text: &str| match text {
        "@" => origin.clone(),
        whole if whole.ends_with('.') => Name::from_ascii(whole).unwrap(),
        relative => Name::from_ascii(relative)
            .unwrap()
            .append_domain(origin)
            .unwrap(),
    };
    let owner = name(next());
    let data = match next() {
        "A" => RData::A(A(next().parse().unwrap())),
        "AAAA" => RData::AAAA(AAAA(next().parse().unwrap())),
        "NS" => RData::NS(NS(name(next()))),
        "CNAME" => RData::CNAME(CNAME(name(next()))),
        "DNAME" => RData::Unknown {
            code: RecordType::DNAME,
            rdata: NULL::with(name(next()).to_bytes().unwrap()),
        },
        "TXT" => RData::TXT(TXT::new(vec![next().into()])),
        "CAA" => {
            let mut caa = CAA::new_issue(false, None, Vec::new());
            caa.value = next().replace('_', " ").into_bytes();
            RData::CAA(caa)
        }
        "SOA" => {
            let (serial, minimum) = (next().parse().unwrap(), next().parse().unwrap());
            RData::SOA(SOA::new(name("ns1"), name("x"), serial, 1, 1, 1, minimum))
        }
        other => panic!("{other}: {line}"),
    };
    Record::from_rdata(owner, 86400, data)
}

/// What a server with these zones answers (RFC 1034 §4.3.2).
fn answer(probe: &Probe, zones: &[(Name, Vec<Record>)]) -> Message {
    let query = Message::from_vec(&wire::encode(probe, 7).unwrap()).unwrap();
    let mut reply = Message::response(7, OpCode::Query);
    reply.add_queries(query.queries.clone());
    if query.edns.is_some() {
        reply.set_edns(Edns::new());
    }
    // DS records are in the zone above.
    let holds = |zone: &Name| {
        is_within(&probe.name, zone)
            && !(probe.record_type == RecordType::DS && probe.name == *zone)
    };
    let zone = zones
        .iter()
        .filter(|(zone, _)| holds(zone))
        .max_by_key(|(zone, _)| zone.num_labels());
    let Some((zone, records)) = zone else {
        reply.metadata.response_code = ResponseCode::Refused;
        return reply;
    };
    let cut = records.iter().find(|one| {
        let is_cut = one.record_type() == RecordType::NS && one.name != *zone;
        is_cut && is_within(&probe.name, &one.name) && probe.record_type != RecordType::DS
    });
    if let Some(cut) = cut {
        let servers = records
            .iter()
            .filter(|one| one.name == cut.name && one.record_type() == RecordType::NS);
        for server in servers {
            let RData::NS(NS(host)) = &server.data else {
                continue;
            };
            let glue = records.iter().filter(|one| one.name == *host);
            reply.add_additionals(glue.filter(|one| one.data.ip_addr().is_some()).cloned());
            reply.add_authority(server.clone());
        }
        return reply;
    }
    reply.metadata.authoritative = true;
    let is_dname = |one: &&Record| {
        let is_above = is_within(&probe.name, &one.name) && one.name != probe.name;
        one.record_type() == RecordType::DNAME && is_above
    };
    if let Some(dname) = records.iter().find(is_dname) {
        reply.add_answer(dname.clone());
        let made = Message::from_vec(&reply.to_vec().unwrap()).unwrap();
        let (owner, target) = Reply::new(made)
            .dname_above(&probe.name)
            .map(owned)
            .unwrap();
        let before = probe.name.iter().len() - owner.iter().len();
        let labels: Vec<&[u8]> = probe
            .name
            .iter()
            .take(before)
            .chain(target.iter())
            .collect();
        let cname = RData::CNAME(CNAME(Name::from_labels(labels).unwrap()));
        reply.add_answer(Record::from_rdata(probe.name.clone(), dname.ttl, cname));
        return reply;
    }
    let star = Name::from_ascii("*")
        .unwrap()
        .append_domain(&probe.name.base_name())
        .unwrap();
    let own: Vec<&Record> = records
        .iter()
        .filter(|one| one.name == probe.name)
        .collect();
    let is_there = records.iter().any(|one| is_within(&one.name, &probe.name));
    let owned: Vec<Record> = match is_there {
        true => own.into_iter().cloned().collect(),
        false => {
            let by_star = records.iter().filter(|one| one.name == star);
            let at_name =
                |one: &Record| Record::from_rdata(probe.name.clone(), one.ttl, one.data.clone());
            by_star.map(at_name).collect()
        }
    };
    let is_asked =
        |one: &&Record| [probe.record_type, RecordType::CNAME].contains(&one.record_type());
    let asked: Vec<Record> = owned.iter().filter(is_asked).cloned().collect();
    if asked.is_empty() {
        if owned.is_empty() && !is_there {
            reply.metadata.response_code = ResponseCode::NXDomain;
        }
        let soa = records
            .iter()
            .find(|one| one.record_type() == RecordType::SOA);
        reply.add_authorities(soa.cloned());
    }
    reply.add_answers(asked);
    reply
}

fn owned((owner, target): (&Name, Name)) -> (Name, Name) {
    (owner.clone(), target)
}

/// A query that is not answered in these ways.
pub(super) fn unanswered(
    probe: &Probe,
    message: Message,
    ways: &[Way],
) -> Result<Message, NetworkFault> {
    match ways.contains(&probe.way) {
        true => Err(NetworkFault::Timeout),
        false => Ok(message),
    }
}
