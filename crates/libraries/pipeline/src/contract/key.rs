//! The identity of a challenge: the record that it is about.

use super::Object;
use super::catalogue::Member;
use super::catalogue::challenge::{EFFECTIVE_FQDN, FQDN, TOKEN, VALUE};
use serde::{Deserialize, Serialize};

/// The identity of a challenge: the record that it is about.
///
/// It is equal to another of the same record, however the challenge's name led there, and however that is spelled: names
/// are the same with and without a final dot, and in whatever case (RFC 4343).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Key(
    /// `effective_fqdn`.
    Option<String>,
    /// `fqdn`.
    Option<String>,
    /// `value`.
    Option<String>,
    /// `token`, for challenges that do not say their value.
    Option<String>,
);

impl Key {
    /// The key of the challenge with these members.
    pub(super) fn of(members: &Object) -> Key {
        let text = |member: &Member| Some(members.get(member.name)?.as_str()?.to_owned());
        Key(
            text(&EFFECTIVE_FQDN),
            text(&FQDN),
            text(&VALUE),
            text(&TOKEN),
        )
    }

    /// The record's name and value; the token stands in for a value that is not known.
    fn record(&self) -> (Option<&str>, Option<&str>) {
        let Key(effective_fqdn, fqdn, value, token) = self;
        (
            effective_fqdn.as_deref().or(fqdn.as_deref()),
            value.as_deref().or(token.as_deref()),
        )
    }

    /// The record's name.
    pub fn record_name(&self) -> &str {
        self.record().0.unwrap_or_default()
    }

    /// The record's value, or the token where that is not known.
    pub fn value(&self) -> &str {
        self.record().1.unwrap_or_default()
    }

    /// Its names after and before its CNAMEs, as [`Key::plain`] has them.
    pub fn names(&self) -> impl Iterator<Item = String> {
        let Key(effective_fqdn, fqdn, ..) = self;
        let names = [effective_fqdn, fqdn].into_iter().flatten();
        names.map(|name| Key::plain(name))
    }

    /// A name in the one form that all its spellings have in common.
    pub fn plain(name: &str) -> String {
        without_dot(name).to_ascii_lowercase()
    }

    /// Whether it is a challenge at this name, before or after its CNAMEs.
    fn is_at(&self, name: &str) -> bool {
        let Key(effective_fqdn, fqdn, ..) = self;
        let mut names = [effective_fqdn, fqdn].into_iter().flatten();
        names.any(|known| is_same_name(known, name))
    }

    /// Whether it is the challenge of this value at this name, before or after its CNAMEs.
    pub fn is_called(&self, name: &str, value: &str) -> bool {
        self.is_at(name) && self.value() == value
    }

    /// Whether it is the challenge that a person names so: by its value at a name, before or after its CNAMEs; or by its token,
    /// where no value is named.
    pub fn is_named(&self, named: &Key) -> bool {
        match named {
            Key(_, _, None, Some(token)) => {
                self.is_at(named.record_name()) && self.3.as_ref() == Some(token)
            }
            _ => self.is_called(named.record_name(), named.value()),
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        let (name, value) = self.record();
        let (other_name, other_value) = other.record();
        let is_same_name = match (name, other_name) {
            (Some(name), Some(other)) => is_same_name(name, other),
            (name, other) => name == other,
        };
        value == other_value && is_same_name
    }
}

impl Eq for Key {}

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let (name, value) = self.record();
        for byte in without_dot(name.unwrap_or_default()).bytes() {
            state.write_u8(byte.to_ascii_lowercase());
        }
        value.hash(state);
    }
}

fn is_same_name(one: &str, other: &str) -> bool {
    without_dot(one).eq_ignore_ascii_case(without_dot(other))
}

fn without_dot(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use std::collections::HashSet;

    fn key(members: Value) -> Key {
        Key::of(members.as_object().expect("tests pass objects"))
    }

    #[test]
    fn two_challenges_are_the_same_if_they_are_of_one_record() {
        let one = key(json!({"fqdn": "a.", "effective_fqdn": "b.", "value": "v", "token": "t"}));
        assert_eq!(one, key(json!({"fqdn": "b.", "value": "v"})));
        assert_eq!(
            one,
            key(json!({"fqdn": "c.", "effective_fqdn": "b.", "value": "v"}))
        );
        assert_ne!(one, key(json!({"fqdn": "a.", "value": "v"})));
        assert_ne!(one, key(json!({"fqdn": "b.", "value": "w"})));
        assert_eq!(key(json!({"fqdn": "b.", "token": "t"})).value(), "t");
        for (name, value, is_it) in [
            ("a.", "v", true),
            ("b.", "v", true),
            ("c.", "v", false),
            ("a.", "t", false),
        ] {
            assert_eq!(one.is_called(name, value), is_it, "{name} {value}");
        }
    }

    #[test]
    fn a_challenge_is_named_by_its_value_or_without_one_by_its_token() {
        let one = key(json!({"fqdn": "a.", "effective_fqdn": "b.", "value": "v", "token": "t"}));
        let valueless = key(json!({"fqdn": "a.", "token": "t"}));
        for (named, is_it, is_valueless) in [
            (json!({"fqdn": "a.", "value": "v"}), true, false),
            (
                json!({"fqdn": "b.", "value": "v", "token": "x"}),
                true,
                false,
            ),
            (json!({"fqdn": "A", "token": "t"}), true, true),
            (json!({"fqdn": "a.", "token": "v"}), false, false),
            (json!({"fqdn": "a.", "value": "t"}), false, true),
            (json!({"fqdn": "c.", "token": "t"}), false, false),
            (json!({"fqdn": "a."}), false, false),
        ] {
            let key = key(named.clone());
            assert_eq!(one.is_named(&key), is_it, "{named}");
            assert_eq!(valueless.is_named(&key), is_valueless, "{named}");
        }
    }

    #[test]
    fn a_key_is_that_of_a_name_however_that_is_spelled() {
        let of = |name: &str| key(json!({"fqdn": name, "value": "v"}));
        let keys = HashSet::from([of("a.test.")]);
        for (name, is_it) in [
            ("A.test", true),
            ("a.TEST.", true),
            ("a.test..", false),
            ("b.test.", false),
            ("", false),
        ] {
            assert_eq!(keys.contains(&of(name)), is_it, "{name}");
            assert_eq!(of("a.test.") == of(name), is_it, "{name}");
            assert_eq!(of(name).is_called("a.Test", "v"), is_it, "{name}");
            let plain = Key::plain("A.test.");
            assert_eq!(of(name).names().any(|one| one == plain), is_it, "{name}");
        }
        let nameless = key(json!({"value": "v"}));
        assert!(nameless == nameless.clone() && nameless != of("."));
        assert!(!nameless.is_called("", "v"));
    }

    #[test]
    fn a_key_is_kept_as_four_members_so_that_older_journals_are_read() {
        let one = key(json!({"fqdn": "a.", "value": "v"}));
        let kept = json!(one);
        assert_eq!(kept, json!([null, "a.", "v", null]));
        assert_eq!(serde_json::from_value::<Key>(kept).unwrap(), one);
    }
}
