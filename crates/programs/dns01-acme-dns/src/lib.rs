//! What `dns01-acme-dns` is on the command line.

use command::{Command, Completion, Kind, Opt, Program, Stdin, Touch, Variable};
use dns_program::{DRY_RUN, commands, polling_interval, propagation_timeout};
use pipeline::programs;

/// The word for getting accounts.
pub const REGISTER: &str = "register";

/// `--url`.
pub static URL: Opt = Opt {
    short: Some('u'),
    variable: Some("ACME_DNS_API_BASE"),
    ..Opt::text("url", "URL", "the acme-dns server's URL")
};
/// `--storage`.
pub static STORAGE: Opt = Opt {
    short: Some('s'),
    variable: Some("ACME_DNS_STORAGE_PATH"),
    long_help: "It is in the format of goacmedns, so lego and others can use the same.\n.Cm register\nmakes it where there is none.",
    ..Opt::new(
        "storage",
        Kind::Path {
            name: "FILE",
            completion: Completion::Files,
        },
        "the JSON file with the accounts",
    )
};
/// `--storage-url`.
pub static STORAGE_URL: Opt = Opt {
    variable: Some("ACME_DNS_STORAGE_BASE_URL"),
    is_rare: true,
    long_help: "In the place of\n.Fl -storage .\nAn account is got from\n.Ar URL Ns Pa /NAME ,\nand posted there by\n.Cm register .",
    ..Opt::text(
        "storage-url",
        "URL",
        "the web server that keeps the accounts",
    )
};
/// `--allow`.
pub static ALLOW: Opt = Opt {
    variable: Some("ACME_DNS_ALLOWLIST"),
    long_help: "Like\n.Ql 192.0.2.0/24 ,\nor an address.\nThe server takes changes with the account from nowhere else.",
    ..Opt::list("allow", "NETWORK", "a network that may use the account")
};
/// `--http-timeout`.
pub static HTTP_TIMEOUT: Opt = web_service::http_timeout(None, 30);
/// `--propagation-timeout`.
pub static PROPAGATION_TIMEOUT: Opt = propagation_timeout("ACME_DNS_PROPAGATION_TIMEOUT", &[], 60);
/// `--polling-interval`.
pub static POLLING_INTERVAL: Opt = polling_interval("ACME_DNS_POLLING_INTERVAL", &[], 2);

static OPTIONS: [&Opt; 7] = [
    &URL,
    &STORAGE,
    &STORAGE_URL,
    &DRY_RUN,
    &HTTP_TIMEOUT,
    &PROPAGATION_TIMEOUT,
    &POLLING_INTERVAL,
];
const SERVICE: [Command; 5] = commands(&OPTIONS);

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::DNS01_ACME_DNS.name,
    about: programs::DNS01_ACME_DNS.about,
    commands: &[
        Command {
            name: REGISTER,
            about: "get accounts, and print the CNAMEs that they need",
            usage: &["[OPTION]... NAME..."],
            stdin: Stdin::Nothing,
            options: &[
                &URL,
                &STORAGE,
                &STORAGE_URL,
                &ALLOW,
                &DRY_RUN,
                &HTTP_TIMEOUT,
            ],
            handed_on: &[],
        },
        SERVICE[0],
        SERVICE[1],
        SERVICE[2],
        SERVICE[3],
        SERVICE[4],
    ],
    variables: &[
        web_service::VARIABLES[0],
        web_service::VARIABLES[1],
        web_service::VARIABLES[2],
        web_service::VARIABLES[3],
        web_service::VARIABLES[4],
        Variable {
            name: "DNS01_ZONE",
            help: "the zone that was found for the record, from which it shows whether its CNAME is there",
        },
    ],
    touches: &[
        Touch::Asks("the acme-dns server"),
        web_service::HOSTS,
        Touch::WritesTo(&STORAGE, "the accounts of the server"),
    ],
};
