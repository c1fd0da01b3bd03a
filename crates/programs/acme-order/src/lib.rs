//! What `acme-order` is on the command line.

use command::{Command, Opt, Program, Stdin, Touch};
use pipeline::programs;

/// `--domains`.
pub static DOMAINS: Opt = Opt {
    short: Some('d'),
    long_help: "A name may start with\n.Ql *. ,\nand may be written in any script.\n\
        The first name is what the certificate's files are kept under.\n\
        Without this option each line of stdin is a certificate, its names separated by blanks;\n\
        empty lines and those that start with\n.Ql #\nare skipped, and one that starts with\n.Ql {\n\
        is a request.",
    ..Opt::list("domains", "NAME", "a name for the certificate")
};
/// `--server`.
pub static SERVER: Opt = Opt {
    long_help: "The URL of an ACME directory, or one of\n\
        .Cm actalis , digicert , freessl , globalsign , googletrust , googletrust-staging ,\n\
        .Cm letsencrypt , letsencrypt-staging , litessl , peeringhub , sectigo , sectigoev ,\n\
        .Cm sectigoov , sslcomecc , sslcomrsa , zerossl .",
    ..acme_cli::SERVER
};
/// `--email`.
pub static EMAIL: Opt = Opt {
    help: "the account's contact address",
    long_help: "Each address has an account of its own.",
    ..acme_cli::EMAIL
};
/// `--accept-tos`.
pub static ACCEPT_TOS: Opt = Opt {
    short: Some('a'),
    variable: Some("LEGO_ACCEPT_TOS"),
    long_help: "Needed once, when an account is registered.",
    ..Opt::flag("accept-tos", "agree to the CA's terms of service")
};
/// `--eab`.
pub static EAB: Opt = Opt {
    variable: Some("LEGO_EAB"),
    long_help: "Needed once, when an account is registered at a CA that requires external account binding.",
    ..Opt::flag("eab", "bind the account to an external account")
};
/// `--kid`.
pub static KID: Opt = Opt {
    variable: Some("LEGO_EAB_KID"),
    is_secret: true,
    ..Opt::text("kid", "ID", "with --eab: the key's identifier")
};
/// `--hmac`.
pub static HMAC: Opt = Opt {
    variable: Some("LEGO_EAB_HMAC"),
    is_secret: true,
    long_help: "Base64url. Better given in the environment, where other users do not see it.",
    ..Opt::text("hmac", "KEY", "with --eab: the MAC key")
};
/// `--profile`.
pub static PROFILE: Opt = Opt {
    long_help: "One that the CA offers; its directory lists them.",
    ..Opt::text("profile", "NAME", "the certificate profile")
};
/// `--key-type`.
pub static KEY_TYPES: Opt = Opt {
    short: Some('k'),
    variable: Some("LEGO_KEY_TYPE"),
    otherwise: Some("EC256"),
    long_help: "One of\n.Cm EC256 , EC384 , RSA2048 , RSA3072 , RSA4096 , RSA8192 , Ed25519 ,\nin either case.\n\
                Few CAs take the last two.\n\
                With several there is a certificate for each. The first is kept under the name as ever, each other under that \
                name with a dot and its kind behind it:\n.Pa example.com.rsa2048 .\n\
                It becomes\n.Va key-type\nof the document's\n.Va options .",
    ..Opt::list("key-type", "TYPE", "the key's kind")
};
/// `--csr`.
pub static CSR: Opt = Opt {
    long_help: "In PEM or DER, signed with its key, which stays where it is: no key is made or kept.\n\
                The names are those of the request.\n\
                Renewals use the same file, or once that is gone the copy beside the certificate.",
    ..acme_cli::CSR
};
/// `--timeout`.
pub static TIMEOUT: Opt = Opt {
    help: "how long the CA may take",
    long_help: "For its directory, for the account, and for each order it may take this long, with all requests.",
    ..acme_cli::TIMEOUT
};

/// The program.
pub static PROGRAM: Program = Program {
    name: programs::ACME_ORDER.name,
    about: programs::ACME_ORDER.about,
    commands: &[Command {
        name: "",
        about: "",
        usage: &[
            "-d NAME [-d NAME]... [OPTIONS]",
            "[OPTIONS] < names-or-requests",
        ],
        stdin: Stdin::Names,
        options: &[
            &DOMAINS,
            &SERVER,
            &EMAIL,
            &ACCEPT_TOS,
            &EAB,
            &KID,
            &HMAC,
            &PROFILE,
            &KEY_TYPES,
            &CSR,
            &acme_cli::PATH,
            &acme_cli::ACCOUNTS,
            &TIMEOUT,
            &acme_cli::JOBS,
        ],
        handed_on: &[],
    }],
    variables: acme_cli::VARIABLES,
    touches: &[
        Touch::Asks("the CA"),
        Touch::Reads("a certificate request that is named"),
        Touch::Writes("the account's key"),
    ],
};
