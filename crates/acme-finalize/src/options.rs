//! The command line and the environment of `acme-finalize`.

use crate::key::KeyType;
use acme::{Settings, Trust};
use pipeline::{Args, Opt, Program, Usage, Variable};
use std::path::PathBuf;
use std::time::Duration;

/// What `--help` and the man page are made from.
pub(crate) static PROGRAM: Program = Program {
    name: "acme-finalize",
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
            value: Some("DIR"),
            variable: Some("LEGO_PATH"),
            default: Some("/var/lib/acmepipe for root, else $XDG_DATA_HOME/acmepipe"),
            long_help: "The certificate goes to\n.Pa certificates/<name>/\nbelow it.",
            ..Opt::new("path", "where certificates are kept")
        },
        Opt {
            value: Some("SECONDS"),
            default: Some("180"),
            long_help: "Validation and issuance each may take so long.",
            ..Opt::new("timeout", "how long the CA may take")
        },
        Opt {
            short: Some('j'),
            value: Some("N"),
            default: Some("8"),
            long_help: "Fewer where the CA is so quick that further connections would not pay.",
            ..Opt::new("jobs", "have at most N requests under way")
        },
    ],
    variables: &[
        Variable {
            name: "LEGO_CA_CERTIFICATES",
            help: "PEM files, with colons between, in place of the system's CA certificates",
        },
        Variable {
            name: "LEGO_CA_SYSTEM_CERT_POOL",
            help: "if true, trust the system's CA certificates as well",
        },
        Variable {
            name: "LEGO_CA_SERVER_NAME",
            help: "the name in the ACME server's certificate, if not its URL's",
        },
        Variable {
            name: "LEGO_DEBUG_ACME_HTTP_CLIENT",
            help: "if true, show requests and replies on stderr",
        },
        Variable {
            name: "SSL_CERT_FILE, SSL_CERT_DIR",
            help: "where the system's CA certificates are, if not in the usual place",
        },
        Variable {
            name: "HTTPS_PROXY, NO_PROXY",
            help: "a proxy for requests to the CA, and hosts asked without it",
        },
    ],
};

/// What the command line and the environment say.
pub(crate) struct Config {
    pub(crate) key_type: KeyType,
    pub(crate) path: PathBuf,
    pub(crate) settings: Settings,
}

impl Config {
    pub(crate) fn from_args(args: &Args) -> Result<Config, Usage> {
        if let Some(operand) = args.operands.first() {
            let operand = operand.to_string_lossy();
            return Err(Usage::new(format!(
                "`{operand}` is no option; documents come on stdin"
            )));
        }
        let patience = args.seconds("timeout")?;
        Ok(Config {
            key_type: args
                .parsed("key-type", KeyType::NAMES, KeyType::parse)?
                .unwrap_or(KeyType::Ec256),
            path: args.state_directory()?,
            settings: Settings {
                trust: Trust::from_env().map_err(|error| Usage::new(error.to_string()))?,
                user_agent: concat!("acmepipe/", env!("CARGO_PKG_VERSION")).into(),
                jobs: args.count("jobs", 100)?.unwrap_or(8),
                patience: patience.unwrap_or(Duration::from_secs(180)),
            },
        })
    }
}
