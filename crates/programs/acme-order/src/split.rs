//! Divides a long list of names into several, each for an order and a certificate of its own.

use acme_cli::Names;
use command::text::shorten;

/// How much of a name a complaint has, in characters.
const LONGEST_NAME: usize = 253;

/// Lists of at most `most` of these names, in their sequence. A name and its wildcard stay together, since they are one
/// record's worth of work, and a person looks for both in one place.
///
/// The first keeps the list's own name, and the others have it with a number: so they are the same in every run, whatever
/// names come and go, and what is added at the end changes the last list alone.
///
/// # Errors
/// A name and its wildcard do not fit into one of them.
pub(crate) fn split(names: Names, most: usize) -> Result<Vec<Names>, String> {
    let Names {
        certificate,
        ordered,
        left_out,
    } = names;
    let mut lists: Vec<Vec<String>> = vec![Vec::new()];
    for together in together(ordered) {
        if together.len() > most {
            let name = shorten(&together[0], LONGEST_NAME);
            return Err(format!(
                "`{name}` and its wildcard stay in one order, and --split {most} has room for one of them"
            ));
        }
        match lists.last_mut() {
            Some(last) if last.len() + together.len() <= most => last.extend(together),
            _ => lists.push(together),
        }
    }
    let mut left_out = Some(left_out);
    let numbered = (1..).zip(lists).map(|(number, ordered)| Names {
        certificate: match number {
            1 => certificate.clone(),
            _ => format!("{certificate}-{number}"),
        },
        ordered,
        left_out: left_out.take().unwrap_or_default(),
    });
    Ok(numbered.collect())
}

/// Each name alone, or with its wildcard, where the first of the two stands.
fn together(ordered: Vec<String>) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for name in ordered {
        let base = name.strip_prefix("*.").unwrap_or(&name).to_owned();
        let place = *places.entry(base).or_insert(all.len());
        match all.get_mut(place) {
            Some(with) => with.push(name),
            None => all.push(vec![name]),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(names: &[&str], most: usize) -> Result<Vec<(String, Vec<String>)>, String> {
        let names = Names::parse(names.iter().copied()).expect("good names");
        let lists = split(names, most)?;
        Ok(lists
            .into_iter()
            .map(|one| (one.certificate, one.ordered))
            .collect())
    }

    #[test]
    fn names_stay_in_their_sequence_and_with_their_wildcards() {
        type Lists<'a> = &'a [(&'a str, &'a [&'a str])];
        let cases: [(&[&str], usize, Lists); 6] = [
            (
                &["a.test", "b.test"],
                2,
                &[("a.test", &["a.test", "b.test"])],
            ),
            (
                &["a.test", "b.test", "c.test"],
                2,
                &[("a.test", &["a.test", "b.test"]), ("a.test-2", &["c.test"])],
            ),
            // One more at the end changes no list but the last.
            (
                &["a.test", "b.test", "c.test", "d.test", "e.test"],
                2,
                &[
                    ("a.test", &["a.test", "b.test"]),
                    ("a.test-2", &["c.test", "d.test"]),
                    ("a.test-3", &["e.test"]),
                ],
            ),
            (
                &["*.b.test", "a.test", "c.test", "b.test"],
                2,
                &[
                    ("_.b.test", &["*.b.test", "b.test"]),
                    ("_.b.test-2", &["a.test", "c.test"]),
                ],
            ),
            (
                &["a.test", "b.test", "*.b.test", "c.test"],
                2,
                &[
                    ("a.test", &["a.test"]),
                    ("a.test-2", &["b.test", "*.b.test"]),
                    ("a.test-3", &["c.test"]),
                ],
            ),
            // The first is left out, and is what the certificate is kept under all the same.
            (
                &["x.a.test", "*.a.test", "b.test"],
                1,
                &[("x.a.test", &["*.a.test"]), ("x.a.test-2", &["b.test"])],
            ),
        ];
        for (names, most, expected) in cases {
            let expected: Vec<(String, Vec<String>)> = expected
                .iter()
                .map(|(name, list)| {
                    let list = list.iter().map(|name| (*name).to_owned());
                    ((*name).to_owned(), list.collect())
                })
                .collect();
            assert_eq!(divided(names, most), Ok(expected), "{names:?}");
        }
        let wrong = divided(&["a.test", "*.b.test", "b.test"], 1).expect_err("no room");
        assert!(wrong.starts_with("`*.b.test` and its wildcard"), "{wrong}");
    }
}
