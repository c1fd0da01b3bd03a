//! What `acme-finalize` is on the command line.

use command::{Command, Kind, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// `--key-type`.
pub static KEY_TYPE: Opt = Opt {
    short: Some('k'),
    variable: Some("LEGO_KEY_TYPE"),
    long_help: "One of\n.Cm EC256 , EC384 , RSA2048 , RSA3072 , RSA4096 , RSA8192 ,\nin either case.\n\
                Making a key of 8192 bits can take more than a minute.\n\
                A document's\n.Va options\nsays it in place of this one.",
    ..Opt::new(
        "key-type",
        Kind::Choice {
            name: "TYPE",
            of: &keys::NAMES,
            default: Some(keys::KeyType::EC256.name()),
        },
        "the certificate's kind of key",
    )
};
/// `--keep-versions`.
pub static KEEP_VERSIONS: Opt = Opt {
    long_help: "The one before always stays, for whoever has just opened it.\n.Xr acme-list 1\nshows them, and puts one \
                back.",
    ..Opt::count(
        "keep-versions",
        1000,
        Some(1),
        "keep N old versions of each certificate",
    )
};
/// `--path`.
pub static PATH: Opt = Opt {
    help: "where certificates are kept",
    long_help: "The certificate goes to\n.Pa certificates/<name>/\nbelow it.",
    ..acme_cli::PATH
};
/// `--replace`.
pub static REPLACE: Opt = Opt {
    long_help: "Without it, a certificate takes the place of another only where the document's\n.Va name\n\
                is one of its own names, or both have a name in common.",
    ..Opt::flag("replace", "take the place of certificates for other names")
};
/// `--timeout`.
pub static TIMEOUT: Opt = Opt {
    help: "how long the CA may take",
    long_help: "Validation and issuance may each take this long, with all requests, however slow it is to answer them.\n\
                What it fails at for a moment is asked again within this time.",
    ..acme_cli::TIMEOUT
};

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_FINALIZE.name,
    about: programs::ACME_FINALIZE.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &["[OPTIONS] < orders"],
        stdin: Stdin::Documents,
        options: &[
            &KEY_TYPE,
            &REPLACE,
            &KEEP_VERSIONS,
            &PATH,
            &acme_cli::ACCOUNTS,
            &acme_cli::SIGN_COMMAND,
            &TIMEOUT,
            &acme_cli::JOBS,
        ],
        handed_on: &[],
    }],
    variables: acme_cli::VARIABLES,
    touches: &[
        Touch::Asks("the CA"),
        Touch::Reads("the account's key"),
        Touch::Writes("certificates and their keys"),
        Touch::RunsWith(&acme_cli::SIGN_COMMAND, "your program that signs"),
    ],
};
