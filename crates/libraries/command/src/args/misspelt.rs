//! Variables that nearly are ones of the program: what they say would count for nothing, and nothing would say so.

use super::Args;
use crate::nearest::{with_parts_of, within};
use crate::secret::credential_names;
use crate::usage::Usage;

/// How many letters may be wrong.
const WRONG_LETTERS: usize = 2;

impl Args {
    /// Refuses a variable that begins as those of the program's options do, and is misspelt; and so the name of a file in
    /// `$CREDENTIALS_DIRECTORY`.
    ///
    /// # Errors
    /// There is such a variable or file, and none that has the name that is meant.
    pub fn refuse_misspelt_variables(&self) -> Result<(), Usage> {
        let commands = self.program.commands.iter();
        let options: Vec<_> = commands.flat_map(|command| command.options).collect();
        let of_options = options.iter().flat_map(|option| option.variables());
        let of_options: Vec<&str> = of_options.collect();
        let plain = options.iter().filter(|option| !option.is_secret);
        let plain: Vec<&str> = plain.flat_map(|option| option.variables()).collect();
        let others = self.program.variables.iter();
        let others = others.flat_map(|variable| variable.name.split(", "));
        let known: Vec<&str> = of_options.iter().copied().chain(others).collect();
        let set = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            (!value.is_empty()).then_some(name)
        });
        let set: Vec<String> = set.collect();
        let files = credential_names();
        let all = [&*set, &*files].concat();
        if let Some((name, value)) = file_of_no_secret(&set, &plain, &known) {
            return Err(Usage::new(format!(
                "{name} is set, and {value} is not read from a file, since it is no secret: set {value} itself"
            )));
        }
        if let Some((name, meant)) = first(&set, &all, &of_options, &known) {
            return Err(Usage::new(format!("{name} is set: did you mean {meant}?")));
        }
        match first(&files, &all, &of_options, &known) {
            Some((name, meant)) => Err(Usage::new(format!(
                "{name} is in CREDENTIALS_DIRECTORY: did you mean {meant}?"
            ))),
            None => Ok(()),
        }
    }
}

/// The first of these names that is misspelt, and what is meant, where that is none of `all`.
fn first<'a>(
    names: &'a [String],
    all: &[String],
    of_options: &[&str],
    known: &[&'a str],
) -> Option<(&'a str, &'a str)> {
    let beginnings: Vec<&str> = of_options.iter().filter_map(|one| beginning(one)).collect();
    let unknown = names
        .iter()
        .map(String::as_str)
        .filter(|name| !known.contains(name));
    let ours =
        unknown.filter(|name| beginning(name).is_some_and(|begins| beginnings.contains(&begins)));
    let mut misspelt = ours.filter_map(|name| {
        let near = within(WRONG_LETTERS, name, known.iter().copied())?;
        let meant = with_parts_of(name, known.iter().copied()).unwrap_or(near);
        let is_set = all.iter().any(|one| one == near || one == meant);
        (!is_set).then_some((name, meant))
    });
    misspelt.next()
}

/// The first of these names that would have a `plain` variable read from a file, which is done for secrets alone; and that
/// variable.
fn file_of_no_secret<'a>(
    set: &'a [String],
    plain: &[&str],
    known: &[&str],
) -> Option<(&'a str, &'a str)> {
    let names = set.iter().map(String::as_str);
    let mut unread = names.filter_map(|name| Some((name, name.strip_suffix("_FILE")?)));
    unread.find(|(name, value)| {
        let is_set = set.iter().any(|one| one == value);
        plain.contains(value) && !known.contains(name) && !is_set
    })
}

/// What says whose variable it is: `PDNS` of `PDNS_API_URL`.
fn beginning(name: &str) -> Option<&str> {
    name.split_once('_').map(|(begins, _)| begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_what_is_no_secret_is_named() {
        let plain = ["R_KEY", "R_PATH"];
        let known = ["R_KEY", "R_SECRET", "R_PATH", "R_PATH_FILE"];
        for (set, expected) in [
            (&["PATH", "R_KEY_FILE"][..], Some(("R_KEY_FILE", "R_KEY"))),
            (&["R_SECRET_FILE", "R_PATH_FILE", "X_FILE", "_FILE"], None),
            // As with lego, the variable itself counts.
            (&["R_KEY_FILE", "R_KEY"], None),
        ] {
            let set: Vec<String> = set.iter().map(|one| (*one).to_owned()).collect();
            let found = file_of_no_secret(&set, &plain, &known);
            assert_eq!(found, expected, "{set:?}");
        }
    }

    #[test]
    fn a_variable_is_misspelt_where_it_is_near_to_one_that_is_not_set() {
        let of_options = ["PDNS_API_URL", "PDNS_TTL"];
        let known = ["PDNS_API_URL", "PDNS_TTL", "PDNS_API_KEY", "SSL_CERT_FILE"];
        for (set, expected) in [
            (
                &["PDNS_API_KYE"][..],
                Some(("PDNS_API_KYE", "PDNS_API_KEY")),
            ),
            (
                &["PATH", "PDNS_AP_URL"],
                Some(("PDNS_AP_URL", "PDNS_API_URL")),
            ),
            (&["PDNS_URL"], Some(("PDNS_URL", "PDNS_API_URL"))),
            (&["PDNS_API_KEY2", "PDNS_API_KEY"], None),
            (&["PDNS_URL", "PDNS_TTL"], None),
            (&["PDNS_API_KEY", "PDNS_SERVER"], None),
            // Of others.
            (&["EDNS_TTL", "SSL_CERT_FILES", "PDNS"], None),
        ] {
            let set: Vec<String> = set.iter().map(|one| (*one).to_owned()).collect();
            assert_eq!(first(&set, &set, &of_options, &known), expected, "{set:?}");
        }
    }
}
