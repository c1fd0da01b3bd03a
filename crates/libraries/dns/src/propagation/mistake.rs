//! Values that were meant to be another one.

use std::fmt;

use crate::propagation::observed::Observed;
use crate::propagation::target::Target;

/// How a value differs from the one that it was meant to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// There are blanks around it.
    Blanks,
    /// There are quote characters around it that are part of it.
    Quotes,
    /// It ends in `=`, which base64url without padding does not.
    Padding,
    /// It has other upper and lower case.
    Case,
    /// Something else stands before or behind it.
    More,
    /// It is one of [`Target::mistaken_values`], described like this.
    Known(String),
}

impl Mistake {
    /// What can be done.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Quotes => {
                "The quotes belong to the syntax of zone files; the program or the provider adds its own."
            }
            Self::Known(_) => {
                "The record has to hold base64url(SHA-256(key authorization)), as the member `value` does."
            }
            Self::Blanks | Self::Padding | Self::Case | Self::More => {
                "The program has to pass the value on octet by octet."
            }
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blanks => "the value with blanks around it",
            Self::Quotes => "the value with literal quote characters around it",
            Self::Padding => "the value with \"=\" padding, which base64url does not have here",
            Self::Case => "the value in another case",
            Self::More => "the value with something else before or behind it",
            Self::Known(description) => description,
        })
    }
}

/// The first value among those observed that was meant to be the one that is waited for, and what is wrong with it.
pub(super) fn mistake<'a>(observed: &'a Observed, target: &Target) -> Option<(&'a str, Mistake)> {
    let Observed::OtherValues(values) = observed else {
        return None;
    };
    values.iter().find_map(|found| {
        let known = target
            .mistaken_values
            .iter()
            .find(|mistaken| mistaken.value == *found)
            .map(|mistaken| Mistake::Known(mistaken.description.clone()));
        let mistake = known.or_else(|| misspelling(found, &target.value));
        mistake.map(|mistake| (found.as_str(), mistake))
    })
}

/// A value of so many octets is not by chance a part of another text.
const LONG: usize = 16;

/// How `found` differs from `wanted`, if it is the same but for something that was added or changed on the way.
pub(crate) fn misspelling(found: &str, wanted: &str) -> Option<Mistake> {
    let quote = |c| matches!(c, '"' | '\'' | '\\');
    if found.trim() == wanted {
        Some(Mistake::Blanks)
    } else if found.trim().trim_matches(quote) == wanted {
        Some(Mistake::Quotes)
    } else if found.trim_end_matches('=') == wanted {
        Some(Mistake::Padding)
    } else if found.eq_ignore_ascii_case(wanted) {
        Some(Mistake::Case)
    } else if wanted.len() >= LONG && found.contains(wanted) {
        Some(Mistake::More)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::propagation::target::MistakenValue;

    #[test]
    fn a_value_that_was_changed_on_the_way_is_recognized() {
        for (found, mistake) in [
            (" Value", Some(Mistake::Blanks)),
            ("Value\t", Some(Mistake::Blanks)),
            ("\"Value\"", Some(Mistake::Quotes)),
            ("'Value'", Some(Mistake::Quotes)),
            ("\\\"Value\\\"", Some(Mistake::Quotes)),
            (" \"Value\" ", Some(Mistake::Quotes)),
            ("Value=", Some(Mistake::Padding)),
            ("Value==", Some(Mistake::Padding)),
            ("VALUE", Some(Mistake::Case)),
            ("value", Some(Mistake::Case)),
            ("Valu", None),
            ("xValuex", None),
            ("", None),
        ] {
            assert_eq!(misspelling(found, "Value"), mistake, "{found:?}");
        }
        let long = "gfj9Xq-Rg85nM_WS";
        let more = format!("dns01={long}");
        assert_eq!(misspelling(&more, long), Some(Mistake::More));
        let shorter = &long[1..];
        assert_eq!(misspelling(&format!("x{shorter}"), shorter), None);
    }

    #[test]
    fn each_mistake_says_what_it_is() {
        for (mistake, says) in [
            (Mistake::Blanks, "blanks"),
            (Mistake::Quotes, "quote"),
            (Mistake::Padding, "padding"),
            (Mistake::Case, "case"),
            (Mistake::Known("the token".into()), "the token"),
        ] {
            assert!(mistake.to_string().contains(says), "{mistake}");
        }
    }

    #[test]
    fn the_first_mistake_among_several_values_is_told() {
        let target = Target {
            mistaken_values: vec![MistakenValue {
                value: "token".into(),
                description: "the token".into(),
            }],
            ..Target::fake()
        };
        let values = |values: &[&str]| {
            Observed::OtherValues(values.iter().map(|value| (*value).to_owned()).collect())
        };
        let known = Mistake::Known("the token".into());
        for (observed, found) in [
            (values(&["x", "token", "VALUE"]), Some(("token", known))),
            (values(&["VALUE", "token"]), Some(("VALUE", Mistake::Case))),
            (values(&["x"]), None),
            (Observed::Value, None),
            (Observed::NoData(None), None),
        ] {
            assert_eq!(mistake(&observed, &target), found);
        }
    }
}
