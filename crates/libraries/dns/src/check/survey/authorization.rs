//! The climb for CAA records (RFC 8659 §3): from the name up to its top-level domain, each followed through its CNAMEs, until
//! one has some.

use hickory_proto::rr::rdata::CAA;
use hickory_proto::rr::{Name, RData, RecordType};

use crate::check::survey::aliases::{ChainEnd, LONGEST_CHAIN};
use crate::check::survey::found::End;
use crate::check::survey::said::Asked;
use crate::check::survey::view::View;
use crate::name::from_wire;

/// What is found at one name of the climb.
#[derive(Clone, Debug)]
pub(in crate::check) struct CaaLook {
    /// The name of the climb.
    pub(in crate::check) name: Name,
    /// What that is an alias of, in the end; the name itself where it is none.
    pub(in crate::check) at: Name,
    /// The zone that holds it, where it was found.
    pub(in crate::check) zone: Option<Name>,
    /// What each server says.
    pub(in crate::check) asked: Vec<Asked>,
    /// The records that one of them has.
    pub(in crate::check) records: Vec<CAA>,
    /// How its CNAMEs end.
    pub(in crate::check) end: ChainEnd,
}

/// Asks for the CAA records of a name: the zone that holds it, and what each server says; nothing where that is not known.
pub(super) type AskCaa<'a> = dyn Fn(&Name) -> Option<(Option<Name>, Vec<Asked>)> + 'a;

impl View<'_> {
    /// Climbs from a name up to where there are CAA records.
    pub(super) fn climb(&self, domain: &Name, ask: &AskCaa<'_>) -> Vec<CaaLook> {
        let mut looks = Vec::new();
        for labels in (1..=domain.iter().len()).rev() {
            let look = look(&domain.trim_to(labels), ask);
            let is_end = !look.records.is_empty();
            looks.push(look);
            if is_end {
                break;
            }
        }
        looks
    }

    /// The zone that holds a name, and what its servers say to the question for CAA there.
    pub(super) fn holder(&self, at: &Name) -> Option<(Option<Name>, Vec<Asked>)> {
        let walk = self.walk(at);
        let zone = walk.zone();
        // The top-level domain itself is in no zone below one.
        let is_found = matches!(walk.end, End::Found) || at.iter().len() == 1;
        let zone = zone.filter(|_| is_found)?;
        Some((
            Some(zone.name.clone()),
            self.consult(zone, at, RecordType::CAA),
        ))
    }
}

fn look(name: &Name, ask: &AskCaa<'_>) -> CaaLook {
    let mut look = CaaLook {
        name: name.clone(),
        at: name.clone(),
        zone: None,
        asked: Vec::new(),
        records: Vec::new(),
        end: ChainEnd::Name,
    };
    let mut before = Vec::new();
    loop {
        let Some((zone, asked)) = ask(&look.at) else {
            return look;
        };
        (look.zone, look.asked) = (zone, asked);
        let mut replies = look.asked.iter().filter_map(Asked::reply);
        let target = replies
            .find_map(|reply| reply.cname_of(&look.at))
            .and_then(from_wire);
        match target {
            Some(target) => before.push(std::mem::replace(&mut look.at, target)),
            None => break,
        }
        let is_loop = before.contains(&look.at);
        if is_loop || before.len() > LONGEST_CHAIN {
            look.end = match is_loop {
                true => ChainEnd::Loop,
                false => ChainEnd::TooLong,
            };
            return look;
        }
    }
    for asked in &look.asked {
        let records: Vec<CAA> = match asked.of_zone() {
            Some(reply) => caa_of(reply, &look.at),
            None => continue,
        };
        if !records.is_empty() {
            look.records = records;
            break;
        }
    }
    look
}

fn caa_of(reply: &crate::transport::Reply, name: &Name) -> Vec<CAA> {
    let records = reply.answers_of(name).filter_map(|data| match data {
        RData::CAA(caa) => Some(caa.clone()),
        _ => None,
    });
    records.collect()
}
