//! Why a value has not propagated: a function of what the servers have, and of their serials.

use std::net::SocketAddr;

use hickory_proto::rr::Name;

use crate::propagation::elsewhere::Elsewhere;
use crate::propagation::observation::Observation;
use crate::propagation::observed::{Observed, ServerState};
use crate::propagation::target::Target;

/// What the answers of the servers point to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// There is a CNAME at the name; a TXT record beside it is ignored (RFC 2136 §3.4.2.2).
    BesideCname,
    /// There is a CNAME at the name that a wildcard makes. It does not apply once there is a record at the name itself.
    WildcardCname,
    /// All servers have the value, and this one does not show the CNAME at this name, on the way to it.
    CnameMissing {
        /// The server.
        server: Name,
        /// The name.
        alias: Name,
    },
    /// This server has not answered yet.
    Unheard(Name),
    /// All servers that answer with authority have the value: only the others lack it.
    OnlyUnusableLackIt,
    /// This server lacks the value, and has another serial than one that serves it.
    NotTransferred(Name),
    /// The zone's primary has the value, and is none of the zone's servers.
    PrimaryHasIt {
        /// The primary.
        primary: Name,
        /// The address at which it has the value.
        address: SocketAddr,
    },
    /// A server that serves the value and one that lacks it have the same serial.
    SameSerial,
    /// This server lacks the value that others serve.
    LackedBy(Name),
    /// No server has another serial than before the record was written.
    SerialUnchanged,
    /// No server has the value at its name, and one has it at this one.
    Elsewhere(Elsewhere),
    /// No server has the value; only a wildcard answers in its place, with these values.
    WildcardTxt(Vec<String>),
    /// No server has the value, and one has these others.
    OtherValues(Vec<String>),
    /// No server has the value.
    NowhereFound,
}

/// What the observations point to. `holder` is a primary that has the value without being one of the servers.
pub(super) fn reason(
    target: &Target,
    observations: &[Observation],
    holder: Option<(Name, SocketAddr)>,
) -> Reason {
    let in_state = |state| -> Vec<_> {
        let of_value = observations.iter().filter(|one| one.alias.is_none());
        of_value.filter(|one| one.state() == state).collect()
    };
    let (lacking, serving) = (
        in_state(ServerState::Waiting),
        in_state(ServerState::Serving),
    );
    let is_alias = |one: &&Observation| matches!(one.observed, Observed::Cname(_));
    let lags = |one: &&&Observation| {
        one.serial.is_some() && serving.iter().any(|ahead| ahead.serial != one.serial)
    };
    let is_level = |one: &&Observation| {
        one.serial.is_some() && serving.iter().any(|other| other.serial == one.serial)
    };
    let lacks_cname = observations.iter().find_map(|one| {
        let alias = one.alias.clone()?;
        let is_seen = observations
            .iter()
            .any(|other| other.alias == one.alias && other.state() == ServerState::Serving);
        let lacks_it = match one.state() {
            ServerState::Serving => false,
            ServerState::Waiting => true,
            _ => !is_seen,
        };
        lacks_it.then(|| (one.server.clone(), alias))
    });
    let unheard = observations
        .iter()
        .find(|one| one.state() == ServerState::Pending);
    let Some(first) = lacking.first() else {
        return match lacks_cname {
            _ if unheard.is_some() => {
                Reason::Unheard(unheard.map_or_else(Name::root, |one| one.server.clone()))
            }
            Some((server, alias)) => Reason::CnameMissing { server, alias },
            None => Reason::OnlyUnusableLackIt,
        };
    };
    if lacking.iter().any(is_alias) {
        Reason::BesideCname
    } else if let Some(behind) = lacking.iter().find(lags) {
        Reason::NotTransferred(behind.server.clone())
    } else if let Some((primary, address)) = holder {
        Reason::PrimaryHasIt { primary, address }
    } else if lacking.iter().any(is_level) {
        Reason::SameSerial
    } else if !serving.is_empty() {
        Reason::LackedBy(first.server.clone())
    } else if target.serial.is_some() && lacking.iter().all(|one| one.serial == target.serial) {
        Reason::SerialUnchanged
    } else {
        Reason::NowhereFound
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;
    use crate::transport::NetworkFault;

    #[test]
    fn serials_and_the_primary_tell_where_the_value_was_lost() {
        let name = |text: &str| parse(text).unwrap();
        let holder = (name("ns0.test"), SocketAddr::from(([192, 0, 2, 9], 53)));
        let held = Reason::PrimaryHasIt {
            primary: holder.0.clone(),
            address: holder.1,
        };
        let alias = Observed::Cname("a.test.".into());
        let dead = Observed::NoAnswer(NetworkFault::Timeout);
        let (served, empty) = (Observed::Value, Observed::NoData(None));
        let not_transferred = |server| Reason::NotTransferred(name(server));
        let lacked_by = |server| Reason::LackedBy(name(server));
        // What each of ns1, ns2, … has, with its serial; the serial before; and what that points to, without and with
        // a primary that has the value.
        type Servers<'a> = Vec<(&'a Observed, Option<u32>)>;
        let cases: Vec<(Servers<'_>, Option<u32>, Reason, Reason)> = vec![
            (
                vec![(&served, Some(2)), (&alias, Some(1))],
                None,
                Reason::BesideCname,
                Reason::BesideCname,
            ),
            (
                vec![(&empty, Some(1)), (&alias, None)],
                None,
                Reason::BesideCname,
                Reason::BesideCname,
            ),
            (
                vec![(&served, Some(2)), (&dead, None)],
                None,
                Reason::OnlyUnusableLackIt,
                Reason::OnlyUnusableLackIt,
            ),
            (
                vec![(&served, Some(2)), (&empty, Some(2)), (&empty, Some(1))],
                None,
                not_transferred("ns3.test"),
                not_transferred("ns3.test"),
            ),
            (
                vec![(&empty, Some(1)), (&served, Some(1)), (&served, Some(2))],
                None,
                not_transferred("ns1.test"),
                not_transferred("ns1.test"),
            ),
            (
                vec![(&served, Some(2)), (&empty, Some(2))],
                None,
                Reason::SameSerial,
                held.clone(),
            ),
            (
                vec![(&served, Some(2)), (&empty, None), (&empty, None)],
                None,
                lacked_by("ns2.test"),
                held.clone(),
            ),
            (
                vec![(&served, None), (&empty, None)],
                None,
                lacked_by("ns2.test"),
                held.clone(),
            ),
            (
                vec![(&empty, Some(1)), (&empty, Some(1))],
                Some(1),
                Reason::SerialUnchanged,
                held.clone(),
            ),
            (
                vec![(&empty, Some(1)), (&empty, Some(2))],
                Some(1),
                Reason::NowhereFound,
                held.clone(),
            ),
            (
                vec![(&empty, None)],
                None,
                Reason::NowhereFound,
                held.clone(),
            ),
        ];
        for (servers, serial, alone, with_holder) in cases {
            let target = Target {
                serial,
                ..Target::fake()
            };
            let observations: Vec<_> = (1..)
                .zip(&servers)
                .map(|(index, (observed, serial))| Observation {
                    observed: (*observed).clone(),
                    serial: *serial,
                    ..Observation::pending(
                        name(&format!("ns{index}.test")),
                        ([192, 0, 2, index], 53).into(),
                    )
                })
                .collect();
            assert_eq!(reason(&target, &observations, None), alone, "{servers:?}");
            let held = reason(&target, &observations, Some(holder.clone()));
            assert_eq!(held, with_holder, "{servers:?}");
        }
    }

    #[test]
    fn a_cname_that_a_server_does_not_show_or_one_that_was_not_heard_is_named() {
        let name = |text: &str| parse(text).unwrap();
        let (served, empty) = (Observed::Value, Observed::NoData(None));
        let dead = Observed::NoAnswer(NetworkFault::Timeout);
        let missing = |server, alias| Reason::CnameMissing {
            server: name(server),
            alias: name(alias),
        };
        let unusable = Reason::OnlyUnusableLackIt;
        // What ns1 has of the value, and ns2 and ns3 of the CNAME at each of these names.
        for (value, second, third, reason) in [
            (
                &served,
                ("a.test", &served),
                ("a.test", &served),
                unusable.clone(),
            ),
            (
                &served,
                ("a.test", &served),
                ("a.test", &dead),
                unusable.clone(),
            ),
            (
                &served,
                ("a.test", &served),
                ("a.test", &empty),
                missing("ns3.test", "a.test"),
            ),
            (
                &served,
                ("a.test", &served),
                ("b.test", &dead),
                missing("ns3.test", "b.test"),
            ),
            (
                &served,
                ("a.test", &dead),
                ("b.test", &served),
                missing("ns2.test", "a.test"),
            ),
            (
                &served,
                ("a.test", &served),
                ("a.test", &Observed::Pending),
                Reason::Unheard(name("ns3.test")),
            ),
            (
                &empty,
                ("a.test", &empty),
                ("a.test", &served),
                Reason::NowhereFound,
            ),
        ] {
            let one = |server, observed: &Observed, alias: Option<&str>| {
                let mut one = Observation::pending(name(server), ([192, 0, 2, 1], 53).into());
                one.observed = observed.clone();
                one.alias = alias.map(name);
                one
            };
            let observations = [
                one("ns1.test", value, None),
                one("ns2.test", second.1, Some(second.0)),
                one("ns3.test", third.1, Some(third.0)),
            ];
            assert_eq!(super::reason(&Target::fake(), &observations, None), reason);
        }
    }
}
