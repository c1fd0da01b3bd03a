//! What was found, in words for a person.

use command::message;
use dns::check::Delegation;
use dns::zone::Location;
use dns::{Name, address};

/// Says where the record of a name belongs.
pub(crate) fn tell_location(name: &Name, location: &Location) {
    if let Some(target) = &location.wildcard_target {
        message::warning(&format!(
            "{name}: the CNAME to {target} is not followed: it comes from a wildcard, which does not apply once there \
             is a record at the name itself"
        ));
    }
    message::detail(&format!("{name}: {} in {}", location.name, location.zone));
}

/// Says who leads to a zone, how long that took, and to which servers.
pub(crate) fn tell_delegation(name: &Name, delegation: &Delegation) {
    message::note(&format!("{name}: {}", in_words(delegation)));
}

fn in_words(delegation: &Delegation) -> String {
    let Delegation { zone, parent, .. } = delegation;
    let by: Vec<String> = delegation
        .referred_by
        .iter()
        .map(|one| {
            let (address, took) = (address::format(&one.address), one.took.as_millis());
            format!("{} ({address}) in {took} ms", one.name)
        })
        .collect();
    let to: Vec<String> = delegation
        .servers
        .iter()
        .map(|(name, glue)| match glue.is_empty() {
            true => format!("{name} without glue"),
            false => {
                let glue: Vec<_> = glue.iter().map(ToString::to_string).collect();
                format!("{name} ({})", glue.join(", "))
            }
        })
        .collect();
    let verb = match delegation.is_referral {
        true => "leads to",
        false => "has the same servers as",
    };
    format!(
        "{parent} {verb} {zone}: says {}; its servers: {}",
        by.join(", "),
        to.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dns::check::Referrer;
    use dns::name::parse;

    use super::*;

    #[test]
    fn a_delegation_says_who_and_how_long_and_to_whom() {
        let name = |text| parse(text).unwrap();
        let mut delegation = Delegation {
            zone: name("example.test"),
            parent: name("test"),
            referred_by: vec![Referrer {
                name: name("a.nic.test"),
                address: ([192, 0, 2, 1], 53).into(),
                took: Duration::from_micros(12_345),
            }],
            is_referral: true,
            servers: vec![
                (name("ns1.example.test"), vec![[192, 0, 2, 2].into()]),
                (name("ns.other.test"), vec![]),
            ],
        };
        let servers = "its servers: ns1.example.test. (192.0.2.2), ns.other.test. without glue";
        let said = "says a.nic.test. (192.0.2.1) in 12 ms";
        assert_eq!(
            in_words(&delegation),
            format!("test. leads to example.test.: {said}; {servers}")
        );
        delegation.is_referral = false;
        let begins = "test. has the same servers as example.test.: says a.nic.test.";
        assert!(in_words(&delegation).starts_with(begins));
    }
}
