//! Where certificates are deployed, as the command line and the configuration say.

use crate::install;
use acme_deploy::{DEPLOY_HOOK, GROUP, INSTALL, KEY_MODE, OWNER};
use certificates::Store;
use command::{Args, Opt, Usage};
use configuration::Configuration;
use lifecycle::{Target, parse_mode};
use pipeline::Problem;
use std::collections::HashMap;
use std::path::Path;

/// Finds the number of a user or a group.
type LookUp = fn(&str) -> Result<u32, Problem>;

/// The options that name whose copies are, and how the name is looked up.
const LOOKED_UP: [(&Opt, LookUp); 2] = [(&OWNER, install::user), (&GROUP, install::group_of)];

/// Where certificates are deployed.
pub(crate) struct Targets {
    /// Those of certificates for which `own` says nothing.
    common: Vec<Target>,
    /// Those of each certificate that the configuration has; `None` where there is no configuration.
    own: Option<HashMap<String, Vec<Target>>>,
    /// Whether the command line says nothing of targets, so that those of the configuration are all that there are.
    own_are_all: bool,
}

impl Targets {
    /// Reads them. `line` is the command line, and `all` that with what the file sets.
    ///
    /// # Errors
    /// A program of the command line cannot be run, or a user or group of it is not there. Of those of the configuration it
    /// is found out when a certificate is to be deployed: others do not wait for it.
    pub(crate) fn find(
        line: &Args,
        all: &Args,
        configuration: Option<&Configuration>,
        store: &Store,
    ) -> Result<Targets, Usage> {
        let programs = programs(all)?;
        if line.is_given(&DEPLOY_HOOK) || !all.is_given(&DEPLOY_HOOK) {
            programs.iter().try_for_each(find_program)?;
        }
        check_names(line)?;
        let common = programs.into_iter().map(with_whole_path);
        let common = common.chain(directories(all)?).collect();
        let mut own = None;
        if let Some(configuration) = configuration {
            check_directories(configuration, store)?;
            let certificates = configuration.certificates.iter();
            let known = certificates.map(|one| {
                let targets = one.targets.iter().cloned().map(with_whole_path);
                (one.name.clone(), each_once(targets.collect()))
            });
            own = Some(known.collect());
        }
        Ok(Targets {
            common: each_once(common),
            own,
            own_are_all: !line.is_given(&DEPLOY_HOOK) && !line.is_given(&INSTALL),
        })
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

/// The programs for all certificates.
fn programs(args: &Args) -> Result<Vec<Target>, Usage> {
    let parsed = |text: &String| {
        let wrong = |why: String| Usage::new(format!("--{} `{text}`: {why}", DEPLOY_HOOK.long));
        Target::from_text(text).map_err(wrong)
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
fn check_names(line: &Args) -> Result<(), Usage> {
    for (option, look_up) in LOOKED_UP {
        let given = line.is_given(option).then(|| line.text(option));
        if let Some(Err(problem)) = given.transpose()?.flatten().map(|name| look_up(&name)) {
            return Err(Usage::new(problem.detail));
        }
    }
    Ok(())
}

/// Refuses copies in the store.
fn check_directories(configuration: &Configuration, store: &Store) -> Result<(), Usage> {
    for certificate in &configuration.certificates {
        for target in &certificate.targets {
            if let Target::Directory { path, .. } = target
                && store.holds(path)
            {
                let line = certificate.line_of(INSTALL.long);
                let path = path.display();
                let why = format!("`install`: {path} is where certificates are kept");
                return Err(configuration.mistake(line, &why));
            }
        }
    }
    Ok(())
}

/// Looks whether the program of a target can be run.
fn find_program(target: &Target) -> Result<(), Usage> {
    match target {
        Target::Program(words) => {
            let program = words.first().map(Path::new);
            program.map_or(Ok(()), |program| exec_cli::find(program).map(drop))
        }
        Target::Directory { .. } => Ok(()),
    }
}

/// The target with the path of its program, which is the same from wherever this is run. A name without a slash stays as it is:
/// where it is found may differ from run to run, and it is the same target all the same.
fn with_whole_path(target: Target) -> Target {
    let Target::Program(mut words) = target else {
        return target;
    };
    if let Some(program) = words.first_mut().filter(|program| program.contains('/'))
        && let Ok(path) = std::path::absolute(&*program)
    {
        *program = path.to_string_lossy().into_owned();
    }
    Target::Program(words)
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
