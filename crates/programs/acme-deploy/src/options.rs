//! The options of `acme-deploy`, read and checked.

use crate::targets::Targets;
use acme_deploy::{ALL, HOOK_TIMEOUT, JOBS, SETTINGS};
use certificates::Store;
use command::{Args, Usage, state_directory};
use configuration::Configuration;
use names::{kept_name, said_of_unknown};
use std::io::{IsTerminal as _, stdin};
use std::time::Duration;

/// What the command line, the configuration and the environment say.
pub(crate) struct Config {
    pub(crate) store: Store,
    pub(crate) targets: Targets,
    /// Variables for the programs, from the configuration.
    pub(crate) variables: Vec<(String, String)>,
    /// How long a program may run.
    pub(crate) time_limit: Duration,
    /// How many certificates are deployed to one target at once.
    pub(crate) jobs: usize,
    /// Deploy all certificates of the store.
    pub(crate) all: bool,
    /// The certificates that the command line names.
    pub(crate) named: Vec<String>,
    /// Whether there are documents to read.
    pub(crate) reads_documents: bool,
}

impl Config {
    /// Reads the options, and finds the programs.
    ///
    /// # Errors
    /// What is wrong with the options or the configuration; a program of the command line that cannot be run, or a
    /// user of it who is not there.
    pub(crate) fn read(mut args: Args) -> Result<Config, Usage> {
        let line = args.clone();
        let configuration = Configuration::from_args(&mut args, &SETTINGS)?;
        let store = Store::new(&state_directory(&args)?);
        let targets = Targets::find(&line, &args, configuration.as_ref(), &store)?;
        let all = args.flag(&ALL)?;
        let named = names(&args, &store)?;
        let config = Config {
            store,
            targets,
            variables: configuration.map(|one| one.variables).unwrap_or_default(),
            time_limit: args.seconds(&HOOK_TIMEOUT)?.unwrap_or_default(),
            jobs: args.count(&JOBS)?.unwrap_or(1),
            // A person who asks for all types no documents.
            reads_documents: if all {
                !stdin().is_terminal()
            } else {
                named.is_empty()
            },
            all,
            named,
        };
        if config.is_asked() {
            config.check_named()?;
        }
        Ok(config)
    }

    /// Whether a person asks for the certificates that are named, to be deployed now. With `--all`, they are chosen from all.
    pub(crate) fn is_asked(&self) -> bool {
        !self.named.is_empty() && !self.all
    }

    /// Refuses a name on the command line that is no certificate's, or has no target.
    fn check_named(&self) -> Result<(), Usage> {
        let mut unknown = Vec::new();
        for name in &self.named {
            let version = self.store.version(name);
            let version = version.map_err(|error| Usage::new(error.to_string()))?;
            if version.is_none() {
                unknown.push(name);
            }
        }
        if !unknown.is_empty() {
            return Err(Usage::new(said_of_unknown(unknown)));
        }
        for name in &self.named {
            if self.targets.of(name).is_empty() {
                return Err(Usage::new(format!(
                    "nothing says where to deploy {name}: --deploy-hook, --install or --config does"
                )));
            }
        }
        Ok(())
    }
}

/// The names on the command line, as certificates are kept under them.
fn names(args: &Args, store: &Store) -> Result<Vec<String>, Usage> {
    let is_kept = |name: &str| store.version(name).is_ok_and(|version| version.is_some());
    let words = args.operands.iter().map(|word| match word.to_str() {
        Some(word) => Ok(kept_name(word, is_kept)),
        None => {
            let word = word.to_string_lossy();
            Err(Usage::new(format!("`{word}` is not UTF-8")))
        }
    });
    words.collect()
}
