//! The exec protocol: how the user's program is called for a challenge, as lego calls it, and what its environment
//! says beside that.

use crate::challenge::Challenge;
use crate::program::{self, Call, Ended};
use pipeline::{Failure, value};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// The most of what the program prints on stdout that is kept for `cleanup`, in bytes.
pub(crate) const MOST_OUTPUT: usize = 64 << 10;

/// The system starts no program with a longer variable (MAX_ARG_STRLEN of execve(2)), in bytes with room for its name;
/// nor does it with more than some megabytes of all, which is far.
const LONGEST_VARIABLE: usize = 120 << 10;

/// What the program is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Present,
    Cleanup,
}

impl Action {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Action::Present => "present",
            Action::Cleanup => "cleanup",
        }
    }
}

/// The user's program and how it wants to be called.
#[derive(Debug, Clone)]
pub(crate) struct Protocol {
    pub(crate) program: PathBuf,
    /// `EXEC_MODE=RAW`: `-- DOMAIN TOKEN KEYAUTH` instead of `FQDN VALUE`.
    pub(crate) raw: bool,
    /// `-- FQDN VALUE` in default mode.
    pub(crate) double_dash: bool,
    /// One call for all challenges of a zone.
    pub(crate) batch: bool,
    /// How long a call may take.
    pub(crate) limit: Duration,
}

impl Protocol {
    /// Calls the program for a challenge.
    ///
    /// # Errors
    /// `acmepipe:document` where the challenge lacks what the mode needs, and those of [`program::run`].
    pub(crate) fn call(
        &self,
        action: Action,
        challenge: &Challenge,
        keep: usize,
    ) -> Result<Ended, Failure> {
        let call = Call {
            arguments: self.arguments(action, challenge)?,
            environment: environment(action, challenge),
            stdin: None,
            keep,
            silent: false,
            limit: self.limit,
        };
        program::run(&self.program, &call)
    }

    /// Whether the challenge has what the mode needs.
    ///
    /// # Errors
    /// `acmepipe:document`, naming the member that is missing.
    pub(crate) fn check(&self, challenge: &Challenge) -> Result<(), Failure> {
        self.arguments(Action::Present, challenge).map(drop)
    }

    fn arguments(&self, action: Action, challenge: &Challenge) -> Result<Vec<OsString>, Failure> {
        let mut words = vec![action.name()];
        if self.raw {
            words.push("--");
            words.push(given("identifier.value", &challenge.domain)?);
            words.push(given("token", &challenge.token)?);
            words.push(given("key_authorization", &challenge.key_authorization)?);
        } else {
            if self.double_dash {
                words.push("--");
            }
            words.push(&challenge.effective_fqdn);
            words.push(given("value", &challenge.value)?);
        }
        Ok(words.into_iter().map(OsString::from).collect())
    }

    /// Asks the program how long to wait for propagation and how often to look, in seconds; nothing where it does
    /// not say within `limit`.
    pub(crate) fn timeout(&self, limit: Duration) -> Option<(Duration, Duration)> {
        let call = Call {
            arguments: vec!["timeout".into()],
            environment: Vec::new(),
            stdin: None,
            keep: 4096,
            silent: true,
            limit,
        };
        let ended = program::run(&self.program, &call).ok()?;
        let answer = serde_json::from_slice::<pipeline::Object>(&ended.output).ok()?;
        let seconds = |member| {
            let seconds: f64 = value::required(&answer, member).ok()?;
            value::duration(seconds)
        };
        Some((seconds("timeout")?, seconds("interval")?))
    }
}

fn given<'a>(member: &str, text: &'a Option<String>) -> Result<&'a str, Failure> {
    text.as_deref()
        .ok_or_else(|| Failure::document(format!("member `{member}` is missing")))
}

/// What lego never tells a program, and each script works out for itself.
pub(crate) fn environment(action: Action, challenge: &Challenge) -> Vec<(&'static str, String)> {
    let mut variables = vec![("DNS01_FQDN", challenge.fqdn.clone())];
    let mut add = |name, value: Option<String>| {
        let value = value.filter(|value| value.len() <= LONGEST_VARIABLE);
        variables.extend(value.map(|value| (name, value)));
    };
    add("DNS01_ZONE", challenge.zone.clone());
    add("DNS01_NAME", challenge.relative_name().map(str::to_owned));
    add("DNS01_DOMAIN", challenge.domain.clone());
    add(
        "DNS01_WILDCARD",
        challenge.wildcard.map(|wildcard| wildcard.to_string()),
    );
    let servers = &challenge.nameservers;
    add(
        "DNS01_NAMESERVERS",
        (!servers.is_empty()).then(|| servers.join(" ")),
    );
    if action == Action::Cleanup {
        // An environment cannot hold NUL, and a document can.
        let output = challenge
            .output
            .as_ref()
            .map(|output| output.replace('\0', ""));
        add("DNS01_PRESENT_OUTPUT", output);
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_arguments_are_those_of_lego() {
        let object = json!({
            "fqdn": "_acme-challenge.www.example.com.", "effective_fqdn": "x.auth.example.net.",
            "value": "-v", "identifier": {"type": "dns", "value": "www.example.com"},
            "token": "-t", "key_authorization": "-t.k", "wildcard": true,
        });
        let challenge = Challenge::read(object.as_object().unwrap()).unwrap();
        let mut protocol = Protocol {
            program: "x".into(),
            raw: false,
            double_dash: false,
            batch: false,
            limit: Duration::ZERO,
        };
        let words = |protocol: &Protocol| {
            let words = protocol.arguments(Action::Present, &challenge).unwrap();
            words
                .into_iter()
                .map(|word| word.into_string().unwrap())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(words(&protocol), "present x.auth.example.net. -v");
        protocol.double_dash = true;
        assert_eq!(words(&protocol), "present -- x.auth.example.net. -v");
        protocol.raw = true;
        assert_eq!(words(&protocol), "present -- www.example.com -t -t.k");
    }
}
