//! Which certificates are looked at: those of the configuration, or else those of the store; of these the ones that the
//! command line names.

use certificates::Store;
use command::{Usage, message};
use configuration::Configuration;
use lifecycle::Configured;
use names::{kept_name, said_of_unknown};
use std::collections::{BTreeSet, HashSet};
use std::ffi::OsString;

/// A certificate to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// What it is kept under.
    pub(crate) name: String,
    /// What the configuration asks for; `None` without a configuration.
    pub(crate) configured: Option<Configured>,
    /// The CA, as the configuration has it.
    pub(crate) server: Option<String>,
}

/// What a run looks at.
pub(crate) struct Selection {
    pub(crate) certificates: Vec<Candidate>,
    /// What a person may want to know of those in the store that the configuration does not name.
    pub(crate) left_alone: Option<String>,
}

/// All of them. What is in the store and not in the configuration is left alone.
///
/// # Errors
/// The store cannot be read; the configuration names no CA; or there is no certificate of a name.
pub(crate) fn certificates(
    store: &Store,
    configuration: Option<&Configuration>,
    operands: &[OsString],
) -> Result<Selection, Usage> {
    let names = store
        .all_names()
        .map_err(|error| Usage::new(error.to_string()))?;
    if let Some(note) = names.note() {
        message::warning(&note);
    }
    let stored = names.certificates;
    let (all, left_alone) = match configuration {
        None => (stored.into_iter().map(of_store).collect(), None),
        Some(configuration) => {
            let configured = of_configuration(configuration)?;
            let left_alone = left_alone(&stored, &configured, configuration);
            (configured, left_alone)
        }
    };
    Ok(Selection {
        certificates: named(all, operands)?,
        left_alone,
    })
}

fn of_store(name: String) -> Candidate {
    Candidate {
        name,
        configured: None,
        server: None,
    }
}

fn of_configuration(configuration: &Configuration) -> Result<Vec<Candidate>, Usage> {
    let certificates = configuration.certificates.iter().map(|certificate| {
        Ok(Candidate {
            name: certificate.name.clone(),
            configured: Some(configuration.asks_for(certificate, acme::directory_url)?),
            server: certificate.server.clone(),
        })
    });
    certificates.collect()
}

/// That some are left alone, where there are any.
fn left_alone(
    stored: &[String],
    configured: &[Candidate],
    configuration: &Configuration,
) -> Option<String> {
    let known: HashSet<&str> = configured.iter().map(|one| one.name.as_str()).collect();
    let others: Vec<&str> = stored
        .iter()
        .map(String::as_str)
        .filter(|name| !known.contains(name))
        .collect();
    let (file, names) = (configuration.path.display(), others.join(", "));
    (!others.is_empty()).then(|| format!("left alone, since {file} does not name them: {names}"))
}

/// Those that the command line names, or all where it names none.
fn named(all: Vec<Candidate>, operands: &[OsString]) -> Result<Vec<Candidate>, Usage> {
    if operands.is_empty() {
        return Ok(all);
    }
    let known: HashSet<&str> = all.iter().map(|one| one.name.as_str()).collect();
    let is_known = |name: &str| known.contains(name);
    let names: BTreeSet<String> = operands
        .iter()
        .map(|word| kept_name(&word.to_string_lossy(), is_known))
        .collect();
    let unknown: Vec<&String> = names.iter().filter(|name| !is_known(name)).collect();
    if !unknown.is_empty() {
        return Err(Usage::new(said_of_unknown(unknown)));
    }
    let is_named = |one: &Candidate| names.contains(&one.name);
    Ok(all.into_iter().filter(is_named).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_chooses_among_the_certificates_that_there_are() {
        let all = || ["a.test", "b.test", "c.test", "_.d.test"].map(|name| of_store(name.into()));
        let chosen = |operands: &[&str]| {
            let operands: Vec<OsString> = operands.iter().map(OsString::from).collect();
            let chosen = named(all().to_vec(), &operands)?;
            Ok(chosen.into_iter().map(|one| one.name).collect::<Vec<_>>())
        };
        for (operands, expected) in [
            (&[][..], Ok(vec!["a.test", "b.test", "c.test", "_.d.test"])),
            (&["*.d.test", "A.Test"], Ok(vec!["a.test", "_.d.test"])),
            (
                &["c.test", "a.test", "c.test"],
                Ok(vec!["a.test", "c.test"]),
            ),
            (
                &["y", "a.test", "x"],
                Err("there is no certificate `x`\nthere is no certificate `y`"),
            ),
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
