//! What `dns01-check` is on the command line.

use command::{Command, Completion, Kind, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// The words of `--fail-on`.
pub const SEVERITIES: [&str; 4] = ["error", "warning", "notice", "info"];

/// `--ca`.
pub static CA: Opt = Opt {
    variable: Some("LEGO_SERVER"),
    long_help: "What it is called in CAA records, such as letsencrypt.org, or for well-known ones a name or the URL of the directory, \
                as\n.Xr acme-order 1\ntakes them. Where a document has the directory, the CA is known from that, and the \
                variable does not count.",
    ..Opt::list("ca", "CA", "the CA, for CAA records")
};
/// `--account`.
pub static ACCOUNT: Opt = Opt {
    is_rare: true,
    long_help: "For CAA records with an accounturi (RFC 8657). Where a document has the account, it is known from that.\n\
                .Xr acme-account 1\nshows it.",
    ..Opt::text("account", "URL", "the account's URL, for CAA records")
};
/// `--resolver`.
pub static RESOLVER: Opt = Opt {
    help: "go from the root that this resolver knows",
    otherwise: Some("the well-known root"),
    long_help: "For networks that have a root of their own. It is asked for the root's servers; and where no name server \
                answers, for CAA records and a record that was written.\n\
                Without it, the system's resolvers are asked for them where the well-known ones do not answer.\n\
                How a resolver is written is said in\n.Xr dns-zone 1 .",
    ..dns_cli::RESOLVER
};
/// `--stop`.
pub static STOP: Opt = Opt {
    long_help: "The error is of the type\n.Ql acmepipe:dns:will-fail ,\nand the programs after this one leave the challenge alone.",
    ..Opt::flag("stop", "make a verdict will-fail the challenge's error")
};
/// `--fail-on`.
pub static FAIL_ON: Opt = Opt::new(
    "fail-on",
    Kind::Choice {
        name: "SEVERITY",
        of: &SEVERITIES,
        default: Some("error"),
    },
    "exit 1 on findings as severe as this",
);
/// The words of `--format`.
pub const FORMATS: [&str; 3] = ["text", "json", "dot"];

/// `--json`.
pub static JSON: Opt = Opt::flag("json", "write documents: the same as --format json");
/// `--format`.
pub static FORMAT: Opt = Opt {
    otherwise: Some("text on a terminal, else json"),
    long_help: "A\n.Cm text\nfor people;\n.Cm json ,\na document on each line;\nor\n.Cm dot ,\n\
                the delegations, servers and aliases as a graph for\n.Xr dot 1 .",
    ..Opt::new(
        "format",
        Kind::Choice {
            name: "FORMAT",
            of: &FORMATS,
            default: None,
        },
        "how to write it",
    )
};
/// `--save`.
pub static SAVE: Opt = Opt {
    long_help: "All replies, octet by octet, as lines of JSON. With it the right to write files is not given up.",
    ..Opt::new(
        "save",
        Kind::Path {
            name: "FILE",
            completion: Completion::Files,
        },
        "keep the replies in a file",
    )
};
/// `--from`.
pub static FROM: Opt = Opt {
    replaces_stdin: true,
    long_help: "It judges as of when the file was made, and what that was made for, where no name is given.",
    ..Opt::new(
        "from",
        Kind::Path {
            name: "FILE",
            completion: Completion::Files,
        },
        "judge what --save kept, and ask nobody",
    )
};

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::DNS01_CHECK.name,
    about: programs::DNS01_CHECK.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &["[OPTIONS] NAME...", "[OPTIONS] < documents"],
        stdin: Stdin::DocumentsOrOperands,
        options: &[
            &CA,
            &ACCOUNT,
            &STOP,
            &FAIL_ON,
            &JSON,
            &FORMAT,
            &SAVE,
            &FROM,
            &RESOLVER,
            &dns_cli::JOBS,
        ],
        handed_on: &[],
    }],
    variables: dns_cli::VARIABLES,
    touches: &[
        Touch::Asks("name servers, and resolvers for the root servers and for the zone"),
        Touch::Reads("a file that --save kept"),
    ],
};

#[cfg(test)]
mod tests {
    use dns::check::CODES;

    const PAGE: &str = include_str!("../../../../man/dns01-check.1");

    /// A code's entry, a sentence on each line.
    fn entry(code: &dns::check::Code) -> String {
        let mut entry = format!(".It {} Pq {}\n{}\n", code.name, code.severity, code.meaning);
        if !code.nearest.is_empty() {
            entry += &format!("Nearest: {}.\n", code.nearest);
        }
        entry
    }

    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_page_has_each_code_and_what_it_means() {
        let all = CODES.iter().flat_map(|codes| codes.iter());
        let list: String = all.map(|code| entry(code)).collect();
        let begin = PAGE.split_once(".Sh CODES\n").map_or("", |(_, rest)| rest);
        let begin = begin
            .split_once(".Bl -tag -width Ds\n")
            .map_or("", |(_, rest)| rest);
        let written = begin.split_once(".El\n").map_or("", |(list, _)| list);
        assert!(words(written) == words(&list), "the list should be\n{list}");
    }
}
