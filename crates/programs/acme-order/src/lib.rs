//! What `acme-order` is on the command line.

use command::{Command, Opt, Program, Stdin, Touch};
use pipeline::programs;

pub use acme_cli::{ACCEPT_TOS, EAB, HMAC, KID};

/// `--domains`.
pub static DOMAINS: Opt = Opt {
    short: Some('d'),
    long_help: "A name may start with\n.Ql *. ,\nand may be written in any script.\n\
        The first name is what the certificate's files are kept under.\n\
        Without this option each line of stdin is a certificate, its names separated by blanks;\n\
        empty lines and those that start with\n.Ql #\nare skipped, and one that starts with\n.Ql {\n\
        is a request.",
    ..Opt::list("domains", "NAME", "a name for the certificate")
};
/// `--server`.
pub static SERVER: Opt = Opt {
    long_help: "The URL of an ACME directory, or one of\n\
        .Cm actalis , digicert , freessl , globalsign , googletrust , googletrust-staging ,\n\
        .Cm letsencrypt , letsencrypt-staging , litessl , peeringhub , sectigo , sectigoev ,\n\
        .Cm sectigoov , sslcomecc , sslcomrsa , zerossl .",
    ..acme_cli::SERVER
};
/// `--email`.
pub static EMAIL: Opt = Opt {
    help: "the account's contact address",
    long_help: "Each address has an account of its own; the\n.Cm update\nof\n.Xr acme-account 1\nchanges that of an account.",
    ..acme_cli::EMAIL
};
/// `--profile`.
pub static PROFILE: Opt = Opt {
    long_help: "One that the CA offers; its directory lists them.",
    ..Opt::text("profile", "NAME", "the certificate profile")
};
/// `--timeout`.
pub static TIMEOUT: Opt = Opt {
    help: "how long the CA may take",
    long_help: "For its directory, for the account, and for each order it may take this long, with all requests.",
    ..acme_cli::TIMEOUT
};

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_ORDER.name,
    about: programs::ACME_ORDER.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &[
            "-d NAME [-d NAME]... [OPTIONS]",
            "[OPTIONS] < names-or-requests",
        ],
        stdin: Stdin::Names,
        options: &[
            &DOMAINS,
            &SERVER,
            &EMAIL,
            &ACCEPT_TOS,
            &EAB,
            &KID,
            &HMAC,
            &PROFILE,
            &acme_cli::PATH,
            &acme_cli::ACCOUNTS,
            &acme_cli::SIGN_COMMAND,
            &TIMEOUT,
            &acme_cli::JOBS,
        ],
        handed_on: &[],
    }],
    variables: acme_cli::VARIABLES_TO_REGISTER,
    touches: &[
        Touch::Asks("the CA"),
        Touch::Writes("the account's key"),
        Touch::RunsWith(&acme_cli::SIGN_COMMAND, "your program that signs"),
    ],
};
