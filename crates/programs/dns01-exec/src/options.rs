//! The command line of dns01-exec.

use crate::journal::Journal;
use crate::protocol::{Propagation, UserProgram, find};
use crate::schedule::Schedule;
use pipeline::{Args, Opt, Program, Stdin, Usage};
use std::path::PathBuf;
use std::time::Duration;

/// How long a call may take where no option says: interfaces answer in seconds, and some write whole zones.
const PROGRAM_TIMEOUT: Duration = Duration::from_secs(120);
/// The most calls at once that can be asked for: each is a process or several.
const MOST_JOBS: usize = 256;

/// The program's table.
pub(crate) static PROGRAM: Program = Program {
    name: "dns01-exec",
    stdin: Stdin::DocumentsOfCommands {
        readers: &["present", "cleanup"],
        others: &["timeout", "list"],
        without: "leftovers",
    },
    about: "Present and clean up dns-01 challenges with a program of your own",
    usage: &[
        "present | cleanup [OPTION]... [-- FQDN VALUE]",
        "timeout | list | cleanup --leftovers [OPTION]...",
    ],
    options: &[
        Opt {
            short: Some('x'),
            value: Some("PROGRAM"),
            variable: Some("EXEC_PATH"),
            long_help: "It is run directly, never through a shell, with\n.Pa /dev/null\nas its standard input. \
                        A name without a slash is looked for in\n.Ev PATH .",
            ..Opt::new("exec", "the program that adds and removes records")
        },
        Opt {
            value: Some("MODE"),
            variable: Some("EXEC_MODE"),
            long_help: "With\n.Cm RAW\nthe program is called with the domain, the token and the key authorization \
                        after\n.Cm -- ,\ninstead of the record's name and value.",
            ..Opt::new("mode", "with RAW, pass DOMAIN TOKEN KEYAUTH")
        },
        Opt {
            long_help: "Lego itself passes no\n.Cm --\nin default mode; some programs expect it, since its \
                        documentation showed one.",
            ..Opt::new("double-dash", "put -- before FQDN and VALUE")
        },
        Opt {
            value: Some("SECONDS"),
            variable: Some("EXEC_PROPAGATION_TIMEOUT"),
            default: Some("what the program says, else 60"),
            long_help: "Goes into the document's\n.Va propagation ,\nfor\n.Xr dns-wait-txt 1 .",
            ..Opt::new("timeout", "how long to wait for propagation")
        },
        Opt {
            value: Some("SECONDS"),
            variable: Some("EXEC_POLLING_INTERVAL"),
            default: Some("what the program says, else 2"),
            ..Opt::new("interval", "how often to look for it")
        },
        Opt {
            value: Some("SECONDS"),
            variable: Some("EXEC_SEQUENCE_INTERVAL"),
            default: Some("0"),
            long_help: "For DNS interfaces that take only so many changes. It holds between the end of a call and \
                        the start of the next for a name of the same zone, unless\n.Fl -jobs\nis given.",
            ..Opt::new("sequence-interval", "pause between calls in a zone")
        },
        Opt {
            value: Some("SECONDS"),
            default: Some("120"),
            long_help: "Then it is sent SIGTERM, and 2 seconds later killed, with everything that it started.",
            ..Opt::new("program-timeout", "end a call after this long")
        },
        Opt {
            short: Some('j'),
            value: Some("N"),
            default: Some("one per zone"),
            long_help: "By default calls for names of one zone do not overlap, not even with those of other \
                        processes of this program; calls for different zones do.",
            ..Opt::new("jobs", "let N calls overlap anywhere")
        },
        Opt {
            long_help: "For programs and DNS interfaces that replace what is there. The other challenges of the \
                        name get a member\n.Va deferred\nand stay pending, for a second round of present, wait, \
                        validate and clean up.",
            ..Opt::new("one-per-name", "present one value per name, defer the rest")
        },
        Opt {
            long_help: "Such a document goes through as it came otherwise. Its errors are taken away where its \
                        records are cleaned up, so that a second round can do what the first could not.",
            ..Opt::new(
                "again",
                "take up orders in which values replaced each other",
            )
        },
        Opt {
            long_help: "The program is called with\n.Cm present-batch\nor\n.Cm cleanup-batch ,\nreads the challenges \
                        as JSON Lines and prints a line with\n.Va fqdn , value\nand\n.Va error\nfor each that failed.",
            ..Opt::new("batch", "one call for all challenges of a zone")
        },
        Opt {
            long_help: "Records of runs that still live are left alone.",
            ..Opt::new("leftovers", "clean up what the journal knows to be left")
        },
        Opt {
            value: Some("DIR"),
            variable: Some("LEGO_PATH"),
            default: Some("/var/lib/acmepipe for root, else $XDG_DATA_HOME/acmepipe"),
            ..Opt::new("path", "where the journal is kept")
        },
    ],
    variables: &[pipeline::Variable {
        name: "ACMEPIPE_RUN",
        help: "a name that a script gives to all programs of one run, so that cleanup finds what present left",
    }],
};

/// What the command line comes to.
pub(crate) struct Config {
    /// The program to call; where only the journal says which, its path is empty.
    pub(crate) program: UserProgram,
    pub(crate) propagation: Propagation,
    pub(crate) schedule: Schedule,
    pub(crate) journal: Journal,
    /// Present one value per name, and defer the others.
    pub(crate) one_per_name: bool,
    /// Take up orders in which values replaced each other.
    pub(crate) again: bool,
}

impl Config {
    /// Reads the options, and finds the program.
    ///
    /// # Errors
    /// What is wrong with the options, or with the program.
    pub(crate) fn read(args: &Args) -> Result<Config, Usage> {
        let Some(program) = args.path("exec") else {
            return Err(Usage::new("no program: say which with --exec or EXEC_PATH"));
        };
        Config::with_program(args, find(&program)?)
    }

    /// Reads the options for what the journal knows. It knows the programs too, unless one is named on the command line.
    ///
    /// # Errors
    /// What is wrong with the options, or with the program.
    pub(crate) fn read_for_journal(args: &Args) -> Result<Config, Usage> {
        let moved = args.path("exec").filter(|_| args.is_given("exec"));
        let program = moved.map(|program| find(&program)).transpose()?;
        Config::with_program(args, program.unwrap_or_default())
    }

    fn with_program(args: &Args, path: PathBuf) -> Result<Config, Usage> {
        let state_directory = args.state_directory()?;
        let program = UserProgram {
            path,
            raw: is_raw(args)?,
            double_dash: args.flag("double-dash")?,
            batch: args.flag("batch")?,
            time_limit: args.seconds("program-timeout")?.unwrap_or(PROGRAM_TIMEOUT),
        };
        let pause = args.seconds("sequence-interval")?.unwrap_or_default();
        let jobs = args.count("jobs", MOST_JOBS)?;
        Ok(Config {
            propagation: Propagation::new(
                program.clone(),
                args.seconds("timeout")?,
                args.seconds("interval")?,
            ),
            schedule: Schedule::new(jobs, pause, &state_directory),
            journal: Journal::below(&state_directory),
            one_per_name: args.flag("one-per-name")?,
            again: args.flag("again")?,
            program,
        })
    }
}

/// Whether the program is called in RAW mode.
///
/// # Errors
/// There is no such mode.
fn is_raw(args: &Args) -> Result<bool, Usage> {
    let mode = args.parsed("mode", "RAW", |mode| match mode {
        "RAW" => Some(true),
        _ => None,
    });
    Ok(mode?.unwrap_or(false))
}
