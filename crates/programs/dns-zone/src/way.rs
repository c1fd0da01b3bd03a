//! The way to a zone: through what a resolver knows, or from the root down.

use dns::Name;
use dns::check::{Checker, TraceOptions};
use dns::transport::Client;
use dns::zone::ZoneFinder;
use pipeline::{Object, Problem};

use crate::options::Options;
use crate::tell::{tell_delegation, tell_location};

/// How the zone of a name is found.
pub(crate) enum Way {
    /// The resolvers know where to begin.
    Resolvers(Client, ZoneFinder),
    /// It begins at the root.
    Root(Box<Checker>, TraceOptions),
}

impl Way {
    /// The way that the command line asks for.
    pub(crate) fn prepared(options: Options) -> Way {
        let client = options.client;
        match options.trace {
            None => Way::Resolvers(client.clone(), ZoneFinder::new(client, options.search)),
            Some(trace) => {
                let (resolvers, jobs) = (options.search.resolvers, options.jobs);
                let checker = Checker::new(client, resolvers, options.names_resolvers, jobs);
                Way::Root(Box::new(checker), trace)
            }
        }
    }

    /// Says that these names will be searched for: no resolver is asked about them.
    pub(crate) fn expect(&self, names: impl IntoIterator<Item = Name>) {
        match self {
            Way::Resolvers(_, finder) => finder.expect(names),
            // None is asked about anything but the root.
            Way::Root(..) => {}
        }
    }

    /// Where the record of a name belongs, as members of its challenge.
    pub(crate) async fn find(&self, name: &Name) -> Result<Object, Problem> {
        match self {
            Way::Resolvers(client, finder) => {
                let location = finder.locate(name).await;
                dns_cli::say_remarks(client);
                let location = location.map_err(|error| dns_cli::search_problem(&error))?;
                tell_location(name, &location);
                Ok(dns_cli::located(&location))
            }
            Way::Root(checker, options) => trace(checker, *options, name).await,
        }
    }
}

async fn trace(checker: &Checker, options: TraceOptions, name: &Name) -> Result<Object, Problem> {
    let trace = checker.trace(name, options).await;
    dns_cli::say_remarks(checker.client());
    for delegation in &trace.delegations {
        tell_delegation(name, delegation);
    }
    let mut traced = dns_cli::traced(&trace);
    match &trace.location {
        Ok(location) => {
            tell_location(name, location);
            let mut members = dns_cli::located(location);
            members.append(&mut traced);
            Ok(members)
        }
        Err(error) => {
            let mut problem = dns_cli::trace_problem(error);
            for (member, value) in traced {
                problem = problem.with(&member, value);
            }
            Err(problem)
        }
    }
}
