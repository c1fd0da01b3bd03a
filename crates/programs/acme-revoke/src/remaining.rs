//! What a revocation leaves to be seen to: what still uses the certificate, and what orders it anew.

use crate::subject::Subject;
use certificates::{Certificate, Chain, Store, rfc3339};
use configuration::Configuration;
use lifecycle::{Deployments, Inspection, Reason, State as _, decide_unasked, tries_in_words};
use std::path::PathBuf;
use std::time::SystemTime;

/// The largest copy of a certificate that is read, in bytes.
const LARGEST_COPY: u64 = 1024 * 1024;

/// What is left under one name once a certificate was revoked.
pub(crate) struct Left<'a> {
    pub(crate) name: &'a str,
    pub(crate) place: Place,
    /// The copies that servers read.
    pub(crate) copies: Vec<PathBuf>,
    /// Whether it is kept that it was revoked.
    pub(crate) is_kept: bool,
    /// Until when it waits, and after how many tries, though it is due.
    pub(crate) waits: Option<(SystemTime, u32)>,
}

/// What servers read under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The certificate that was revoked: it was to stay, or only the same one under another name was named.
    Revoked { is_other: bool },
    /// Another one.
    Another,
    /// Nothing.
    Empty,
}

/// What servers read under this name now.
pub(crate) fn place(store: &Store, subject: &Subject, name: &str) -> Place {
    let Some(in_use) = store.version(name).ok().flatten() else {
        return Place::Empty;
    };
    let mut places = subject.places.iter();
    match places.any(|one| one.name == name && one.version == in_use) {
        true => Place::Revoked {
            is_other: subject
                .stored
                .as_ref()
                .is_some_and(|one| one.place.name != name),
        },
        false => Place::Another,
    }
}

/// Until when the certificate of this name waits though it is due, and after how many tries.
pub(crate) fn waits(
    store: &Store,
    name: &str,
    configuration: Option<&Configuration>,
) -> Option<(SystemTime, u32)> {
    let inspection = Inspection::of(store, name).ok()?;
    let configured = configuration.and_then(|configuration| {
        let mut certificates = configuration.certificates.iter();
        let one = certificates.find(|one| one.name == name)?;
        configuration.asks_for(one, acme::directory_url).ok()
    });
    let facts = inspection.facts(configured.as_ref(), None);
    match decide_unasked(&facts, SystemTime::now()).reason {
        Reason::Waiting { until, tries, .. } => Some((until, tries)),
        _ => None,
    }
}

/// The copies of this certificate that servers read, where it was ever to be copied to. How the last deployment went does
/// not tell: where that of a later version failed, the copy is still this one.
pub(crate) fn copies(store: &Store, name: &str, certificate: &Certificate) -> Vec<PathBuf> {
    let deployments = Deployments::load(store, name).targets;
    let directories = deployments.iter().filter_map(|one| one.directory());
    let copies = directories.map(|directory| directory.join(name));
    let is_it = |copy: &PathBuf| {
        let text = files::read_bounded(&copy.join("cert.pem"), LARGEST_COPY).ok();
        let chain = text.and_then(|text| Chain::from_pem(&text).ok());
        chain.is_some_and(|chain| chain.leaf().der() == certificate.der())
    };
    copies.filter(is_it).collect()
}

/// What is left, in words; `None` where that is nothing.
pub(crate) fn in_words(left: &Left, configuration: Option<&Configuration>) -> Option<String> {
    let parts = [of_copies(&left.copies), of_order(left, configuration)];
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
fn of_order(left: &Left, configuration: Option<&Configuration>) -> Option<String> {
    let (is_in_place, stays) = match left.place {
        Place::Another => return None,
        // What is not kept makes none due.
        Place::Revoked { .. } if !left.is_kept => return None,
        Place::Revoked { is_other: true } => (true, "the same certificate stays here; "),
        Place::Revoked { is_other: false } => (true, ""),
        Place::Empty => (false, ""),
    };
    let order = match (is_in_place, left.waits) {
        (true, None) => {
            format!("{stays}it is due now: the next run of acme-renew orders another one")
        }
        (true, Some((until, tries))) => format!(
            "{stays}it is due, and waits until {} after {}: then a run of acme-renew orders another one",
            rfc3339(until),
            tries_in_words(tries)
        ),
        (false, _) => "the next run of acme-renew orders it anew".to_owned(),
    };
    let Some(configuration) = configuration else {
        // Without a file, it is renewed where it is in the store, and not where it is not.
        return is_in_place.then_some(order);
    };
    let file = configuration.path.display();
    let mut certificates = configuration.certificates.iter();
    match certificates.find(|one| one.name == left.name) {
        Some(one) => Some(format!("{order}, since {file} has it on line {}", one.line)),
        None => is_in_place.then(|| {
            format!("{stays}it is due, and {file} does not have it, so no run orders another")
        }),
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
        let here_now = Place::Revoked { is_other: false };
        let (here, other) = (with("a"), with("b"));
        for (place, copies, configuration, expected) in [
            (Place::Empty, &[][..], None, None),
            (Place::Empty, &[], Some(&other), None),
            (
                Place::Empty,
                &[],
                Some(&here),
                Some("the next run of acme-renew orders it anew, since /f has it on line 7"),
            ),
            (
                Place::Empty,
                &["/c/a", "/d/a"],
                None,
                Some("servers that read its copy in /c/a and /d/a still use it"),
            ),
            (
                here_now,
                &["/c/a"],
                None,
                Some(
                    "servers that read its copy in /c/a still use it; \
                     it is due now: the next run of acme-renew orders another one",
                ),
            ),
            (
                here_now,
                &[],
                Some(&here),
                Some(
                    "it is due now: the next run of acme-renew orders another one, since /f has it on line 7",
                ),
            ),
            (
                here_now,
                &[],
                Some(&other),
                Some("it is due, and /f does not have it, so no run orders another"),
            ),
            (Place::Another, &[], Some(&here), None),
        ] {
            let copies: Vec<PathBuf> = copies.iter().map(PathBuf::from).collect();
            let said = in_words(&left(place, copies), configuration);
            assert_eq!(said.as_deref(), expected);
        }
    }

    fn left(place: Place, copies: Vec<PathBuf>) -> Left<'static> {
        Left {
            name: "a",
            place,
            copies,
            is_kept: true,
            waits: None,
        }
    }

    #[test]
    fn nothing_is_promised_of_one_that_waits_or_of_which_nothing_is_kept() {
        let mut one = left(Place::Revoked { is_other: true }, Vec::new());
        let said = in_words(&one, None);
        let expected = "the same certificate stays here; it is due now: the next run of acme-renew orders another one";
        assert_eq!(said.as_deref(), Some(expected));
        one.waits = Some((SystemTime::UNIX_EPOCH, 2));
        let said = in_words(&one, None);
        let expected = "the same certificate stays here; it is due, and waits until 1970-01-01T00:00:00Z after 2 tries: \
                        then a run of acme-renew orders another one";
        assert_eq!(said.as_deref(), Some(expected));
        one.is_kept = false;
        assert_eq!(in_words(&one, None), None);
    }
}
