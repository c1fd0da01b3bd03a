//! Where replies come from: servers, or a file.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::Path;
use std::time::SystemTime;

use command::{Args, Usage};
use dns::check::{Checker, Graph, Judgement, Target, graph, judge};
use dns_cli::Saved;

use crate::options::Options;

/// No capture is larger, in octets.
const LARGEST: u64 = 512 << 20;

/// Where replies come from.
pub(crate) enum Source {
    /// Servers are asked; these were checked.
    Servers(Box<Checker>, RefCell<Vec<Target>>),
    /// A file has them.
    File(Box<Saved>),
}

impl Source {
    /// The servers, or the file that `--from` names.
    ///
    /// # Errors
    /// The file cannot be read, or is no capture.
    pub(crate) fn open(options: &Options, args: &Args) -> Result<Source, Usage> {
        let Some(path) = &options.from else {
            let jobs = args.count(&dns_cli::JOBS)?.unwrap_or(1);
            let client = dns_cli::client(args, &options.resolvers)?;
            let resolvers = options.resolvers.clone();
            let checker = Checker::new(client, resolvers, options.names_resolvers, jobs);
            return Ok(Source::Servers(Box::new(checker), RefCell::default()));
        };
        let wrong = |error: String| Usage::new(format!("--from {}: {error}", path.display()));
        let octets =
            files::read_bounded(path, LARGEST).map_err(|error| wrong(error.to_string()))?;
        let text = String::from_utf8(octets).map_err(|_| wrong("it is not UTF-8".into()))?;
        let saved = dns_cli::load(&text).map_err(wrong)?;
        Ok(Source::File(Box::new(saved)))
    }

    /// What a file was made for; none where servers are asked.
    pub(crate) fn saved_targets(&self) -> Option<&[Target]> {
        match self {
            Source::Servers(..) => None,
            Source::File(saved) => Some(&saved.targets),
        }
    }

    /// Finds out what is to be said of a name.
    pub(crate) async fn judge(&self, target: &Target) -> Judgement {
        match self {
            Source::Servers(checker, targets) => {
                checker.probe(target).await;
                dns_cli::say_remarks(checker.client());
                let now = SystemTime::now();
                let judgement = judge(target, checker.capture(), &checker.roots(), now);
                targets.borrow_mut().push(target.clone());
                judgement
            }
            Source::File(saved) => {
                // The file knows more of what it was made for than a name says.
                let is_same = |one: &&Target| {
                    one.name == target.name && one.is_wildcard == target.is_wildcard
                };
                let mut known = saved.targets.iter().find(is_same).unwrap_or(target).clone();
                if !target.issuers.is_empty() {
                    known.issuers.clone_from(&target.issuers);
                }
                judge(&known, &saved.capture, &saved.roots, saved.at)
            }
        }
    }

    /// The servers that are being waited for.
    pub(crate) fn waits_for(&self) -> Vec<SocketAddr> {
        match self {
            Source::Servers(checker, _) => checker.waits_for(),
            Source::File(_) => Vec::new(),
        }
    }

    /// What leads to a name that was judged.
    pub(crate) fn graph(&self, target: &Target) -> Graph {
        match self {
            Source::Servers(checker, _) => graph(target, checker.capture(), &checker.roots()),
            Source::File(saved) => graph(target, &saved.capture, &saved.roots),
        }
    }

    /// Keeps all replies in a file, which is there whole or not at all, in the place of what was there. A link stays.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn save(&self, path: &Path) -> Result<(), String> {
        let text = match self {
            Source::Servers(checker, targets) => dns_cli::save(
                checker.capture(),
                &targets.borrow(),
                &checker.roots(),
                SystemTime::now(),
            ),
            Source::File(saved) => {
                dns_cli::save(&saved.capture, &saved.targets, &saved.roots, saved.at)
            }
        };
        files::write_for_all(path, text.as_bytes())
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    }
}
