//! Names that somebody writes by mistake in place of another one.

use std::fmt;

use hickory_proto::rr::Name;

use crate::name::{from_wire, is_within};

/// How a name differs from the one that it was meant to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slip {
    /// The zone's name stands behind a whole name: its final dot was left out.
    ZoneTwice,
    /// Its first label has no underscore before it.
    NoUnderscore,
    /// Its first label has an underscore in place of a hyphen.
    Underscore,
    /// Its first label stands there twice.
    LabelTwice,
    /// It lacks the first label.
    NoLabel,
    /// It lacks all labels before the zone's name.
    NoLabels,
    /// It lacks labels between the first one and the zone's name.
    AtApex,
    /// A `*` stands in it.
    Star,
    /// It is what a CNAME was meant to lead to, whose final dot was left out.
    AliasTarget,
}

impl fmt::Display for Slip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ZoneTwice => "the zone's name stands there twice",
            Self::NoUnderscore => "the underscore is missing",
            Self::Underscore => "an underscore stands in place of the hyphen",
            Self::LabelTwice => "the first label stands there twice",
            Self::NoLabel => "the first label is missing",
            Self::NoLabels => "it is the zone's own name",
            Self::AtApex => "a label is missing between the first one and the zone's name",
            Self::Star => "the `*` does not belong to the name",
            Self::AliasTarget => "the final dot is missing in the target of the CNAME",
        })
    }
}

/// Last labels of names that people write whole and forget the final dot of, beside the zone's own.
const TOP_LEVEL: [&[u8]; 8] = [b"com", b"net", b"org", b"io", b"info", b"de", b"eu", b"dev"];

/// The names that may have been written in place of this one in its zone, each once, those first that are most common.
pub(crate) fn names_by_mistake(name: &Name, zone: &Name) -> Vec<(Name, Slip)> {
    let base = name.base_name();
    let mut all: Vec<(Name, Slip)> = Vec::new();
    let mut add = |made: Option<Name>, slip| {
        if let Some(mut made) = made {
            made.set_fqdn(true);
            let is_new = made != *name && !all.iter().any(|(known, _)| *known == made);
            if is_new && is_within(&made, zone) {
                all.push((made, slip));
            }
        }
    };
    let first = name.iter().next().unwrap_or_default();
    let with_first = |first: &[u8], parent: &Name| parent.prepend_label(first).ok();
    add(name.clone().append_name(zone).ok(), Slip::ZoneTwice);
    if let Some(plain) = first.strip_prefix(b"_") {
        add(with_first(plain, &base), Slip::NoUnderscore);
    }
    let underscored: Vec<u8> = first.iter().map(underscore).collect();
    add(with_first(&underscored, &base), Slip::Underscore);
    add(with_first(first, name), Slip::LabelTwice);
    add(Some(base.clone()), Slip::NoLabel);
    add(with_first(first, zone), Slip::AtApex);
    let starred = base.prepend_label("*").ok();
    add(
        starred.as_ref().and_then(|star| with_first(first, star)),
        Slip::Star,
    );
    add(starred, Slip::Star);
    add(Some(zone.clone()), Slip::NoLabels);
    all
}

fn underscore(octet: &u8) -> u8 {
    match octet {
        b'-' => b'_',
        other => *other,
    }
}

/// The name that was meant where a name in a zone is a whole one with the zone's name behind it; nothing where it is none.
pub(crate) fn without_zone(name: &Name, zone: &Name) -> Option<Name> {
    let before = name.iter().len().checked_sub(zone.iter().len())?;
    let labels: Vec<&[u8]> = name.iter().take(before).collect();
    let last = labels.last()?;
    let is_top = zone.iter().next_back() == Some(*last) || TOP_LEVEL.contains(last);
    if labels.len() < 2 || !is_top || !is_within(name, zone) {
        return None;
    }
    from_wire(&Name::from_labels(labels).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::parse;

    #[test]
    fn each_mistake_makes_a_name_of_the_zone_that_is_another_one() {
        let (name, zone) = (
            parse("_acme-challenge.www.a.test").unwrap(),
            parse("a.test").unwrap(),
        );
        let made = names_by_mistake(&name, &zone);
        let made: Vec<(String, Slip)> = made
            .into_iter()
            .map(|(name, slip)| (name.to_ascii(), slip))
            .collect();
        let expected = [
            ("_acme-challenge.www.a.test.a.test.", Slip::ZoneTwice),
            ("acme-challenge.www.a.test.", Slip::NoUnderscore),
            ("_acme_challenge.www.a.test.", Slip::Underscore),
            (
                "_acme-challenge._acme-challenge.www.a.test.",
                Slip::LabelTwice,
            ),
            ("www.a.test.", Slip::NoLabel),
            ("_acme-challenge.a.test.", Slip::AtApex),
            ("_acme-challenge.*.www.a.test.", Slip::Star),
            ("*.www.a.test.", Slip::Star),
            ("a.test.", Slip::NoLabels),
        ];
        assert_eq!(
            made,
            expected
                .map(|(name, slip)| (name.to_owned(), slip))
                .to_vec()
        );
        let at_apex = names_by_mistake(&parse("_acme-challenge.a.test").unwrap(), &zone);
        let is_another = |(made, _): &(Name, Slip)| made.to_ascii() != "_acme-challenge.a.test.";
        assert!(at_apex.iter().all(is_another), "{at_apex:?}");
        // Where the name is a zone of its own, nothing above it is looked at.
        let of_apex = names_by_mistake(&zone, &zone);
        let is_below = |(made, _): &(Name, Slip)| is_within(made, &zone) && *made != zone;
        assert!(
            !of_apex.is_empty() && of_apex.iter().all(is_below),
            "{of_apex:?}"
        );
    }

    #[test]
    fn what_was_meant_is_what_stands_before_the_zone_if_it_ends_as_whole_names_do() {
        for (name, meant) in [
            ("x.b.test.a.test", Some("x.b.test.")),
            ("x.b.com.a.test", Some("x.b.com.")),
            ("x.b.a.test", None),
            ("test.a.test", None),
            ("x.b.test", None),
        ] {
            let found = without_zone(&parse(name).unwrap(), &parse("a.test").unwrap());
            assert_eq!(
                found.map(|name| name.to_ascii()).as_deref(),
                meant,
                "{name}"
            );
        }
    }
}
