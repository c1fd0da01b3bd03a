//! One way in which dns-01 fails, and what is to be said of it.

/// What the cause of a failure has to do with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The domain does not exist.
    Registration,
    /// A wrong value, or one that another replaced.
    Value,
    /// Servers that are down, or do not serve the zone.
    Servers,
    /// The program that writes the record.
    Script,
    /// The delegation, or copies of the zone.
    Zone,
    /// CNAMEs and wildcards.
    Alias,
    /// The name that the record was written at.
    Name,
    /// DNSSEC.
    Dnssec,
    /// What stands between the servers and the CA.
    Network,
    /// What changed after the pipeline had looked.
    Later,
    /// CAA.
    Caa,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 11] = [
        Kind::Registration,
        Kind::Value,
        Kind::Servers,
        Kind::Script,
        Kind::Zone,
        Kind::Alias,
        Kind::Name,
        Kind::Dnssec,
        Kind::Network,
        Kind::Later,
        Kind::Caa,
    ];

    /// What a person calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Registration => "not registered",
            Kind::Value => "wrong or overwritten value",
            Kind::Servers => "servers down or lame",
            Kind::Script => "script",
            Kind::Zone => "zone and delegation",
            Kind::Alias => "CNAME and wildcard",
            Kind::Name => "wrong name",
            Kind::Dnssec => "DNSSEC",
            Kind::Network => "EDNS, TCP, private networks",
            Kind::Later => "removed values",
            Kind::Caa => "CAA",
        }
    }
}

/// One way in which it fails.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// What it is.
    pub what: &'static str,
    /// What its cause has to do with.
    pub kind: Kind,
    /// The names in the certificate, separated by blanks. No two ways have one in common.
    pub names: &'static str,
    /// What the program does to write a record: lines of shell, with the name in `$2` and the value in `$3`.
    pub script: &'static str,
    /// What happens between the last look at the servers and the CA's: a line of shell.
    pub meanwhile: &'static str,
    /// The code that `dns01-check` has for it before an order is placed; empty where nothing can be seen then.
    pub code: &'static str,
    /// Words that name the cause, all of which a person has to read.
    pub says: &'static [&'static str],
    /// Words of which one points to it.
    pub near: &'static [&'static str],
    /// What the CA says, in part; empty where it sees nothing wrong: Pebble asks for no CAA records, and from inside. `?` where it is chance.
    pub ca: &'static str,
}
