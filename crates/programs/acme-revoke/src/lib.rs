//! What `acme-revoke` is on the command line.

use command::{Command, Program, Stdin};
use pipeline::programs;

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_REVOKE.name,
    about: programs::ACME_REVOKE.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &["[OPTIONS]"],
        stdin: Stdin::Nothing,
        options: &[&command::PATH],
        handed_on: &[],
    }],
    variables: &[],
    touches: &[],
};
