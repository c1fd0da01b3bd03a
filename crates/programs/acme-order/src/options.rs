//! The command line and the environment of `acme-order`.

use acme::{ClientConfig, ExternalAccount, Registration};
use pipeline::{Args, Opt, Program, Stdin, Usage};
use std::path::PathBuf;
use std::time::Duration;

/// What `--help` and the man page are made from.
pub(crate) static PROGRAM: Program = Program {
    name: "acme-order",
    stdin: Stdin::Names,
    about: "place an ACME order and write it as a document",
    usage: &["-d NAME [-d NAME]... [OPTIONS]", "[OPTIONS] < names"],
    options: &[
        Opt {
            short: Some('d'),
            value: Some("NAME"),
            list: true,
            long_help: "A name may start with\n.Ql *. ,\nand may be written in any script.\n\
                The first name is what the certificate's files are kept under.\n\
                Without this option each line of stdin is a certificate, its names separated by blanks;\n\
                empty lines and those that start with\n.Ql #\nare skipped.",
            ..Opt::new("domains", "a name for the certificate")
        },
        Opt {
            long_help: "The URL of an ACME directory, or one of\n\
                .Cm actalis , digicert , freessl , globalsign , googletrust , googletrust-staging ,\n\
                .Cm letsencrypt , letsencrypt-staging , litessl , peeringhub , sectigo , sectigoev ,\n\
                .Cm sectigoov , sslcomecc , sslcomrsa , zerossl .",
            ..acme_cli::SERVER
        },
        Opt {
            short: Some('m'),
            value: Some("ADDRESS"),
            variable: Some("LEGO_EMAIL"),
            long_help: "Each address has an account of its own.",
            ..Opt::new("email", "where the CA can write to")
        },
        Opt {
            short: Some('a'),
            variable: Some("LEGO_ACCEPT_TOS"),
            long_help: "Needed once, when an account is registered.",
            ..Opt::new("accept-tos", "agree to the CA's terms of service")
        },
        Opt {
            variable: Some("LEGO_EAB"),
            long_help: "Needed once, when an account is registered at a CA that knows its customers already.",
            ..Opt::new("eab", "bind the account to one at the CA")
        },
        Opt {
            value: Some("ID"),
            variable: Some("LEGO_EAB_KID"),
            ..Opt::new("kid", "with --eab: the key's identifier")
        },
        Opt {
            value: Some("KEY"),
            variable: Some("LEGO_EAB_HMAC"),
            long_help: "Base64url. Better given in the environment, where other users do not see it.",
            ..Opt::new("hmac", "with --eab: the MAC key")
        },
        Opt {
            value: Some("NAME"),
            long_help: "A certificate profile that the CA offers; its directory lists them.",
            ..Opt::new("profile", "the kind of certificate")
        },
        acme_cli::PATH,
        acme_cli::JOBS,
    ],
    variables: acme_cli::VARIABLES,
};

/// What the command line and the environment say.
pub(crate) struct Config {
    pub(crate) directory: String,
    pub(crate) registration: Registration,
    pub(crate) profile: Option<String>,
    pub(crate) path: PathBuf,
    pub(crate) client: ClientConfig,
}

impl Config {
    pub(crate) fn from_args(args: &Args) -> Result<Config, Usage> {
        acme_cli::no_operands(args, "names are given with -d")?;
        let directory = acme_cli::directory(args)?;
        Ok(Config {
            directory,
            registration: Registration {
                email: args.text("email")?,
                terms_agreed: args.flag("accept-tos")?,
                binding: binding(args)?,
            },
            profile: args.text("profile")?,
            path: args.state_directory()?,
            client: acme_cli::client_config(args, Duration::from_secs(60))?,
        })
    }
}

/// As lego: `--kid` and `--hmac` count with `--eab`, and that needs both.
fn binding(args: &Args) -> Result<Option<ExternalAccount>, Usage> {
    if !args.flag("eab")? {
        if args.is_given("kid") || args.is_given("hmac") {
            return Err(Usage::new("--kid and --hmac count only with --eab"));
        }
        return Ok(None);
    }
    match (args.text("kid")?, args.text("hmac")?) {
        (Some(kid), Some(hmac)) => acme_cli::external_account(&kid, &hmac).map(Some),
        _ => Err(Usage::new("--eab needs --kid and --hmac")),
    }
}
