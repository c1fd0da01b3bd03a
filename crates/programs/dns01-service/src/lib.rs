//! What `dns01-service` is on the command line.

use command::{Command, List, Opt, Program, Stdin, Touch, Variable};
use pipeline::programs;

/// `--dns`.
pub static DNS: Opt = Opt {
    otherwise: Some("the name by which the program is called"),
    list: Some(List {
        value: LIST,
        text: services::list,
    }),
    ..Opt::text("dns", "CODE", "the DNS service, or list to see all")
};

/// The variable that says which collection is to serve.
pub static COLLECTION: Variable = Variable {
    name: "DNS01_COLLECTION",
    help: "which of acme.sh and lexicon is to serve; without it, the one that dns01-services(7) names first, where it can",
};

/// The word for showing the services.
pub const LIST: &str = "list";

static OPTIONS: [&Opt; 1] = [&DNS];
static OF_RECORDS: [Command; 5] = dns_program::commands(&OPTIONS);

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::DNS01_SERVICE.name,
    about: programs::DNS01_SERVICE.about,
    commands: &[
        OF_RECORDS[0],
        OF_RECORDS[1],
        OF_RECORDS[2],
        OF_RECORDS[3],
        OF_RECORDS[4],
        Command {
            name: LIST,
            about: "show the services, their variables, and what serves them",
            usage: &[""],
            stdin: Stdin::Nothing,
            options: &[],
            handed_on: &[],
        },
    ],
    variables: &[COLLECTION],
    touches: &[Touch::Runs("the program that serves the service")],
};
