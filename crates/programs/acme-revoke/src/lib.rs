//! What `acme-revoke` is on the command line.

use command::{Command, Completion, Kind, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// `--reason`.
pub static REASON: Opt = Opt {
    long_help: "By its name or number in RFC 5280, section 5.3.1, in either case:\n\
                .Cm unspecified\n(0),\n.Cm keyCompromise\n(1),\n.Cm affiliationChanged\n(3),\n\
                .Cm superseded\n(4) or\n.Cm cessationOfOperation\n(5).\n\
                CAs take no other from those that they issue to, and publish it with the certificate's number.\n\
                On a terminal it is asked for; else none is said without this option.",
    ..Opt::text("reason", "REASON", "why the certificate is revoked")
};
/// `--yes`.
pub static YES: Opt = Opt {
    short: Some('y'),
    long_help: "Needed where nobody can be asked.",
    ..Opt::flag("yes", "do not ask whether to revoke")
};
/// `--keep`.
pub static KEEP: Opt = Opt {
    long_help: "Servers go on reading it, and it is due at once: the next run of\n.Xr acme-renew 1\nputs another one in its \
                place.",
    ..Opt::flag("keep", "leave the certificate where it is")
};
/// `--config`.
pub static CONFIG: Opt = Opt {
    long_help: "Where it has the certificate, that is ordered anew, which is said.\nIts\n.Ic path , server , email\nand\n.Ic sign\\-command\n\
                stand for the options of these names.\nSee\n.Xr acmepipe.toml 5 .\n\
                Without it, root is told the same of\n.Pa /etc/acmepipe.toml ,\nwhere that is about the same directory.",
    ..configuration::CONFIG
};
/// `--key`.
pub static KEY: Opt = Opt {
    long_help: "No account is needed with it.",
    ..Opt::new(
        "key",
        Kind::Path {
            name: "FILE",
            completion: Completion::Files,
        },
        "let the certificate's own key, in PEM, ask for it",
    )
};
/// `--server`.
pub static SERVER: Opt = Opt {
    help: "the CA of a certificate that is not in the store",
    ..acme_cli::SERVER
};
/// `--email`.
pub static EMAIL: Opt = Opt {
    help: "with --server: the account's contact address",
    ..acme_cli::EMAIL
};
/// `--path`.
pub static PATH: Opt = Opt {
    help: "where accounts and certificates are kept",
    ..command::PATH
};
/// `--timeout`.
pub static TIMEOUT: Opt = Opt {
    help: "how long the CA may take for each certificate",
    ..acme_cli::TIMEOUT
};

/// Those that the file may set. Its `timeout` and `jobs` are those of acme-issue, which mean other things.
pub const SETTINGS: &[&Opt] = &[&SERVER, &EMAIL, &PATH, &acme_cli::SIGN_COMMAND];

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_REVOKE.name,
    about: programs::ACME_REVOKE.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &["[OPTIONS] NAME|FILE..."],
        stdin: Stdin::Nothing,
        options: &[
            &REASON,
            &YES,
            &KEEP,
            &CONFIG,
            &KEY,
            &SERVER,
            &EMAIL,
            &PATH,
            &acme_cli::SIGN_COMMAND,
            &TIMEOUT,
            &acme_cli::JOBS,
            &acme_cli::REQUEST_LIMIT,
            &acme_cli::USER_AGENT,
        ],
        handed_on: &[],
    }],
    variables: acme_cli::VARIABLES,
    touches: &[
        Touch::Asks("the CA"),
        Touch::Reads("accounts' keys and certificates"),
        Touch::Writes("certificates that were moved aside, and which were revoked"),
        Touch::RunsWith(&acme_cli::SIGN_COMMAND, "your program that signs"),
    ],
};
