//! Rows of option tables that the programs which speak to a CA have in common, and their values.

use crate::accounts::say_unfinished;
use crate::environment::ZERO_SSL_ACCESS_KEY;
use crate::{environment, sign};
use acme::{Cancellation, ClientConfig, ExternalAccount};
use command::{Args, Completion, Kind, List, Opt, Usage};
use names::not_an_address;

pub use environment::{VARIABLES, VARIABLES_TO_REGISTER};

/// `--jobs`.
pub const JOBS: Opt = Opt {
    short: Some('j'),
    long_help: "100 at most; fewer where the CA is so quick that further connections would not pay.",
    ..Opt::count("jobs", 100, Some(8), "have at most N requests under way")
};

/// `--path`, where accounts are kept.
pub const PATH: Opt = Opt {
    help: "where accounts are kept",
    ..command::PATH
};

/// `--accounts`: where the keys of accounts are that documents name.
pub const ACCOUNTS: Opt = Opt {
    is_rare: true,
    long_help: "The account's key that a document names has to be below this directory, that of\n.Fl -path ,\n\
                that of its variable, or the default.",
    ..Opt::new(
        "accounts",
        Kind::Path {
            name: "DIR",
            completion: Completion::Directories,
        },
        "where accounts may be besides",
    )
};

/// `--csr`.
pub const CSR: Opt = Opt {
    is_rare: true,
    long_help: "In PEM or DER, with all names that are ordered, and signed with its key, which stays where it is: no key is \
                made or kept.\nRenewals use the same file, or once that is gone the copy beside the certificate.",
    ..Opt::new(
        "csr",
        Kind::Path {
            name: "FILE",
            completion: Completion::Files,
        },
        "a certificate request that was made elsewhere",
    )
};

/// `--server`; what the manual says of it differs.
pub const SERVER: Opt = Opt {
    short: Some('s'),
    variable: Some("LEGO_SERVER"),
    ..Opt::new(
        "server",
        Kind::Text {
            name: "URL",
            default: Some(known_cas::DEFAULT),
        },
        "the CA: a directory's URL, or a known name",
    )
};

/// `--servers`.
pub static SERVERS: Opt = Opt {
    replaces_stdin: true,
    is_rare: true,
    list: Some(List {
        value: "",
        text: servers,
    }),
    long_help: "A line for each: its code, which is lego's, a tab, and the URL of its directory.",
    ..Opt::flag("servers", "list the CAs that --server knows, and exit")
};

/// The code of each CA and the URL of its directory, a tab between them.
fn servers() -> String {
    let servers = known_cas::SERVERS.iter();
    servers
        .map(|(code, url)| format!("{code}\t{url}\n"))
        .collect()
}

/// `--email`; what it is for differs.
pub const EMAIL: Opt = Opt {
    short: Some('m'),
    variable: Some("LEGO_EMAIL"),
    ..Opt::text("email", "ADDRESS", "")
};

/// `--accept-tos`.
pub const ACCEPT_TOS: Opt = Opt {
    short: Some('a'),
    variable: Some("LEGO_ACCEPT_TOS"),
    long_help: "Needed once, when an account is registered.",
    ..Opt::flag("accept-tos", "agree to the CA's terms of service")
};
/// `--eab`.
pub const EAB: Opt = Opt {
    variable: Some("LEGO_EAB"),
    long_help: "Needed once, when an account is registered at a CA that requires external account binding.",
    ..Opt::flag("eab", "bind the account to an external one: --kid, --hmac")
};
/// `--kid`.
pub const KID: Opt = Opt {
    is_rare: true,
    variable: Some("LEGO_EAB_KID"),
    is_secret: true,
    ..Opt::text("kid", "ID", "with --eab: the key's identifier")
};
/// `--hmac`.
pub const HMAC: Opt = Opt {
    is_rare: true,
    variable: Some("LEGO_EAB_HMAC"),
    is_secret: true,
    long_help: "Base64url. Better given in the environment, where other users do not see it.",
    ..Opt::text("hmac", "KEY", "with --eab: the MAC key")
};
/// `--timeout`; what it bounds differs.
pub const TIMEOUT: Opt = Opt::seconds("timeout", Some(180), "");

/// `--user-agent`.
pub const USER_AGENT: Opt = Opt {
    is_rare: true,
    long_help: "A CA sees the program's name and version, and this in parentheses behind them: who runs it, or a URL at which \
                they can be asked.",
    ..Opt::text(
        "user-agent",
        "TEXT",
        "what to add to the User-Agent that the CA sees",
    )
};

/// `--overall-request-limit`.
pub const REQUEST_LIMIT: Opt = Opt {
    is_rare: true,
    otherwise: Some("18, and no limit for a CA that answers within 10 ms"),
    long_help: "Of each program on its own. A CA that has answered anything within 10 ms is asked without a limit, unless one is \
                given.",
    ..Opt::count(
        "overall-request-limit",
        1000,
        None,
        "send the CA at most N requests in a second",
    )
};

/// How to speak to a CA.
///
/// # Errors
/// The addition to the User-Agent cannot be one, `--jobs` is no sensible number, `--timeout` leaves no time, a variable is neither true nor false or names no proxy, or the
/// CA certificates cannot be read.
pub(crate) fn client_config(
    args: &Args,
    cancellation: &Cancellation,
) -> Result<ClientConfig, Usage> {
    let timeout = args.seconds(&TIMEOUT)?.unwrap_or_default();
    if timeout.is_zero() {
        return Err(Usage::new("--timeout 0 leaves the CA no time"));
    }
    Ok(ClientConfig {
        trust: environment::trust(args)?,
        proxies: proxies::proxies(args)?,
        user_agent: user_agent(args)?,
        jobs: jobs(args)?,
        requests_per_second: args.count(&REQUEST_LIMIT)?,
        timeout,
        trace: environment::trace(args)?,
        signer: sign::signer(args, cancellation)?,
        on_unfinished_key_change: say_unfinished,
    })
}

/// The longest addition to the User-Agent, in characters: it goes with every request.
const LONGEST_ADDITION: usize = 200;

/// Program and version, and what `--user-agent` adds (RFC 9110 §10.1.5).
fn user_agent(args: &Args) -> Result<String, Usage> {
    let version = env!("CARGO_PKG_VERSION");
    let own = format!("{}/{version} acmepipe/{version}", command::name());
    match args.text(&USER_AGENT)? {
        None => Ok(own),
        Some(text) => comment(&text)
            .map(|comment| format!("{own} {comment}"))
            .map_err(|why| Usage::new(format!("--user-agent {why}"))),
    }
}

/// The text as a comment of a header (RFC 9110 §5.6.5).
fn comment(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("adds nothing");
    }
    if text.chars().count() > LONGEST_ADDITION {
        return Err("has more than 200 characters");
    }
    if !text
        .bytes()
        .all(|byte| byte == b' ' || byte.is_ascii_graphic())
    {
        return Err("has something else than ASCII characters and blanks");
    }
    let mut comment = String::from("(+");
    for character in text.trim().chars() {
        if matches!(character, '(' | ')' | '\\') {
            comment.push('\\');
        }
        comment.push(character);
    }
    comment.push(')');
    Ok(comment)
}

/// How many requests may be under way at once: one for a program that has no such option.
fn jobs(args: &Args) -> Result<usize, Usage> {
    let jobs = match args.takes(&JOBS) {
        true => args.count(&JOBS)?,
        false => None,
    };
    Ok(jobs.unwrap_or(1))
}

/// The URL of the directory that `--server` means.
///
/// # Errors
/// It is neither a URL nor a known name.
pub fn directory(args: &Args) -> Result<String, Usage> {
    let server = args.text(&SERVER)?;
    acme::directory_url(&server.unwrap_or_default()).map_err(|error| {
        let names: Vec<_> = known_cas::SERVERS.iter().map(|(name, _)| *name).collect();
        Usage::new(format!("{error}; known names: {}", names.join(", ")))
    })
}

/// The account's contact address, if there is one.
///
/// # Errors
/// It is empty, has blanks or control characters, or is not UTF-8.
pub fn email(args: &Args) -> Result<Option<String>, Usage> {
    let email = args.text(&EMAIL)?;
    match email.as_deref().and_then(not_an_address) {
        Some(why) => Err(Usage::new(format!("the e-mail address {why}"))),
        None => Ok(email),
    }
}

/// The external account that `--kid` and `--hmac` name.
///
/// # Errors
/// They are not a usable key.
pub fn external_account(kid: &str, hmac: &str) -> Result<ExternalAccount, Usage> {
    ExternalAccount::new(kid, hmac).map_err(|error| Usage::new(error.to_string()))
}

/// The external account to bind a new account to. As with lego, `--kid` and `--hmac` count only with `--eab`, which needs
/// both.
///
/// # Errors
/// They are not used so, or are not a usable key.
pub fn binding(args: &Args) -> Result<Option<ExternalAccount>, Usage> {
    if !args.flag(&EAB)? {
        if args.is_given(&KID) || args.is_given(&HMAC) {
            return Err(Usage::new("--kid and --hmac count only with --eab"));
        }
        return Ok(None);
    }
    match (args.text(&KID)?, args.text(&HMAC)?) {
        (Some(kid), Some(hmac)) => external_account(&kid, &hmac).map(Some),
        _ => Err(Usage::new("--eab needs --kid and --hmac")),
    }
}

/// What ZeroSSL knows a customer by, where that is said.
///
/// # Errors
/// It is not UTF-8, or in a file that cannot be read.
pub fn zero_ssl_access_key(args: &Args) -> Result<Option<String>, Usage> {
    args.secret(&ZERO_SSL_ACCESS_KEY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_to_the_user_agent_is_a_comment_whatever_it_is() {
        for (text, expected) in [
            ("https://a.test/ops", Ok("(+https://a.test/ops)")),
            (" me (at a.test) ", Ok("(+me \\(at a.test\\))")),
            ("a\\b", Ok("(+a\\\\b)")),
            ("", Err("adds nothing")),
            (" ", Err("adds nothing")),
            (
                "a\r\nHost: b",
                Err("has something else than ASCII characters and blanks"),
            ),
            (
                "ä",
                Err("has something else than ASCII characters and blanks"),
            ),
            (&"a".repeat(201), Err("has more than 200 characters")),
        ] {
            assert_eq!(comment(text), expected.map(str::to_owned), "{text}");
        }
    }
}
