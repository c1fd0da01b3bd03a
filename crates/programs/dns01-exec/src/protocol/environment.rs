//! The variables of a call: what lego never tells a program, and each script would have to work out for itself.

use crate::protocol::arguments::Arguments;
use command::WARNED;
use pipeline::DomainName;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// All of them. An inherited one is removed: it would be about something else.
pub(super) const ALL: [&str; 8] = [
    "DNS01_ZONE",
    "DNS01_NAME",
    "DNS01_FQDN",
    "DNS01_DOMAIN",
    "DNS01_WILDCARD",
    "DNS01_NAMESERVERS",
    "DNS01_PRESENT_OUTPUT",
    WARNED,
];

/// The longest variable that is passed on, in bytes. The system starts no program with one of more than 128 KiB, its
/// name included (MAX_ARG_STRLEN, execve(2)). All of them together may take megabytes, and are far from that.
const LONGEST_VARIABLE: usize = 120 << 10;

type Variables = Vec<(&'static str, String)>;

/// The variables as a call takes them.
pub(super) fn owned(variables: Variables) -> Vec<(String, String)> {
    let owned = variables.into_iter();
    owned
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The variable that tells all calls of a program but the first that what there is to say about settings has been said.
pub(super) fn warned(program: &Path) -> Option<(String, String)> {
    static CALLED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut called = CALLED.lock().unwrap_or_else(PoisonError::into_inner);
    let is_first = called.insert(program.to_owned());
    (!is_first).then(|| (WARNED.to_owned(), "1".to_owned()))
}

/// The variables of a call for one challenge, except what its program printed.
pub(super) fn of_challenge(arguments: &Arguments) -> Variables {
    let mut variables = vec![("DNS01_FQDN", arguments.fqdn.to_string())];
    variables.extend(of_zone(arguments));
    let name = arguments.relative_name().map(str::to_owned);
    variables.extend(known("DNS01_NAME", name));
    variables.extend(known("DNS01_DOMAIN", arguments.domain.clone()));
    let wildcard = arguments.wildcard.map(|wildcard| wildcard.to_string());
    variables.extend(known("DNS01_WILDCARD", wildcard));
    variables
}

/// The variables of a call for all challenges of this one's zone.
pub(super) fn of_zone(arguments: &Arguments) -> Variables {
    let servers = arguments.nameservers.iter().map(DomainName::as_str);
    let servers = servers.collect::<Vec<_>>().join(" ");
    let servers = (!servers.is_empty()).then_some(servers);
    let zone = arguments.zone.as_ref().map(DomainName::to_string);
    known("DNS01_ZONE", zone)
        .into_iter()
        .chain(known("DNS01_NAMESERVERS", servers))
        .collect()
}

/// The variable that gives `cleanup` what the program printed when it presented this challenge.
pub(super) fn of_output(arguments: &Arguments) -> Option<(&'static str, String)> {
    // An environment cannot hold NUL, and a document can.
    let output = arguments.output.as_ref()?.replace('\0', "");
    known("DNS01_PRESENT_OUTPUT", Some(output))
}

/// The variable, if its value is known and not too long.
fn known(name: &'static str, value: Option<String>) -> Option<(&'static str, String)> {
    let value = value.filter(|value| value.len() <= LONGEST_VARIABLE)?;
    Some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::of_json;
    use serde_json::{Value, json};

    fn arguments(challenge: Value) -> Arguments {
        of_json(&challenge).unwrap()
    }

    #[test]
    fn a_variable_is_set_for_what_the_document_says() {
        let all = arguments(json!({
            "fqdn": "a.test.", "effective_fqdn": "x.b.test.", "zone": "b.test.", "wildcard": false,
            "identifier": {"type": "dns", "value": "a.test"},
            "nameservers": [{"name": "ns1.test.", "addresses": []}, {"name": "ns2.test.", "addresses": []}],
            "present": {"output": "id\u{0} 7"},
        }));
        let zone = [
            ("DNS01_ZONE", "b.test."),
            ("DNS01_NAMESERVERS", "ns1.test. ns2.test."),
        ];
        let owned = |(name, value): (&'static str, &str)| (name, value.to_owned());
        assert_eq!(of_zone(&all), zone.map(owned));
        let expected = [
            ("DNS01_FQDN", "a.test."),
            zone[0],
            zone[1],
            ("DNS01_NAME", "x"),
            ("DNS01_DOMAIN", "a.test"),
            ("DNS01_WILDCARD", "false"),
        ];
        assert_eq!(of_challenge(&all), expected.map(owned));
        assert_eq!(
            of_output(&all),
            Some(owned(("DNS01_PRESENT_OUTPUT", "id 7")))
        );
        let bare = arguments(json!({"fqdn": "a.test."}));
        assert_eq!(of_challenge(&bare), [owned(("DNS01_FQDN", "a.test."))]);
        assert_eq!(of_zone(&bare), []);
        assert_eq!(of_output(&bare), None);
        let set = of_challenge(&all).into_iter().chain(of_output(&all));
        let mut set: Vec<&str> = set.map(|(name, _)| name).collect();
        let mut all = ALL.to_vec();
        set.push(WARNED);
        set.sort_unstable();
        all.sort_unstable();
        assert_eq!(set, all);
    }

    #[test]
    fn all_calls_of_a_program_but_the_first_are_told_that_it_was_the_first() {
        let [one, other] = ["/x/one", "/x/other"].map(Path::new);
        let is_told = [one, one, other, one].map(|path| warned(path).is_some());
        assert_eq!(is_told, [false, true, false, true]);
    }

    #[test]
    fn what_would_keep_the_program_from_being_started_is_left_out() {
        let output = |length: usize| {
            let output = "x".repeat(length);
            of_output(&arguments(
                json!({"fqdn": "a.test.", "present": {"output": output}}),
            ))
        };
        assert!(output(LONGEST_VARIABLE).is_some());
        assert!(output(LONGEST_VARIABLE + 1).is_none());
    }
}
