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

/// `acme-due`.
pub const ACME_DUE: Row = row(
    "acme-due",
    "say which certificates are due for renewal, and write a request for each",
    false,
);
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
/// `dns01-check`.
pub const DNS01_CHECK: Row = row(
    "dns01-check",
    "say why dns-01 will fail for a name, before an order is placed",
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
/// `acme-deploy`.
pub const ACME_DEPLOY: Row = row(
    "acme-deploy",
    "hand new certificates to the services that use them",
    false,
);
/// `acme-issue`.
pub const ACME_ISSUE: Row = row(
    "acme-issue",
    "get a certificate over dns-01: the whole pipeline as one command",
    // The programs that it runs do.
    false,
);

/// `acme-renew`.
pub const ACME_RENEW: Row = row(
    "acme-renew",
    "renew and deploy all certificates that are due: one command for cron and timers",
    false,
);
/// `acme-list`.
pub const ACME_LIST: Row = row(
    "acme-list",
    "list certificates, until when they are valid, and how their last run went",
    false,
);
/// `acme-revoke`.
pub const ACME_REVOKE: Row = row(
    "acme-revoke",
    "revoke a certificate, and move it aside",
    false,
);
/// `acme-account`.
pub const ACME_ACCOUNT: Row = row(
    "acme-account",
    "register, show, change, import and end accounts at a CA",
    false,
);
/// `acme-import`.
pub const ACME_IMPORT: Row = row(
    "acme-import",
    "take over the accounts and certificates of another ACME client",
    false,
);
/// `dns01-rfc2136`.
pub const DNS01_RFC2136: Row = row(
    "dns01-rfc2136",
    "add and remove challenge records with dynamic updates (RFC 2136)",
    false,
);
/// `dns01-pdns`.
pub const DNS01_PDNS: Row = row(
    "dns01-pdns",
    "add and remove challenge records at a PowerDNS server, by its API",
    false,
);
/// `dns01-httpreq`.
pub const DNS01_HTTPREQ: Row = row(
    "dns01-httpreq",
    "add and remove challenge records at an HTTP server of lego's httpreq kind",
    false,
);
/// `dns01-acme-dns`.
pub const DNS01_ACME_DNS: Row = row(
    "dns01-acme-dns",
    "present challenges at an acme-dns server",
    false,
);
/// `dns01-service`.
pub const DNS01_SERVICE: Row = row(
    "dns01-service",
    "change dns-01 records at a DNS service, by its name",
    false,
);
/// Those that `dns01-exec` runs to change records at a DNS service. They read no documents.
pub const SERVICES: [Row; 5] = [
    DNS01_RFC2136,
    DNS01_PDNS,
    DNS01_HTTPREQ,
    DNS01_ACME_DNS,
    DNS01_SERVICE,
];
/// Scripts that it runs the same way, and that people run too. They have pages, and no options.
pub const SCRIPTS: [Row; 2] = [
    row(
        "dns01-acmesh",
        "change dns-01 records with a DNS provider of acme.sh",
        false,
    ),
    row(
        "dns01-lexicon",
        "change dns-01 records with a DNS provider of lexicon",
        false,
    ),
];
/// All that read or write documents, in the order in which a document meets them.
pub const ALL: [Row; 15] = [
    ACME_DUE,
    ACME_ORDER,
    DNS_ZONE,
    DNS01_CHECK,
    DNS01_EXEC,
    DNS_WAIT_TXT,
    ACME_VALIDATE,
    ACME_FINALIZE,
    ACME_DEPLOY,
    ACME_ISSUE,
    ACME_RENEW,
    ACME_LIST,
    ACME_REVOKE,
    ACME_ACCOUNT,
    ACME_IMPORT,
];
