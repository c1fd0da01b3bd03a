//! What differs between what the configuration asks for and what the certificate was ordered as.

use super::facts::Facts;
use super::reason::Change;

/// The first difference that makes the certificate due. What is not known, or not asked for, differs from nothing.
pub(super) fn change(facts: &Facts) -> Option<Change> {
    let (desired, ordered) = (facts.desired.as_ref()?, facts.ordered.as_ref()?);
    if !desired.has_names_of(ordered) {
        return Some(Change::Names {
            desired: desired.names.clone(),
            ordered: ordered.names.clone(),
        });
    }
    let differs = |what, desired: &Option<String>, ordered: &Option<String>| {
        let (desired, ordered) = (desired.clone()?, ordered.clone()?);
        (desired != ordered).then_some(Change::Value {
            what,
            desired,
            ordered,
        })
    };
    differs("CA", &desired.directory, &ordered.directory)
        .or_else(|| differs("key type", &desired.key_type, &ordered.key_type))
        .or_else(|| match (&desired.profile, &ordered.profile) {
            // A record tells of a profile that was asked for.
            (Some(profile), None) if ordered.directory.is_some() => Some(Change::Value {
                what: "profile",
                desired: profile.clone(),
                ordered: "none".to_owned(),
            }),
            (desired, ordered) => differs("profile", desired, ordered),
        })
}
