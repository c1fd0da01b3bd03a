//! What `acme-order` is on the command line.

use command::{Command, Opt, Program, Stdin, Touch};
use pipeline::programs;

pub use acme_cli::{ACCEPT_TOS, EAB, HMAC, KID};

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
    long_help: "The URL of an ACME directory, or one of these codes, which\n.Fl -servers\nlists with their URLs:\n\
        .Cm actalis , digicert , freessl , globalsign , googletrust , googletrust-staging ,\n\
        .Cm letsencrypt , letsencrypt-staging , litessl , peeringhub , sectigo , sectigoev ,\n\
        .Cm sectigoov , sslcomecc , sslcomrsa , zerossl .",
    ..acme_cli::SERVER
};
/// `--email`.
pub static EMAIL: Opt = Opt {
    help: "the account's contact address",
    long_help: "Each address has an account of its own; the\n.Cm update\nof\n.Xr acme-account 1\nchanges that of an account.",
    ..acme_cli::EMAIL
};
/// `--profile`.
pub static PROFILE: Opt = Opt {
    long_help: "One that the CA's directory lists; of another, the error has the list.",
    ..Opt::text("profile", "NAME", "the certificate profile")
};
/// `--force`.
pub static FORCE: Opt = Opt {
    is_rare: true,
    long_help: "By itself no order is placed with a name whose validation failed lately with this account: for 1, 10 and \
                100 minutes after the first failures in a row, and then for a day, so that a program which is started again \
                and again meets no limit of the CA's. Nor is one with a name for which the CA has paused the account. Give \
                this once what was wrong is mended, and not in a crontab. What failed is forgotten when the CA has validated \
                the name. Nothing else counts: a program that fails to add records has an order placed at each run, where\n.Xr acme-renew 1\nwaits. A request that\n.Xr acme-due 1\nwrote has waited before, and waits for no failure here.",
    ..Opt::flag("force", "order names too that failed lately")
};
/// `--challenge`.
pub static CHALLENGE: Opt = Opt {
    is_rare: true,
    otherwise: Some("dns-01"),
    long_help: "The types that are wanted, of which the first is taken that the CA offers for a name:\n.Cm dns-01 ,\n\
                or\n.Cm dns-account-01 ,\nwhose record has a label of the account's before\n.Ql _acme-challenge :\n\
                with it several systems, each with an account of its own, can prove control of one name side by side.\n\
                Renewals want the same. A document's\n.Va options\nsays it in place of this one.",
    ..Opt::list("challenge", "TYPE", "the type of challenge")
};
/// `--split`.
pub static SPLIT: Opt = Opt {
    is_rare: true,
    long_help: "The names of\n.Fl d ,\nor of a line, become as many orders as they need.\nEach is a certificate of its own: \
                the first is kept under the first name, the others under that name with\n.Ql -2 , -3\nand so on.\n\
                They keep these however the list changes; a name that is added at its end changes the last one only.\n\
                A name and its wildcard stay together.\n\
                A request is one order: it is not divided, and its certificate is renewed as it is.",
    ..Opt::count("split", 4000, None, "place orders of N names at most")
};
/// `--not-before`.
pub static NOT_BEFORE: Opt = Opt {
    is_rare: true,
    long_help: "A time of RFC 3339, or\n.Ql +12h , +2d , +2w\nor\n.Ql \"+1d 12h\" :\nthis long after the order is placed.\n\
                Few CAs take it; Let's Encrypt does not.",
    ..Opt::text("not-before", "TIME", "from when on it is to be valid")
};
/// `--not-after`.
pub static NOT_AFTER: Opt = Opt {
    is_rare: true,
    long_help: "As\n.Fl -not-before .\nA renewal asks for it where it is given again.",
    ..Opt::text("not-after", "TIME", "until when it is to be valid")
};
/// `--replaces`.
pub static REPLACES: Opt = Opt {
    is_rare: true,
    long_help: "With\n.Fl d\nand for one order.\nThe certificate is named by its id (RFC 9773, section 4.1), by the name that it \
                is kept under, or by a file in PEM.\nCAs exempt such an order from limits, and\n.Xr acme-due 1\n\
                says it of every renewal by itself.\n\
                Where the CA does not take it, a note says so, and the order is placed as one that replaces none.",
    ..Opt::text(
        "replaces",
        "CERTIFICATE",
        "the certificate that this one replaces",
    )
};
/// `--key-type`.
pub static KEY_TYPES: Opt = Opt {
    short: Some('k'),
    variable: Some("LEGO_KEY_TYPE"),
    otherwise: Some("EC256"),
    long_help: "One of\n.Cm EC256 , EC384 , RSA2048 , RSA3072 , RSA4096 , RSA8192 , Ed25519 ,\nin either case, or as lego 4 has \
                them:\n.Cm P256 , P384 , 2048\nand so on.\n\
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
            &acme_cli::SERVERS,
            &EMAIL,
            &ACCEPT_TOS,
            &EAB,
            &KID,
            &HMAC,
            &PROFILE,
            &CHALLENGE,
            &SPLIT,
            &NOT_BEFORE,
            &NOT_AFTER,
            &REPLACES,
            &KEY_TYPES,
            &CSR,
            &acme_cli::PATH,
            &acme_cli::ACCOUNTS,
            &FORCE,
            &acme_cli::SIGN_COMMAND,
            &TIMEOUT,
            &acme_cli::JOBS,
            &acme_cli::REQUEST_LIMIT,
            &acme_cli::USER_AGENT,
        ],
        handed_on: &[],
    }],
    variables: acme_cli::VARIABLES_TO_REGISTER,
    touches: &[
        Touch::Asks("the CA"),
        Touch::Reads("the certificate that is replaced, or a certificate request that is named"),
        Touch::Writes("the account's key, and for which names it is paused"),
        Touch::RunsWith(&acme_cli::SIGN_COMMAND, "your program that signs"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_names_each_server_that_has_a_code() {
        let words: Vec<&str> = SERVER.long_help.split_whitespace().collect();
        for (code, _) in known_cas::SERVERS {
            assert!(words.contains(code), "{code}");
        }
    }
}
