//! The words that all these programs know, and the options that they share.

use command::{Command, Kind, Opt, Stdin};

/// The word for adding a record.
pub const PRESENT: &str = "present";
/// The word for removing it.
pub const CLEANUP: &str = "cleanup";
/// The word for adding the records that stand on stdin.
pub const PRESENT_BATCH: &str = "present-batch";
/// The word for removing those.
pub const CLEANUP_BATCH: &str = "cleanup-batch";
/// The word for asking how long propagation takes, and how the program is best called.
pub const TIMEOUT: &str = "timeout";

/// `--zone`.
pub static ZONE: Opt = Opt {
    variable: Some("DNS01_ZONE"),
    otherwise: Some("found out"),
    long_help: "A name that is not in it is an error.\n.Xr dns01-exec 1\nsets the variable; in a batch the member\n.Va zone\n\
                of a line comes before it.",
    ..Opt::text("zone", "ZONE", "the zone that the records go to")
};
/// `--dry-run`.
pub static DRY_RUN: Opt = Opt {
    long_help: "Secrets are masked. What has to be asked to know the requests is asked.",
    ..Opt::flag("dry-run", "print the requests, and change nothing")
};

/// `--ttl` of a service whose variables these are.
pub const fn ttl(variable: &'static str, others: &'static [&'static str], default: u32) -> Opt {
    Opt {
        variable: Some(variable),
        other_variables: others,
        long_help: "A resolver remembers a value for so long, and what comes after it at the name is hidden from a CA that asks \
                    it. As with lego, a variable that is no number counts as not set; a warning says so.",
        ..Opt::new(
            "ttl",
            Kind::Seconds {
                default: Some(default),
            },
            "the TTL of the records",
        )
    }
}

/// `--propagation-timeout` of a service whose variables these are.
pub const fn propagation_timeout(
    variable: &'static str,
    others: &'static [&'static str],
    default: u32,
) -> Opt {
    Opt {
        is_rare: true,
        variable: Some(variable),
        other_variables: others,
        long_help: "What\n.Cm timeout\nanswers, for whoever calls the program to wait for the records. A variable that is no \
                    number counts as not set, here and for\n.Fl -polling-interval .",
        ..Opt::seconds(
            "propagation-timeout",
            Some(default),
            "how long records may take to show",
        )
    }
}

/// `--polling-interval` of a service whose variables these are.
pub const fn polling_interval(
    variable: &'static str,
    others: &'static [&'static str],
    default: u32,
) -> Opt {
    Opt {
        is_rare: true,
        variable: Some(variable),
        other_variables: others,
        ..Opt::new(
            "polling-interval",
            Kind::Seconds {
                default: Some(default),
            },
            "how often to look for them",
        )
    }
}

/// The commands of a program with these options.
pub const fn commands(options: &'static [&'static Opt]) -> [Command; 5] {
    const RECORD: &[&str] = &["FQDN VALUE", "[OPTION]... -- FQDN VALUE"];
    const BATCH: &[&str] = &["[OPTION]... < challenges"];
    const NOTHING: &[&str] = &["[OPTION]..."];
    [
        command(PRESENT, "add the value to the record", RECORD, options),
        command(CLEANUP, "remove that one value", RECORD, options),
        command(
            PRESENT_BATCH,
            "add those of JSON Lines, and print what failed",
            BATCH,
            options,
        ),
        command(CLEANUP_BATCH, "remove those, likewise", BATCH, options),
        command(
            TIMEOUT,
            "print how long to wait for propagation",
            NOTHING,
            options,
        ),
    ]
}

const fn command(
    name: &'static str,
    about: &'static str,
    usage: &'static [&'static str],
    options: &'static [&'static Opt],
) -> Command {
    Command {
        name,
        about,
        usage,
        stdin: Stdin::Nothing,
        options,
        handed_on: &[],
    }
}
