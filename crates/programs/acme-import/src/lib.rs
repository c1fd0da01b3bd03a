//! What `acme-import` is on the command line.

use command::{Command, Completion, Kind, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// `--server`.
pub static SERVER: Opt = Opt {
    kind: Kind::Text {
        name: "URL",
        default: None,
    },
    help: "the CA of accounts for which none is noted there",
    long_help: "The URL of an ACME directory, or a name that\n.Xr acme-order 1\nknows.\nlego notes the host of a CA that is not \
                well known, and uacme nothing.",
    ..acme_cli::SERVER
};
/// `--output`.
pub static OUTPUT: Opt = Opt {
    otherwise: Some("/etc/acmepipe.toml for root, else acmepipe.toml below --path"),
    long_help: "Where there is such a file, what it lacks is added at its end, and nothing in it is changed; where that cannot be, \
                the new one is written beside it, with\n.Pa .import\nbehind its name.\nA link is followed.\nRoot with a\n.Fl -path\nof \
                another directory has it there as well.",
    ..Opt::new(
        "output",
        Kind::Path {
            name: "FILE",
            completion: Completion::Files,
        },
        "write the configuration for what was taken to FILE",
    )
};
/// `--dry-run`.
pub static DRY_RUN: Opt = Opt {
    short: Some('n'),
    long_help: "The documents say what would be done.",
    ..Opt::flag("dry-run", "only look, and write nothing")
};
/// `--json`.
pub static JSON: Opt = Opt::flag("json", "write documents, also to a terminal");
/// `--path`.
pub static PATH: Opt = Opt {
    help: "where accounts and certificates are kept",
    ..command::PATH
};

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_IMPORT.name,
    about: programs::ACME_IMPORT.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &["[OPTIONS] FOLDER...", "[OPTIONS]"],
        stdin: Stdin::Nothing,
        options: &[&SERVER, &OUTPUT, &DRY_RUN, &JSON, &PATH],
        handed_on: &[],
    }],
    variables: &[],
    touches: &[
        Touch::Reads("the folders of other clients"),
        Touch::Writes("accounts, certificates and their keys"),
        Touch::WritesTo(&OUTPUT, "the configuration"),
    ],
};
