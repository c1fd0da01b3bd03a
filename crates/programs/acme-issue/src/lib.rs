//! What `acme-issue` is on the command line: its options are those of the programs that it runs.

use command::{Command, HandedOn, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// `--path`, which means the same to all programs that keep something.
pub static PATH: Opt = Opt {
    help: "where accounts, certificates and the journal are kept",
    ..command::PATH
};
/// `--jobs`, of which each program has its own things.
pub static JOBS: Opt = Opt {
    short: Some('j'),
    otherwise: Some("as each program's page says"),
    long_help: "Those are requests to the CA, DNS queries, and calls of your program, which by default do not overlap \
                within a zone.",
    ..Opt::count("jobs", 100, None, "let each program do N things at once")
};

/// Options of `acme-order`.
pub const TO_ORDER: HandedOn = HandedOn {
    to: programs::ACME_ORDER.name,
    options: &[
        &acme_order::DOMAINS,
        &acme_order::SERVER,
        &acme_order::EMAIL,
        &acme_order::ACCEPT_TOS,
        &acme_order::EAB,
        &acme_order::KID,
        &acme_order::HMAC,
        &acme_order::PROFILE,
        &acme_order::FORCE,
        &acme_order::CHALLENGE,
        &acme_order::SPLIT,
        &acme_order::NOT_BEFORE,
        &acme_order::NOT_AFTER,
        &acme_order::REPLACES,
        &acme_order::KEY_TYPES,
        &acme_order::CSR,
        &PATH,
        &acme_cli::ACCOUNTS,
        &acme_cli::REQUEST_LIMIT,
        &acme_cli::USER_AGENT,
        &acme_cli::SIGN_COMMAND,
        &JOBS,
    ],
};
/// Options of `dns-zone`.
pub const TO_ZONE: HandedOn = HandedOn {
    to: programs::DNS_ZONE.name,
    options: &[
        &dns_zone::RESOLVER,
        &dns_zone::TRACE,
        &dns_zone::NO_CNAME,
        &dns_zone::FOLLOW_WILDCARD_CNAME,
        &dns_zone::ALLOW_TLD,
        &dns_zone::RECURSIVE_ONLY,
        &dns_zone::IPV4,
        &dns_zone::IPV6,
        &JOBS,
    ],
};
/// Options of `dns01-exec present`.
pub const TO_PRESENT: HandedOn = HandedOn {
    to: programs::DNS01_EXEC.name,
    options: &[
        &dns01_exec::EXEC,
        &dns01_exec::DNS,
        &dns01_exec::MODE,
        &dns01_exec::TIMEOUT,
        &dns01_exec::INTERVAL,
        &dns01_exec::SEQUENCE_INTERVAL,
        &dns01_exec::PROGRAM_TIMEOUT,
        &dns01_exec::DOUBLE_DASH,
        &dns01_exec::BATCH,
        &PATH,
        &JOBS,
    ],
};
/// Options of `dns-wait-txt`.
pub const TO_WAIT: HandedOn = HandedOn {
    to: programs::DNS_WAIT_TXT.name,
    options: &[
        &dns_wait_txt::RESOLVER,
        &dns_wait_txt::TIMEOUT,
        &dns_wait_txt::INTERVAL,
        &dns_wait_txt::STRICT,
        &dns_wait_txt::RECURSIVE,
        &dns_wait_txt::RECURSIVE_ONLY,
        &dns_wait_txt::AT_LEAST,
        &dns_wait_txt::SETTLE,
        &dns_wait_txt::IPV4,
        &dns_wait_txt::IPV6,
        &JOBS,
    ],
};
/// Options of `acme-validate`.
pub const TO_VALIDATE: HandedOn = HandedOn {
    to: programs::ACME_VALIDATE.name,
    options: &[
        &PATH,
        &acme_cli::ACCOUNTS,
        &acme_cli::SIGN_COMMAND,
        &acme_cli::REQUEST_LIMIT,
        &acme_cli::USER_AGENT,
        &JOBS,
    ],
};
/// Options of `acme-finalize`.
pub const TO_FINALIZE: HandedOn = HandedOn {
    to: programs::ACME_FINALIZE.name,
    options: &[
        &acme_finalize::KEY,
        &acme_finalize::REUSE_KEY,
        &acme_finalize::MUST_STAPLE,
        &acme_finalize::PREFERRED_CHAIN,
        &acme_finalize::PEM,
        &acme_finalize::PFX,
        &acme_finalize::PFX_PASS,
        &acme_finalize::PFX_FORMAT,
        &acme_finalize::LAYOUT,
        &acme_finalize::NO_BUNDLE,
        &acme_finalize::REPLACE,
        &acme_finalize::KEEP_VERSIONS,
        &acme_finalize::DEACTIVATE,
        &PATH,
        &acme_cli::ACCOUNTS,
        &acme_cli::REQUEST_LIMIT,
        &acme_cli::USER_AGENT,
        &acme_cli::SIGN_COMMAND,
        &JOBS,
    ],
};

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_ISSUE.name,
    about: programs::ACME_ISSUE.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &[
            "-d NAME [-d NAME]... --dns CODE [OPTION]...",
            "-d NAME [-d NAME]... -x PROGRAM [OPTION]...",
            "--csr FILE -x PROGRAM [OPTION]...",
            "-x PROGRAM [OPTION]... < names-or-requests",
        ],
        stdin: Stdin::Names,
        options: &[
            &dns01_exec::ONE_PER_NAME,
            &dns01_exec::ONE_PER_ZONE,
            &acme_cli::SERVERS,
        ],
        handed_on: &[TO_ORDER, TO_ZONE, TO_PRESENT, TO_WAIT, TO_FINALIZE],
    }],
    variables: acme_cli::VARIABLES_TO_REGISTER,
    touches: &[Touch::Runs("the other programs")],
};
