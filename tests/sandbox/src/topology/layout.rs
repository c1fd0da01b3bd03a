//! What a topology is made of.

use std::net::IpAddr;

use super::ca;
use super::zone::{Denial, Fault, HostedZone, own_servers};

/// The address of the root zone's server, which has `test.` too.
pub(super) const ROOT: &str = "198.51.100.1";

/// Which servers there are, which zones they hold, and what stands on the way.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    pub(super) hosts: Vec<Host>,
    pub(super) resolvers: Vec<Resolver>,
    /// Address, address of the server behind it, rules.
    pub(super) middleboxes: Vec<(String, String, String)>,
    pub(super) resolv_conf: Option<String>,
    /// More records of `test.`
    test: String,
    more_addresses: Vec<String>,
    signed: bool,
    /// Whether there is a CA.
    pub(super) ca: bool,
}

/// Whose software a server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Knot DNS.
    Knot,
    /// BIND.
    Bind,
    /// NSD.
    Nsd,
    /// PowerDNS with its zones in SQLite, and its caches as they are by default.
    PowerDns,
}

/// An authoritative server.
#[derive(Clone, Debug)]
pub struct Host {
    pub(super) kind: Kind,
    pub(super) addresses: Vec<String>,
    pub(super) zones: Vec<HostedZone>,
    pub(super) config: String,
    pub(super) zone_config: String,
}

/// A recursive resolver.
#[derive(Clone, Debug)]
pub struct Resolver {
    pub(super) bind: bool,
    pub(super) address: String,
    pub(super) config: String,
}

impl Host {
    /// A server at these addresses, separated by blanks.
    pub fn new(kind: Kind, addresses: &str) -> Host {
        Host {
            kind,
            addresses: addresses.split_whitespace().map(str::to_owned).collect(),
            zones: Vec::new(),
            config: String::new(),
            zone_config: String::new(),
        }
    }

    /// With a copy of a zone: lines as in a zone file with `$ORIGIN` at the zone, which get an SOA record unless they
    /// have one.
    #[must_use]
    pub fn zone(mut self, name: &str, lines: &str) -> Host {
        self.zones.push(HostedZone {
            name: name.to_owned(),
            lines: lines.to_owned(),
            signing: None,
        });
        self
    }

    /// With a copy of a zone that is signed, with a DS record in `test.`
    #[must_use]
    pub fn signed(mut self, name: &str, denial: Denial, lines: &str) -> Host {
        self = self.zone(name, lines);
        if let Some(zone) = self.zones.last_mut() {
            zone.signing = Some((denial, None));
        }
        self
    }

    /// With a copy of a zone that is signed in a way that no validating resolver takes.
    #[must_use]
    pub fn broken(mut self, name: &str, fault: Fault, lines: &str) -> Host {
        self = self.zone(name, lines);
        if let Some(zone) = self.zones.last_mut() {
            zone.signing = Some((Denial::Nsec, Some(fault)));
        }
        self
    }

    /// With more lines of configuration: of Knot at the top level, of BIND's `options`, of NSD's `server`, of PowerDNS
    /// anywhere.
    #[must_use]
    pub fn config(mut self, lines: &str) -> Host {
        self.config.push_str(lines);
        self.config.push('\n');
        self
    }

    /// With more lines of configuration for each of its zones.
    #[must_use]
    pub fn zone_config(mut self, lines: &str) -> Host {
        self.zone_config.push_str(lines);
        self.zone_config.push('\n');
        self
    }

    pub(super) fn name(&self) -> String {
        self.addresses.first().cloned().unwrap_or_default()
    }
}

impl Resolver {
    /// Unbound with its defaults.
    pub fn unbound(address: &str) -> Resolver {
        Resolver {
            bind: false,
            address: address.to_owned(),
            config: String::new(),
        }
    }

    /// BIND with its defaults.
    pub fn bind(address: &str) -> Resolver {
        Resolver {
            bind: true,
            ..Resolver::unbound(address)
        }
    }

    /// With more lines of configuration, at the top level.
    #[must_use]
    pub fn config(mut self, lines: &str) -> Resolver {
        self.config.push_str(lines);
        self.config.push('\n');
        self
    }
}

impl Layout {
    /// Nothing but the root zone, `test.`, and a resolver.
    pub fn new() -> Layout {
        Layout::default()
    }

    /// With a server.
    #[must_use]
    pub fn host(mut self, host: Host) -> Layout {
        self.hosts.push(host);
        self
    }

    /// With a resolver in the place of the usual one. The system's is at 127.0.0.1.
    #[must_use]
    pub fn resolver(mut self, resolver: Resolver) -> Layout {
        self.resolvers.push(resolver);
        self
    }

    /// With a middlebox in front of a server; `src/bin/middlebox/rules.rs` has the rules.
    #[must_use]
    pub fn middlebox(mut self, address: &str, upstream: &str, rules: &str) -> Layout {
        let words = [address, upstream, rules].map(str::to_owned);
        self.middleboxes.push(words.into());
        self
    }

    /// With a zone that `test.` delegates to servers of its own: `ns1` below it at the first of these addresses, `ns2`
    /// at the second, and so on. One server has as many addresses as stand in one text, separated by blanks.
    #[must_use]
    pub fn delegate(mut self, zone: &str, servers: &[&str]) -> Layout {
        self.test += &format!("$ORIGIN {zone}.\n");
        self.test += &own_servers(servers);
        self.test += "$ORIGIN test.\n";
        self
    }

    /// With more records in `test.`, as lines of its zone file.
    #[must_use]
    pub fn at_test(mut self, lines: &str) -> Layout {
        self.test.push_str(lines);
        self.test.push('\n');
        self
    }

    /// With an address at which nothing listens, as far as nothing else does.
    #[must_use]
    pub fn address(mut self, address: &str) -> Layout {
        self.more_addresses.push(address.to_owned());
        self
    }

    /// With another resolv.conf than one that names 127.0.0.1.
    #[must_use]
    pub fn resolv_conf(mut self, text: &str) -> Layout {
        self.resolv_conf = Some(text.to_owned());
        self
    }

    /// With a root and a `test.` that are signed, and resolvers that validate.
    #[must_use]
    pub fn validating(mut self) -> Layout {
        self.signed = true;
        self
    }

    /// With Pebble as a CA, which asks through the resolver at 127.0.0.1, and the variables by which programs find it.
    #[must_use]
    pub fn with_ca(mut self) -> Layout {
        self.ca = true;
        self.at_test(&format!("ca A {}", ca::ADDRESS))
            .address(ca::ADDRESS)
    }

    /// Adds what every layout has: the root zone, `test.`, a resolver.
    pub(super) fn complete(&mut self) {
        let root = format!("@ NS a.root.test.\na.root.test. A {ROOT}\ntest. NS a.root.test.");
        let test = format!("@ NS a.root\na.root A {ROOT}\n{}", self.test);
        let host = Host::new(Kind::Nsd, ROOT);
        self.hosts.push(if self.signed {
            let root = root + "\n%DS test.";
            host.signed("", Denial::Nsec, &root)
                .signed("test", Denial::Nsec, &test)
        } else {
            host.zone("", &root).zone("test", &test)
        });
        if self.resolvers.is_empty() {
            self.resolvers.push(Resolver::unbound("127.0.0.1"));
        }
    }

    pub(super) fn host_named(&self, name: &str) -> Option<&Host> {
        self.hosts.iter().find(|host| host.name() == name)
    }

    pub(super) fn host_named_mut(&mut self, name: &str) -> Option<&mut Host> {
        self.hosts.iter_mut().find(|host| host.name() == name)
    }

    /// The sets of tools that it needs.
    pub(super) fn tools(&self) -> &'static [&'static str] {
        match self.hosts.iter().any(|host| host.kind == Kind::PowerDns) {
            true => &["servers", "powerdns"],
            false => &["servers"],
        }
    }

    /// All addresses, with the length of their prefix.
    pub(super) fn addresses(&self) -> Vec<String> {
        let servers = self.hosts.iter().flat_map(|host| &host.addresses);
        let resolvers = self.resolvers.iter().map(|resolver| &resolver.address);
        let boxes = self.middleboxes.iter().map(|(address, ..)| address);
        let all = servers.chain(resolvers).chain(boxes);
        let all = all.chain(&self.more_addresses);
        let mut all: Vec<IpAddr> = all.filter_map(|text| text.parse().ok()).collect();
        all.sort();
        all.dedup();
        // BIND listens at no address of the loopback network that the interface does not have.
        let there = ["127.0.0.1", "::1", "0.0.0.0"];
        all.retain(|address| !there.contains(&address.to_string().as_str()));
        let prefix = |address: &IpAddr| if address.is_ipv4() { 32 } else { 128 };
        all.iter()
            .map(|address| format!("{address}/{}", prefix(address)))
            .collect()
    }
}
