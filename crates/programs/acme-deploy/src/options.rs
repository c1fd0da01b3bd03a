//! The options of `acme-deploy`, read and checked.

use crate::install::ownership;
use acme_deploy::{
    ALL, DEPLOY_HOOK, GROUP, HOOK_TIMEOUT, INSTALL, JOBS, KEY_MODE, OWNER, SETTINGS,
};
use certificates::Store;
use command::{Args, Usage, state_directory};
use configuration::Configuration;
use lifecycle::{Target, parse_mode};
use names::kept_name;
use std::collections::HashMap;
use std::io::{IsTerminal as _, stdin};
use std::path::Path;
use std::time::Duration;

/// What the command line, the configuration and the environment say.
pub(crate) struct Config {
    pub(crate) store: Store,
    /// Where certificates are deployed for which `own` says nothing.
    common: Vec<Target>,
    /// Where each certificate is deployed that the configuration has; `None` where there is no configuration.
    own: Option<HashMap<String, Vec<Target>>>,
    /// Whether the command line says nothing of targets, so that those of the configuration are all that there are.
    own_are_all: bool,
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
    /// What is wrong with the options or the configuration; a program that cannot be run, or a user who is not there.
    pub(crate) fn read(mut args: Args) -> Result<Config, Usage> {
        let own_are_all = !args.is_given(&DEPLOY_HOOK) && !args.is_given(&INSTALL);
        let configuration = Configuration::from_args(&mut args, &SETTINGS)?;
        let common = targets(&args)?;
        let (mut own, mut variables) = (None, Vec::new());
        let store = Store::new(&state_directory(&args)?);
        if let Some(configuration) = configuration {
            check_own(&configuration, &store)?;
            variables = configuration.variables;
            let certificates = configuration.certificates.into_iter();
            let known = certificates.map(|one| (one.name, resolved(one.targets)));
            own = Some(known.collect());
        }
        let all = args.flag(&ALL)?;
        let named = names(&args, &store)?;
        let config = Config {
            store,
            common,
            own,
            own_are_all,
            variables,
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

    /// Where this certificate is deployed, of which a document tells.
    pub(crate) fn targets(&self, name: &str) -> &[Target] {
        let own = self.own.as_ref().and_then(|own| own.get(name));
        own.unwrap_or(&self.common)
    }

    /// The same for a certificate that is only in the store: what the configuration does not have is left alone.
    pub(crate) fn targets_of_stored(&self, name: &str) -> &[Target] {
        match &self.own {
            Some(own) => own.get(name).map_or(&[], Vec::as_slice),
            None => &self.common,
        }
    }

    /// All targets that the certificate has, where the configuration says so.
    pub(crate) fn only_targets(&self, name: &str) -> Option<&[Target]> {
        let own = self.own.as_ref().filter(|_| self.own_are_all)?;
        own.get(name).map(Vec::as_slice)
    }

    /// Whether a person asks for the certificates that are named, to be deployed now. With `--all`, they are chosen from all.
    pub(crate) fn is_asked(&self) -> bool {
        !self.named.is_empty() && !self.all
    }

    /// Refuses a name on the command line that is no certificate's, or has no target.
    fn check_named(&self) -> Result<(), Usage> {
        for name in &self.named {
            let version = self.store.version(name);
            let version = version.map_err(|error| Usage::new(error.to_string()))?;
            if version.is_none() {
                return Err(Usage::new(format!("no certificate is kept as `{name}`")));
            }
            if self.targets(name).is_empty() {
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

/// The targets for all certificates.
fn targets(args: &Args) -> Result<Vec<Target>, Usage> {
    let mut targets = Vec::new();
    for text in args.each(&DEPLOY_HOOK)? {
        let wrong = |why: String| Usage::new(format!("--{} `{text}`: {why}", DEPLOY_HOOK.long));
        let Target::Program(mut words) = Target::from_text(&text).map_err(wrong)? else {
            continue;
        };
        words[0] = found(&words[0])?;
        targets.push(Target::Program(words));
    }
    let (owner, group) = (args.text(&OWNER)?, args.text(&GROUP)?);
    let mode = args.parsed(
        &KEY_MODE,
        "the octal mode of a key, 0640 for instance",
        parse_mode,
    )?;
    for path in args.each(&INSTALL)? {
        let target = Target::Directory {
            path: std::path::absolute(&path)?,
            owner: owner.clone(),
            group: group.clone(),
            mode,
        };
        ownership(&target).map_err(|problem| Usage::new(problem.detail))?;
        targets.push(target);
    }
    Ok(each_once(targets))
}

/// Refuses copies for a user or group that is not there, and those in the store.
fn check_own(configuration: &Configuration, store: &Store) -> Result<(), Usage> {
    for certificate in &configuration.certificates {
        let wrong = |why: &str| Err(configuration.mistake(certificate.line, why));
        for target in &certificate.targets {
            let Target::Directory { path, .. } = target else {
                continue;
            };
            if let Err(problem) = ownership(target) {
                return wrong(&problem.detail);
            }
            if store.holds(path) {
                let path = path.display();
                return wrong(&format!("`install`: {path} is where certificates are kept"));
            }
        }
    }
    Ok(())
}

/// The path of a program, which is the same from wherever this is run.
fn found(program: &str) -> Result<String, Usage> {
    let path = exec_cli::find(Path::new(program))?;
    Ok(path.to_string_lossy().into_owned())
}

/// The targets of one certificate of the configuration. What is wrong with a program is said when it is run: a certificate
/// does not wait for the programs of others.
fn resolved(targets: Vec<Target>) -> Vec<Target> {
    let resolve = |target| match target {
        Target::Program(mut words) => {
            if let Some(program) = words.first_mut()
                && let Ok(path) = found(program)
            {
                *program = path;
            }
            Target::Program(words)
        }
        directory => directory,
    };
    each_once(targets.into_iter().map(resolve).collect())
}

/// The targets without those that have the name of one before.
fn each_once(targets: Vec<Target>) -> Vec<Target> {
    let mut once: Vec<Target> = Vec::new();
    for target in targets {
        if !once.iter().any(|known| known.name() == target.name()) {
            once.push(target);
        }
    }
    once
}
