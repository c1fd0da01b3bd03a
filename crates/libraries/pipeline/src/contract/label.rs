//! What to call an order or a challenge when speaking to a person.

use super::{Object, value};
use command::text::shorten;

/// The longest name that a person is shown, in characters.
const LONGEST_LABEL: usize = 255;

/// What to call an order or a challenge when speaking to a person.
pub(super) fn label(object: &Object) -> String {
    ["name", "fqdn"]
        .into_iter()
        .find_map(|member| value::optional::<String>(object, member).ok()?)
        .map_or_else(
            || "document".to_owned(),
            |name| shorten(&name, LONGEST_LABEL),
        )
}
