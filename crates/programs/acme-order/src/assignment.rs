//! Which authorization is for which of the names that were ordered.

use acme::{Authorization, Identifier};

/// For each authorization the position of the ordered name that it is for, and that no other is for; none where there is
/// no such name. The case of a name does not matter, nor a final dot.
///
/// A CA may leave out that an authorization is for a wildcard (RFC 8555 §7.1.4): one for `x` is that for `*.x` where `x`
/// was not ordered, or another is for it.
pub(crate) fn assign(
    authorizations: &[&Authorization],
    ordered: &[Identifier],
) -> Vec<Option<usize>> {
    let mut positions = vec![None; authorizations.len()];
    // Those that say what they are for come first, so that none takes the name of another.
    for is_generous in [false, true] {
        for (index, authorization) in authorizations.iter().enumerate() {
            if positions[index].is_some() || (is_generous && authorization.wildcard) {
                continue;
            }
            let is_wildcard = authorization.wildcard || is_generous;
            positions[index] = (0..ordered.len()).find(|position| {
                is_for(&authorization.identifier, is_wildcard, &ordered[*position])
                    && !positions.contains(&Some(*position))
            });
        }
    }
    positions
}

/// Whether an authorization's identifier, as that of a wildcard or not, is the ordered name.
fn is_for(identifier: &Identifier, is_wildcard: bool, ordered: &Identifier) -> bool {
    let name = match ordered.value.strip_prefix("*.") {
        Some(base) if is_wildcard => base,
        None if !is_wildcard => &ordered.value,
        _ => return false,
    };
    let value = &identifier.value;
    let value = value.strip_suffix('.').unwrap_or(value);
    identifier.kind == ordered.kind && value.eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use acme::Status;

    /// What is assigned to authorizations for these names, of which those with `*.` say that they are for a wildcard.
    fn assigned(authorizations: &[&str], ordered: &[&str]) -> Vec<Option<usize>> {
        let authorizations: Vec<_> = authorizations
            .iter()
            .map(|name| Authorization {
                identifier: Identifier::dns(name.strip_prefix("*.").unwrap_or(name)),
                status: Status::Pending,
                wildcard: name.starts_with("*."),
                expires: None,
                challenges: Vec::new(),
                others: Vec::new(),
                error: None,
            })
            .collect();
        let ordered: Vec<_> = ordered.iter().map(|name| Identifier::dns(*name)).collect();
        assign(&authorizations.iter().collect::<Vec<_>>(), &ordered)
    }

    #[test]
    fn each_authorization_is_for_one_name_and_each_name_has_one() {
        type Positions<'a> = &'a [Option<usize>];
        let cases: [(&[&str], &[&str], Positions); 19] = [
            // As they are named, in whatever sequence, case and form.
            (
                &["b.test", "a.test"],
                &["a.test", "b.test"],
                &[Some(1), Some(0)],
            ),
            (
                &["*.x.test", "x.test"],
                &["x.test", "*.x.test"],
                &[Some(1), Some(0)],
            ),
            (&["A.Test"], &["a.test"], &[Some(0)]),
            (&["a.test."], &["a.test"], &[Some(0)]),
            (&["*.X.test."], &["*.x.test"], &[Some(0)]),
            // That it is for a wildcard is left out.
            (&["x.test"], &["*.x.test"], &[Some(0)]),
            (
                &["x.test", "x.test"],
                &["x.test", "*.x.test"],
                &[Some(0), Some(1)],
            ),
            (
                &["x.test", "x.test"],
                &["*.x.test", "x.test"],
                &[Some(1), Some(0)],
            ),
            (
                &["x.test", "y.test"],
                &["*.y.test", "*.x.test"],
                &[Some(1), Some(0)],
            ),
            (&["x.test", "*.x.test"], &["*.x.test"], &[None, Some(0)]),
            // It may be for the name alone: that of the wildcard is missing.
            (&["x.test"], &["*.x.test", "x.test"], &[Some(1)]),
            // Never two for one name.
            (&["x.test", "x.test"], &["x.test"], &[Some(0), None]),
            (&["x.test", "x.test"], &["*.x.test"], &[Some(0), None]),
            (
                &["*.x.test", "*.x.test"],
                &["*.x.test", "x.test"],
                &[Some(0), None],
            ),
            (
                &["x.test", "x.test", "x.test"],
                &["x.test", "*.x.test"],
                &[Some(0), Some(1), None],
            ),
            // What was not ordered.
            (&["evil.test", "a.test"], &["a.test"], &[None, Some(0)]),
            (&["*.x.test"], &["x.test"], &[None]),
            (&["a.test..", "", "."], &["a.test"], &[None, None, None]),
            (&["a.x.test"], &["*.x.test"], &[None]),
        ];
        for (authorizations, ordered, expected) in cases {
            let found = assigned(authorizations, ordered);
            assert_eq!(found, expected, "{authorizations:?} for {ordered:?}");
        }
    }

    #[test]
    fn an_identifier_of_another_type_or_with_a_wildcard_in_it_is_none_that_was_ordered() {
        let ordered = [Identifier::dns("*.x.test"), Identifier::dns("x.test")];
        let of_type = |kind: &str, value: &str| Identifier {
            kind: kind.into(),
            value: value.into(),
        };
        for identifier in [of_type("ip", "x.test"), of_type("dns", "*.x.test")] {
            for wildcard in [false, true] {
                let authorization = Authorization {
                    identifier: identifier.clone(),
                    status: Status::Pending,
                    wildcard,
                    expires: None,
                    challenges: Vec::new(),
                    others: Vec::new(),
                    error: None,
                };
                assert_eq!(
                    assign(&[&authorization], &ordered),
                    [None],
                    "{identifier:?}"
                );
            }
        }
    }
}
