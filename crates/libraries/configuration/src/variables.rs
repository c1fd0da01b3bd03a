//! Variables for the user's programs: the table `[env]`, and files.

use crate::entries::in_order;
use crate::env_file::{self, Variable, is_name};
use crate::mistakes::Mistakes;
use crate::value;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::DeValue;

/// The largest file with variables, in bytes.
const LARGEST: u64 = 1 << 20;

/// The variables of `[env]`.
pub(crate) fn of_table(table: &Spanned<DeValue<'_>>, mistakes: &mut Mistakes) -> Vec<Variable> {
    let DeValue::Table(entries) = table.get_ref() else {
        mistakes.add(&table.span(), "`env` is a table: [env]");
        return Vec::new();
    };
    let mut variables = Vec::new();
    for (key, value) in in_order(entries) {
        let name = key.get_ref().as_ref();
        if !is_name(name) {
            let shown = name.escape_debug();
            mistakes.add(&key.span(), format!("`{shown}` is no name of a variable"));
            continue;
        }
        match value::of_variable(name, value.get_ref()) {
            Ok(text) => variables.push((name.to_owned(), text)),
            Err(why) => mistakes.add(&value.span(), why),
        }
    }
    variables
}

/// The variables of the files that `env-file` names.
pub(crate) fn of_files(
    configuration: &Path,
    value: &Spanned<DeValue<'_>>,
    mistakes: &mut Mistakes,
) -> Vec<Variable> {
    let paths = match value::texts("env-file", value.get_ref()) {
        Ok(paths) => paths,
        Err(why) => {
            mistakes.add(&value.span(), why);
            return Vec::new();
        }
    };
    let mut variables = Vec::new();
    for path in paths {
        let path = place(configuration, Path::new(&path));
        match of_file(&path) {
            Ok((found, wrong)) => {
                variables.extend(found);
                for (line, why) in wrong {
                    let path = path.display();
                    mistakes.add(&value.span(), format!("{path}: line {line} {why}"));
                }
            }
            Err(why) => mistakes.add(&value.span(), format!("{}: {why}", path.display())),
        }
    }
    variables
}

/// Where a file is: of a relative path, what `$CREDENTIALS_DIRECTORY` has of its name, or else what is there beside the
/// configuration. Names of credentials have no slash.
fn place(configuration: &Path, path: &Path) -> PathBuf {
    if path.is_relative()
        && let Some(name) = path.file_name()
        && let Some(place) = command::credential(Path::new(name))
    {
        return place;
    }
    configuration.with_file_name("").join(path)
}

fn of_file(path: &Path) -> Result<(Vec<Variable>, Vec<(usize, String)>), String> {
    // Variables decide which programs run.
    let bytes = files::read_trusted(path, LARGEST).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    Ok(env_file::parse(&text))
}
