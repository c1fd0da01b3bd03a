//! What `acme-due` is on the command line.

use command::{Command, Kind, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// The exit status of `--exit-code` where nothing is due.
pub const NOTHING_DUE: u8 = 3;

/// `--config`.
pub static CONFIG: Opt = Opt {
    long_help: "The certificates of this file are looked at, and no others.\n\
                One that does not exist yet is due, and so is one whose names, CA, kind of key or profile differ from \
                what the file says.\nSee\n.Xr acmepipe.toml 5 .",
    ..configuration::CONFIG
};
/// `--server`.
pub static SERVER: Opt = Opt {
    kind: Kind::Text {
        name: "URL",
        default: None,
    },
    help: "the CA of certificates that name none",
    long_help: "Give what\n.Xr acme-order 1\nis given.\nAn order goes to this CA where neither the configuration nor an\n\
                .Pa order.json\nnames one, so while this CA is down nothing is requested from it.\n\
                Without the option, such an order is requested whether or not the CA is down.",
    ..acme_cli::SERVER
};
/// `--days`.
pub static DAYS: Opt = Opt {
    long_help: "The CA may suggest an earlier time.\n\
                Without it, that is when a third of the lifetime is left, or half of it where that is less than ten days.\n\
                A certificate that lives no longer than that is renewed again when a sixth of its lifetime is over.",
    ..Opt::count(
        "days",
        3650,
        None,
        "renew when a certificate is valid for N days or less",
    )
};
/// `--no-ari`.
pub static NO_ARI: Opt = Opt {
    is_rare: true,
    aliases: &["ari-disable"],
    ..Opt::flag("no-ari", "do not ask the CA when to renew")
};
/// `--all`.
pub static ALL: Opt = Opt {
    long_help: "Their\n.Va due.due\nis false, and\n.Xr acme-order 1\nrefuses them.",
    ..Opt::flag("all", "write documents for those that are not due, too")
};
/// `--check`.
pub static CHECK: Opt = Opt {
    long_help: "A line for each certificate says whether it is due and why.\n\
                Nothing is requested, and nothing is written to the store.",
    ..Opt::flag("check", "only say what is due, in words")
};
/// `--retry`.
pub static RETRY: Opt = Opt {
    long_help: "Use it once what was wrong is mended.\nWithout it a certificate whose renewal failed waits 1, 10 and \
                100 minutes after the first tries, and then a day.\nIn a run of acme-renew it is ordered with\n\
                .Fl -force\nthen, so that the CA is asked also where it had paused the account; see\n.Xr acme-order 1 .",
    ..Opt::flag("retry", "do not wait after tries that failed")
};
/// `--not-tried`.
pub static NOT_TRIED: Opt = Opt {
    is_rare: true,
    long_help: "It takes back the last try for each\n.Ar NAME ,\nas if that had not been, and does nothing else.\n\
                .Xr acme-renew 1\nuses it where nobody asked the CA for the order that was requested.",
    ..Opt::flag("not-tried", "do not count the last requests as tries")
};
/// `--failing`.
pub static FAILING: Opt = Opt {
    is_rare: true,
    long_help: "A certificate that is due waits after a try that failed, and after two or more, whatever became of them. \
                Its document has an error that says since when it is due, until when it waits, and what failed last.\n\
                Without the option nothing is said of those that wait, and the exit status is 0.",
    ..Opt::flag("failing", "write documents for those that wait, too")
};
/// `--exit-code`.
pub static EXIT_CODE: Opt = Opt {
    long_help: "A certificate that is due and waits, for its CA or after a try that failed, is due.",
    ..Opt::flag("exit-code", "exit 3 where nothing is due")
};
/// `--path`.
pub static PATH: Opt = Opt {
    help: "where certificates are kept",
    ..command::PATH
};
/// `--timeout`.
pub static TIMEOUT: Opt = Opt {
    long_help: "For its directory, and for each certificate. A CA that is down is learnt once, and waited for while there is \
                time.",
    ..Opt::seconds("timeout", Some(10), "how long the CA may take")
};

/// Its options.
pub const OPTIONS: &[&Opt] = &[
    &CONFIG,
    &SERVER,
    &DAYS,
    &NO_ARI,
    &ALL,
    &CHECK,
    &RETRY,
    &NOT_TRIED,
    &FAILING,
    &EXIT_CODE,
    &command::NO_SLEEP,
    &PATH,
    &TIMEOUT,
    &acme_cli::JOBS,
    &acme_cli::REQUEST_LIMIT,
    &acme_cli::USER_AGENT,
];

/// Those that the file may set. Its `timeout` and `jobs` are those of acme-issue, which mean other things.
pub const SETTINGS: &[&Opt] = &[
    &DAYS,
    &NO_ARI,
    &command::NO_SLEEP,
    &PATH,
    &acme_cli::REQUEST_LIMIT,
    &acme_cli::USER_AGENT,
];

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_DUE.name,
    about: programs::ACME_DUE.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &["[OPTIONS] [NAME]..."],
        stdin: Stdin::Nothing,
        options: OPTIONS,
        handed_on: &[],
    }],
    variables: acme_cli::VARIABLES,
    touches: &[
        Touch::Asks("the CA"),
        Touch::Reads("certificates and their keys"),
        Touch::Writes("when each certificate is due"),
    ],
};
