//! What targets need to be there: programs, users and groups.

use crate::install;
use acme_deploy::{DEPLOY_HOOK, GROUP, OWNER};
use command::{Opt, Usage};
use configuration::Configuration;
use lifecycle::Target;
use pipeline::{Problem, types};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Finds the number of a user or a group.
type LookUp = fn(&str) -> Result<u32, Problem>;

/// The options that name whose copies are, and how the name is looked up.
pub(super) const LOOKED_UP: [(&Opt, LookUp); 2] =
    [(&OWNER, install::user), (&GROUP, install::group_of)];

/// What targets need, and which of it is not there.
#[derive(Default)]
pub(crate) struct Needs {
    /// Where each program was found, by its name.
    programs: HashMap<String, PathBuf>,
    /// The targets whose program was found under another name than their own, by what a state of an earlier release calls
    /// them.
    earlier: HashMap<String, Target>,
    /// What is wrong with targets of the configuration.
    faults: HashMap<Target, Problem>,
    looked_at: HashSet<Target>,
}

impl Needs {
    /// Finds the program of a target.
    ///
    /// # Errors
    /// It cannot be run.
    pub(super) fn find_program(&mut self, target: &Target) -> Result<(), Usage> {
        self.looked_at.insert(target.clone());
        let Some((program, arguments)) = target.words().split_first() else {
            return Ok(());
        };
        let path = exec_cli::find(Path::new(program))?;
        let words = [&[path.to_string_lossy().into_owned()], arguments].concat();
        let earlier = Target::Program(words);
        if earlier != *target {
            self.earlier.insert(earlier.name(), target.clone());
        }
        self.programs.insert(program.clone(), path);
        Ok(())
    }

    /// Finds what a target of the configuration needs, and keeps what is not there. `line_of` is the line that an option
    /// stands on.
    pub(super) fn find(
        &mut self,
        target: &Target,
        configuration: &Configuration,
        line_of: impl Fn(&Opt) -> usize,
    ) {
        if self.looked_at.contains(target) {
            return;
        }
        self.looked_at.insert(target.clone());
        let fault = match target {
            Target::Program(_) => self.find_program(target).err().map(|why| {
                let why = format!("`{}`: {why}", DEPLOY_HOOK.long);
                (&types::EXEC_START, line_of(&DEPLOY_HOOK), why)
            }),
            Target::Directory { owner, group, .. } => {
                let names = LOOKED_UP.into_iter().zip([owner, group]);
                let mut problems = names.filter_map(|((option, look_up), name)| {
                    let problem = look_up(name.as_deref()?).err()?;
                    Some((&types::FILES, line_of(option), problem.detail))
                });
                problems.next()
            }
        };
        if let Some((kind, line, why)) = fault {
            let detail = configuration.mistake(line, &why).to_string();
            let problem = Problem::new(kind, detail).hint("Mend that, or take it out of there.");
            self.faults.insert(target.clone(), problem);
        }
    }

    /// Why a certificate cannot be deployed to this target.
    pub(crate) fn fault(&self, target: &Target) -> Option<&Problem> {
        self.faults.get(target)
    }

    /// The file of a program. One that was not found stays as it is, and fails when it is run.
    pub(crate) fn program<'a>(&'a self, name: &'a str) -> &'a Path {
        self.programs
            .get(name)
            .map_or(Path::new(name), PathBuf::as_path)
    }

    /// The targets that states of an earlier release have under the whole path of their program, by that name. One that is
    /// a target itself is no other's.
    pub(crate) fn earlier(&self) -> &HashMap<String, Target> {
        &self.earlier
    }

    /// Drops the earlier names that targets of today have.
    pub(super) fn settle(&mut self) {
        for target in &self.looked_at {
            self.earlier.remove(&target.name());
        }
    }
}
