//! Variables that nearly are ones of the program: what they say would count for nothing, and nothing would say so.

use super::Args;
use crate::nearest::within;
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
        let options = commands.flat_map(|command| command.options);
        let of_options: Vec<&str> = options.flat_map(|option| option.variables()).collect();
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
        let meant = within(WRONG_LETTERS, name, known.iter().copied())?;
        (!all.iter().any(|one| one == meant)).then_some((name, meant))
    });
    misspelt.next()
}

/// What says whose variable it is: `PDNS` of `PDNS_API_URL`.
fn beginning(name: &str) -> Option<&str> {
    name.split_once('_').map(|(begins, _)| begins)
}

#[cfg(test)]
mod tests {
    use super::*;

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
            (&["PDNS_API_KEY2", "PDNS_API_KEY"], None),
            (&["PDNS_API_KEY", "PDNS_SERVER"], None),
            // Of others.
            (&["EDNS_TTL", "SSL_CERT_FILES", "PDNS"], None),
        ] {
            let set: Vec<String> = set.iter().map(|one| (*one).to_owned()).collect();
            assert_eq!(first(&set, &set, &of_options, &known), expected, "{set:?}");
        }
    }
}
