//! The command line of `dns-wait-txt`.

use std::net::SocketAddr;
use std::time::Duration;

use dns::Name;
use dns::propagation::Polling;
use dns_cli::ChallengeTarget;
use pipeline::{Args, Opt, Program, Stdin, Usage};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_INTERVAL: Duration = Duration::from_secs(2);

/// The program.
pub(crate) static PROGRAM: Program = Program {
    name: "dns-wait-txt",
    stdin: Stdin::DocumentsOrOperands,
    about: "wait until every authoritative name server serves a TXT value",
    usage: &["[OPTIONS] < documents", "[OPTIONS] -- FQDN VALUE"],
    options: &[
        Opt {
            value: Some("SECONDS"),
            variable: Some("EXEC_PROPAGATION_TIMEOUT"),
            default: Some("the document's, or 60"),
            long_help: "With 0, each server is looked at once.",
            ..Opt::new("timeout", "give up after so long")
        },
        Opt {
            value: Some("SECONDS"),
            variable: Some("EXEC_POLLING_INTERVAL"),
            default: Some("the document's, or 2"),
            long_help: "The first looks follow each other faster.",
            ..Opt::new("interval", "let at most so long pass between two looks")
        },
        Opt {
            long_help: "Without it, a server that is dead, lame or out of reach from here is reported \
                        and not waited for, since a CA gets along with it too.",
            ..Opt::new("strict", "wait for unusable servers too")
        },
        Opt {
            help: "find name servers through this recursive resolver",
            long_help: "Only for what has not been through\n.Xr dns-zone 1 .",
            ..dns_cli::RESOLVER
        },
        dns_cli::JOBS,
    ],
    variables: &[],
};

/// What the command line asks for.
pub(crate) struct CommandLine {
    /// How many questions may be under way.
    pub(crate) jobs: usize,
    /// The resolvers through which servers are found that no document names.
    pub(crate) resolvers: Vec<SocketAddr>,
    /// How to wait, where that is said.
    pub(crate) waiting: Waiting,
    /// A name and the value to wait for there, in the place of documents.
    pub(crate) operands: Option<(Name, String)>,
}

/// How to wait, where the command line or the environment says.
#[derive(Clone, Copy)]
pub(crate) struct Waiting {
    timeout: Option<Duration>,
    interval: Option<Duration>,
    strict: bool,
}

impl CommandLine {
    pub(crate) fn read(args: &Args) -> Result<CommandLine, Usage> {
        Ok(CommandLine {
            jobs: dns_cli::jobs(args)?,
            resolvers: dns_cli::resolvers(args)?,
            waiting: Waiting {
                timeout: args.seconds("timeout")?,
                interval: args.seconds("interval")?,
                strict: args.flag("strict")?,
            },
            operands: match args.operands.as_slice() {
                [] => None,
                [fqdn, value] => {
                    let value = value.to_string_lossy().into_owned();
                    Some((dns_cli::operand(fqdn)?, value))
                }
                _ => return Err(Usage::new("takes FQDN and VALUE, or documents on stdin")),
            },
        })
    }
}

impl Waiting {
    /// How to wait for a challenge's value: as the command line says, then the document, then as lego does.
    pub(crate) fn polling(self, challenge: &ChallengeTarget) -> Polling {
        let timeout = self.timeout.or(challenge.timeout);
        let interval = self.interval.or(challenge.interval);
        Polling {
            timeout: timeout.unwrap_or(DEFAULT_TIMEOUT),
            interval: interval.unwrap_or(DEFAULT_INTERVAL),
            strict: self.strict,
        }
    }
}

#[cfg(test)]
mod tests {
    use dns_cli::SharedNames;
    use pipeline::Value;

    use super::*;

    #[test]
    fn the_command_line_goes_before_the_document_and_that_before_the_default() {
        let name = dns::name::parse("a.test").unwrap();
        for (given, in_document, timeout, interval) in [
            ((None, None), "{}", 60, 2),
            ((None, Some(1)), r#"{"timeout":5}"#, 5, 1),
            ((Some(1), None), r#"{"timeout":5}"#, 1, 2),
            ((None, None), r#"{"timeout":5,"interval":7}"#, 5, 7),
        ] {
            let mut document = dns_cli::challenge(&name, Some("v"));
            document.set("propagation", in_document.parse::<Value>().unwrap());
            let shared = SharedNames::of(&document);
            let challenge = ChallengeTarget::read(&document.challenge(0), &shared).unwrap();
            let waiting = Waiting {
                timeout: given.0.map(Duration::from_secs),
                interval: given.1.map(Duration::from_secs),
                strict: false,
            };
            let polling = waiting.polling(&challenge);
            assert_eq!(polling.timeout, Duration::from_secs(timeout));
            assert_eq!(polling.interval, Duration::from_secs(interval));
        }
    }
}
