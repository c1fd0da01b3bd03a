//! What is waited for, and how.

use std::time::Duration;

use hickory_proto::rr::Name;

use crate::propagation::run_values::Others;
use crate::slip::without_zone;
use crate::zone::{Alias, Location, NameServer};

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
    pub servers: Vec<NameServer>,
    /// The CNAMEs that lead to it, which a CA has to find, too.
    pub aliases: Vec<Alias>,
    /// The zone's primary, which may be none of them.
    pub primary: Option<Name>,
    /// The zone's serial before the record was written.
    pub serial: Option<u32>,
    /// The other values of the run.
    pub others: Others,
    /// Values that would be there by mistake.
    pub mistaken_values: Vec<MistakenValue>,
}

impl Target {
    /// Whether a CNAME leads to the name that was meant to lead to another one, as it looks.
    pub(super) fn is_name_by_mistake(&self) -> bool {
        let alias = self.aliases.last();
        alias.is_some_and(|alias| without_zone(&self.name, &alias.zone).is_some())
    }

    /// Sets where the record belongs, and so where the value is waited for.
    pub fn set_location(&mut self, location: Location) {
        self.others.set_location(&location.name, &location.zone);
        self.name = location.name;
        self.zone = Some(location.zone);
        self.primary = location.primary;
        self.servers = location.servers;
    }
}

/// A value that somebody may write by mistake in place of the one that is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MistakenValue {
    /// The value.
    pub value: String,
    /// What it is: `the token`.
    pub description: String,
}

/// How long, how often and how strictly to look.
#[derive(Clone, Copy, Debug)]
pub struct Polling {
    /// How long at most; zero is one look at each server.
    pub timeout: Duration,
    /// Whether somebody has asked for this timeout: then it is not ended early for lack of servers.
    pub is_given: bool,
    /// The longest pause between two questions to one server.
    pub interval: Duration,
    /// Whether unusable servers are waited for too.
    pub strict: bool,
    /// With how many addresses that serve the value it is enough, whatever the others do; all that answer with authority have to
    /// where this is not said.
    pub at_least: Option<usize>,
    /// For how long all that have to serve it do so without a break; this counts in the timeout.
    pub settle: Duration,
}

impl Polling {
    /// How many addresses have to serve the value at least.
    pub(super) fn wanted(&self) -> usize {
        self.at_least.unwrap_or(1)
    }
}

#[cfg(test)]
impl Target {
    /// `value` at `_label.example.test`, where the primary is `ns0.example.test`.
    pub(super) fn fake() -> Self {
        let name = |text| crate::name::parse(text).unwrap();
        Self {
            name: name("_label.example.test"),
            value: "value".into(),
            zone: None,
            servers: Vec::new(),
            aliases: Vec::new(),
            primary: Some(name("ns0.example.test")),
            serial: None,
            others: Others::default(),
            mistaken_values: Vec::new(),
        }
    }
}
