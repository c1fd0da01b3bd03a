//! The names that a name is an alias of, one after the other, and what each server says at each.

use std::rc::Rc;

use hickory_proto::rr::{Name, RecordType};

use crate::check::survey::found::{End, Walk};
use crate::check::survey::said::Asked;
use crate::check::survey::view::View;
use crate::name::from_wire;

/// Unbound follows eleven CNAMEs in a row, and so does whoever asks through it.
pub(in crate::check) const LONGEST_CHAIN: usize = 11;

/// A label that nobody has: where a name with it has records, a wildcard makes them.
const NOBODYS_LABEL: &str = "dns01-check-wildcard";

/// A name of the chain.
#[derive(Clone, Debug)]
pub(in crate::check) struct Link {
    pub(in crate::check) name: Name,
    pub(in crate::check) walk: Rc<Walk>,
    /// What each server of the zone says to the question for TXT.
    pub(in crate::check) asked: Vec<Asked>,
    /// What it says at a name beside this one that nobody has.
    pub(in crate::check) beside: Vec<Asked>,
    /// What the name is an alias of.
    pub(in crate::check) target: Option<Name>,
    /// Whether only a wildcard makes what is there.
    pub(in crate::check) is_wildcard: bool,
}

/// How a chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum ChainEnd {
    /// At a name that is no alias.
    Name,
    /// It leads back to one of its names.
    Loop,
    /// There are more than resolvers follow.
    TooLong,
    /// At a name that no record can be kept at.
    BadName,
}

impl Link {
    /// Whether none of the root's servers says anything of it.
    pub(super) fn is_rootless(&self) -> bool {
        self.walk.zones.len() == 1 && matches!(self.walk.end, End::NoAnswer(_))
    }

    /// Whether its CNAME is one that is followed, as far as that is known.
    fn leads_on(&self) -> bool {
        !self.is_wildcard && !self.beside.iter().any(|asked| asked.said.is_pending())
    }
}

impl View<'_> {
    /// Follows the CNAMEs of a name, but for those that a wildcard makes.
    pub(in crate::check) fn chain(&self, name: &Name) -> (Vec<Link>, ChainEnd) {
        let mut links: Vec<Link> = Vec::new();
        let mut name = name.clone();
        loop {
            let link = self.link(&name);
            let target = link.target.clone();
            links.push(link);
            // A wildcard does not apply any more once there is a record at the name itself.
            let Some(target) = target.filter(|_| links.last().is_some_and(Link::leads_on)) else {
                return (links, ChainEnd::Name);
            };
            let Some(target) = from_wire(&target).filter(|target| !target.is_root()) else {
                return (links, ChainEnd::BadName);
            };
            if links.iter().any(|link| link.name == target) {
                return (links, ChainEnd::Loop);
            }
            if links.len() > LONGEST_CHAIN {
                return (links, ChainEnd::TooLong);
            }
            name = target;
        }
    }

    /// The name alone, whatever it is an alias of.
    pub(in crate::check) fn link_alone(&self, name: &Name) -> Link {
        Link {
            name: name.clone(),
            asked: Vec::new(),
            beside: Vec::new(),
            target: None,
            is_wildcard: false,
            walk: self.walk(name),
        }
    }

    fn link(&self, name: &Name) -> Link {
        let mut link = self.link_alone(name);
        let (Some(zone), End::Found) = (link.walk.zone(), &link.walk.end) else {
            return link;
        };
        link.asked = self.consult(zone, name, RecordType::TXT);
        let replies = link.asked.iter().filter_map(Asked::reply);
        link.target = replies
            .filter_map(|reply| reply.cname_of(name))
            .next()
            .cloned();
        let has_records = |all: &[Asked]| {
            let mut replies = all.iter().filter_map(Asked::of_zone);
            replies.any(|reply| !reply.answers().is_empty())
        };
        // A zone cut at the name itself leaves no room for a wildcard above it.
        if has_records(&link.asked)
            && zone.name != *name
            && let Ok(beside) = name.base_name().prepend_label(NOBODYS_LABEL)
        {
            link.beside = self.consult(zone, &beside, RecordType::TXT);
            link.is_wildcard = same_data(&link.asked, name, &link.beside, &beside);
        }
        link
    }
}

/// Whether some server has the same records at both names.
fn same_data(all: &[Asked], name: &Name, others: &[Asked], other: &Name) -> bool {
    all.iter().any(|asked| {
        let twin = others.iter().find(|twin| twin.address == asked.address);
        let (Some(reply), Some(twin)) = (asked.of_zone(), twin.and_then(Asked::of_zone)) else {
            return false;
        };
        let data = |record_type| {
            let of = |reply: &crate::transport::Reply, name: &Name| {
                let mut all: Vec<String> = super::said::records(reply, name, record_type)
                    .map(|record| record.data.to_string())
                    .collect();
                all.sort();
                all
            };
            (of(reply, name), of(twin, other))
        };
        [RecordType::TXT, RecordType::CNAME]
            .into_iter()
            .any(|kind| {
                let (here, there) = data(kind);
                !here.is_empty() && here == there
            })
    })
}
