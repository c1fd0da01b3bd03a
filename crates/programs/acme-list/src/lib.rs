//! What `acme-list` is on the command line.

use command::{Command, Completion, Kind, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// The words of `--format`.
pub const FORMATS: [&str; 3] = ["table", "json", "prometheus"];

/// `--json`.
pub static JSON: Opt = Opt::flag("json", "write documents: the same as --format json");
/// `--format`.
pub static FORMAT: Opt = Opt {
    long_help: "A\n.Cm table\nfor people;\n.Cm json ,\na document on each line;\nor\n.Cm prometheus ,\n\
                metrics in the text format of Prometheus.",
    ..Opt::new(
        "format",
        Kind::Choice {
            name: "FORMAT",
            of: &FORMATS,
            default: Some("table"),
        },
        "how to write the list",
    )
};
/// `--output`.
pub static OUTPUT: Opt = Opt {
    long_help: "It is there whole or not at all, and all may read it (0644).\n\
                A link stays, and the file that it leads to is written; what is no regular file is refused.\n\
                The text-file collector of node_exporter reads files whose names end in\n.Pa .prom ,\nand no others.",
    ..Opt::new(
        "output",
        Kind::Path {
            name: "FILE",
            completion: Completion::Files,
        },
        "with --format prometheus: write to a file",
    )
};
/// `--days`.
pub static DAYS: Opt = Opt {
    otherwise: Some("a third of the lifetime, half of it where that is less than ten days"),
    long_help: "Give what\n.Xr acme-due 1\nis given, so that both say the same.",
    ..Opt::count(
        "days",
        3650,
        None,
        "a certificate is due when it is valid for N days or less",
    )
};
/// `--no-ari`.
pub static NO_ARI: Opt = Opt {
    aliases: &["ari-disable"],
    long_help: "Give what\n.Xr acme-due 1\nis given, so that both say the same.",
    ..Opt::flag("no-ari", "ignore when the CA wants a certificate renewed")
};
/// `--config`.
pub static CONFIG: Opt = Opt {
    long_help: "Certificates of this file that do not exist yet are listed as well. A certificate that the file names has only \
                the targets that the file has for it, and is due where it differs from what the file says.\nSee\n\
                .Xr acmepipe.toml 5 .",
    ..configuration::CONFIG
};
/// `--accounts`.
pub static ACCOUNTS: Opt = Opt::flag("accounts", "list accounts");
/// `--archives`.
pub static ARCHIVES: Opt = Opt {
    long_help: "Old versions are kept beside the one in use, as many as\n.Fl -keep-versions\nof\n.Xr acme-finalize 1\nsays.",
    ..Opt::flag("archives", "list versions, and what was moved aside")
};
/// `--restore`.
pub static RESTORE: Opt = Opt {
    long_help: "A name that\n.Fl -archives\nshows, or the beginning of one that no other has.\n\
                One that is damaged or was revoked is refused; of one that has expired that is said.\n\
                What deploys it, and when it is due, is said, too: see\n.Sx Versions .",
    ..Opt::text("restore", "VERSION", "put a version back in use")
};
/// `--path`.
pub static PATH: Opt = Opt {
    help: "where accounts, certificates and the journal are kept",
    ..command::PATH
};

/// Those that the file may set.
pub const SETTINGS: &[&Opt] = &[&DAYS, &NO_ARI, &PATH];

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_LIST.name,
    about: programs::ACME_LIST.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &[
            "[OPTIONS] [NAME]...",
            "--accounts [OPTIONS]",
            "--archives [OPTIONS] [NAME]...",
            "--restore VERSION [OPTIONS] [NAME]",
        ],
        stdin: Stdin::Nothing,
        options: &[
            &JSON, &FORMAT, &OUTPUT, &CONFIG, &DAYS, &NO_ARI, &ACCOUNTS, &ARCHIVES, &RESTORE, &PATH,
        ],
        handed_on: &[],
    }],
    variables: &[],
    touches: &[
        Touch::Reads("accounts, certificates and what is known of them"),
        Touch::Runs("dns01-exec, for the records that it has left"),
    ],
};
