//! What `acme-list` is on the command line.

use command::{Command, Program, Stdin};
use pipeline::programs;

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_LIST.name,
    about: programs::ACME_LIST.about,
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
