//! Which certificates are looked at: those of the configuration, or else those of the store; of these the ones that the
//! command line names.

use certificates::Store;
use command::{Usage, message};
use configuration::Configuration;
use lifecycle::Desired;
use std::collections::HashSet;
use std::ffi::OsString;

/// A certificate to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// What it is kept under.
    pub(crate) name: String,
    /// What the configuration asks for; `None` without a configuration.
    pub(crate) configured: Option<Configured>,
}

/// What the configuration asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Configured {
    /// What makes a certificate another one.
    pub(crate) desired: Desired,
    /// The CA, as the file has it.
    pub(crate) server: Option<String>,
    /// The account's address.
    pub(crate) email: Option<String>,
}

/// All of them. What is in the store and not in the configuration is said, and left alone.
///
/// # Errors
/// The store cannot be read; the configuration names no CA; or there is no certificate of a name.
pub(crate) fn certificates(
    store: &Store,
    configuration: Option<&Configuration>,
    operands: &[OsString],
) -> Result<Vec<Wanted>, Usage> {
    let stored = store
        .names()
        .map_err(|error| Usage::new(error.to_string()))?;
    let all = match configuration {
        None => stored.into_iter().map(of_store).collect(),
        Some(configuration) => {
            let configured = of_configuration(configuration)?;
            say_left_alone(&stored, &configured, configuration);
            configured
        }
    };
    named(all, operands)
}

fn of_store(name: String) -> Wanted {
    Wanted {
        name,
        configured: None,
    }
}

fn of_configuration(configuration: &Configuration) -> Result<Vec<Wanted>, Usage> {
    let certificates = configuration.certificates.iter().map(|certificate| {
        let server = certificate.server.clone();
        let directory = server.as_deref().map(acme::directory_url).transpose();
        let directory = directory
            .map_err(|error| configuration.mistake(certificate.server_line, &error.to_string()))?;
        Ok(Wanted {
            name: certificate.name.clone(),
            configured: Some(Configured {
                desired: Desired {
                    names: certificate.names.clone(),
                    directory,
                    key_type: certificate.key_type.clone(),
                    profile: certificate.profile.clone(),
                },
                server,
                email: certificate.email.clone(),
            }),
        })
    });
    certificates.collect()
}

fn say_left_alone(stored: &[String], configured: &[Wanted], configuration: &Configuration) {
    let known: HashSet<&str> = configured.iter().map(|one| one.name.as_str()).collect();
    let others: Vec<&str> = stored
        .iter()
        .map(String::as_str)
        .filter(|name| !known.contains(name))
        .collect();
    if !others.is_empty() {
        let file = configuration.path.display();
        let others = others.join(", ");
        message::note(&format!(
            "left alone, since {file} does not name them: {others}"
        ));
    }
}

/// Those that the command line names, or all where it names none.
fn named(all: Vec<Wanted>, operands: &[OsString]) -> Result<Vec<Wanted>, Usage> {
    if operands.is_empty() {
        return Ok(all);
    }
    let operands: Vec<_> = operands.iter().map(|word| word.to_string_lossy()).collect();
    let unknown = operands
        .iter()
        .find(|operand| !all.iter().any(|one| one.name == **operand));
    if let Some(unknown) = unknown {
        return Err(Usage::new(format!("there is no certificate `{unknown}`")));
    }
    let is_named = |one: &Wanted| operands.iter().any(|operand| one.name == **operand);
    Ok(all.into_iter().filter(is_named).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_chooses_among_the_certificates_that_there_are() {
        let all = || ["a.test", "b.test", "c.test"].map(|name| of_store(name.into()));
        let chosen = |operands: &[&str]| {
            let operands: Vec<OsString> = operands.iter().map(OsString::from).collect();
            let chosen = named(all().to_vec(), &operands)?;
            Ok(chosen.into_iter().map(|one| one.name).collect::<Vec<_>>())
        };
        for (operands, expected) in [
            (&[][..], Ok(vec!["a.test", "b.test", "c.test"])),
            (
                &["c.test", "a.test", "c.test"],
                Ok(vec!["a.test", "c.test"]),
            ),
            (&["a.test", "x"], Err("there is no certificate `x`")),
        ] {
            let expected = expected.map_err(Usage::new);
            let chosen = chosen(operands);
            assert_eq!(
                chosen,
                expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect())
            );
        }
    }
}
