//! The programs: the one list from which their tables, the manual, README and others take them.

/// One program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line that begins with a verb.
    pub about: &'static str,
    /// Whether documents pass through it while their records are there: as long as it lives, those records are not
    /// left over.
    pub passes_records: bool,
}

const fn row(name: &'static str, about: &'static str, passes_records: bool) -> Row {
    Row {
        name,
        about,
        passes_records,
    }
}

/// `acme-order`.
pub const ACME_ORDER: Row = row(
    "acme-order",
    "place an ACME order and write it as a document",
    false,
);
/// `dns-zone`.
pub const DNS_ZONE: Row = row(
    "dns-zone",
    "find the zone and the name servers that a challenge record belongs to",
    false,
);
/// `dns01-exec`.
pub const DNS01_EXEC: Row = row(
    "dns01-exec",
    "present and clean up dns-01 challenges with a program of your own",
    true,
);
/// `dns-wait-txt`.
pub const DNS_WAIT_TXT: Row = row(
    "dns-wait-txt",
    "wait until every authoritative name server serves a TXT value",
    true,
);
/// `acme-validate`.
pub const ACME_VALIDATE: Row = row(
    "acme-validate",
    "tell the CA that challenges are ready, and wait for what it finds",
    true,
);
/// `acme-finalize`.
pub const ACME_FINALIZE: Row = row(
    "acme-finalize",
    "finalize an ACME order and keep its certificate",
    true,
);
/// `acme-issue`.
pub const ACME_ISSUE: Row = row(
    "acme-issue",
    "get a certificate over dns-01: the whole pipeline as one command",
    // The programs that it runs do.
    false,
);

/// All of them, in the order in which a document meets them.
pub const ALL: [Row; 7] = [
    ACME_ORDER,
    DNS_ZONE,
    DNS01_EXEC,
    DNS_WAIT_TXT,
    ACME_VALIDATE,
    ACME_FINALIZE,
    ACME_ISSUE,
];
