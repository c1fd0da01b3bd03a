//! The user's program: what it is called with for one challenge, as lego's `exec` provider calls it.

use crate::protocol::arguments::Arguments;
use crate::protocol::environment;
use crate::protocol::hint::{hint, is_about_zone};
use crate::protocol::permanent::{is_permanent, problem_of};
use command::text::sentence;
use exec_cli::{Call, call};
use pipeline::catalogue::challenge::{KEY_AUTHORIZATION, TOKEN, VALUE};
use pipeline::{Challenge, Problem, types, value};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;
use subprocess::{Stdout, Success};

/// How much of what the program prints on standard output is kept for `cleanup`, in bytes: an interface's number for
/// the record is far shorter, and one variable has to hold it.
pub(crate) const KEPT_OUTPUT: usize = 64 << 10;

/// What the program is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Present,
    Cleanup,
}

impl Action {
    /// The word that the program is called with.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Action::Present => dns01_exec::PRESENT,
            Action::Cleanup => dns01_exec::CLEANUP,
        }
    }
}

/// The user's program, and how it wants to be called.
#[derive(Debug, Clone)]
pub(crate) struct UserProgram {
    pub(crate) path: PathBuf,
    /// `EXEC_MODE=RAW`: `-- DOMAIN TOKEN KEYAUTH` instead of `FQDN VALUE`.
    pub(crate) raw: bool,
    /// `-- FQDN VALUE` in default mode.
    pub(crate) double_dash: bool,
    /// One call for all challenges of a zone.
    pub(crate) batch: bool,
    /// How many calls may overlap; without it, one for each zone.
    pub(crate) jobs: Option<usize>,
    /// How long a call may take.
    pub(crate) time_limit: Duration,
}

impl UserProgram {
    /// How long it takes at most until nothing of a call is left.
    pub(crate) fn time_to_end(&self) -> Duration {
        exec_cli::time_to_end(self.time_limit)
    }

    /// Calls the program for a challenge. What it prints on standard output is kept where it presents.
    ///
    /// # Errors
    /// `acmepipe:document` where the challenge lacks what the mode needs; `acmepipe:exec:start`, `:timeout` or `:status`.
    pub(crate) fn call(&self, action: Action, arguments: &Arguments) -> Result<Success, Problem> {
        let mut variables = environment::of_challenge(arguments);
        if action == Action::Cleanup {
            variables.extend(environment::of_output(arguments));
        }
        let words = self.words(action, arguments)?;
        let mut variables = environment::owned(variables);
        variables.extend(environment::warned(&self.path));
        let one = Call {
            about: arguments.record_name.to_string(),
            is_silent: false,
            arguments: words,
            removed_variables: environment::ALL.to_vec(),
            variables,
            stdin: None,
            stdout: Stdout::Messages,
            kept_stdout: match action {
                Action::Present => KEPT_OUTPUT,
                Action::Cleanup => 0,
            },
            time_limit: self.time_limit,
            hint,
        };
        call(&self.path, one).map_err(|failure| with_alias(problem_of(failure), arguments))
    }

    /// Whether another call is of no use: the program says so, or its file cannot be run.
    pub(crate) fn is_in_vain(&self, problem: &Problem) -> bool {
        let cannot_be_run = || !subprocess::can_be_run(&self.path);
        is_permanent(problem) || (problem.is(&types::EXEC_START) && cannot_be_run())
    }

    /// What it is called with for this challenge, which has what the mode needs.
    ///
    /// # Errors
    /// `acmepipe:document`, naming the member that is missing, or that no program can be called with.
    pub(crate) fn arguments(&self, challenge: &Challenge) -> Result<Arguments, Problem> {
        let arguments = Arguments::of(challenge)?;
        if self.raw
            && challenge
                .kind()
                .as_deref()
                .is_some_and(|kind| kind != DNS01)
        {
            let detail = "in RAW mode a program makes the record's name of the identifier, as it is for dns-01 alone";
            return Err(Problem::document(detail)
                .hint("Use a program of the default mode, which gets the name."));
        }
        self.words(Action::Present, &arguments)?;
        Ok(arguments)
    }

    fn words(&self, action: Action, arguments: &Arguments) -> Result<Vec<OsString>, Problem> {
        let mut words = vec![action.name()];
        if self.raw {
            words.push("--");
            words.push(needed("identifier.value", &arguments.domain)?);
            words.push(needed(TOKEN.name, &arguments.token)?);
            words.push(needed(
                KEY_AUTHORIZATION.name,
                &arguments.key_authorization,
            )?);
        } else {
            if self.double_dash {
                words.push("--");
            }
            words.push(arguments.record_name.as_str());
            words.push(needed(VALUE.name, &arguments.value)?);
        }
        Ok(words.into_iter().map(OsString::from).collect())
    }
}

/// The problem, with where the record is where a CNAME leads to another zone than a person may think of.
pub(super) fn with_alias(mut problem: Problem, arguments: &Arguments) -> Problem {
    let (fqdn, record) = (&arguments.fqdn, &arguments.record_name);
    if let Some(hint) = problem.hint.as_mut()
        && fqdn != record
        && is_about_zone(hint)
    {
        *hint = sentence(hint);
        hint.push_str(&format!(
            " The record belongs at {record}, where the CNAME at {fqdn} leads."
        ));
    }
    problem
}

/// The type of challenge whose record a program can name that knows the identifier.
const DNS01: &str = "dns-01";

fn needed<'a>(member: &str, text: &'a Option<String>) -> Result<&'a str, Problem> {
    text.as_deref().ok_or_else(|| value::missing(member))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::of_json;
    use serde_json::{Value, json};

    fn words(raw: bool, double_dash: bool, challenge: &Value) -> Result<String, String> {
        let program = UserProgram {
            path: "x".into(),
            raw,
            double_dash,
            batch: false,
            jobs: None,
            time_limit: Duration::ZERO,
        };
        let words = program.words(Action::Present, &of_json(challenge).unwrap());
        let challenge = Challenge::from(challenge.as_object().unwrap().clone());
        assert_eq!(program.arguments(&challenge).is_ok(), words.is_ok());
        let words = words.map_err(|problem| problem.detail)?;
        let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
        Ok(words.join(" "))
    }

    #[test]
    fn the_arguments_are_those_of_lego() {
        let challenge = json!({
            "fqdn": "_acme-challenge.www.example.com.", "effective_fqdn": "x.auth.example.net.",
            "value": "-v", "identifier": {"type": "dns", "value": "www.example.com"},
            "token": "-t", "key_authorization": "-t.k", "wildcard": true,
        });
        for (raw, double_dash, expected) in [
            (false, false, "present x.auth.example.net. -v"),
            (false, true, "present -- x.auth.example.net. -v"),
            (true, false, "present -- www.example.com -t -t.k"),
            (true, true, "present -- www.example.com -t -t.k"),
        ] {
            assert_eq!(words(raw, double_dash, &challenge).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_a_server_says_of_a_zone_is_explained_with_the_cname_that_leads_there() {
        let hint_of = |effective: &str, hint: &str| {
            let challenge = json!({"fqdn": "_acme-challenge.a.test.", "effective_fqdn": effective, "value": "v"});
            let arguments = of_json(&challenge).unwrap();
            let problem = Problem::new(&types::EXEC_STATUS, "exited 2").hint(hint);
            with_alias(problem, &arguments).hint.unwrap_or_default()
        };
        let said = |line: &str| hint(&[], &[line.to_owned()]).unwrap_or_default();
        for (effective, line, is_told) in [
            ("x.b.test.", "update failed: NOTZONE", true),
            ("x.b.test.", "update failed: REFUSED", true),
            ("x.b.test.", "update failed: NOTAUTH(BADSIG)", false),
            ("_acme-challenge.a.test.", "update failed: NOTZONE", false),
        ] {
            let hint = hint_of(effective, said(line));
            let tells =
                hint.ends_with("at x.b.test., where the CNAME at _acme-challenge.a.test. leads.");
            assert_eq!(tells, is_told, "{effective} {line}: {hint}");
        }
    }

    #[test]
    fn a_record_whose_name_has_the_accounts_label_needs_the_default_mode() {
        let challenge = |kind: &str| {
            json!({"fqdn": "a.test.", "identifier": {"value": "a.test"}, "token": "t", "value": "v",
                   "key_authorization": "t.k", "type": kind})
        };
        for (raw, kind, is_called) in [
            (true, "dns-01", true),
            (true, "dns-account-01", false),
            (false, "dns-account-01", true),
        ] {
            let program = UserProgram {
                path: "/x".into(),
                raw,
                double_dash: false,
                batch: false,
                jobs: None,
                time_limit: Duration::ZERO,
            };
            let object = challenge(kind).as_object().unwrap().clone();
            let arguments = program.arguments(&object.into());
            assert_eq!(arguments.is_ok(), is_called, "{raw} {kind}");
        }
    }

    #[test]
    fn a_challenge_without_what_the_mode_needs_is_refused_by_the_members_name() {
        let raw = json!({
            "fqdn": "a.test.", "identifier": {"value": "a.test"}, "token": "t", "key_authorization": "t.k",
        });
        let missing = |raw: bool, challenge: &Value| words(raw, false, challenge).unwrap_err();
        assert_eq!(missing(false, &raw), "member `value` is missing");
        for (member, named) in [
            ("identifier", "identifier.value"),
            ("token", "token"),
            ("key_authorization", "key_authorization"),
        ] {
            let mut challenge = raw.clone();
            challenge[member] = Value::Null;
            assert_eq!(
                missing(true, &challenge),
                format!("member `{named}` is missing")
            );
        }
    }
}
