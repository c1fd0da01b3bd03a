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
        .or_else(|| differs("profile", &desired.profile, &ordered.profile))
}
