//! What is to be run: the programs, and the user's hooks.

use crate::contradiction::Told;
use crate::defaults::Defaults;
use crate::steps::Steps;
use acme_renew::{HOOK_TIMEOUT, JSON, POST_HOOK, PRE_HOOK, WAIT};
use command::{Args, Opt, QUIET, Usage, state_directory};
use configuration::Configuration;
use lifecycle::Target;
use stages::Step;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A hook: its program, which is there, and its arguments.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
}

/// All that a run does.
pub(crate) struct Plan {
    /// Where all is kept.
    pub(crate) directory: PathBuf,
    /// Whether it waits for another run.
    pub(crate) waits: bool,
    /// What the command line says of every certificate.
    pub(crate) told: Told,
    /// Whether it waits a random time before it does anything.
    pub(crate) may_pause: bool,
    /// Whether the documents are written.
    pub(crate) writes_documents: bool,
    /// `dns01-exec cleanup --leftovers`.
    pub(crate) cleanup: Step,
    /// `acme-due`.
    pub(crate) due: Step,
    /// `acme-due --not-tried`, without names.
    pub(crate) not_tried: Step,
    /// `acme-issue`.
    pub(crate) issue: Step,
    /// `acme-deploy --all`.
    pub(crate) deploy: Step,
    /// Whether anything says where certificates are deployed.
    pub(crate) deploys: bool,
    pub(crate) pre_hook: Option<Hook>,
    pub(crate) post_hook: Option<Hook>,
    /// How long a hook may take.
    pub(crate) hook_timeout: Duration,
    /// What counts where a request says nothing.
    pub(crate) defaults: Defaults,
    /// Variables for the user's programs.
    pub(crate) variables: Vec<(String, String)>,
}

impl Plan {
    /// `line` is the command line, and `all` that with what the file sets.
    ///
    /// # Errors
    /// What is wrong with the options or the hooks.
    pub(crate) fn new(
        line: &Args,
        all: &Args,
        configuration: Option<Configuration>,
    ) -> Result<Plan, Usage> {
        let directory = state_directory(all)?;
        let is_configured = configuration.is_some();
        let own_targets = configuration.as_ref().is_some_and(|configuration| {
            let mut certificates = configuration.certificates.iter();
            certificates.any(|certificate| !certificate.targets.is_empty())
        });
        let variables = configuration.map(|one| one.variables).unwrap_or_default();
        let steps = Steps::new(line, all, &directory, &variables);
        let may_pause = command::jitter(all)?.is_some();
        let given = |option: &'static Opt| all.each(option).map(|values| !values.is_empty());
        Ok(Plan {
            told: Told::from_line(line)?,
            waits: all.flag(&WAIT)?,
            may_pause,
            writes_documents: all.flag(&JSON)?,
            cleanup: steps.cleanup()?,
            due: steps.due(may_pause)?,
            not_tried: steps.not_tried()?,
            issue: steps.issue(is_configured)?,
            deploy: steps.deploy(),
            deploys: own_targets
                || given(&configuration::DEPLOY_HOOK)?
                || given(&configuration::INSTALL)?,
            pre_hook: hook(all, &PRE_HOOK)?,
            post_hook: hook(all, &POST_HOOK)?,
            hook_timeout: all.seconds(&HOOK_TIMEOUT)?.unwrap_or_default(),
            defaults: Defaults::from_args(all)?,
            directory,
            variables,
        })
    }

    /// The programs whose command lines are checked before anything is done.
    pub(crate) fn to_check(&self) -> Vec<Step> {
        let mut steps = vec![self.cleanup.clone(), self.due.clone(), self.issue.clone()];
        steps.push(self.deploy.clone());
        for step in &mut steps {
            // Before a `--`, behind which stand names.
            step.words.insert(0, format!("--{}", QUIET.long).into());
        }
        steps
    }
}

/// The hook that an option names.
fn hook(args: &Args, option: &'static Opt) -> Result<Option<Hook>, Usage> {
    let Some(text) = args.text(option)?.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let wrong = |why: String| Usage::new(format!("--{}: {why}", option.long));
    let Target::Program(words) = Target::from_text(&text).map_err(wrong)? else {
        return Ok(None);
    };
    let Some((program, arguments)) = words.split_first() else {
        return Ok(None);
    };
    let program = exec_cli::find(Path::new(program)).map_err(|error| wrong(error.to_string()))?;
    Ok(Some(Hook {
        program,
        arguments: arguments.to_vec(),
    }))
}
