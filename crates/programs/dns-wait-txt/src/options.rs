//! The options of `dns-wait-txt`, read and checked.

use std::time::{Duration, Instant};

use command::{Args, Usage};
use dns::propagation::Polling;
use dns::resolver::Resolver;
use dns::transport::Client;
use dns_wait_txt::{
    AFTER_FAILURE, AT_LEAST, GONE, INTERVAL, RECURSIVE, RECURSIVE_ONLY, SETTLE, STRICT, TIMEOUT,
};
use pipeline::{Challenge, Propagation};

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const DEFAULT_INTERVAL: Duration = Duration::from_secs(2);

/// What the command line asks for.
pub(crate) struct Config {
    /// Asks the servers.
    pub(crate) client: Client,
    /// The resolvers through which servers are found that no document names.
    pub(crate) resolvers: Vec<Resolver>,
    /// Who is asked for the value.
    pub(crate) asked: Asked,
    /// How to wait.
    pub(crate) waiting: Waiting,
    /// Whether to wait until the values are gone.
    pub(crate) gone: bool,
    /// When the CA has looked in vain at the names of all challenges, if it has.
    pub(crate) failure: Option<Instant>,
    /// The challenge that the command line names in place of documents.
    pub(crate) named: Option<Challenge>,
}

/// How to wait, where the command line or the environment says.
#[derive(Clone, Copy)]
pub(crate) struct Waiting {
    timeout: Option<Duration>,
    interval: Option<Duration>,
    strict: bool,
    at_least: Option<usize>,
    settle: Duration,
}

/// Who is asked for the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The zone's servers.
    Servers,
    /// The zone's servers, and then the resolvers.
    ServersThenResolvers,
    /// The resolvers alone.
    Resolvers,
}

impl Asked {
    fn read(args: &Args) -> Result<Asked, Usage> {
        Ok(match args.flag(&RECURSIVE_ONLY)? {
            true => Asked::Resolvers,
            false if args.flag(&RECURSIVE)? => Asked::ServersThenResolvers,
            false => Asked::Servers,
        })
    }
}

impl Config {
    pub(crate) fn read(args: &Args) -> Result<Config, Usage> {
        let asked = Asked::read(args)?;
        let of_servers = [(&AT_LEAST, "--at-least"), (&SETTLE, "--settle")];
        let of_servers = of_servers.map(|(option, name)| (args.is_given(option), name));
        let others = [
            (args.flag(&STRICT)?, "--strict"),
            (args.flag(&RECURSIVE)?, "--recursive"),
            (args.flag(&RECURSIVE_ONLY)?, "--recursive-only"),
        ];
        let beside_gone = of_servers.into_iter().chain(others);
        contradict(args.flag(&GONE)?, "--gone", beside_gone)?;
        contradict(asked == Asked::Resolvers, "--recursive-only", of_servers)?;
        contradict(
            args.flag(&STRICT)?,
            "--strict",
            [(args.is_given(&AT_LEAST), "--at-least")],
        )?;
        let (timeout, settle) = (args.seconds(&TIMEOUT)?, args.seconds(&SETTLE)?);
        if let (Some(timeout), Some(settle)) = (timeout, settle)
            && settle > timeout
        {
            let [settle, timeout] = [settle, timeout].map(|one| one.as_secs_f64());
            return Err(Usage::new(format!(
                "a timeout of {timeout} s has no room for --settle {settle}, which counts in it"
            )));
        }
        let resolvers = dns_cli::resolvers(args)?;
        Ok(Config {
            client: dns_cli::client(args, &resolvers)?,
            resolvers,
            asked,
            waiting: Waiting {
                timeout,
                interval: args.seconds(&INTERVAL)?,
                strict: args.flag(&STRICT)?,
                at_least: args.count(&AT_LEAST)?,
                settle: settle.unwrap_or_default(),
            },
            gone: args.flag(&GONE)?,
            failure: args
                .seconds(&AFTER_FAILURE)?
                .and_then(|ago| Instant::now().checked_sub(ago)),
            named: match args.operands.as_slice() {
                [] => None,
                [fqdn, value] => Some(dns_cli::challenge(fqdn, Some(value))?),
                _ => return Err(Usage::new("takes FQDN and VALUE, or documents on stdin")),
            },
        })
    }
}

/// Refuses what makes no sense beside an option that is given.
fn contradict(
    is_given: bool,
    option: &str,
    others: impl IntoIterator<Item = (bool, &'static str)>,
) -> Result<(), Usage> {
    let other = others
        .into_iter()
        .find(|(is_other, _)| is_given && *is_other);
    other.map_or(Ok(()), |(_, other)| Err(Usage::excluding(other, option)))
}

impl Waiting {
    /// How long to wait, where the command line or the environment says.
    pub(crate) fn given_timeout(self) -> Option<Duration> {
        self.timeout
    }

    /// How to wait for a challenge's value: as the command line says, then the document, then as lego does.
    pub(crate) fn polling(self, document: Propagation) -> Polling {
        // Who says how long to wait for the record alone has not thought of what comes after that.
        let of_record = document.timeout.unwrap_or(DEFAULT_TIMEOUT);
        let timeout = self.timeout.unwrap_or(of_record + self.settle);
        let interval = self.interval.or(document.interval);
        Polling {
            timeout,
            is_given: self.timeout.or(document.timeout).is_some(),
            interval: interval.unwrap_or(DEFAULT_INTERVAL),
            strict: self.strict,
            at_least: self.at_least,
            settle: self.settle,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_goes_before_the_document_and_that_before_the_default() {
        let seconds = |seconds: Option<u64>| seconds.map(Duration::from_secs);
        for (given, in_document, timeout, interval) in [
            ((None, None), (None, None), 63, 2),
            ((None, Some(1)), (Some(5), None), 8, 1),
            ((Some(4), None), (Some(5), None), 4, 2),
            ((None, None), (Some(5), Some(7)), 8, 7),
        ] {
            let waiting = Waiting {
                timeout: seconds(given.0),
                interval: seconds(given.1),
                strict: true,
                at_least: Some(2),
                settle: Duration::from_secs(3),
            };
            let polling = waiting.polling(Propagation {
                timeout: seconds(in_document.0),
                interval: seconds(in_document.1),
            });
            assert_eq!(polling.timeout, Duration::from_secs(timeout));
            assert_eq!(polling.interval, Duration::from_secs(interval));
            assert!(polling.strict);
            assert_eq!(polling.at_least, Some(2));
        }
    }
}
