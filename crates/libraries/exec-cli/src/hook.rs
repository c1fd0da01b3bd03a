//! Hooks: programs of the user's that are told of certificates, before they are ordered, after that, and where they are
//! deployed. All of them have lego's variables, and these mean the same for each.

use crate::call::{Call, call};
use command::message;
use pipeline::Problem;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;
use subprocess::Stdout;

/// Variables, with their values.
pub type Variables = Vec<(&'static str, String)>;

/// All variables of hooks: those of lego 5 and of lego 4, and what lego never tells. An inherited one is removed: it would be
/// about another certificate.
pub const VARIABLES: [&str; 30] = [
    "LEGO_HOOK_CERT_NAME",
    "LEGO_HOOK_CERT_NAME_SANITIZED",
    "LEGO_HOOK_CERT_DOMAINS",
    "LEGO_HOOK_CERT_KEY_TYPE",
    "LEGO_HOOK_CERT_PATH",
    "LEGO_HOOK_CERT_KEY_PATH",
    "LEGO_HOOK_ISSUER_CERT_PATH",
    "LEGO_HOOK_CERT_PEM_PATH",
    "LEGO_HOOK_CERT_PFX_PATH",
    "LEGO_HOOK_ACCOUNT_ID",
    "LEGO_HOOK_ACCOUNT_EMAIL",
    "LEGO_HOOK_ACCOUNT_SERVER",
    "LEGO_CERT_DOMAIN",
    "LEGO_CERT_PATH",
    "LEGO_CERT_KEY_PATH",
    "LEGO_ISSUER_CERT_PATH",
    "LEGO_CERT_PEM_PATH",
    "LEGO_CERT_PFX_PATH",
    "LEGO_ACCOUNT_EMAIL",
    "ACMEPIPE_CERT_NAMES",
    "ACMEPIPE_CERT_DIR",
    "ACMEPIPE_CERT_LEAF",
    "ACMEPIPE_CERT_SERIAL",
    "ACMEPIPE_CERT_ISSUER",
    "ACMEPIPE_CERT_NOT_BEFORE",
    "ACMEPIPE_CERT_NOT_AFTER",
    "ACMEPIPE_CERT_URL",
    "ACMEPIPE_CERT_PROFILE",
    "ACMEPIPE_CERT_VERSION",
    "ACMEPIPE_DEPLOY_TRY",
];

/// The longest variable that is passed on, in bytes. The system starts no program with one of more than 128 KiB, its
/// name included (MAX_ARG_STRLEN, execve(2)).
const LONGEST_VARIABLE: usize = 120 << 10;

/// A certificate, as far as it is known both before its order and after that.
pub struct Certificate<'a> {
    /// The name that it is kept under.
    pub name: &'a str,
    /// Its names, in the order in which they were asked for.
    pub names: &'a [&'a str],
    /// The kind of its key, by its name.
    pub key_type: Option<&'a str>,
    /// The account that it is ordered with.
    pub account: Account<'a>,
}

/// An account at a CA, as far as it is known.
#[derive(Default)]
pub struct Account<'a> {
    /// Its address, if it has one that is known.
    pub email: Option<&'a str>,
    /// The URL of the CA's directory, where that is known.
    pub directory: Option<&'a str>,
}

impl Certificate<'_> {
    /// What every hook is told of it.
    pub fn variables(&self) -> Variables {
        let Account { email, directory } = self.account;
        // Lego's own name for an account: its address, unless somebody has given it another.
        let id = email.unwrap_or("default");
        let domains = self.names.join(",");
        [
            ("LEGO_HOOK_CERT_NAME", Some(self.own_name())),
            ("LEGO_HOOK_CERT_NAME_SANITIZED", Some(self.name)),
            ("LEGO_HOOK_CERT_DOMAINS", Some(&*domains)),
            ("LEGO_HOOK_CERT_KEY_TYPE", self.key_type),
            ("LEGO_HOOK_ACCOUNT_ID", Some(id)),
            ("LEGO_HOOK_ACCOUNT_EMAIL", email),
            ("LEGO_HOOK_ACCOUNT_SERVER", directory),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?.to_owned())))
        .collect()
    }

    /// Lego's name of it: that of its names under which it is kept, or what somebody chose. Lego writes `_` for `*` only where
    /// files are named.
    fn own_name(&self) -> &str {
        let is_kept_under = |name: &&&str| name.replace('*', "_") == self.name;
        self.names.iter().find(is_kept_under).unwrap_or(&self.name)
    }
}

/// A hook that is to be run.
pub struct Hook<'a> {
    /// What it is for, as a person is told of it.
    pub about: &'a str,
    /// The program.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: &'a [String],
    /// Variables from the configuration.
    pub configured: &'a [(String, String)],
    /// What is known of certificates, which wins over what the configuration says of all.
    pub known: Variables,
    /// How long it may take.
    pub time_limit: Duration,
}

/// Runs the hook, and waits until it has ended and nobody holds its output any more.
///
/// # Errors
/// `acmepipe:exec:start`, `:timeout` or `:status`, with the last lines that it printed.
pub fn run(hook: Hook<'_>) -> Result<(), Problem> {
    let about = hook.about;
    let (known, left_out) = that_fit(hook.known);
    for (name, why) in left_out {
        message::note(&format!("{about}: {name} is not set, since it {why}"));
    }
    let known = known
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value));
    let one = Call {
        about: about.to_owned(),
        is_silent: false,
        arguments: hook.arguments.iter().map(OsString::from).collect(),
        removed_variables: VARIABLES.to_vec(),
        variables: hook.configured.iter().cloned().chain(known).collect(),
        stdin: None,
        stdout: Stdout::Messages,
        kept_stdout: 0,
        time_limit: hook.time_limit,
        hint: |_, _| None,
    };
    call(hook.program, one)
        .map(drop)
        .map_err(|failure| failure.problem)
}

/// Those variables that an environment can hold, and the others with what is wrong with them.
fn that_fit(variables: Variables) -> (Variables, Vec<(&'static str, &'static str)>) {
    let (mut fit, mut others) = (Variables::new(), Vec::new());
    for (name, value) in variables {
        if value.len() > LONGEST_VARIABLE {
            others.push((name, "would be longer than 120 KiB"));
        } else if value.contains('\0') {
            // What a CA signs can have one.
            others.push((name, "would have a zero byte in it"));
        } else {
            fit.push((name, value));
        }
    }
    (fit, others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_called_by_that_of_its_names_which_it_is_kept_under() {
        for (name, names, expected) in [
            ("a.test", &["a.test", "b.test"][..], "a.test"),
            ("_.a.test", &["*.a.test", "a.test"], "*.a.test"),
            ("_.a.test", &["a.test", "*.a.test"], "*.a.test"),
            ("a.test", &["*.a.test", "a.test"], "a.test"),
            // A name that somebody chose.
            ("web", &["a.test", "b.test"], "web"),
            ("_.a.test", &["b.test"], "_.a.test"),
            ("web", &[], "web"),
        ] {
            let certificate = Certificate {
                name,
                names,
                key_type: None,
                account: Account::default(),
            };
            assert_eq!(certificate.own_name(), expected, "{name} {names:?}");
            let variables = certificate.variables();
            let told: Vec<&str> = variables.iter().map(|(_, value)| value.as_str()).collect();
            assert_eq!(told, [expected, name, &names.join(","), "default"]);
        }
    }

    #[test]
    fn an_account_is_called_by_its_address_or_as_lego_calls_one_without() {
        let told = |account: Account<'_>| {
            let certificate = Certificate {
                name: "a.test",
                names: &[],
                key_type: Some("EC256"),
                account,
            };
            let mut variables = certificate.variables();
            variables.drain(..3);
            assert!(variables.iter().all(|(name, _)| VARIABLES.contains(name)));
            let told = variables.iter().map(|(name, value)| {
                let name = name.trim_start_matches("LEGO_HOOK_");
                format!("{name}={value}")
            });
            told.collect::<Vec<_>>().join(" ")
        };
        let account = |email, directory| Account { email, directory };
        for (account, expected) in [
            (
                account(None, None),
                "CERT_KEY_TYPE=EC256 ACCOUNT_ID=default",
            ),
            (
                account(Some("me@a.test"), Some("https://ca.test")),
                "CERT_KEY_TYPE=EC256 ACCOUNT_ID=me@a.test ACCOUNT_EMAIL=me@a.test ACCOUNT_SERVER=https://ca.test",
            ),
        ] {
            assert_eq!(told(account), expected);
        }
    }

    #[test]
    fn what_no_environment_can_hold_is_left_out_and_named() {
        let long = "x".repeat(LONGEST_VARIABLE);
        let (fit, others) = that_fit(vec![
            ("A", long.clone()),
            ("B", format!("{long}x")),
            ("C", "a\0b".to_owned()),
            ("D", String::new()),
        ]);
        let fit: Vec<&str> = fit.iter().map(|(name, _)| *name).collect();
        assert_eq!(fit, ["A", "D"]);
        let expected = [
            ("B", "would be longer than 120 KiB"),
            ("C", "would have a zero byte in it"),
        ];
        assert_eq!(others, expected);
    }
}
