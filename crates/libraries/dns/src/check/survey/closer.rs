//! A closer look at the name that holds the record: each server is asked more than once, and where the value is missing, it is
//! looked for where somebody may have written it in place of that name or of those servers.

use std::net::SocketAddr;

use hickory_proto::rr::{Name, RecordType};

use crate::address::PORT;
use crate::check::probe::Way;
use crate::check::survey::aliases::Link;
use crate::check::survey::found::{End, Zone};
use crate::check::survey::limited::Limited;
use crate::check::survey::repeated::Repeated;
use crate::check::survey::said::{Asked, Said, texts_of};
use crate::check::survey::view::View;
use crate::check::target::Target;
use crate::slip::{Slip, names_by_mistake, without_zone};

/// How often a server is asked again before its record is written. That several machines hold different copies shows in the
/// serial as well by then, and that is asked once for all names of a zone.
const BEFORE: u8 = 2;

/// How often each address is asked again for the serial of the zone, beside the ways in which it is asked anyway.
const SERIALS: u8 = 2;

/// At how many addresses another name or a server that is not delegated to is asked.
const ADDRESSES: usize = 2;

/// Which other names are looked at where no value is known: the mistakes that are made most often.
const LIKELY: [Slip; 4] = [
    Slip::ZoneTwice,
    Slip::NoUnderscore,
    Slip::NoLabel,
    Slip::NoLabels,
];

/// What a closer look shows.
#[derive(Clone, Debug, Default)]
pub(in crate::check) struct CloserLook {
    /// What each address says each time to the question for TXT at the name that holds the record.
    pub(in crate::check) texts: Vec<Repeated>,
    /// What each address says each time to the question for the zone's SOA, beside what it says in each way.
    pub(in crate::check) serials: Vec<Repeated>,
    /// The addresses that limit the rate at which they answer.
    pub(in crate::check) limited: Vec<Limited>,
    /// What stands at names that are written by mistake.
    pub(in crate::check) elsewhere: Vec<Elsewhere>,
    /// What the primary says that the zone's SOA names, at addresses to which nobody delegates.
    pub(in crate::check) primary: Vec<Primary>,
    /// What the servers of the zone above say about the name itself, where they are not those of its zone.
    pub(in crate::check) above: Vec<Asked>,
}

/// What stands at another name.
#[derive(Clone, Debug)]
pub(in crate::check) struct Elsewhere {
    pub(in crate::check) name: Name,
    /// How it differs from the one that was meant.
    pub(in crate::check) slip: Slip,
    pub(in crate::check) asked: Vec<Asked>,
}

/// What one address of a primary says that nobody delegates to.
#[derive(Clone, Debug)]
pub(in crate::check) struct Primary {
    /// To the question for TXT at the name.
    pub(in crate::check) asked: Asked,
    /// To the question for the zone's SOA.
    pub(in crate::check) soa: Said,
}

impl CloserLook {
    /// Whether an address has the value at the name at least once.
    pub(in crate::check) fn has_in_turn(
        &self,
        address: SocketAddr,
        name: &Name,
        value: &str,
    ) -> bool {
        let of_address = self.texts.iter().filter(|one| one.address == address);
        let mut replies = of_address.flat_map(Repeated::said).filter_map(Said::reply);
        replies.any(|reply| texts_of(reply, name).iter().any(|one| one == value))
    }

    /// Whether an address limits the rate at which it answers, so that its silence says nothing of the question.
    pub(in crate::check) fn is_limited(&self, address: SocketAddr) -> bool {
        self.limited.iter().any(|one| one.address == address)
    }
}

impl View<'_> {
    /// Looks closer at the last name of a chain.
    pub(super) fn closer(&self, target: &Target, chain: &[Link]) -> CloserLook {
        let Some(link) = chain.last() else {
            return CloserLook::default();
        };
        let (Some(zone), End::Found) = (link.walk.zone(), &link.walk.end) else {
            return CloserLook::default();
        };
        let (times, with_tcp) = match (target.is_presented, target.looks_closer) {
            (true, _) => (Way::MOST_AGAIN, true),
            (false, true) => (BEFORE, false),
            (false, false) => (0, false),
        };
        let mut closer = CloserLook {
            texts: self.repeated(zone, &link.name, RecordType::TXT, times, with_tcp),
            serials: self.repeated(zone, &zone.name, RecordType::SOA, SERIALS, false),
            ..CloserLook::default()
        };
        let questions = [
            (&zone.name, RecordType::SOA),
            (&zone.name, RecordType::NS),
            (&zone.name, RecordType::DNSKEY),
            (&link.name, RecordType::NS),
            (&link.name, RecordType::TXT),
        ];
        let repeated: Vec<&Repeated> = closer.texts.iter().chain(&closer.serials).collect();
        closer.limited = self.limited(zone, &questions, &repeated);
        if link.asked.iter().any(|one| one.said.is_pending()) {
            return closer;
        }
        match missed(target, link) {
            Some(_) => {
                let names = names_by_mistake(&link.name, &zone.name);
                closer.elsewhere = self.elsewhere(names, link, ADDRESSES);
                closer.elsewhere.extend(self.behind_alias(chain));
                closer.primary = self.primary(link, zone);
                closer.above = self.above(link, zone);
            }
            // A wildcard answers at those names as well.
            None if target.looks_closer && !link.is_wildcard => {
                let names = names_by_mistake(&link.name, &zone.name);
                let likely = names.into_iter().filter(|(_, slip)| LIKELY.contains(slip));
                closer.elsewhere = self.elsewhere(likely.collect(), link, 1);
            }
            None => {}
        }
        closer
    }

    /// What stands at these names, as some of the servers say that serve the name itself.
    fn elsewhere(&self, names: Vec<(Name, Slip)>, link: &Link, addresses: usize) -> Vec<Elsewhere> {
        let serving = link.asked.iter().filter(|one| one.of_zone().is_some());
        let serving: Vec<&Asked> = serving.take(addresses).collect();
        let names = names.into_iter().map(|(name, slip)| {
            let asked = serving.iter().map(|one| Asked {
                said: self.ask(one.address, &name, RecordType::TXT),
                ..(*one).clone()
            });
            Elsewhere {
                asked: asked.collect(),
                name,
                slip,
            }
        });
        names.collect()
    }

    /// What stands at the name that the last CNAME was meant to lead to.
    fn behind_alias(&self, chain: &[Link]) -> Option<Elsewhere> {
        let [.., alias, link] = chain else {
            return None;
        };
        let meant = without_zone(&link.name, &alias.walk.zone()?.name)?;
        let walk = self.walk(&meant);
        let zone = walk
            .zones
            .last()
            .filter(|_| matches!(walk.end, End::Found))?;
        let mut asked = self.consult(zone, &meant, RecordType::TXT);
        asked.truncate(ADDRESSES);
        Some(Elsewhere {
            name: meant,
            slip: Slip::AliasTarget,
            asked,
        })
    }

    /// What the primary says that the SOA names, at addresses that are of no server of the zone.
    fn primary(&self, link: &Link, zone: &Zone) -> Vec<Primary> {
        let known = zone.addresses();
        let mut replies = known.iter().filter_map(|(_, address)| {
            let said = self.seen(*address, Way::Udp, &zone.name, RecordType::SOA);
            let name = &said.reply()?.soa_of(&zone.name)?.mname;
            crate::name::from_wire(name)
        });
        let Some(primary) = replies.next().filter(|name| !name.is_root()) else {
            return Vec::new();
        };
        let host = self.host(&primary);
        let addresses = host.addresses.iter().flatten();
        let addresses = addresses.map(|ip| SocketAddr::new(*ip, PORT));
        let others = addresses.filter(|one| known.iter().all(|(_, other)| other != one));
        let asked = others.take(ADDRESSES).map(|address| Primary {
            asked: Asked {
                server: primary.clone(),
                address,
                said: self.ask(address, &link.name, RecordType::TXT),
                by_resolver: false,
            },
            soa: self.ask(address, &zone.name, RecordType::SOA),
        });
        asked.collect()
    }

    /// What servers of the zone above say that serve no zone below.
    fn above(&self, link: &Link, zone: &Zone) -> Vec<Asked> {
        let Some(parent) = zone.parent.as_ref().filter(|parent| !parent.is_top()) else {
            return Vec::new();
        };
        let own = zone.addresses();
        let asked = self.consult(parent, &link.name, RecordType::TXT);
        let others = asked
            .into_iter()
            .filter(|one| own.iter().all(|(_, address)| *address != one.address));
        others.collect()
    }
}

/// The value, where it was written and some server of the zone lacks it.
pub(in crate::check) fn missed<'a>(target: &'a Target, link: &Link) -> Option<&'a str> {
    let value = target.value.as_deref().filter(|_| target.is_presented)?;
    let mut replies = link.asked.iter().filter_map(Asked::of_zone);
    let lacks = |reply| !texts_of(reply, &link.name).iter().any(|one| one == value);
    replies.any(lacks).then_some(value)
}
