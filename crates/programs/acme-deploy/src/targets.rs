//! Where certificates are deployed, as the command line and the configuration say.

use crate::install;
use acme_deploy::{DEPLOY_HOOK, GROUP, INSTALL, KEY_MODE, OWNER};
use certificates::Store;
use command::{Args, Opt, Usage, message};
use configuration::Configuration;
use lifecycle::{Target, parse_mode};
use pipeline::Problem;
use std::collections::{HashMap, HashSet};
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
    /// Finds the programs, and the users and groups. `line` is the command line, and `all` that with what the file sets.
    ///
    /// # Errors
    /// A program of the command line cannot be run, or a user is not there. A program of the configuration that cannot be
    /// run is only said: certificates do not wait for the programs of others.
    pub(crate) fn find(
        line: &Args,
        all: &Args,
        configuration: Option<&Configuration>,
        store: &Store,
    ) -> Result<Targets, Usage> {
        let are_of_file = !line.is_given(&DEPLOY_HOOK) && all.is_given(&DEPLOY_HOOK);
        let mut common = programs(all)?;
        if !are_of_file {
            common = common.into_iter().map(found).collect::<Result<_, _>>()?;
        }
        check_common(line, all, configuration)?;
        common.extend(directories(all)?);
        let mut own = None;
        if let Some(configuration) = configuration {
            check_own(configuration, store)?;
            let mut missing = Missing::of(configuration);
            common = missing.resolve(&common, configuration.line_of(&DEPLOY_HOOK).unwrap_or(1));
            let certificates = configuration.certificates.iter();
            let known = certificates.map(|one| {
                let targets = missing.resolve(&one.targets, one.line_of(DEPLOY_HOOK.long));
                (one.name.clone(), each_once(targets))
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

/// Refuses a user or group for all copies who is not there. `line` is the command line, which the file comes after.
fn check_common(
    line: &Args,
    all: &Args,
    configuration: Option<&Configuration>,
) -> Result<(), Usage> {
    for (option, look_up) in LOOKED_UP {
        let looked_up = all.text(option)?.map(|name| look_up(&name));
        if let Some(Err(problem)) = looked_up {
            let file = configuration.filter(|_| !line.is_given(option));
            let place = file.and_then(|file| Some((file, file.line_of(option)?)));
            return Err(match place {
                Some((file, line)) => file.mistake(line, &problem.detail),
                None => Usage::new(problem.detail),
            });
        }
    }
    Ok(())
}

/// Refuses copies for a user or group who is not there, and those in the store.
fn check_own(configuration: &Configuration, store: &Store) -> Result<(), Usage> {
    for certificate in &configuration.certificates {
        let wrong =
            |option: &Opt, why: &str| configuration.mistake(certificate.line_of(option.long), why);
        for target in &certificate.targets {
            let Target::Directory {
                path, owner, group, ..
            } = target
            else {
                continue;
            };
            for ((option, look_up), name) in LOOKED_UP.into_iter().zip([owner, group]) {
                if let Some(Err(problem)) = name.as_deref().map(look_up) {
                    return Err(wrong(option, &problem.detail));
                }
            }
            if store.holds(path) {
                let path = path.display();
                let why = format!("`install`: {path} is where certificates are kept");
                return Err(wrong(&INSTALL, &why));
            }
        }
    }
    Ok(())
}

/// The target with the path of its program, which is the same from wherever this is run.
fn found(target: Target) -> Result<Target, Usage> {
    let Target::Program(mut words) = target else {
        return Ok(target);
    };
    if let Some(program) = words.first_mut() {
        let path = exec_cli::find(Path::new(program))?;
        *program = path.to_string_lossy().into_owned();
    }
    Ok(Target::Program(words))
}

/// The programs of a configuration that cannot be run: each is said once.
struct Missing<'a> {
    configuration: &'a Configuration,
    said: HashSet<String>,
}

impl<'a> Missing<'a> {
    fn of(configuration: &'a Configuration) -> Missing<'a> {
        Missing {
            configuration,
            said: HashSet::new(),
        }
    }

    /// These targets, which are of this line, with the paths of their programs. One that cannot be run is said, and stays
    /// as it is: deploying to it fails, until it can be run.
    fn resolve(&mut self, targets: &[Target], line: usize) -> Vec<Target> {
        let resolved = targets.iter().map(|target| match found(target.clone()) {
            Ok(target) => target,
            Err(why) => {
                if self.said.insert(why.to_string()) {
                    let why = format!("`{}`: {why}; deploying by it fails", DEPLOY_HOOK.long);
                    message::note(&self.configuration.mistake(line, &why).to_string());
                }
                with_whole_path(target.clone())
            }
        });
        resolved.collect()
    }
}

/// The target as it is known once its program is there. Where a name without a slash will be found is not known.
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
