//! What `dns01-pdns` is on the command line.

use command::{Opt, Program, Touch, Variable};
use dns_program::{DRY_RUN, ZONE, commands, polling_interval, propagation_timeout};
use pipeline::programs;

/// `--url`.
pub static URL: Opt = Opt {
    short: Some('u'),
    variable: Some("PDNS_API_URL"),
    long_help: "Where the server's\n.Ql webserver-address\nand\n.Ql webserver-port\nare:\n.Ql http://127.0.0.1:8081 .\nA path \
                in front of\n.Pa /api\nis a part of it, where a proxy adds one.",
    ..Opt::text("url", "URL", "the URL of the server's API")
};
/// `--server-name`.
pub static SERVER_NAME: Opt = Opt {
    variable: Some("PDNS_SERVER_NAME"),
    is_rare: true,
    ..Opt::new(
        "server-name",
        command::Kind::Text {
            name: "NAME",
            default: Some("localhost"),
        },
        "what the API calls the server",
    )
};
/// `--api-version`.
pub static API_VERSION: Opt = Opt {
    variable: Some("PDNS_API_VERSION"),
    is_rare: true,
    otherwise: Some("1"),
    long_help: "Every PowerDNS since 4.0 has version 1, which 0 means as well.",
    ..Opt::text("api-version", "N", "the version of the API")
};
/// `--ttl`.
pub static TTL: Opt = dns_program::ttl("PDNS_TTL", &[], 0);
/// `--http-timeout`.
pub static HTTP_TIMEOUT: Opt = web_service::http_timeout(Some("PDNS_HTTP_TIMEOUT"), 30);
/// `--path`.
pub static PATH: Opt = Opt {
    is_rare: true,
    ..command::PATH
};
/// `--propagation-timeout`.
pub static PROPAGATION_TIMEOUT: Opt = propagation_timeout("PDNS_PROPAGATION_TIMEOUT", &[], 120);
/// `--polling-interval`.
pub static POLLING_INTERVAL: Opt = polling_interval("PDNS_POLLING_INTERVAL", &[], 2);

/// The variable with the key.
pub static API_KEY: Variable = Variable {
    name: "PDNS_API_KEY",
    help: "the key of the API:\n.Ql api-key\nof\n.Pa pdns.conf",
};

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::DNS01_PDNS.name,
    about: programs::DNS01_PDNS.about,
    commands: &commands(&[
        &URL,
        &ZONE,
        &TTL,
        &DRY_RUN,
        &SERVER_NAME,
        &API_VERSION,
        &HTTP_TIMEOUT,
        &PATH,
        &PROPAGATION_TIMEOUT,
        &POLLING_INTERVAL,
    ]),
    variables: &[
        API_KEY,
        Variable {
            name: "PDNS_API_KEY_FILE",
            help: "a file whose first line is the key",
        },
        web_service::VARIABLES[0],
        web_service::VARIABLES[1],
        web_service::VARIABLES[2],
        web_service::VARIABLES[3],
        web_service::VARIABLES[4],
    ],
    touches: &[
        Touch::Asks("the PowerDNS server"),
        web_service::HOSTS,
        Touch::Writes("the locks of zones"),
    ],
};
