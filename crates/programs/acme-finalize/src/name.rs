//! Whether a certificate may be installed under the name that its document says: one document must not replace the
//! certificate of another name.

use acme::Identifier;
use certificates::{Installed, Store};
use pipeline::Problem;

/// Refuses to put a certificate for these identifiers in the place of one that has nothing to do with it.
///
/// # Errors
/// `acmepipe:document`, saying what allows it.
pub(crate) fn check(store: &Store, name: &str, ordered: &[Identifier]) -> Result<(), Problem> {
    if is_one_of(name, ordered) {
        return Ok(());
    }
    let installed = store.installed(name);
    match installed.map_err(acme_cli::certificate_problem)? {
        Some(installed) if !has_one_of(&installed, ordered) => {
            let detail = format!(
                "member `name` is `{name}`, where a certificate is installed that has none of the names that were ordered"
            );
            Err(Problem::document(detail).hint(
                "To put the new one in its place, say --replace; else give `name` another value.",
            ))
        }
        _ => Ok(()),
    }
}

/// Whether acme-order gives this name to a certificate for these identifiers: the first that it was asked for, a `*`
/// written as `_`. That may be one which it left out since a wildcard covers it.
fn is_one_of(name: &str, ordered: &[Identifier]) -> bool {
    let name = match name.strip_prefix("_.") {
        Some(parent) => format!("*.{parent}"),
        None => name.to_owned(),
    };
    let covering = name
        .split_once('.')
        .map(|(_, parent)| format!("*.{parent}"));
    ordered.iter().any(|one| {
        one.value.eq_ignore_ascii_case(&name)
            || covering
                .as_ref()
                .is_some_and(|wildcard| one.value.eq_ignore_ascii_case(wildcard))
    })
}

fn has_one_of(installed: &Installed, ordered: &[Identifier]) -> bool {
    let leaf = installed.chain.leaf();
    ordered.iter().any(|one| leaf.has_name(&one.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_was_ordered_or_that_a_wildcard_covers() {
        let ordered = ["www.a.test", "*.b.test"].map(Identifier::dns);
        for (name, expected) in [
            ("www.a.test", true),
            ("WWW.a.test", true),
            ("_.b.test", true),
            ("x.b.test", true),
            ("b.test", false),
            ("x.y.b.test", false),
            ("a.test", false),
            ("_.a.test", false),
            ("test", false),
            ("", false),
        ] {
            assert_eq!(is_one_of(name, &ordered), expected, "{name}");
        }
    }
}
