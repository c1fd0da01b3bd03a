//! The command line and the environment of `acme-finalize`.

use acme::ClientConfig;
use keys::KeyType;
use pipeline::{Args, Opt, Program, Stdin, Usage};
use std::path::PathBuf;
use std::time::Duration;

/// What `--help` and the man page are made from.
pub(crate) static PROGRAM: Program = Program {
    name: "acme-finalize",
    stdin: Stdin::Documents,
    about: "finalize an ACME order and keep its certificate",
    usage: &["[OPTIONS] < orders"],
    options: &[
        Opt {
            short: Some('k'),
            value: Some("TYPE"),
            variable: Some("LEGO_KEY_TYPE"),
            default: Some("EC256"),
            long_help: "One of\n.Cm EC256 , EC384 , RSA2048 , RSA3072 , RSA4096 , RSA8192 ,\nin either case.\n\
                To find the primes of the largest can take a minute and more.",
            ..Opt::new("key-type", "the certificate's kind of key")
        },
        Opt {
            long_help: "The certificate goes to\n.Pa certificates/<name>/\nbelow it.",
            help: "where certificates are kept",
            ..acme_cli::PATH
        },
        Opt {
            value: Some("SECONDS"),
            default: Some("180"),
            long_help: "Validation and issuance each may take so long.",
            ..Opt::new("timeout", "how long the CA may take")
        },
        acme_cli::JOBS,
    ],
    variables: acme_cli::VARIABLES,
};

/// What the command line and the environment say.
pub(crate) struct Config {
    pub(crate) key_type: KeyType,
    pub(crate) path: PathBuf,
    pub(crate) client: ClientConfig,
}

impl Config {
    pub(crate) fn from_args(args: &Args) -> Result<Config, Usage> {
        acme_cli::no_operands(args, "documents come on stdin")?;
        let timeout = args.seconds("timeout")?;
        Ok(Config {
            key_type: args
                .parsed("key-type", &KeyType::names(), KeyType::parse)?
                .unwrap_or(KeyType::EC256),
            path: args.state_directory()?,
            client: acme_cli::client_config(args, timeout.unwrap_or(Duration::from_secs(180)))?,
        })
    }
}
