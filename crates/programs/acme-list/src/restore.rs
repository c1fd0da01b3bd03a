//! Puts a version back in use.

use crate::certificate::Asked;
use crate::options::Options;
use certificates::{Store, rfc3339};
use command::message;
use lifecycle::{Decision, Inspection};
use std::time::SystemTime;

/// A version, by its certificate's name and its own.
type Place = (String, String);

/// Puts this version back in use, or the one whose name begins so; of the certificate that is named, if one is.
///
/// # Errors
/// There is none, there are several, or it cannot be put back.
pub(crate) fn restore(
    store: &Store,
    version: &str,
    options: &Options,
    asked: &[Asked],
) -> Result<bool, String> {
    let all = all(store)?;
    let chosen = options
        .among(all.iter().map(|(name, _)| name.clone()))
        .names;
    let is_asked_for = |(name, _): &&Place| chosen.contains(name);
    let asked_for: Vec<&Place> = all.iter().filter(is_asked_for).collect();
    let (name, version) = choose(&asked_for, version)?;
    let now = SystemTime::now();
    let notes = store
        .restore(name, version, now)
        .map_err(|error| error.to_string())?;
    for note in notes {
        message::note(&format!("{name}: {note}"));
    }
    message::note(&format!(
        "{name}: version {version} is in use again; `acme-deploy --all` deploys it"
    ));
    let asked = asked.iter().find(|one| one.entry.name == *name);
    let configured = asked.map(|asked| &asked.configured);
    if let Ok(inspection) = Inspection::of(store, name) {
        let decision = options.decide(&inspection, configured, now);
        message::note(&format!("{name}: {}", renewal(&decision)));
    }
    Ok(true)
}

/// What becomes of a version that is in use again.
fn renewal(decision: &Decision) -> String {
    let reason = &decision.reason;
    match decision.at {
        Some(at) if !decision.is_due => format!(
            "a run of acme-renew puts a new one in its place from {} on: {reason}",
            rfc3339(at)
        ),
        None => format!("it is not due: {reason}"),
        Some(_) => format!(
            "it is due, so the next run of acme-renew puts a new one in its place: {reason}; acme-list(1) says how to keep \
             it from that"
        ),
    }
}

/// All versions that there are, those that were moved aside included.
fn all(store: &Store) -> Result<Vec<Place>, String> {
    let mut all = Vec::new();
    let names = store.names_with_versions();
    for name in names.map_err(|error| error.to_string())? {
        // One that cannot be read is said where it is asked for.
        let versions = store.versions(&name).unwrap_or_default();
        all.extend(
            versions
                .into_iter()
                .map(|version| (name.clone(), version.name)),
        );
    }
    let (archives, _) = store.archives().map_err(|error| error.to_string())?;
    for archived in archives {
        let versions = archived.versions.into_iter();
        all.extend(versions.map(|version| (archived.name.clone(), version.name)));
    }
    Ok(all)
}

/// The version of this name, or the only one whose name begins so.
fn choose<'a>(all: &[&'a Place], version: &str) -> Result<&'a Place, String> {
    if let Some(place) = all.iter().find(|(_, name)| name == version) {
        return Ok(place);
    }
    let begins = |place: &&&Place| !version.is_empty() && place.1.starts_with(version);
    let found: Vec<&&Place> = all.iter().filter(begins).collect();
    match found[..] {
        [only] => Ok(only),
        [] => Err(format!(
            "there is no version `{version}`; `acme-list --archives` shows all"
        )),
        [one, other, ..] => Err(format!(
            "`{version}` is the beginning of several versions: {} and {}",
            one.1, other.1
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lifecycle::{Reason, RenewalState, Schedule};

    #[test]
    fn a_version_that_is_due_at_once_is_told_from_one_that_stays() {
        let moment = SystemTime::UNIX_EPOCH;
        let schedule = Schedule::Third;
        let not_yet = Reason::NotYet {
            at: moment,
            schedule: schedule.clone(),
        };
        for (is_due, at, reason, expected) in [
            (
                true,
                Some(moment),
                Reason::Due(schedule),
                "it is due, so the next run of acme-renew puts a new one in its place: a third of its lifetime is left; ",
            ),
            (
                false,
                Some(moment),
                not_yet,
                "a run of acme-renew puts a new one in its place from 1970-01-01T00:00:00Z on: more than a third",
            ),
            (
                false,
                None,
                Reason::NotYetValid(moment),
                "it is not due: by this machine's clock",
            ),
        ] {
            let decision = Decision {
                is_due,
                reason,
                at,
                window: None,
                explanation: None,
                is_exempt: false,
                replaces: false,
                state: RenewalState::default(),
            };
            let said = renewal(&decision);
            assert!(said.starts_with(expected), "{said}");
        }
    }

    #[test]
    fn a_version_is_known_by_the_beginning_of_its_name_where_no_other_begins_so() {
        let places = [
            ("a", "04a1-x"),
            ("a", "04b2-y"),
            ("b", "04b2"),
            ("b", "07-z"),
        ]
        .map(|(name, version)| (name.to_owned(), version.to_owned()));
        let all: Vec<&Place> = places.iter().collect();
        for (version, expected) in [
            ("04a1-x", Ok("04a1-x")),
            ("04a", Ok("04a1-x")),
            ("04b2", Ok("04b2")),
            ("04b2-", Ok("04b2-y")),
            ("04", Err("several versions: 04a1-x and 04b2-y")),
            ("05", Err("no version `05`")),
            ("", Err("no version ``")),
        ] {
            match (choose(&all, version), expected) {
                (Ok((_, found)), expected) => assert_eq!(Ok(&**found), expected),
                (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
                (Err(why), Ok(_)) => panic!("{version}: {why}"),
            }
        }
    }
}
