//! What messages blame, by the words that they do it with: who reads one of these looks there, and finds nothing if it is not so.

/// Something that can be at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The domain is not registered.
    Registration,
    /// This machine's resolver, or its network.
    Resolver,
    /// No server answers.
    Down,
    /// A server does not serve the zone.
    Lame,
    /// Names of servers without addresses, or wrong ones.
    Addresses,
    /// A server has not got the zone from its primary yet.
    Transfer,
    /// The zone is delegated to others than those it was written to.
    OtherServers,
    /// The program did nothing.
    Idle,
    /// The program failed.
    Failed,
    /// The name that the program wrote at.
    Name,
    /// The value that the program wrote.
    Value,
    /// The program removes what others wrote.
    Replaces,
    /// CNAMEs.
    Alias,
    /// A wildcard.
    Wildcard,
    /// DNSSEC.
    Dnssec,
    /// EDNS.
    Edns,
    /// TCP.
    Tcp,
    /// The case of names.
    Case,
    /// Private addresses.
    Private,
    /// Something that lets this machine through and not the CA.
    Firewall,
    /// Several servers behind one address.
    Anycast,
    /// A limit of how often a server answers.
    Rate,
    /// The record was removed or replaced later.
    Removed,
    /// A cache that remembers what was there before.
    Cache,
    /// CAA.
    Caa,
    /// A limit of the CA's.
    Limit,
    /// What the CA does not issue for.
    Policy,
}

impl Blame {
    /// All of them.
    pub const ALL: [Blame; 27] = [
        Blame::Registration,
        Blame::Resolver,
        Blame::Down,
        Blame::Lame,
        Blame::Addresses,
        Blame::Transfer,
        Blame::OtherServers,
        Blame::Idle,
        Blame::Failed,
        Blame::Name,
        Blame::Value,
        Blame::Replaces,
        Blame::Alias,
        Blame::Wildcard,
        Blame::Dnssec,
        Blame::Edns,
        Blame::Tcp,
        Blame::Case,
        Blame::Private,
        Blame::Firewall,
        Blame::Anycast,
        Blame::Rate,
        Blame::Removed,
        Blame::Cache,
        Blame::Caa,
        Blame::Limit,
        Blame::Policy,
    ];

    /// Words that blame it. None of them stands in a message that blames something else.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            Blame::Registration => &["Check the spelling", "is not delegated to anybody"],
            Blame::Resolver => &["/etc/resolv.conf has it", "It is not a recursive resolver"],
            Blame::Down => &["nothing listens", "neither over UDP nor over TCP"],
            Blame::Lame => &["is named for", "not authoritative", "all lame"],
            Blame::Addresses => &["has no address", "need A or AAAA records"],
            Blame::Transfer => &[
                "has not transferred",
                "wait for the transfer",
                "not on every name server yet",
            ],
            Blame::OtherServers => &[
                "delegated to other servers than",
                "that nothing delegates to",
            ],
            Blame::Idle => &["without changing the zone", "Check that the program writes"],
            Blame::Failed => &["exited 2", "update failed"],
            Blame::Name => &["and belongs at"],
            Blame::Value => &[
                "The name is right, and its value is not",
                "quote characters around it",
                "blanks around it",
                "padding, which",
                "in another case",
                "another run or account",
            ],
            Blame::Replaces => &["replaces the record set", "has removed the other"],
            Blame::Alias => &[
                "beside that CNAME",
                "beside a CNAME",
                "CNAMEs in a row",
                "CNAME loop",
                "final dot is missing",
            ],
            Blame::Wildcard => &["a wildcard answers"],
            Blame::Dnssec => &[
                "no DNSKEY",
                "signature has expired",
                "is not of these records",
                "no signature",
                "not signed well",
                "DNSSEC is broken",
                "signatures or its DS record are broken",
            ],
            Blame::Edns => &["without EDNS", "always use EDNS"],
            Blame::Tcp => &["cut short (TC)", "no answer over TCP"],
            Blame::Case => &["random case"],
            Blame::Private => &["private address"],
            Blame::Firewall => &["a geo-block"],
            Blame::Anycast => &["anycast"],
            Blame::Rate => &["a rate limit"],
            Blame::Removed => &[
                "removed since",
                "another one took its place",
                "was there and is gone",
            ],
            Blame::Cache => &["remembers"],
            Blame::Caa => &[
                "lets nobody issue",
                "lets any CA issue only",
                "about CAA",
                "A CAA record forbids",
            ],
            Blame::Limit => &["failed lately", "Too many validations"],
            Blame::Policy => &["does not issue for this name"],
        }
    }

    /// What this text blames.
    pub fn of(text: &str) -> Vec<Blame> {
        let is_blamed = |one: &Blame| one.words().iter().any(|words| text.contains(words));
        Blame::ALL.into_iter().filter(is_blamed).collect()
    }
}
