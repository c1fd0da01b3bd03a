//! Errors in words: what was asked of whom, and what came back.

use super::{Error, Unfinished};
use crate::objects::{Profile, Status};
use crate::text::{quote, seconds};
use std::fmt;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Unreachable {
                request, reason, ..
            } => write!(f, "{request}: {reason}"),
            Error::NoAnswer {
                request,
                awaited,
                within,
            } => write!(f, "{request}: no {awaited} within {}", seconds(*within)),
            Error::NotAsked { request, why } => write!(
                f,
                "{request}: not asked, since the CA did not answer before: {why}"
            ),
            Error::Unfinished { what, within } => {
                let seconds = seconds(*within);
                match what {
                    Unfinished::Request(request) => {
                        write!(f, "{request}: no final answer within {seconds}")
                    }
                    Unfinished::Validation => {
                        write!(
                            f,
                            "the CA is still validating the challenges after {seconds}"
                        )
                    }
                    Unfinished::Issuance(url, Status::Valid) => {
                        write!(
                            f,
                            "order {url}: `valid`, but without a certificate after {seconds}"
                        )
                    }
                    Unfinished::Issuance(url, status) => {
                        write!(f, "order {url}: still `{status}` after {seconds}")
                    }
                    Unfinished::Certificate(url) => {
                        write!(f, "certificate {url}: still not there after {seconds}")
                    }
                }
            }
            Error::Reply { what, why } => write!(f, "{what}: {why}"),
            Error::Unreadable { request, why } => write!(f, "{request}: {why}"),
            Error::NoDirectory { request, why } => write!(f, "{request}: not a directory: {why}"),
            Error::Refused {
                request, problem, ..
            } => write!(f, "{request}: {}", problem.text()),
            Error::Challenge(problem) => f.write_str(problem.text()),
            Error::Authorization {
                url: Some(url),
                status,
            } => write!(f, "{url}: the authorization is `{status}`"),
            Error::Authorization { url: None, status } => write!(
                f,
                "the authorization is `{status}`, and the CA does not say why"
            ),
            Error::Order {
                url,
                status,
                problem,
            } => {
                write!(f, "order {url} is `{status}`")?;
                match problem {
                    Some(problem) => write!(f, ": {}", problem.text()),
                    None => Ok(()),
                }
            }
            Error::NotOffered {
                authorization,
                identifier,
                wanted,
                offered,
            } => {
                let wanted: Vec<_> = wanted.iter().map(|one| one.name()).collect();
                let wanted = wanted.join(" or ");
                write!(
                    f,
                    "{authorization}: for {identifier} the CA does not offer {wanted}, "
                )?;
                match offered[..] {
                    [] => f.write_str("nor anything else"),
                    _ => write!(f, "only: {}", offered.join(", ")),
                }
            }
            Error::UnknownProfile {
                directory,
                profile,
                offered,
            } => {
                let profile = quote(profile);
                if offered.is_empty() {
                    return write!(f, "{directory} has no profiles, and so no `{profile}`");
                }
                let offered: Vec<_> = offered.iter().map(Profile::to_string).collect();
                let offered = offered.join("; ");
                write!(f, "{directory} has no profile `{profile}`, only: {offered}")
            }
            Error::AccountKey { path, error } => {
                write!(f, "the account's key {} {error}", path.display())
            }
            Error::OtherAccount { key, noted, found } => {
                let key = key.display();
                write!(
                    f,
                    "the key {key} is not that of {noted}, which account.json beside it names; "
                )?;
                match found {
                    Some(found) => write!(f, "the CA knows it as that of {found}"),
                    None => f.write_str("the CA has no account for it"),
                }
            }
            Error::Signing(error) => write!(f, "signing {error}"),
            Error::TermsNotAgreedTo { directory, terms } => write!(
                f,
                "{directory} requires agreement to its terms of service: {terms}"
            ),
            Error::BindingNeeded { directory } => {
                write!(f, "{directory} requires external account binding")
            }
            Error::BindingKey(error) => error.fmt(f),
            Error::File { doing, path, why } => {
                write!(f, "cannot {doing} {}: {why}", path.display())
            }
            Error::NoTrust { why } => {
                f.write_str("the system has no CA certificates")?;
                why.as_ref().map_or(Ok(()), |why| write!(f, ": {why}"))
            }
            Error::UnknownServer(server) => write!(
                f,
                "`{}` is neither an https URL nor a CA's name",
                server.escape_debug()
            ),
            Error::Interrupted => f.write_str("stopped before it was done"),
        }
    }
}
