//! What `dns01-exec` is on the command line.

use command::{Command, Completion, Kind, List, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// `--exec`.
pub static EXEC: Opt = Opt {
    short: Some('x'),
    variable: Some("EXEC_PATH"),
    long_help: "It is run directly, never through a shell, with\n.Pa /dev/null\nas its standard input. \
                A name without a slash is looked for in\n.Ev PATH .",
    ..Opt::new(
        "exec",
        Kind::Path {
            name: "PROGRAM",
            completion: Completion::Files,
        },
        "the program that adds and removes records",
    )
};
/// `--dns`.
pub static DNS: Opt = Opt {
    long_help: "The service is named by lego's code, and its variables are those of lego; see\n.Xr dns01-services 7 .\n\
                It stands for\n.Fl -exec\nwith the program that serves it, and what that lacks is said before anything is \
                presented.\n.Cm exec\nis what lego calls a program of your own:\n.Fl -exec\nor\n.Ev EXEC_PATH\n\
                names it.\n.Fl -dns Cm list\nprints all services.",
    list: Some(List {
        value: "list",
        text: services::list,
    }),
    ..Opt::text("dns", "CODE", "the DNS service, or list to see all")
};
/// `--mode`.
pub static MODE: Opt = Opt {
    variable: Some("EXEC_MODE"),
    long_help: "With\n.Cm RAW\nthe program is called with the domain, the token and the key authorization \
                after\n.Cm -- ,\ninstead of the record's name and value. As with lego, every other value of the variable,\n.Ql none\n\
                for instance, means the default mode.",
    ..Opt::text("mode", "MODE", "with RAW, pass DOMAIN TOKEN KEYAUTH")
};
/// `--double-dash`.
pub static DOUBLE_DASH: Opt = Opt {
    long_help: "Lego itself passes no\n.Cm --\nin default mode; some programs expect it, since its \
                documentation showed one.",
    ..Opt::flag("double-dash", "put -- before FQDN and VALUE")
};
/// `--timeout`.
pub static TIMEOUT: Opt = Opt {
    variable: Some("EXEC_PROPAGATION_TIMEOUT"),
    otherwise: Some("what the program says, else 60"),
    long_help: "Goes into the document's\n.Va propagation ,\nfor\n.Xr dns-wait-txt 1 .\nAs with lego, this variable and the \
                two below count as not set where they are no number of seconds; a warning says so.",
    ..Opt::seconds("timeout", None, "how long to wait for propagation")
};
/// `--interval`.
pub static INTERVAL: Opt = Opt {
    variable: Some("EXEC_POLLING_INTERVAL"),
    otherwise: Some("what the program says, else 2"),
    ..Opt::seconds("interval", None, "how often to look for it")
};
/// `--sequence-interval`.
pub static SEQUENCE_INTERVAL: Opt = Opt {
    variable: Some("EXEC_SEQUENCE_INTERVAL"),
    long_help: "For DNS interfaces that take only so many changes. It holds between the end of a call and \
                the start of the next for a name of the same zone, unless\n.Fl -jobs\nis given without\n.Fl -batch .",
    ..Opt::seconds(
        "sequence-interval",
        Some(0),
        "pause between calls in a zone",
    )
};
/// `--program-timeout`.
pub static PROGRAM_TIMEOUT: Opt = Opt {
    long_help: "Then it is sent SIGTERM, and 2 seconds later killed, with everything that it started. A line tells of \
                a call that takes longer than 10 seconds. Lego waits without end. The\n.Cm cleanup\nof a pipeline waits as long \
                for a\n.Cm present\nthat has lost its reader, so both want the same value.",
    ..Opt::seconds("program-timeout", Some(600), "end a call after this long")
};
/// How many calls may overlap at most.
pub const MOST_JOBS: usize = 256;

/// `--jobs`.
pub static JOBS: Opt = Opt {
    short: Some('j'),
    otherwise: Some("what the program says, else one per zone"),
    long_help: "By default calls for names of one zone do not overlap, not even with those of other \
                processes of this program; calls for different zones do. With\n.Fl -batch\nthis says for how many \
                zones.",
    ..Opt::count("jobs", MOST_JOBS, None, "let N calls overlap anywhere")
};
/// `--one-per-name`.
pub static ONE_PER_NAME: Opt = Opt {
    long_help: "For programs and DNS interfaces that replace what is there. The other challenges of the \
                name, in all documents, get a member\n.Va deferred\nand stay pending, for a further round of present, wait, \
                validate and clean up.",
    ..Opt::flag("one-per-name", "present one value per name, defer the rest")
};
/// `--one-per-zone`.
pub static ONE_PER_ZONE: Opt = Opt {
    long_help: "For programs and DNS interfaces that remove all other values when they add one, or have one value for \
                all names. It is as\n.Fl -one-per-name ,\nand takes a round for each challenge of a zone.",
    ..Opt::flag("one-per-zone", "present one value per zone, defer the rest")
};
/// `--again`.
pub static AGAIN: Opt = Opt {
    long_help: "If all of its records are cleaned up, such an order loses its errors, so that a further round \
                can do what the first could not. Without this option it passes through unchanged.",
    ..Opt::flag(
        "again",
        "take up orders in which values replaced each other",
    )
};
/// `--batch`.
pub static BATCH: Opt = Opt {
    long_help: "The program is called with\n.Cm present-batch\nor\n.Cm cleanup-batch ,\nreads the challenges \
                as JSON Lines and prints a line with\n.Va fqdn , value\nand\n.Va error\nfor each that failed.",
    ..Opt::flag("batch", "one call for all challenges of a zone")
};
/// `--leftovers`.
pub static LEFTOVERS: Opt = Opt {
    replaces_stdin: true,
    long_help: "Records of runs that still live are left alone.",
    ..Opt::flag("leftovers", "remove the records that the journal still has")
};
/// `--path`.
pub static PATH: Opt = Opt {
    help: "where the journal is kept",
    ..command::PATH
};

/// The variable of `--run`.
pub const RUN_VARIABLE: &str = "ACMEPIPE_RUN";
/// `--run`.
pub static RUN: Opt = Opt {
    variable: Some(RUN_VARIABLE),
    long_help: "A script that gives all programs of one run the same name, and other runs other names, spares\n\
                .Cm cleanup\nevery guess at whose a record is whose document did not arrive.",
    ..Opt::text("run", "NAME", "the name of this run")
};

/// The word for adding records.
pub const PRESENT: &str = "present";
/// The word for removing them.
pub const CLEANUP: &str = "cleanup";
/// The word for asking how long propagation takes.
pub const PROPAGATION: &str = "timeout";
/// The word for showing what is presented and not removed.
pub const LIST: &str = "list";

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::DNS01_EXEC.name,
    about: programs::DNS01_EXEC.about,
    commands: &[
        Command {
            name: PRESENT,
            about: "add the record of each challenge",
            usage: &["[OPTION]... < documents", "[OPTION]... -- FQDN VALUE"],
            stdin: Stdin::DocumentsOrOperands,
            options: &[
                &EXEC,
                &DNS,
                &MODE,
                &DOUBLE_DASH,
                &TIMEOUT,
                &INTERVAL,
                &SEQUENCE_INTERVAL,
                &PROGRAM_TIMEOUT,
                &JOBS,
                &ONE_PER_NAME,
                &ONE_PER_ZONE,
                &AGAIN,
                &BATCH,
                &RUN,
                &PATH,
            ],
            handed_on: &[],
        },
        Command {
            name: CLEANUP,
            about: "remove what was presented, whatever failed",
            usage: &[
                "[OPTION]... < documents",
                "[OPTION]... -- FQDN VALUE",
                "--leftovers [OPTION]...",
            ],
            stdin: Stdin::DocumentsOrOperands,
            options: &[
                &EXEC,
                &DNS,
                &MODE,
                &DOUBLE_DASH,
                &SEQUENCE_INTERVAL,
                &PROGRAM_TIMEOUT,
                &JOBS,
                &BATCH,
                &RUN,
                &LEFTOVERS,
                &PATH,
            ],
            handed_on: &[],
        },
        Command {
            name: PROPAGATION,
            about: "ask the program how long propagation may take",
            usage: &["[OPTION]..."],
            stdin: Stdin::Nothing,
            options: &[&EXEC, &DNS, &TIMEOUT, &INTERVAL],
            handed_on: &[],
        },
        Command {
            name: LIST,
            about: "show what is presented and not removed",
            usage: &["[OPTION]..."],
            stdin: Stdin::Nothing,
            options: &[&PATH],
            handed_on: &[],
        },
    ],
    variables: &[],
    touches: &[Touch::Runs("your program"), Touch::Writes("the journal")],
};
