//! What somebody may have meant by a word that is misspelt.

/// How much of a word is compared, in characters: what is far longer than those that are known is none of them.
const LONGEST: usize = 64;

/// The one of these that a word is nearest to, if it is near: a third of its letters may be wrong.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, near) = first(word, known)?;
    (distance <= near.chars().count().div_ceil(3)).then_some(near)
}

/// As [`nearest`], where so many letters may be wrong.
pub fn within<'a>(
    most: usize,
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let (distance, near) = first(word, known)?;
    (distance <= most).then_some(near)
}

fn first<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<(usize, &'a str)> {
    let known = known.into_iter();
    known.map(|known| (distance(word, known), known)).min()
}

/// How many letters have to be changed, added or taken away to make one of the other.
fn distance(one: &str, other: &str) -> usize {
    let one: Vec<char> = one.chars().take(LONGEST).collect();
    let mut row: Vec<usize> = (0..=one.len()).collect();
    for (i, letter) in other.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, own) in one.iter().enumerate() {
            let changed = before + usize::from(*own != letter);
            before = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(before + 1);
        }
    }
    row[one.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_taken_for_the_nearest_that_is_known_if_it_is_near() {
        for (word, expected) in [
            ("emial", Some("email")),
            ("Server", Some("server")),
            ("nonsense", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, ["email", "server"]), expected, "{word}");
        }
        assert_eq!(within(1, "CF_KYE", ["CF_KEY"]), None);
        assert_eq!(within(2, "CF_KYE", ["CF_KEY"]), Some("CF_KEY"));
    }
}
