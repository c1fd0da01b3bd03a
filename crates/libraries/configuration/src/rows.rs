//! Rows of option tables that several programs have in common, and what belongs to no other library.

use command::{Completion, Kind, Opt};

/// `--config`.
pub static CONFIG: Opt = Opt {
    variable: Some("ACMEPIPE_CONFIG"),
    long_help: "See\n.Xr acmepipe.toml 5 .",
    ..Opt::new(
        "config",
        Kind::Path {
            name: "FILE",
            completion: Completion::Files,
        },
        "a file with certificates and options",
    )
};
/// `--deploy-hook`; acme-deploy has it as `--exec` too.
pub static DEPLOY_HOOK: Opt = Opt {
    variable: Some("LEGO_DEPLOY_HOOK"),
    long_help: "It is run directly, never through a shell, once for each certificate that is new to it. Its words are divided \
                at blanks.",
    ..Opt::each(
        "deploy-hook",
        "COMMAND",
        "a program that deploys certificates",
    )
};
/// `--install`.
pub static INSTALL: Opt = Opt {
    long_help: "The files of each certificate come into a directory of its name below it.",
    ..Opt::each(
        "install",
        "DIR",
        "copy key and chain to where a server reads them",
    )
};
/// `--owner`.
pub static OWNER: Opt = Opt::text("owner", "USER", "with --install: whose the files are");
/// `--group`.
pub static GROUP: Opt = Opt::text("group", "GROUP", "with --install: the group of the files");
/// `--key-mode`.
pub static KEY_MODE: Opt = Opt {
    otherwise: Some("0640 with --group, else 0600"),
    long_help: "Octal; the owner may read it, and nobody but owner and group may have a right: 0600, 0640 or 0440 for instance.\n\
                The other files have 0644.",
    ..Opt::text("key-mode", "MODE", "with --install: the mode of the key")
};
/// `--hook-timeout`.
pub static HOOK_TIMEOUT: Opt = Opt {
    long_help: "Then it is sent SIGTERM, and 2 seconds later killed, with everything that it started.",
    ..Opt::seconds("hook-timeout", Some(120), "end a hook after this long")
};
/// `--pre-hook`.
pub static PRE_HOOK: Opt = Opt {
    variable: Some("LEGO_PRE_HOOK"),
    long_help: "It is run directly, never through a shell, once for a run and only where something is to be ordered. Where it fails, nothing is \
                ordered.",
    ..Opt::text("pre-hook", "COMMAND", "run this before ordering")
};
/// `--post-hook`.
pub static POST_HOOK: Opt = Opt {
    variable: Some("LEGO_POST_HOOK"),
    long_help: "It is run once where something was to be ordered, after all is deployed and whatever failed.",
    ..Opt::text("post-hook", "COMMAND", "run this after ordering")
};
