//! What `acme-deploy` is on the command line.

use command::{Command, Opt, Program, Stdin, Touch};
pub use configuration::{CONFIG, GROUP, HOOK_TIMEOUT, INSTALL, KEY_MODE, OWNER};
use pipeline::programs;

/// `--deploy-hook`.
pub static DEPLOY_HOOK: Opt = Opt {
    short: Some('x'),
    long_help: "It is run directly, never through a shell, with\n.Pa /dev/null\nas its standard input, once for each \
                certificate that is new to it; see\n.Sx Program .\nThe value is the path of a program, or where no such file \
                exists a command line: it is divided at blanks, but for those between single or double quotes.",
    ..configuration::DEPLOY_HOOK
};
/// `--all`.
pub static ALL: Opt = Opt {
    long_help: "Without it, a certificate for which no document comes is deployed only to those of the targets that it was \
                to be deployed to before.\n\
                With a\n.Ar NAME ,\nonly the certificates of these names are deployed.",
    ..Opt::flag("all", "deploy all certificates that a target lacks")
};
/// `--jobs`.
pub static JOBS: Opt = Opt {
    short: Some('j'),
    long_help: "Different programs and directories do not wait for each other in any case.",
    ..Opt::count(
        "jobs",
        256,
        Some(1),
        "let N certificates be deployed to one target at once",
    )
};
/// `--path`.
pub static PATH: Opt = Opt {
    help: "where certificates are kept",
    ..command::PATH
};

/// All options.
pub static OPTIONS: [&Opt; 10] = [
    &DEPLOY_HOOK,
    &INSTALL,
    &OWNER,
    &GROUP,
    &KEY_MODE,
    &ALL,
    &HOOK_TIMEOUT,
    &JOBS,
    &CONFIG,
    &PATH,
];

/// The options that the configuration may set. What it calls `jobs` is of other programs.
pub static SETTINGS: [&Opt; 7] = [
    &DEPLOY_HOOK,
    &INSTALL,
    &OWNER,
    &GROUP,
    &KEY_MODE,
    &HOOK_TIMEOUT,
    &PATH,
];

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_DEPLOY.name,
    about: programs::ACME_DEPLOY.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &[
            "[OPTION]... < documents",
            "[OPTION]... NAME...",
            "--all [OPTION]... NAME... < documents",
        ],
        stdin: Stdin::DocumentsOrOperands,
        options: &OPTIONS,
        handed_on: &[],
    }],
    variables: &[],
    touches: &[
        Touch::Runs("your programs"),
        Touch::Reads("certificates and their keys"),
        Touch::Writes("how deployments and runs went"),
    ],
};
