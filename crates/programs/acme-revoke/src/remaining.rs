//! What a revocation leaves to be seen to: what still uses the certificate, and what orders it anew.

use crate::subject::Place;
use certificates::Store;
use configuration::Configuration;
use lifecycle::{DeploymentStatus, Deployments, State as _};
use std::path::PathBuf;

/// The copies of a version that servers read.
pub(crate) fn copies(store: &Store, place: &Place) -> Vec<PathBuf> {
    let deployments = Deployments::load(store, &place.name).targets;
    let is_copied = deployments
        .iter()
        .filter(|one| one.status == DeploymentStatus::Done && one.version == place.version);
    let directories = is_copied.filter_map(|one| one.directory());
    directories
        .map(|directory| directory.join(&place.name))
        .collect()
}

/// What is left once a version was revoked, in words; `None` where that is nothing. `in_use` is the version that is in its
/// place now.
pub(crate) fn in_words(
    place: &Place,
    in_use: Option<&str>,
    copies: &[PathBuf],
    configuration: Option<&Configuration>,
) -> Option<String> {
    let parts = [of_copies(copies), of_order(place, in_use, configuration)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn of_copies(copies: &[PathBuf]) -> Option<String> {
    let shown: Vec<String> = copies
        .iter()
        .map(|copy| copy.display().to_string())
        .collect();
    (!shown.is_empty()).then(|| {
        format!(
            "servers that read its copy in {} still use it",
            shown.join(" and ")
        )
    })
}

/// What becomes of its place.
fn of_order(
    place: &Place,
    in_use: Option<&str>,
    configuration: Option<&Configuration>,
) -> Option<String> {
    let is_in_place = in_use == Some(&*place.version);
    if in_use.is_some() && !is_in_place {
        return None;
    }
    let order = match is_in_place {
        true => "it is due now: the next run of acme-renew orders another one",
        false => "the next run of acme-renew orders it anew",
    };
    let Some(configuration) = configuration else {
        // Without a file, it is renewed where it is in the store, and not where it is not.
        return is_in_place.then(|| order.to_owned());
    };
    let file = configuration.path.display();
    let mut certificates = configuration.certificates.iter();
    match certificates.find(|one| one.name == place.name) {
        Some(one) => Some(format!("{order}, since {file} has it on line {}", one.line)),
        None => is_in_place
            .then(|| format!("it is due, and {file} does not have it, so no run orders another")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use configuration::Certificate;

    fn with(name: &str) -> Configuration {
        let mut certificate = Certificate::default();
        (certificate.line, certificate.name) = (7, name.into());
        Configuration {
            path: "/f".into(),
            certificates: vec![certificate],
            ..Configuration::default()
        }
    }

    #[test]
    fn what_still_uses_it_and_what_orders_it_anew_is_said_and_nothing_else() {
        let place = Place {
            name: "a".into(),
            version: "v".into(),
        };
        let (here, other) = (with("a"), with("b"));
        for (in_use, copies, configuration, expected) in [
            (None, &[][..], None, None),
            (None, &[], Some(&other), None),
            (
                None,
                &[],
                Some(&here),
                Some("the next run of acme-renew orders it anew, since /f has it on line 7"),
            ),
            (
                None,
                &["/c/a", "/d/a"],
                None,
                Some("servers that read its copy in /c/a and /d/a still use it"),
            ),
            (
                Some("v"),
                &["/c/a"],
                None,
                Some(
                    "servers that read its copy in /c/a still use it; \
                     it is due now: the next run of acme-renew orders another one",
                ),
            ),
            (
                Some("v"),
                &[],
                Some(&here),
                Some(
                    "it is due now: the next run of acme-renew orders another one, since /f has it on line 7",
                ),
            ),
            (
                Some("v"),
                &[],
                Some(&other),
                Some("it is due, and /f does not have it, so no run orders another"),
            ),
            (Some("w"), &[], Some(&here), None),
        ] {
            let copies: Vec<PathBuf> = copies.iter().map(PathBuf::from).collect();
            let said = in_words(&place, in_use, &copies, configuration);
            assert_eq!(said.as_deref(), expected);
        }
    }
}
