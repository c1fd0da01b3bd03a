//! One way in which dns-01 fails, and what is to be said of it.

use super::blame::Blame;

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
    /// What a cache remembers, or what changed after the pipeline had looked.
    Later,
    /// CAA.
    Caa,
    /// The CA itself, whatever DNS says.
    Policy,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 12] = [
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
        Kind::Policy,
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
            Kind::Network => "firewall, EDNS, TCP, anycast",
            Kind::Later => "caches and removed values",
            Kind::Caa => "CAA",
            Kind::Policy => "limits and rules of the CA",
        }
    }
}

/// Why `dns01-check` cannot name a cause before an order is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unseen {
    /// The program that writes the record makes it then.
    WrittenLater,
    /// It changes after all have looked.
    ChangesLater,
    /// Only the CA's network meets it.
    OtherNetwork,
    /// It is in a cache, and who looks there first puts it there.
    InCache,
    /// It is in what the account or the CA remembers, not in DNS.
    AtCa,
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
    /// What happens before the order is placed: lines of shell.
    pub first: &'static str,
    /// What the program does to write a record: lines of shell, with the name in `$2` and the value in `$3`.
    pub script: &'static str,
    /// What happens between the last look at the servers and the CA's: a line of shell.
    pub meanwhile: &'static str,
    /// The code that `dns01-check` has for it before an order is placed, or why there is none.
    pub code: Result<&'static str, Unseen>,
    /// Words that name the cause, all of which a person has to read.
    pub says: &'static [&'static str],
    /// Words of which one points to it.
    pub near: &'static [&'static str],
    /// What may be blamed, being so.
    pub blames: &'static [Blame],
    /// What the CA says, in part; empty where it sees nothing wrong: Pebble asks for no CAA records, and from inside. `?` where it is chance.
    pub ca: &'static str,
}

/// A way in which the program does what it should.
pub(super) const fn way(kind: Kind, what: &'static str, names: &'static str) -> Way {
    Way {
        what,
        kind,
        names,
        first: "",
        script: "put 11 \"$2\" \"$3\"",
        meanwhile: "",
        code: Err(Unseen::WrittenLater),
        says: &[],
        near: &[],
        blames: &[],
        ca: "",
    }
}

impl Way {
    pub(super) const fn first(mut self, first: &'static str) -> Way {
        self.first = first;
        self
    }

    pub(super) const fn script(mut self, script: &'static str) -> Way {
        self.script = script;
        self
    }

    pub(super) const fn meanwhile(mut self, meanwhile: &'static str) -> Way {
        self.meanwhile = meanwhile;
        self
    }

    pub(super) const fn code(mut self, code: &'static str) -> Way {
        self.code = Ok(code);
        self
    }

    pub(super) const fn unseen(mut self, why: Unseen) -> Way {
        self.code = Err(why);
        self
    }

    pub(super) const fn says(mut self, words: &'static [&'static str]) -> Way {
        self.says = words;
        self
    }

    pub(super) const fn near(mut self, words: &'static [&'static str]) -> Way {
        self.near = words;
        self
    }

    pub(super) const fn blames(mut self, blames: &'static [Blame]) -> Way {
        self.blames = blames;
        self
    }

    pub(super) const fn ca(mut self, words: &'static str) -> Way {
        self.ca = words;
        self
    }
}
