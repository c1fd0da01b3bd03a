//! What `acme-issue` is on the command line: its options are those of the programs that it runs.

use command::{Command, HandedOn, Program, Stdin, Touch};
use pipeline::programs;

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
        &acme_cli::PATH,
        &acme_cli::JOBS,
    ],
};
/// Options of `dns-zone`.
pub const TO_ZONE: HandedOn = HandedOn {
    to: programs::DNS_ZONE.name,
    options: &[
        &dns_zone::RESOLVER,
        &dns_zone::NO_CNAME,
        &dns_zone::ALLOW_TLD,
        &dns_cli::JOBS,
    ],
};
/// Options of `dns01-exec present`.
pub const TO_PRESENT: HandedOn = HandedOn {
    to: programs::DNS01_EXEC.name,
    options: &[
        &dns01_exec::EXEC,
        &dns01_exec::MODE,
        &dns01_exec::TIMEOUT,
        &dns01_exec::INTERVAL,
        &dns01_exec::SEQUENCE_INTERVAL,
        &dns01_exec::PROGRAM_TIMEOUT,
        &dns01_exec::DOUBLE_DASH,
        &dns01_exec::BATCH,
        &dns01_exec::PATH,
        &dns01_exec::JOBS,
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
        &dns_cli::JOBS,
    ],
};
/// Options of `acme-validate`.
pub const TO_VALIDATE: HandedOn = HandedOn {
    to: programs::ACME_VALIDATE.name,
    options: &[&acme_cli::JOBS],
};
/// Options of `acme-finalize`.
pub const TO_FINALIZE: HandedOn = HandedOn {
    to: programs::ACME_FINALIZE.name,
    options: &[
        &acme_finalize::KEY_TYPE,
        &acme_finalize::PATH,
        &acme_cli::JOBS,
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
            "-d NAME [-d NAME]... -x PROGRAM [OPTION]...",
            "-x PROGRAM [OPTION]... < names",
        ],
        stdin: Stdin::Names,
        options: &[],
        handed_on: &[TO_ORDER, TO_ZONE, TO_PRESENT, TO_WAIT, TO_FINALIZE],
    }],
    variables: &[],
    touches: &[Touch::Runs("the other programs")],
};
