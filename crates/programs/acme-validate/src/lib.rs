//! What `acme-validate` is on the command line.

use command::{Command, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// `--server`.
pub static SERVER: Opt = Opt {
    long_help: "Used for documents that name no account: challenges outside their order.",
    ..acme_cli::SERVER
};
/// `--email`.
pub static EMAIL: Opt = Opt {
    help: "whose account to use",
    long_help: "Used for documents that name no account: theirs is the one with this contact address.",
    ..acme_cli::EMAIL
};
/// `--path`.
pub static PATH: Opt = Opt {
    long_help: "The key of an account that a document names has to be below it; see\n.Fl -accounts .",
    ..acme_cli::PATH
};
/// `--timeout`.
pub static TIMEOUT: Opt = Opt {
    help: "how long the CA may take to validate",
    long_help: "For each document, with all requests, however slow it is to answer them.\n\
                What it fails at for a moment is asked again within this time.",
    ..acme_cli::TIMEOUT
};

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_VALIDATE.name,
    about: programs::ACME_VALIDATE.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &["[OPTIONS] < documents"],
        stdin: Stdin::Documents,
        options: &[
            &SERVER,
            &EMAIL,
            &PATH,
            &acme_cli::ACCOUNTS,
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
        Touch::Reads("the account's key"),
        Touch::Writes("which names failed"),
        Touch::RunsWith(&acme_cli::SIGN_COMMAND, "your program that signs"),
    ],
};
