//! Records that no cleanup removed. The journal is dns01-exec's, so that program is asked for them.

use command::{beside, message};
use pipeline::programs;
use serde_json::{Deserializer, Value};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// The records that are left; `None` where nobody can tell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Leftovers(Option<Vec<Record>>);

/// A record that is left.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    /// The name that it is at.
    fqdn: String,
    /// The name that was to be proven.
    identifier: String,
}

/// Asks dns01-exec for the records below this directory. Where there is no journal, there are none.
pub(crate) fn find(path: &Path) -> Leftovers {
    let is_empty = fs::read_dir(path.join("journal")).map_or_else(
        |error| error.kind() == std::io::ErrorKind::NotFound,
        |mut entries| entries.next().is_none(),
    );
    if is_empty {
        return Leftovers(Some(Vec::new()));
    }
    let found = ask(path);
    if let Err(why) = &found {
        message::error(&format!("cannot find out which records are left: {why}"));
    }
    Leftovers(found.ok())
}

fn ask(path: &Path) -> Result<Vec<Record>, String> {
    let name = programs::DNS01_EXEC.name;
    let program = beside(name).ok_or_else(|| format!("{name} is not beside this program"))?;
    let output = Command::new(program)
        .args(["list", "--path"])
        .arg(path)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run {name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name} list: {}", output.status));
    }
    Ok(left(&output.stdout))
}

/// The records in its documents that no living run may still need.
fn left(documents: &[u8]) -> Vec<Record> {
    let documents = Deserializer::from_slice(documents).into_iter::<Value>();
    let left = documents.flatten().filter(|one| one["in_use"] == false);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    left.map(|one| Record {
        fqdn: text(&one["fqdn"]),
        identifier: text(&one["identifier"]["value"]),
    })
    .collect()
}

impl Leftovers {
    /// Whether it is known which there are.
    pub(crate) fn is_known(&self) -> bool {
        self.0.is_some()
    }

    /// How many there are, where that is known.
    pub(crate) fn count(&self) -> Option<usize> {
        self.0.as_ref().map(Vec::len)
    }

    /// Where those of a certificate for these names are.
    pub(crate) fn of(&self, names: &[String]) -> Vec<&str> {
        let is_of = |record: &&Record| {
            let proven = |name: &String| name.trim_start_matches("*.") == record.identifier;
            names.iter().any(proven)
        };
        let records = self.0.iter().flatten().filter(is_of);
        records.map(|record| record.fqdn.as_str()).collect()
    }

    /// Says that there are some, below this directory.
    pub(crate) fn say(&self, directory: &Path) {
        let records = match self.count() {
            None | Some(0) => return,
            Some(1) => "one TXT record is".to_owned(),
            Some(count) => format!("{count} TXT records are"),
        };
        let path = command::path_words(directory);
        message::warning(&format!(
            "{records} left: `dns01-exec list{path}` shows them, `dns01-exec cleanup --leftovers{path}` removes them"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_no_run_needs_are_told_by_the_name_that_they_prove() {
        let documents = br#"
            {"fqdn": "_acme-challenge.a.test.", "identifier": {"value": "a.test"}, "in_use": false}
            {"fqdn": "_acme-challenge.b.test.", "identifier": {"value": "b.test"}, "in_use": true}
            {"fqdn": "_acme-challenge.c.test.", "in_use": false}
        "#;
        let left = Leftovers(Some(left(documents)));
        assert_eq!(left.count(), Some(2));
        let names = |name: &str| vec!["x.test".to_owned(), name.to_owned()];
        assert_eq!(left.of(&names("*.a.test")), ["_acme-challenge.a.test."]);
        assert_eq!(left.of(&names("b.test")), Vec::<&str>::new());
    }
}
