//! The command line of `dns-wait-txt`.

use std::time::Duration;

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

/// How patient to be, where the command line or the environment says.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) timeout: Option<Duration>,
    pub(crate) interval: Option<Duration>,
    pub(crate) strict: bool,
}

impl Patience {
    pub(crate) fn from_args(args: &Args) -> Result<Patience, Usage> {
        Ok(Patience {
            timeout: args.seconds("timeout")?,
            interval: args.seconds("interval")?,
            strict: args.flag("strict")?,
        })
    }

    /// How to wait for a challenge's value: what the command line says, then the document, then what lego does.
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
    use pipeline::{Document, Object};

    use super::*;

    #[test]
    fn the_command_line_goes_before_the_document_and_that_before_the_default() {
        for (given, in_document, timeout, interval) in [
            ((None, None), "{}", 60, 2),
            ((None, Some(1)), r#"{"timeout":5}"#, 5, 1),
            ((Some(1), None), r#"{"timeout":5}"#, 1, 2),
            ((None, None), r#"{"timeout":5,"interval":7}"#, 5, 7),
        ] {
            let members = [
                ("fqdn", "a.test.".into()),
                ("value", "v".into()),
                ("propagation", in_document.parse().unwrap()),
            ];
            let members = members.map(|(member, value)| (member.to_owned(), value));
            let document = Document::from(Object::from_iter(members));
            let shared = SharedNames::of(&document);
            let challenge = ChallengeTarget::read(&document.challenge(0), &shared).unwrap();
            let patience = Patience {
                timeout: given.0.map(Duration::from_secs),
                interval: given.1.map(Duration::from_secs),
                strict: false,
            };
            let polling = patience.polling(&challenge);
            assert_eq!(polling.timeout, Duration::from_secs(timeout));
            assert_eq!(polling.interval, Duration::from_secs(interval));
        }
    }
}
