//! The programs of a run, each with the words and variables that it gets.

use acme_renew::{PATH, TO_CLEANUP, TO_DEPLOY, TO_DUE, TO_ISSUE};
use command::{Args, HandedOn, Kind, NO_SLEEP, Opt, QUIET, Usage, VERBOSE};
use pipeline::programs;
use stages::Step;
use std::ffi::OsString;
use std::path::Path;

/// Variables by which programs find others, and files.
const OF_SYSTEM: [&str; 4] = ["PATH", "HOME", "XDG_DATA_HOME", "CREDENTIALS_DIRECTORY"];

/// What the programs are told.
pub(crate) struct Steps<'a> {
    /// The command line: the programs that read the file themselves get that alone.
    line: &'a Args,
    /// That, with what the file sets.
    all: &'a Args,
    /// Where all is kept.
    directory: &'a Path,
    /// Variables of the file.
    variables: &'a [(String, String)],
    /// The names of those that only the user's programs are to have.
    for_users_programs: Vec<String>,
}

impl<'a> Steps<'a> {
    pub(crate) fn new(
        line: &'a Args,
        all: &'a Args,
        directory: &'a Path,
        variables: &'a [(String, String)],
    ) -> Steps<'a> {
        Steps {
            line,
            all,
            directory,
            for_users_programs: for_users_programs(variables),
            variables,
        }
    }

    /// `acme-due`. It does not see whether somebody watches this program, so it is told whether it may pause.
    pub(crate) fn due(&self, may_pause: bool) -> Result<Step, Usage> {
        let mut due = self.any_due()?;
        if !may_pause && !self.line.is_given(&NO_SLEEP) {
            due.words.push(long(&NO_SLEEP).into());
        }
        name_operands(&mut due, &self.line.operands);
        Ok(due)
    }

    /// `acme-due --not-tried`, to which names are still to be added.
    pub(crate) fn not_tried(&self) -> Result<Step, Usage> {
        let mut not_tried = self.any_due()?;
        not_tried.words.push(long(&acme_due::NOT_TRIED).into());
        Ok(not_tried)
    }

    /// `acme-due`. It runs no program of the user's, and needs no secret of theirs.
    fn any_due(&self) -> Result<Step, Usage> {
        // What names no CA goes to this one.
        let server = acme_cli::directory(self.all)?;
        let server = format!("{}={server}", long(&acme_due::SERVER));
        let words = [long(&acme_due::FAILING), server];
        let mut due = self.step(programs::ACME_DUE, &words, self.line, &TO_DUE);
        let is_for_users = |name: &String| self.for_users_programs.contains(name);
        due.variables.retain(|(name, _)| !is_for_users(name));
        Ok(due)
    }

    /// `acme-issue`. Of a configuration, the file says what each of its certificates is for.
    pub(crate) fn issue(&self, is_configured: bool) -> Result<Step, Usage> {
        let replace = is_configured.then(|| long(&acme_finalize::REPLACE));
        // Who says that what failed is mended means the CA's pause as well.
        let is_mended = self.line.is_given(&acme_due::RETRY);
        let force = is_mended.then(|| long(&acme_order::FORCE));
        let words: Vec<String> = replace.into_iter().chain(force).collect();
        let mut issue = self.step(programs::ACME_ISSUE, &words, self.all, &TO_ISSUE);
        issue
            .variables
            .extend(as_variables(self.all, TO_ISSUE.options)?);
        let of_user = self.for_users_programs.join(",");
        let of_user = (stages::FOR_USERS_PROGRAMS.to_owned(), of_user);
        issue.variables.push(of_user);
        Ok(issue)
    }

    /// `dns01-exec cleanup --leftovers`.
    pub(crate) fn cleanup(&self) -> Result<Step, Usage> {
        let words = [dns01_exec::CLEANUP.to_owned(), long(&dns01_exec::LEFTOVERS)];
        let mut cleanup = self.step(programs::DNS01_EXEC, &words, self.all, &TO_CLEANUP);
        cleanup.words.extend(program_of_variable(self.all)?);
        Ok(cleanup)
    }

    /// `acme-deploy --all`.
    pub(crate) fn deploy(&self) -> Step {
        let words = [long(&acme_deploy::ALL)];
        let mut deploy = self.step(programs::ACME_DEPLOY, &words, self.line, &TO_DEPLOY);
        if !self.line.operands.is_empty() {
            name_operands(&mut deploy, &self.line.operands);
        }
        deploy
    }

    /// A program with these words, and those of its options that are given.
    fn step(
        &self,
        program: programs::Row,
        words: &[String],
        args: &Args,
        options: &HandedOn,
    ) -> Step {
        let mut all: Vec<OsString> = words.iter().map(OsString::from).collect();
        // All keep what they keep in one place, whatever says which.
        let is_word = |option: &&Opt| !option.is_secret && option.long != PATH.long;
        let handed_on: Vec<&Opt> = options.options.iter().copied().filter(is_word).collect();
        all.extend(args.hand_on(&handed_on));
        let mut path = OsString::from(format!("{}=", long(&PATH)));
        path.push(self.directory);
        all.push(path);
        all.extend(args.hand_on(&[&QUIET, &VERBOSE]));
        let mut variables = self.variables.to_vec();
        // Killed, it can end nothing: what it started would go on beside the next run.
        variables.push((command::PARENT.to_owned(), std::process::id().to_string()));
        Step {
            program: program.name,
            words: all,
            variables,
            removed_variables: Vec::new(),
        }
    }
}

/// The word for an option.
fn long(option: &Opt) -> String {
    format!("--{}", option.long)
}

/// Has a program look at no other certificates than those of these names.
pub(crate) fn name_operands(step: &mut Step, names: &[OsString]) {
    step.words.push("--".into());
    step.words.extend(names.iter().cloned());
}

/// The program that the environment names, as a word: by itself dns01-exec goes by what the journal says of leftovers, and one
/// that has moved since would be called for ever.
fn program_of_variable(all: &Args) -> Result<Option<OsString>, Usage> {
    // `--dns exec` is as if no service was named.
    let service = all.text(&dns01_exec::DNS)?.filter(|code| code != "exec");
    if all.is_given(&dns01_exec::EXEC) || service.is_some() {
        return Ok(None);
    }
    let program = all.path(&dns01_exec::EXEC)?;
    Ok(program.map(|program| {
        let mut word = OsString::from(format!("{}=", long(&dns01_exec::EXEC)));
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
