//! Puts a version back in use.

use crate::certificate::Asked;
use crate::failure::Failure;
use crate::options::Options;
use certificates::{Archived, Store, rfc3339};
use command::text::shell_word;
use command::{message, path_words};
use configuration::Configuration;
use lifecycle::{Decision, Inspection, Revocation, RevocationState, revocation_fault};
use std::path::Path;
use std::time::SystemTime;

/// A version, by its certificate's name and its own.
type Place = (String, String);

/// Where a version is put back.
pub(crate) struct Restoring<'a> {
    pub(crate) store: &'a Store,
    /// The directory that the store is in.
    pub(crate) path: &'a Path,
    /// The file that is given, and what it asks for.
    pub(crate) configuration: Option<&'a Configuration>,
    pub(crate) asked: &'a [Asked<'a>],
}

/// Puts this version back in use, or the one whose name begins so; of the certificate that is named, if one is.
///
/// # Errors
/// There is none, there are several, it was revoked, or it cannot be put back.
pub(crate) fn restore(to: &Restoring, version: &str, options: &Options) -> Result<bool, Failure> {
    let store = to.store;
    let (archives, _) = store.archives().map_err(|error| error.to_string())?;
    let all = all(store, &archives)?;
    let chosen = options.among(all.iter().map(|(name, _)| name.clone()))?;
    let is_asked_for = |(name, _): &&Place| chosen.contains(name);
    let asked_for: Vec<&Place> = all.iter().filter(is_asked_for).collect();
    let place = choose(&asked_for, version)?;
    if let Some(revocation) = revocation(store, &archives, place) {
        let (name, version) = place;
        let why = format!(
            "{name}: version {version} is not put back: {revocation}; `acme-renew` or `acme-issue` orders another one"
        );
        return Err(why.into());
    }
    let (name, version) = place;
    let now = SystemTime::now();
    let notes = store
        .restore(name, version, now)
        .map_err(|error| error.to_string())?;
    for note in notes {
        message::note(&format!("{name}: {note}"));
    }
    let asked = to.asked.iter().find(|one| one.entry.name == *name);
    let configured = asked.map(|asked| &asked.configured);
    let inspection = Inspection::of(store, name).ok();
    let decision = inspection.map(|one| options.decide(&one, configured, now));
    let is_due = decision.as_ref().is_some_and(|decision| decision.is_due);
    let of_root = match to.configuration {
        None => Configuration::of_root(to.path),
        Some(_) => None,
    };
    let configuration = to.configuration.or(of_root.as_ref());
    message::note(&format!(
        "{name}: version {version} is in use again; {}",
        deployment(name, configuration, to.path, is_due)
    ));
    if let Some(decision) = decision {
        message::note(&format!("{name}: {}", renewal(&decision)));
    }
    Ok(true)
}

/// That this version was revoked, where that is known here.
fn revocation(store: &Store, archives: &[Archived], (name, version): &Place) -> Option<Revocation> {
    let moved = archives.iter().filter(|archived| archived.name == *name);
    let moved = moved.flat_map(|archived| archived.versions.clone());
    let kept = store.versions(name).unwrap_or_default();
    let mut all = kept.into_iter().chain(moved);
    let found = all.find(|one| one.name == *version)?;
    let (revoked, unreadable) = RevocationState::of_all(store, name, archives);
    for error in unreadable {
        message::warning(&format!("{name}: {}", revocation_fault(&error)));
    }
    revoked.of(&found.look.leaf()?.serial_hex()).cloned()
}

/// What deploys a version that is in use again. One that is due is deployed by no run of acme-renew: that puts another one in
/// its place first.
fn deployment(
    name: &str,
    configuration: Option<&Configuration>,
    directory: &Path,
    is_due: bool,
) -> String {
    let by_run = match is_due {
        true => "",
        false => "the next run of acme-renew deploys it, or ",
    };
    let Some(configuration) = configuration else {
        return format!(
            "{by_run}`acme-deploy --all` {}at once, with the --deploy-hook, --install or --config that acme-renew is given",
            if is_due { "deploys it " } else { "" }
        );
    };
    let file = configuration.path.display();
    let mut certificates = configuration.certificates.iter();
    match certificates.find(|one| one.name == name) {
        None => format!("{file} does not have it, so nothing deploys it"),
        Some(one) if one.targets.is_empty() => format!("{file} does not say where to deploy it"),
        Some(_) => format!(
            "{by_run}`acme-deploy --all --config {}{}` {}at once",
            shell_word(&configuration.path.to_string_lossy()),
            path_words(directory),
            if is_due { "deploys it " } else { "" }
        ),
    }
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
fn all(store: &Store, archives: &[Archived]) -> Result<Vec<Place>, String> {
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
    for archived in archives {
        let versions = archived.versions.iter();
        all.extend(versions.map(|version| (archived.name.clone(), version.name.clone())));
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
