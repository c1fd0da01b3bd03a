//! Deploys one certificate to its targets: each for itself, side by side, with the state on disk at each step.

use crate::certificate::Certificate;
use crate::hook::{self, Occurrence};
use crate::install::{self, ownership};
use crate::options::Config;
use crate::problem;
use crate::turns::Turns;
use certificates::Store;
use command::{Stop, message};
use lifecycle::{Deployment, Deployments, Occasion, RevocationState, State as _, Target};
use parallel::Workers;
use pipeline::Problem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// What deploys certificates.
pub(crate) struct Deployer {
    pub(crate) config: Config,
    turns: Turns,
    pub(crate) stop: Stop,
}

/// What became of a certificate.
pub(crate) struct Report {
    /// What is known of it, where it can be read.
    pub(crate) certificate: Option<Certificate>,
    /// How far it is at each of its targets.
    pub(crate) deployments: Vec<Deployment>,
    /// Why it is not deployed to all of them.
    pub(crate) problem: Option<Problem>,
}

/// A certificate that is being deployed.
struct Work<'a> {
    deployer: &'a Deployer,
    certificate: Certificate,
    version: String,
    state: Mutex<Deployments>,
}

impl Deployer {
    pub(crate) fn new(config: Config, stop: &Stop) -> Deployer {
        Deployer {
            turns: Turns::new(config.jobs, stop),
            config,
            stop: stop.clone(),
        }
    }

    /// Whether there is something to do about this certificate at these targets.
    pub(crate) fn is_wanted(&self, name: &str, targets: &[Target], occasion: Occasion) -> bool {
        if targets.is_empty() {
            return false;
        }
        let Ok(Some(version)) = self.config.store.version(name) else {
            return false;
        };
        let state = self.state(name);
        targets
            .iter()
            .any(|target| self.wants(&state, name, target, &version, occasion))
    }

    /// How far the certificate is at its targets, under the names that these have now.
    fn state(&self, name: &str) -> Deployments {
        let mut state = Deployments::load(&self.config.store, name);
        state.rename(self.config.targets.needs().earlier());
        state
    }

    fn wants(
        &self,
        state: &Deployments,
        name: &str,
        target: &Target,
        version: &str,
        occasion: Occasion,
    ) -> bool {
        let is_there = || install::is_there(&self.config.store, name, target);
        state.wants(&target.name(), version, occasion, is_there)
    }

    /// Brings the state of a certificate up to date. What an earlier release called by the path of its program has its name
    /// of today, before that path changes. What is about other targets than those of the configuration is dropped: it would
    /// be reported as not deployed for ever.
    ///
    /// # Errors
    /// The state cannot be written.
    pub(crate) fn update_state(&self, name: &str) -> Result<(), Problem> {
        let config = &self.config;
        let targets = config.targets.only(name);
        let targets = targets.map(|targets| targets.iter().map(Target::name).collect::<Vec<_>>());
        let update = |state: &mut Deployments| {
            let is_renamed = state.rename(config.targets.needs().earlier());
            let is_less = targets
                .as_ref()
                .is_some_and(|targets| state.keep_only(targets));
            is_renamed || is_less
        };
        let store = &config.store;
        if !update(&mut Deployments::load(store, name)) {
            return Ok(());
        }
        let failed = |error| problem::of_store(&error);
        let _lock = store.lock_state(name).map_err(failed)?;
        let mut state = Deployments::load(store, name);
        if update(&mut state) {
            state.save(store, name).map_err(failed)?;
        }
        Ok(())
    }

    /// Deploys the certificate to those of these targets that want it.
    pub(crate) fn deploy(&self, name: &str, targets: &[Target], occasion: Occasion) -> Report {
        let mut report = Report {
            certificate: None,
            deployments: Vec::new(),
            problem: None,
        };
        if let Err(problem) = self.try_deploy(name, targets, occasion, &mut report) {
            report.problem = Some(problem);
        }
        report
    }

    fn try_deploy(
        &self,
        name: &str,
        targets: &[Target],
        occasion: Occasion,
        report: &mut Report,
    ) -> Result<(), Problem> {
        let store = &self.config.store;
        let failed = |error| problem::of_store(&error);
        // Another process may be at it, and have done it when this one gets the lock.
        let _lock = store.lock_state(name).map_err(failed)?;
        let mut state = self.state(name);
        let version = store.version(name).map_err(failed)?;
        let known = version.as_deref().unwrap_or_default();
        let is_wanted = |target: &&Target| self.wants(&state, name, target, known, occasion);
        let wanted: Vec<&Target> = targets.iter().filter(is_wanted).collect();
        for target in &wanted {
            state.want(target, known);
        }
        if version.is_some() && !wanted.is_empty() {
            state.save(store, name).map_err(failed)?;
        }
        report.deployments = of_targets(&state, targets);
        let certificate = Certificate::read(store, name)?;
        report.certificate = Some(certificate.clone());
        if !wanted.is_empty() {
            warn_if_revoked(store, &certificate);
        }
        let work = Work {
            deployer: self,
            certificate,
            version: version.unwrap_or_default(),
            state: Mutex::new(state),
        };
        let result = work.deploy_to(&wanted);
        report.deployments = of_targets(&work.state(), targets);
        result
    }
}

/// Somebody may want it all the same: until another one is there, servers have no other.
fn warn_if_revoked(store: &Store, certificate: &Certificate) {
    let name = &certificate.name;
    let serial = certificate.chain.leaf().serial_hex();
    if let Some(revocation) = RevocationState::load(store, name).of(&serial) {
        message::warning(&format!(
            "{name}: {revocation}, and is deployed all the same"
        ));
    }
}

impl Work<'_> {
    /// Deploys to these targets, side by side.
    fn deploy_to(&self, wanted: &[&Target]) -> Result<(), Problem> {
        let results = parallel::map(Workers::new(wanted.len()), wanted, |target| {
            self.try_target(target)
        });
        let failed = wanted.iter().zip(results);
        let failed = failed.filter_map(|(target, result)| Some((target.name(), result.err()?)));
        problem::of_targets(failed.collect(), wanted.len()).map_or(Ok(()), Err)
    }

    /// Deploys to one target when it is its turn there, and keeps what came of it.
    fn try_target(&self, target: &Target) -> Result<(), Problem> {
        let (deployer, name) = (self.deployer, target.name());
        let turn = deployer.turns.take(&name);
        let _turn = turn.map_err(problem::interrupted)?;
        let (tries, has_failed) = self.change(|state| {
            state.begin(&name, SystemTime::now());
            let known = state.of(&name);
            known.map_or((1, false), |one| (one.tries, one.error.is_some()))
        })?;
        let result = self.run(target, tries);
        let ended = match &result {
            Ok(()) => Ok(()),
            Err(problem) => Err(problem.detail.clone()),
        };
        self.change(|state| state.end(&name, ended))?;
        if result.is_ok() {
            let done = format!("{}: deployed to {name}", self.certificate.name);
            match has_failed {
                // Whoever read that it failed waits to read this.
                true => message::note(&format!("{done}, at try {tries}")),
                false => message::detail(&done),
            }
        }
        result
    }

    fn run(&self, target: &Target, tries: u32) -> Result<(), Problem> {
        let config = &self.deployer.config;
        if let Some(fault) = config.targets.needs().fault(target) {
            return Err(fault.clone());
        }
        match target {
            Target::Program(words) => {
                let Some((program, arguments)) = words.split_first() else {
                    return Ok(());
                };
                hook::run(
                    config.targets.needs().program(program),
                    arguments,
                    &Occurrence {
                        certificate: &self.certificate,
                        version: &self.version,
                        tries,
                        variables: &config.variables,
                        time_limit: config.time_limit,
                    },
                )
            }
            Target::Directory { path, .. } => {
                let ownership = ownership(target)?;
                let copied = config.store.copy(&self.certificate.name, path, ownership);
                copied.map_err(|error| problem::of_store(&error))
            }
        }
    }

    /// Changes the state, and has it on disk.
    fn change<T>(&self, change: impl FnOnce(&mut Deployments) -> T) -> Result<T, Problem> {
        let mut state = self.state();
        let changed = change(&mut state);
        let store: &Store = &self.deployer.config.store;
        let saved = state.save(store, &self.certificate.name);
        saved.map_err(|error| problem::of_store(&error))?;
        Ok(changed)
    }

    fn state(&self) -> MutexGuard<'_, Deployments> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known of these targets, in their order.
fn of_targets(state: &Deployments, targets: &[Target]) -> Vec<Deployment> {
    let known = targets.iter().filter_map(|target| state.of(&target.name()));
    known.cloned().collect()
}
