//! Where certificates are deployed, as the command line and the configuration say.

mod needs;

use acme_deploy::{DEPLOY_HOOK, GROUP, INSTALL, KEY_MODE, OWNER};
use certificates::Store;
use command::{Args, Opt, Usage};
use configuration::Configuration;
use lifecycle::{Target, parse_mode};
use needs::Needs;
use std::collections::HashMap;
use std::path::Path;

/// Where certificates are deployed.
pub(crate) struct Targets {
    /// Those of certificates for which `own` says nothing.
    common: Vec<Target>,
    /// Those of each certificate that the configuration has; `None` where there is no configuration.
    own: Option<HashMap<String, Vec<Target>>>,
    /// Whether the command line says nothing of targets, so that those of the configuration are all that there are.
    own_are_all: bool,
    /// Their programs, and what they lack.
    needs: Needs,
}

impl Targets {
    /// Finds the programs, and the users and groups. `line` is the command line, and `all` that with what the file sets.
    ///
    /// # Errors
    /// A program of the command line cannot be run, or a user is not there. What the configuration names and is not there
    /// is said where it is missed: certificates do not wait for the programs and users of others.
    pub(crate) fn find(
        line: &Args,
        all: &Args,
        configuration: Option<&Configuration>,
        store: &Store,
    ) -> Result<Targets, Usage> {
        let is_of_file = |file: &&Configuration| file.line_of(&DEPLOY_HOOK).is_some();
        let file = configuration.filter(is_of_file);
        let file = file.filter(|_| !line.is_given(&DEPLOY_HOOK));
        let mut common = programs(all, file)?;
        let mut needs = Needs::default();
        if file.is_none() {
            for target in &common {
                needs.find_program(target)?;
            }
        }
        check_line(line)?;
        common.extend(directories(all)?);
        let mut own = None;
        if let Some(configuration) = configuration {
            check_own(configuration, store)?;
            let line_of = |option: &Opt| configuration.line_of(option).unwrap_or(1);
            for target in &common {
                needs.find(target, configuration, line_of);
            }
            for one in &configuration.certificates {
                let line_of = |option: &Opt| one.line_of(option.long);
                for target in &one.targets {
                    needs.find(target, configuration, line_of);
                }
            }
            let certificates = configuration.certificates.iter();
            let known = certificates.map(|one| (one.name.clone(), each_once(one.targets.clone())));
            own = Some(known.collect());
        }
        needs.settle();
        Ok(Targets {
            common: each_once(common),
            own,
            own_are_all: !line.is_given(&DEPLOY_HOOK) && !line.is_given(&INSTALL),
            needs,
        })
    }

    /// Their programs, and what they lack.
    pub(crate) fn needs(&self) -> &Needs {
        &self.needs
    }

    /// Where this certificate is deployed, of which a document tells.
    pub(crate) fn of(&self, name: &str) -> &[Target] {
        let own = self.own.as_ref().and_then(|own| own.get(name));
        own.unwrap_or(&self.common)
    }

    /// The same for a certificate that is only in the store: what the configuration does not have is left alone.
    pub(crate) fn of_stored(&self, name: &str) -> &[Target] {
        match &self.own {
            Some(own) => own.get(name).map_or(&[], Vec::as_slice),
            None => &self.common,
        }
    }

    /// All targets that the certificate has, where the configuration says so.
    pub(crate) fn only(&self, name: &str) -> Option<&[Target]> {
        let own = self.own.as_ref().filter(|_| self.own_are_all)?;
        own.get(name).map(Vec::as_slice)
    }
}

/// The programs for all certificates. Those of a file count from its directory.
fn programs(args: &Args, file: Option<&Configuration>) -> Result<Vec<Target>, Usage> {
    let directory = file.and_then(|file| file.path.parent());
    let parsed = |text: &String| {
        let wrong = |why: String| Usage::new(format!("--{} `{text}`: {why}", DEPLOY_HOOK.long));
        Target::from_text_in(text, directory.unwrap_or(Path::new(""))).map_err(wrong)
    };
    args.each(&DEPLOY_HOOK)?.iter().map(parsed).collect()
}

/// The directories for all certificates.
fn directories(args: &Args) -> Result<Vec<Target>, Usage> {
    let mut targets = Vec::new();
    let (owner, group) = (args.text(&OWNER)?, args.text(&GROUP)?);
    let mode = args.parsed(
        &KEY_MODE,
        "an octal mode in which only owner and group read and write, 0640 for instance",
        parse_mode,
    )?;
    for path in args.each(&INSTALL)? {
        if path.is_empty() {
            let long = INSTALL.long;
            return Err(Usage::new(format!(
                "--{long} takes a path, not an empty one"
            )));
        }
        let target = Target::Directory {
            path: std::path::absolute(&path)?,
            owner: owner.clone(),
            group: group.clone(),
            mode,
        };
        targets.push(target);
    }
    Ok(targets)
}

/// Refuses a user or group of the command line who is not there.
fn check_line(line: &Args) -> Result<(), Usage> {
    for (option, look_up) in needs::LOOKED_UP {
        if let Some(Err(problem)) = line.text(option)?.map(|name| look_up(&name)) {
            return Err(Usage::new(problem.detail));
        }
    }
    Ok(())
}

/// Refuses copies in the store.
fn check_own(configuration: &Configuration, store: &Store) -> Result<(), Usage> {
    for certificate in &configuration.certificates {
        for target in &certificate.targets {
            let Target::Directory { path, .. } = target else {
                continue;
            };
            if store.holds(path) {
                let path = path.display();
                let why = format!("`install`: {path} is where certificates are kept");
                return Err(configuration.mistake(certificate.line_of(INSTALL.long), &why));
            }
        }
    }
    Ok(())
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
