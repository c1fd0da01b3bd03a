//! What a sandbox is made of: its zones, and how its servers behave.

/// What to start. [`Config::default`] is `example.test` on three servers, and a CA that does as it is told.
#[derive(Clone, Debug)]
pub struct Config {
    /// The zones below `test.`, delegated from the closest zone above that is here too.
    pub zones: Vec<Zone>,
    /// How the CA behaves.
    pub pebble: Pebble,
    /// Whether there is Caddy too, and is the CA that the programs find.
    pub caddy: bool,
    /// Whether ns3 is told of changes. If not, it asks for them by itself; see [`Zone::refresh`].
    pub notify_ns3: bool,
    /// Whether the resolver takes the NS records away that come with an answer for another zone, as Unbound does by
    /// default since CVE-2025-11411. From a lame server's referral nothing is left then, and that is what it believes.
    pub scrubs_ns: bool,
    /// Whether there are ssh and GNU parallel, for pipelines over several hosts.
    pub ssh: bool,
    /// The programs as `make` builds them, in place of those that tests run.
    pub release: bool,
    /// Whether commands can be run as other users than root, as far as this machine lets us.
    pub users: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            zones: vec![Zone::new("example.test")],
            pebble: Pebble::default(),
            caddy: false,
            notify_ns3: true,
            scrubs_ns: true,
            ssh: false,
            release: false,
            users: false,
        }
    }
}

impl Config {
    /// The same with these zones.
    #[must_use]
    pub fn zones(mut self, zones: impl IntoIterator<Item = Zone>) -> Self {
        self.zones = zones.into_iter().collect();
        self
    }

    /// The directory of the CA that the programs find.
    pub(crate) fn directory(&self) -> &'static str {
        match self.caddy {
            true => "https://caddy.test/acme/local/directory",
            false => "https://ca.test/dir",
        }
    }

    /// Zones enough to try everything in: `example.test`; `sub.example.test` delegated to another server;
    /// `_acme-challenge.cname.example.test` as an alias into `auth.test`; and
    /// `_acme-challenge.delegated.example.test`, a zone of its own.
    ///
    /// Resolvers remember for a second only what is not there, so that a person can try again.
    pub fn demo() -> Self {
        let zones = [
            Zone::new("example.test").record("_acme-challenge.cname CNAME cname.auth.test."),
            Zone::new("sub.example.test").on(Hosts::Ns4),
            Zone::new("auth.test"),
            Zone::new("_acme-challenge.delegated.example.test").on(Hosts::Ns4),
        ];
        Config::default().zones(zones.map(|zone| zone.minimum(1)))
    }
}

/// How Pebble behaves; see its README for what the numbers do.
#[derive(Clone, Debug)]
pub struct Pebble {
    /// Percentage of good nonces that it rejects.
    pub nonce_reject: u8,
    /// Percentage of authorizations that a later order finds valid already.
    pub authz_reuse: u8,
    /// The version from Debian testing in place of the distribution's.
    pub testing: bool,
    /// Validates nothing: every challenge is accepted.
    pub always_valid: bool,
    /// Names that it refuses, with everything below them.
    pub blocked: Vec<String>,
    /// Whether it waits a random time before each validation, as it does unless told.
    pub sleep: bool,
    /// How long its certificates are valid, in seconds.
    pub lifetime: u32,
    /// Whether it refuses what a later version will refuse: `-strict`.
    pub strict: bool,
    /// A key identifier and its MAC key in base64url: accounts have to be bound to it then (RFC 8555 §7.3.4).
    pub binding: Option<(String, String)>,
    /// Profiles beside the default, each with how long its certificates are valid, in seconds.
    pub profiles: Vec<(String, u32)>,
    /// How many roots it has beside the first, each with a chain of its own for every certificate.
    pub alternate_roots: u8,
    /// How many certificates of CAs are in a chain.
    pub chain_length: u8,
}

impl Default for Pebble {
    fn default() -> Self {
        Pebble {
            nonce_reject: 0,
            authz_reuse: 0,
            testing: false,
            always_valid: false,
            blocked: vec!["blocked.test".into()],
            sleep: false,
            lifetime: 7_776_000,
            strict: false,
            binding: None,
            profiles: Vec::new(),
            alternate_roots: 0,
            chain_length: 1,
        }
    }
}

/// Which servers hold a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// ns1 as its primary, ns2 and ns3.
    Three,
    /// ns4 alone.
    Ns4,
}

/// A zone that takes updates.
#[derive(Clone, Debug)]
pub struct Zone {
    /// Without the final dot.
    pub name: String,
    /// Who holds it.
    pub hosts: Hosts,
    /// How long its negative answers are kept, in seconds (RFC 2308 §5).
    pub minimum: u32,
    /// How often a secondary that is told of no changes asks for them, in seconds.
    pub refresh: u32,
    /// More records, as in a zone file with `$ORIGIN` at the zone.
    pub records: Vec<String>,
    /// More servers in its NS records, here and in the delegation: see [`Zone::also_ns`].
    pub other_ns: Vec<String>,
}

impl Zone {
    /// A zone on ns1, ns2 and ns3.
    pub fn new(name: &str) -> Self {
        Zone {
            name: name.trim_end_matches('.').to_ascii_lowercase(),
            hosts: Hosts::Three,
            minimum: 60,
            refresh: 2,
            records: Vec::new(),
            other_ns: Vec::new(),
        }
    }

    /// Held by other servers.
    #[must_use]
    pub fn on(mut self, hosts: Hosts) -> Self {
        self.hosts = hosts;
        self
    }

    /// With one more record.
    #[must_use]
    pub fn record(mut self, line: &str) -> Self {
        self.records.push(line.to_owned());
        self
    }

    /// With secondaries that ask for changes only so often, in seconds.
    #[must_use]
    pub fn refresh(mut self, seconds: u32) -> Self {
        self.refresh = seconds;
        self
    }

    /// With negative answers that resolvers keep for so many seconds.
    #[must_use]
    pub fn minimum(mut self, seconds: u32) -> Self {
        self.minimum = seconds;
        self
    }

    /// With one more NS record, for a server that does not serve the zone: `lame.test` answers without authority,
    /// `dead.test` has nothing at port 53, `silent.test` never answers, `far.test` has an address that this
    /// machine has no route to.
    #[must_use]
    pub fn also_ns(mut self, host: &str) -> Self {
        self.other_ns.push(host.to_owned());
        self
    }

    /// The hosts of its NS records, without the final dot.
    pub fn ns(&self) -> Vec<String> {
        let own: &[&str] = match self.hosts {
            Hosts::Three => &["ns1.test", "ns2.test", "ns3.test"],
            Hosts::Ns4 => &["ns4.test"],
        };
        own.iter()
            .map(|host| (*host).to_owned())
            .chain(self.other_ns.iter().cloned())
            .collect()
    }

    /// The address that takes its updates.
    pub fn primary_address(&self) -> &'static str {
        match self.hosts {
            Hosts::Three => "198.51.100.11",
            Hosts::Ns4 => "198.51.100.21",
        }
    }

    /// The addresses of its own servers, the primary first.
    pub fn addresses(&self) -> &'static [&'static str] {
        match self.hosts {
            Hosts::Three => &["198.51.100.11", "198.51.100.12", "198.51.100.13"],
            Hosts::Ns4 => &["198.51.100.21"],
        }
    }

    /// Whether the other zone is somewhere above this one.
    pub fn is_below(&self, other: &Zone) -> bool {
        self.name
            .strip_suffix(&other.name)
            .is_some_and(|rest| rest.ends_with('.'))
    }
}
