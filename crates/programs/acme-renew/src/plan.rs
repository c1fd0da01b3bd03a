//! What is to be run, with which words: the programs, and the user's hooks.

use crate::contradiction::Told;
use crate::defaults::Defaults;
use acme_renew::{
    HOOK_TIMEOUT, JSON, PATH, POST_HOOK, PRE_HOOK, TO_CLEANUP, TO_DEPLOY, TO_DUE, TO_ISSUE, WAIT,
};
use command::{Args, HandedOn, Kind, NO_SLEEP, Opt, QUIET, Usage, VERBOSE, state_directory};
use configuration::Configuration;
use lifecycle::Target;
use pipeline::programs;
use stages::Step;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Variables by which programs find others, and files.
const OF_SYSTEM: [&str; 4] = ["PATH", "HOME", "XDG_DATA_HOME", "CREDENTIALS_DIRECTORY"];

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
    /// `line` is the command line, and `all` that with what the file sets. The programs that read the file themselves get the
    /// line alone.
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
        let step = |program: programs::Row, words: &[&str], args: &Args, options: &HandedOn| {
            step(program, words, args, options, &directory, &variables)
        };
        let failing = format!("--{}", acme_due::FAILING.long);
        // What names no CA goes to this one.
        let server = format!("--{}={}", acme_due::SERVER.long, acme_cli::directory(all)?);
        let due = [failing.as_str(), &server];
        let of_user: Vec<String> = for_users_programs(&variables);
        // It runs no program of the user's, and needs no secret of theirs.
        let is_known = |(name, _): &&(String, String)| !of_user.contains(name);
        let known: Vec<_> = variables.iter().filter(is_known).cloned().collect();
        let mut due = self::step(programs::ACME_DUE, &due, line, &TO_DUE, &directory, &known);
        let may_pause = command::jitter(all)?.is_some();
        if !may_pause && !line.is_given(&NO_SLEEP) {
            // It does not see whether somebody watches this program.
            due.words.push(format!("--{}", NO_SLEEP.long).into());
        }
        let mut not_tried = due.clone();
        let word = format!("--{}", acme_due::NOT_TRIED.long);
        not_tried.words.push(word.into());
        name_operands(&mut due, &line.operands);
        let mut issue = step(programs::ACME_ISSUE, &[], all, &TO_ISSUE);
        if is_configured {
            // The file says what each of its certificates is for.
            let replace = format!("--{}", acme_finalize::REPLACE.long);
            issue.words.push(replace.into());
        }
        issue.variables.extend(as_variables(all, TO_ISSUE.options)?);
        let of_user = (stages::FOR_USERS_PROGRAMS.to_owned(), of_user.join(","));
        issue.variables.push(of_user);
        let leftovers = format!("--{}", dns01_exec::LEFTOVERS.long);
        let cleanup = [dns01_exec::CLEANUP, &leftovers];
        let mut cleanup = step(programs::DNS01_EXEC, &cleanup, all, &TO_CLEANUP);
        cleanup.words.extend(program_of_variable(all)?);
        let deploy = format!("--{}", acme_deploy::ALL.long);
        let mut deploy = step(programs::ACME_DEPLOY, &[&deploy], line, &TO_DEPLOY);
        if !line.operands.is_empty() {
            name_operands(&mut deploy, &line.operands);
        }
        let given = |option: &'static Opt| all.each(option).map(|values| !values.is_empty());
        Ok(Plan {
            told: Told::from_line(line)?,
            waits: all.flag(&WAIT)?,
            may_pause,
            writes_documents: all.flag(&JSON)?,
            cleanup,
            due,
            not_tried,
            issue,
            deploy,
            deploys: own_targets
                || given(&configuration::DEPLOY_HOOK)?
                || given(&configuration::INSTALL)?,
            pre_hook: hook(all, &PRE_HOOK)?,
            post_hook: hook(all, &POST_HOOK)?,
            hook_timeout: all.seconds(&HOOK_TIMEOUT)?.unwrap_or_default(),
            defaults: Defaults::from_args(all)?,
            directory: directory.clone(),
            variables: variables.clone(),
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

/// A program with those of its options that are given.
fn step(
    program: programs::Row,
    words: &[&str],
    args: &Args,
    options: &HandedOn,
    directory: &Path,
    variables: &[(String, String)],
) -> Step {
    let mut all: Vec<OsString> = words.iter().map(OsString::from).collect();
    // All keep what they keep in one place, whatever says which.
    let is_word = |option: &&Opt| !option.is_secret && option.long != PATH.long;
    let handed_on: Vec<&Opt> = options.options.iter().copied().filter(is_word).collect();
    all.extend(args.hand_on(&handed_on));
    let mut path = OsString::from(format!("--{}=", PATH.long));
    path.push(directory);
    all.push(path);
    all.extend(args.hand_on(&[&QUIET, &VERBOSE]));
    let mut variables = variables.to_vec();
    // Killed, it can end nothing: what it started would go on beside the next run.
    variables.push((command::PARENT.to_owned(), std::process::id().to_string()));
    Step {
        program: program.name,
        words: all,
        variables,
        removed_variables: Vec::new(),
    }
}

/// Has a program look at no other certificates than those of these names.
pub(crate) fn name_operands(step: &mut Step, names: &[OsString]) {
    step.words.push("--".into());
    step.words.extend(names.iter().cloned());
}

/// The program that the environment names, as a word: by itself dns01-exec goes by what the journal says of leftovers, and one
/// that has moved since would be called for ever.
fn program_of_variable(all: &Args) -> Result<Option<OsString>, Usage> {
    if all.is_given(&dns01_exec::EXEC) {
        return Ok(None);
    }
    let program = all.path(&dns01_exec::EXEC)?;
    Ok(program.map(|program| {
        let mut word = OsString::from(format!("--{}=", dns01_exec::EXEC.long));
        word.push(program);
        word
    }))
}

/// Those variables of the file that only the user's programs are to have: which may be secrets. What programs of the pipeline
/// know stays with them.
fn for_users_programs(variables: &[(String, String)]) -> Vec<String> {
    let options = acme_issue::PROGRAM.own_options();
    let others = acme_issue::PROGRAM.variables.iter();
    let others: Vec<&str> = others
        .flat_map(|variable| variable.name.split(", "))
        .chain(OF_SYSTEM)
        .collect();
    let is_known = |name: &str| {
        let option = name.strip_suffix("_FILE").unwrap_or(name);
        let mut options = options.iter().filter_map(|option| option.variable);
        // Proxies may be in lower case.
        options.any(|known| known == option)
            || others.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    let names = variables.iter().map(|(name, _)| name.as_str());
    let names = names.filter(|name| !is_known(name));
    names.map(str::to_owned).collect()
}

/// What a program is told by variables: secrets, which others would see on its command line, and flags that the file turns off,
/// for which there is no word.
fn as_variables(args: &Args, options: &[&'static Opt]) -> Result<Vec<(String, String)>, Usage> {
    let mut variables = Vec::new();
    for option in options.iter().filter(|option| args.is_given(option)) {
        let Some(variable) = option.variable else {
            continue;
        };
        if option.is_secret {
            let value = args.text(option)?;
            variables.extend(value.map(|value| (variable.to_owned(), value)));
            // Else both would be set.
            variables.push((format!("{variable}_FILE"), String::new()));
        } else if matches!(option.kind, Kind::Flag) && !args.flag(option)? {
            variables.push((variable.to_owned(), "false".to_owned()));
        }
    }
    Ok(variables)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_no_program_of_the_pipeline_knows_are_for_the_users_programs_alone() {
        for (name, expected) in [
            ("TOKEN", true),
            ("TOKEN_FILE", true),
            ("AWS_SECRET_ACCESS_KEY", true),
            ("LEGO_SERVER", false),
            ("LEGO_EAB_HMAC", false),
            ("LEGO_EAB_HMAC_FILE", false),
            ("EXEC_PATH", false),
            ("LEGO_DNS_RESOLVERS", false),
            ("LEGO_CA_CERTIFICATES", false),
            ("SSL_CERT_DIR", false),
            ("https_proxy", false),
            ("PATH", false),
        ] {
            let variables = [(name.to_owned(), "x".to_owned())];
            let found = for_users_programs(&variables);
            assert_eq!(found.contains(&name.to_owned()), expected, "{name}");
        }
    }
}
