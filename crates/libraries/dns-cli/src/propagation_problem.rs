//! The problem where a value is not served.

use command::text::clean;
use dns::propagation::{Cause, Elsewhere, Error, Observation, Observed, Reason, quoted};
use dns::transport::NetworkFault;
use dns::{Name, address};
use pipeline::Problem;
use pipeline::types::{self, ProblemType};

use crate::members::servers;
use crate::search_problem::{NO_ROUTE, OPEN_TCP, OTHER_FAMILY};

/// The problem with which waiting for a value ended: its type, what each server answered last, and what can be done. `said` is
/// what the program printed that was to write the record.
#[must_use]
pub fn propagation_problem(error: &Error, said: Option<&str>) -> Problem {
    let mut hint = hint(error);
    if may_not_have_written(&error.cause) {
        hint += &printed(said);
    }
    let mut problem = Problem::new(kind(&error.cause), error.to_string()).hint(hint);
    if error.is_replaced_by_later() {
        problem = problem.with("later", true);
    }
    if error.observations.is_empty() {
        return problem;
    }
    problem.with("servers", servers(&error.observations))
}

/// What the program printed last that was to write the record, where that is known.
pub(crate) fn printed(said: Option<&str>) -> String {
    said.map_or_else(String::new, |said| {
        format!(" It exited 0 and printed: {}.", clean(said))
    })
}

/// The first name whose CNAME leads to the record, where there is one.
fn leads_there(error: &Error) -> Option<&Name> {
    error.observations.iter().find_map(|one| one.alias.as_ref())
}

/// Whether there are servers, and the answer of each is cut short.
fn are_cut_short(error: &Error) -> bool {
    let is_it =
        |one: &Observation| matches!(one.observed, Observed::NoAnswer(NetworkFault::CutShort(_)));
    !error.observations.is_empty() && error.observations.iter().all(is_it)
}

/// Whether one of them says something, if only that it does not have the zone.
fn do_answer(error: &Error) -> bool {
    let mut observations = error.observations.iter();
    observations.any(|one| matches!(one.observed, Observed::Lame(_)))
}

/// Whether servers are left out for their version of IP.
fn are_of_other_family(error: &Error) -> bool {
    let is_it = |one: &Observation| one.observed == Observed::NoAnswer(NetworkFault::OtherFamily);
    error.observations.iter().any(is_it)
}

/// Whether there are servers, and this machine has no route to any.
fn are_unroutable(error: &Error) -> bool {
    let is_it = |one: &Observation| one.observed == Observed::NoAnswer(NetworkFault::Unroutable);
    !error.observations.is_empty() && error.observations.iter().all(is_it)
}

/// Whether the program may not have written the record at all.
fn may_not_have_written(cause: &Cause) -> bool {
    let reason = match cause {
        Cause::NotPropagated { reason, .. } => reason,
        _ => return false,
    };
    matches!(
        reason,
        Reason::SerialUnchanged
            | Reason::NowhereFound
            | Reason::OtherValues(_)
            | Reason::WildcardTxt(_)
            | Reason::BesideCname
    )
}

fn kind(cause: &Cause) -> &'static ProblemType {
    match cause {
        Cause::WrongValue { .. } => &types::DNS_WRONG_VALUE,
        Cause::Overwritten { .. } => &types::DNS_OVERWRITTEN,
        Cause::Removed { .. } => &types::DNS_REMOVED,
        Cause::NoUsableServer => &types::DNS_NO_USABLE_SERVER,
        Cause::StillThere { .. } => &types::DNS_STILL_THERE,
        Cause::NotPropagated { .. } | Cause::TooFewServers { .. } | Cause::NotSettled { .. } => {
            &types::DNS_NOT_PROPAGATED
        }
    }
}

fn hint(error: &Error) -> String {
    let hint = match &error.cause {
        Cause::WrongValue { mistake, .. } => mistake.advice(),
        Cause::Overwritten { .. } => {
            "The program, or the provider behind it, replaces the record set; it has to add to it. Otherwise present \
             one value per name at a time, in several rounds: dns01-exec present --one-per-name, or acme-issue."
        }
        Cause::Removed { .. } => {
            "The program, or the provider behind it, removes other TXT records when it adds one; it has to add to them. \
             Otherwise present one value per zone at a time, in several rounds: dns01-exec present --one-per-zone, or \
             acme-issue."
        }
        Cause::NoUsableServer if are_cut_short(error) => OPEN_TCP,
        Cause::NoUsableServer if are_of_other_family(error) => OTHER_FAMILY,
        Cause::NoUsableServer if are_unroutable(error) => NO_ROUTE,
        Cause::NoUsableServer if do_answer(error) => {
            "Until one of them answers with authority, no CA can validate: those that answer are up, and do not have the zone, \
             or fail at this question; dns01-check says which."
        }
        Cause::NoUsableServer => {
            "Until one of them answers with authority, no CA can validate: is the server up, port 53 open? Where a firewall lets nobody but a resolver out, --recursive-only asks that alone."
        }
        Cause::TooFewServers { .. } => {
            "Fewer addresses answer, or the zone has fewer, than --at-least asks for."
        }
        Cause::NotSettled { .. } => "The time of --settle counts in --timeout: raise that.",
        Cause::StillThere { .. } => {
            "Check that the program removes the value, in the zone that is delegated to these servers, or raise --timeout."
        }
        Cause::NotPropagated { reason, .. } => return not_propagated(error, reason),
    };
    hint.into()
}

fn not_propagated(error: &Error, reason: &Reason) -> String {
    match reason {
        Reason::BesideCname => {
            "A TXT record beside a CNAME is ignored (RFC 2136 §3.4.2.2): write it where the CNAME leads. dns-zone says where \
             that is; where the CNAME is new, not all servers may have had it when dns-zone asked."
                .into()
        }
        Reason::WildcardCname => format!(
            "Only a wildcard makes this CNAME: there is nothing at {} itself. A record written there takes its place; where \
             all challenges are delegated by the wildcard, let dns-zone --follow-wildcard-cname lead to its target.",
            error.name
        ),
        Reason::CnameMissing { server, alias } => format!(
            "All servers have the value, and {server} does not show the CNAME at {alias} that leads to it: a CA that asks there finds \
             nothing. Check how that server gets its copy of the zone, or raise --timeout."
        ),
        Reason::Unheard(server) => {
            format!("{server} has not answered in that time: it is slow, or asked for many values; raise --timeout.")
        }
        Reason::OnlyUnusableLackIt => {
            "The servers that answer with authority have the value; --strict waits for the others too.".into()
        }
        Reason::NotTransferred(server) => format!(
            "{server} has not transferred the zone yet: check NOTIFY (also-notify) and allow-transfer at the primary, \
             or raise --timeout. BIND delays NOTIFY by up to 5 s."
        ),
        Reason::PrimaryHasIt { primary, address } => format!(
            "{primary} ({}), the zone's primary but none of its name servers, has the value: either they have not \
             transferred it yet, or the zone is delegated to other servers than those it was written to.",
            address::format(address)
        ),
        Reason::SameSerial => {
            "The servers have the same serial and different data: is each a primary of its own, or a cache in front of \
             one?"
                .into()
        }
        Reason::LackedBy(server) => {
            format!("Check how {server} gets its copy of the zone, or raise --timeout.")
        }
        Reason::SerialUnchanged | Reason::NowhereFound if leads_there(error).is_some() => {
            let alias = leads_there(error).unwrap_or(&error.name);
            format!(
                "No server has it at {}, where the CNAME at {alias} leads. A TXT record at {alias} itself, beside that CNAME, is \
                 ignored, and servers take it without a word (RFC 2136 §3.4.2.2): check where the program writes.",
                error.name
            )
        }
        Reason::SerialUnchanged => {
            "No server's serial has changed since before the record was presented: the program reported success \
             without changing the zone, or changed it elsewhere; where it writes to the database of a PowerDNS, a cache hides \
             that for up to 80 s."
                .into()
        }
        Reason::Elsewhere(Elsewhere {
            name,
            slip,
            server,
            address,
        }) => format!(
            "The value is at {name} ({server}, {}) and belongs at {}: {slip}.",
            address::format(address),
            error.name
        ),
        Reason::WildcardTxt(values) => format!(
            "There is no record at {} itself: a wildcard answers in its place with {}. Check that the program writes at that \
             name, in the zone that is delegated to these servers.",
            error.name,
            quoted(values)
        ),
        Reason::OtherValues(values) => format!(
            "The name is right, and its value is not: {} was written by another run, another account or another client, or the \
             program changes the value.",
            quoted(values)
        ),
        Reason::NowhereFound => format!(
            "Check that the program writes a TXT record at {} itself, in the zone that is delegated to these servers.",
            error.name
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dns::name::parse;
    use dns::propagation::Removal;
    use dns::slip::Slip;

    use dns::propagation::Mistake;

    use super::*;

    #[test]
    fn each_cause_has_its_type_and_its_hint() {
        let name = |text| parse(text).unwrap();
        let address = ([192, 0, 2, 1], 53).into();
        let wrong = |mistake| Cause::WrongValue {
            server: name("ns.test"),
            address,
            found: "x".into(),
            mistake,
        };
        let lacking = |reason| Cause::NotPropagated {
            after: Duration::from_secs(60),
            reason,
        };
        let overwritten = Cause::Overwritten {
            server: name("ns.test"),
            address,
            owner: "*.a.test".into(),
        };
        let removed = Cause::Removed {
            server: name("ns.test"),
            address,
            how: Removal::WasThere,
        };
        let still_there = Cause::StillThere {
            after: Duration::from_secs(60),
        };
        let primary_has_it = Reason::PrimaryHasIt {
            primary: name("ns0.test"),
            address,
        };
        for (cause, kind, hint) in [
            (
                wrong(Mistake::Quotes),
                "wrong-value",
                "syntax of zone files",
            ),
            (
                wrong(Mistake::Known("x".into())),
                "wrong-value",
                "base64url",
            ),
            (wrong(Mistake::Blanks), "wrong-value", "octet by octet"),
            (wrong(Mistake::Padding), "wrong-value", "octet by octet"),
            (wrong(Mistake::Case), "wrong-value", "octet by octet"),
            (
                overwritten,
                "overwritten",
                "dns01-exec present --one-per-name",
            ),
            (
                Cause::NotSettled {
                    after: Duration::from_secs(15),
                    settle: Duration::from_secs(10),
                },
                "not-propagated",
                "counts in --timeout",
            ),
            (removed, "removed", "dns01-exec present --one-per-zone"),
            (Cause::NoUsableServer, "no-usable-server", "port 53"),
            (still_there, "still-there", "removes the value"),
            (
                lacking(Reason::BesideCname),
                "not-propagated",
                "beside a CNAME",
            ),
            (
                lacking(Reason::WildcardCname),
                "not-propagated",
                "--follow-wildcard-cname",
            ),
            (
                lacking(Reason::CnameMissing {
                    server: name("ns.test"),
                    alias: name("b.test"),
                }),
                "not-propagated",
                "ns.test. does not show the CNAME at b.test.",
            ),
            (
                lacking(Reason::Unheard(name("ns.test"))),
                "not-propagated",
                "ns.test. has not answered",
            ),
            (
                lacking(Reason::OnlyUnusableLackIt),
                "not-propagated",
                "--strict",
            ),
            (
                lacking(Reason::NotTransferred(name("ns.test"))),
                "not-propagated",
                "ns.test. has not transferred",
            ),
            (
                lacking(primary_has_it),
                "not-propagated",
                "ns0.test. (192.0.2.1), the zone's primary",
            ),
            (
                lacking(Reason::SameSerial),
                "not-propagated",
                "the same serial",
            ),
            (
                lacking(Reason::LackedBy(name("ns.test"))),
                "not-propagated",
                "how ns.test. gets its copy",
            ),
            (
                lacking(Reason::SerialUnchanged),
                "not-propagated",
                "serial has changed",
            ),
            (
                lacking(Reason::Elsewhere(Elsewhere {
                    name: name("_acme-challenge.a.test.a.test"),
                    slip: Slip::ZoneTwice,
                    server: name("ns.test"),
                    address,
                })),
                "not-propagated",
                "at _acme-challenge.a.test.a.test. (ns.test., 192.0.2.1) and belongs at _acme-challenge.a.test.: the zone's name stands",
            ),
            (
                lacking(Reason::WildcardTxt(vec!["v=spf1 -all".into()])),
                "not-propagated",
                "a wildcard answers in its place with \"v=spf1 -all\"",
            ),
            (
                lacking(Reason::OtherValues(vec!["old".into()])),
                "not-propagated",
                "\"old\" was written by another run",
            ),
            (
                lacking(Reason::NowhereFound),
                "not-propagated",
                "a TXT record at _acme-challenge.a.test. itself",
            ),
        ] {
            let error = Error {
                name: name("_acme-challenge.a.test"),
                cause,
                observations: Vec::new(),
            };
            let problem = propagation_problem(&error, None);
            assert_eq!(problem.kind, format!("acmepipe:dns:{kind}"), "{error}");
            assert_eq!(problem.detail, error.to_string());
            let said = problem.hint.unwrap_or_default();
            assert!(said.contains(hint), "{error}: {said}");
        }
    }

    #[test]
    fn what_the_program_printed_is_quoted_where_it_may_not_have_written_the_record() {
        let lacking = |reason| Cause::NotPropagated {
            after: Duration::from_secs(60),
            reason,
        };
        for (cause, is_quoted) in [
            (lacking(Reason::SerialUnchanged), true),
            (lacking(Reason::NowhereFound), true),
            (lacking(Reason::SameSerial), false),
            (Cause::NoUsableServer, false),
        ] {
            let error = Error {
                name: parse("a.test").unwrap(),
                cause,
                observations: Vec::new(),
            };
            let said = |said| propagation_problem(&error, said).hint.unwrap_or_default();
            let quoted = said(Some("\"update failed: REFUSED\"")) != said(None);
            assert_eq!(quoted, is_quoted, "{error}");
            // What looks like a line of ours stays in its own.
            assert!(!said(Some("done\nhint: all is well")).contains('\n'));
        }
    }

    /// The hint where there is no answer from any server, for these reasons.
    fn hint_where_none_answers(faults: Vec<NetworkFault>) -> String {
        let observations = faults.into_iter().map(|fault| {
            let server = parse("ns.test").unwrap();
            let mut one = Observation::pending(server, ([192, 0, 2, 1], 53).into());
            one.observed = Observed::NoAnswer(fault);
            one
        });
        let error = Error {
            name: parse("a.test").unwrap(),
            cause: Cause::NoUsableServer,
            observations: observations.collect(),
        };
        propagation_problem(&error, None).hint.unwrap_or_default()
    }

    #[test]
    fn where_answers_are_cut_short_and_tcp_is_closed_that_is_to_be_opened() {
        let cut = NetworkFault::CutShort(Box::new(NetworkFault::Refused));
        for (faults, is_it) in [
            (vec![cut.clone(), cut.clone()], true),
            (vec![cut, NetworkFault::Timeout], false),
        ] {
            let hint = hint_where_none_answers(faults);
            assert_eq!(hint.contains("Open TCP port 53"), is_it, "{hint}");
            assert_eq!(hint.contains("the server up"), !is_it, "{hint}");
        }
    }

    #[test]
    fn servers_that_are_left_out_for_their_version_of_ip_are_not_called_down() {
        use NetworkFault::{OtherFamily, Timeout, Unroutable};
        for (faults, says) in [
            (vec![OtherFamily], "--ipv4"),
            (vec![Unroutable, OtherFamily], "--ipv4"),
            (vec![Timeout, OtherFamily], "--ipv4"),
            (vec![Unroutable], "a CA may have one"),
            (vec![Unroutable, Timeout], "the server up"),
        ] {
            let hint = hint_where_none_answers(faults);
            assert!(hint.contains(says), "{hint}");
        }
    }

    #[test]
    fn what_each_server_answered_last_stands_beside_it() {
        let address = ([192, 0, 2, 1], 53).into();
        let observation = Observation::pending(parse("ns.test").unwrap(), address);
        for (observations, count) in [(vec![], None), (vec![observation], Some(1))] {
            let error = Error {
                name: parse("a.test").unwrap(),
                cause: Cause::NoUsableServer,
                observations,
            };
            let problem = propagation_problem(&error, None);
            let servers = problem.more.get("servers");
            assert_eq!(servers.and_then(|list| Some(list.as_array()?.len())), count);
        }
    }
}
