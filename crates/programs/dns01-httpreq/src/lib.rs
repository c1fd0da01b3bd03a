//! What `dns01-httpreq` is on the command line.

use command::{Opt, Program, Touch, Variable};
use dns_program::{DRY_RUN, commands, polling_interval, propagation_timeout};
use pipeline::programs;

/// `--endpoint`.
pub static ENDPOINT: Opt = Opt {
    short: Some('u'),
    variable: Some("HTTPREQ_ENDPOINT"),
    long_help: "Requests go to\n.Pa /present\nand\n.Pa /cleanup\nbelow it.",
    ..Opt::text("endpoint", "URL", "the server's URL")
};
/// `--mode`.
pub static MODE: Opt = Opt {
    variable: Some("HTTPREQ_MODE"),
    otherwise: Some("name and value"),
    long_help: "With\n.Cm RAW\nthe server gets the domain, the token and the key authorization; see\n.Sx RAW mode .\nAs with lego, \
                every other value means the default mode.",
    ..Opt::text(
        "mode",
        "MODE",
        "with RAW, send domain, token and key authorization",
    )
};
/// `--http-timeout`.
pub static HTTP_TIMEOUT: Opt = web_service::http_timeout(Some("HTTPREQ_HTTP_TIMEOUT"), 30);
/// `--propagation-timeout`.
pub static PROPAGATION_TIMEOUT: Opt = propagation_timeout("HTTPREQ_PROPAGATION_TIMEOUT", &[], 60);
/// `--polling-interval`.
pub static POLLING_INTERVAL: Opt = polling_interval("HTTPREQ_POLLING_INTERVAL", &[], 2);

/// The variable with the user.
pub static USERNAME: Variable = Variable {
    name: "HTTPREQ_USERNAME",
    help: "the user, for Basic authentication",
};
/// The variable with the user's password.
pub static PASSWORD: Variable = Variable {
    name: "HTTPREQ_PASSWORD",
    help: "the user's password",
};
/// The variable with a token.
pub static TOKEN: Variable = Variable {
    name: "HTTPREQ_TOKEN",
    help: "a token, for Bearer authentication in place of user and password; lego does not know it",
};

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::DNS01_HTTPREQ.name,
    about: programs::DNS01_HTTPREQ.about,
    commands: &commands(&[
        &ENDPOINT,
        &MODE,
        &DRY_RUN,
        &HTTP_TIMEOUT,
        &PROPAGATION_TIMEOUT,
        &POLLING_INTERVAL,
    ]),
    variables: &[
        USERNAME,
        PASSWORD,
        TOKEN,
        Variable {
            name: "HTTPREQ_USERNAME_FILE, HTTPREQ_PASSWORD_FILE, HTTPREQ_TOKEN_FILE",
            help: "a file whose first line is what the variable would say",
        },
        web_service::VARIABLES[0],
        web_service::VARIABLES[1],
        web_service::VARIABLES[2],
        web_service::VARIABLES[3],
        web_service::VARIABLES[4],
    ],
    touches: &[
        Touch::Asks("the server of the endpoint"),
        web_service::HOSTS,
    ],
};
