//! What `acme-account` is on the command line.

use acme_cli::{ACCEPT_TOS, EAB, HMAC, KID};
use command::{Command, Completion, Kind, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// `--server`.
pub static SERVER: Opt = Opt {
    long_help: "The URL of an ACME directory, or a name that\n.Xr acme-order 1\nknows.",
    ..acme_cli::SERVER
};
/// `--email`.
pub static EMAIL: Opt = Opt {
    help: "the account's contact address",
    long_help: "By this address, or without one, the account is found.",
    ..acme_cli::EMAIL
};
/// `--key-type`.
pub static KEY_TYPE: Opt = Opt {
    short: Some('k'),
    long_help: "Not every CA takes every kind.",
    ..Opt::new(
        "key-type",
        Kind::Choice {
            name: "TYPE",
            of: &keys::NAMES,
            default: Some("EC256"),
        },
        "the kind of the account's new key",
    )
};
/// `--key`.
pub static KEY: Opt = Opt {
    long_help: "In PEM or as a JWK: a private key, which is copied, or the public half of one that is elsewhere.\nSee\n\
                .Sx Keys that are elsewhere .",
    ..Opt::new(
        "key",
        Kind::Path {
            name: "FILE",
            completion: Completion::Files,
        },
        "take the key in this file, and make none",
    )
};
/// `--anew`.
pub static ANEW: Opt = Opt {
    long_help: "Its files are moved aside, and a new account is registered with a new key.\n\
                Where the CA has the account and it is valid, nothing is done.",
    ..Opt::flag(
        "anew",
        "register anew where the CA has ended or lost the account",
    )
};
/// `--public`.
pub static PUBLIC: Opt = Opt {
    long_help: "Its URL, the thumbprint of its key and the URL of the directory: what somebody needs who writes CAA records.\n\
                The CA is not asked where the URL is known here.",
    ..Opt::flag("public", "show only what others may see")
};
/// `--cancel`.
pub static CANCEL: Opt = Opt {
    long_help: "The key in\n.Pa account.key.new\nis removed, where the CA still knows the old one.",
    ..Opt::flag("cancel", "give up a change that was interrupted")
};
/// `--new-email`.
pub static NEW_EMAIL: Opt = Opt {
    long_help: "By the first of them the account is found from now on, as well as by those \
                that found it before.",
    ..Opt::list("new-email", "ADDRESS", "a contact address from now on")
};
/// `--no-email`.
pub static NO_EMAIL: Opt = Opt {
    long_help: "Not every CA takes that.",
    ..Opt::flag("no-email", "have no contact address from now on")
};
/// `--yes`.
pub static YES: Opt = Opt {
    short: Some('y'),
    long_help: "Needed where nobody can be asked.",
    ..Opt::flag("yes", "do not ask whether to deactivate it")
};
/// `--force`.
pub static FORCE: Opt = Opt {
    long_help: "Nothing of it is lost; it is not deactivated.",
    ..Opt::flag("force", "move another account aside that is in its place")
};
/// `--json`.
pub static JSON: Opt = Opt::flag("json", "write a document on each line");
/// `--method`.
pub static METHOD: Opt = Opt {
    otherwise: Some("dns-01"),
    long_help: "A method of validation that the CA may use for these names, such as\n.Cm dns-01\nor\n\
                .Cm dns-account-01 .\nA CA that uses another is refused.",
    ..Opt::list("method", "METHOD", "a method of validation that is allowed")
};
/// `--sign-command`.
pub static SIGN_COMMAND: Opt = Opt {
    long_help: "See\n.Sx Keys that are elsewhere .",
    ..acme_cli::SIGN_COMMAND
};
/// `--path`.
pub static PATH: Opt = acme_cli::PATH;
/// `--timeout`.
pub static TIMEOUT: Opt = Opt {
    help: "how long the CA may take",
    long_help: "For each thing that it is asked.",
    ..acme_cli::TIMEOUT
};

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_ACCOUNT.name,
    about: programs::ACME_ACCOUNT.about,
    commands: &[
        Command {
            options: &[
                &SERVER,
                &EMAIL,
                &ACCEPT_TOS,
                &EAB,
                &KID,
                &HMAC,
                &KEY_TYPE,
                &KEY,
                &ANEW,
                &PATH,
                &SIGN_COMMAND,
                &acme_cli::REQUEST_LIMIT,
                &acme_cli::USER_AGENT,
                &TIMEOUT,
            ],
            ..command(
                "register",
                "register an account, or show the one that there is",
            )
        },
        Command {
            options: &[
                &SERVER,
                &EMAIL,
                &PUBLIC,
                &PATH,
                &SIGN_COMMAND,
                &acme_cli::REQUEST_LIMIT,
                &acme_cli::USER_AGENT,
                &TIMEOUT,
            ],
            ..command("show", "show what the CA knows of an account")
        },
        Command {
            options: &[
                &SERVER,
                &EMAIL,
                &NEW_EMAIL,
                &NO_EMAIL,
                &PATH,
                &SIGN_COMMAND,
                &acme_cli::REQUEST_LIMIT,
                &acme_cli::USER_AGENT,
                &TIMEOUT,
            ],
            ..command("update", "change the contact addresses of an account")
        },
        Command {
            options: &[
                &SERVER,
                &EMAIL,
                &KEY_TYPE,
                &KEY,
                &CANCEL,
                &PATH,
                &SIGN_COMMAND,
                &acme_cli::REQUEST_LIMIT,
                &acme_cli::USER_AGENT,
                &TIMEOUT,
            ],
            ..command("rollover", "change the key of an account")
        },
        Command {
            options: &[
                &SERVER,
                &EMAIL,
                &YES,
                &PATH,
                &SIGN_COMMAND,
                &acme_cli::REQUEST_LIMIT,
                &acme_cli::USER_AGENT,
                &TIMEOUT,
            ],
            ..command(
                "deactivate",
                "end an account for good, and move its files aside",
            )
        },
        Command {
            usage: &["[OPTIONS] FILE|DIRECTORY"],
            options: &[
                &SERVER,
                &EMAIL,
                &FORCE,
                &PATH,
                &SIGN_COMMAND,
                &acme_cli::REQUEST_LIMIT,
                &acme_cli::USER_AGENT,
                &TIMEOUT,
            ],
            ..command("import", "take over an account of another ACME client")
        },
        Command {
            options: &[&JSON, &PATH],
            ..command("list", "list the accounts that are kept")
        },
        Command {
            usage: &["[OPTIONS] NAME..."],
            options: &[
                &SERVER,
                &EMAIL,
                &METHOD,
                &JSON,
                &PATH,
                &SIGN_COMMAND,
                &acme_cli::REQUEST_LIMIT,
                &acme_cli::USER_AGENT,
                &TIMEOUT,
            ],
            ..command("caa", "print CAA records that tie names to an account")
        },
    ],
    variables: acme_cli::VARIABLES_TO_REGISTER,
    touches: &[
        Touch::Asks("the CA"),
        Touch::Reads("what is imported"),
        Touch::Writes("accounts and their keys"),
        Touch::RunsWith(&SIGN_COMMAND, "your program that signs"),
    ],
};

/// A command without operands.
const fn command(name: &'static str, about: &'static str) -> Command {
    Command {
        name,
        about,
        usage: &["[OPTIONS]"],
        stdin: Stdin::Nothing,
        options: &[],
        handed_on: &[],
    }
}
