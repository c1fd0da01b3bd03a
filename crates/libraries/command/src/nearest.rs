//! What somebody may have meant by a word that is misspelt.

/// How much of a word is compared, in characters: what is far longer than those that are known is none of them.
const LONGEST: usize = 64;

/// The one of these that a word is nearest to, if it is near: a third of its letters may be wrong, and of one that begins
/// otherwise a single one.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (distance, near) = first(word, known)?;
    let begins_alike = word.chars().next().map(|one| one.to_ascii_lowercase())
        == near.chars().next().map(|one| one.to_ascii_lowercase());
    let most = match begins_alike {
        true => near.chars().count().div_ceil(3),
        false => 1,
    };
    (distance <= most).then_some(near)
}

/// The shortest of these names of variables that has all parts of another in their order, and more: `CF_DNS_API_TOKEN` for
/// `CF_TOKEN`. A part may be shortened, and the first may not.
pub fn with_parts_of<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_ascii_uppercase();
    let (begins, rest) = name.split_once('_')?;
    let has_all = |known: &&str| {
        let mut parts = known.split('_');
        !rest.is_empty()
            && parts.next() == Some(begins)
            && rest
                .split('_')
                .all(|part| parts.by_ref().any(|known| known.contains(part)))
    };
    let with_all = known.into_iter().filter(has_all);
    with_all.min_by_key(|known| (known.len(), *known))
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
            ("xmail", Some("email")),
            ("xmial", None),
        ] {
            assert_eq!(nearest(word, ["email", "server"]), expected, "{word}");
        }
        assert_eq!(nearest("desec", ["exec"]), None);
        assert_eq!(within(1, "CF_KYE", ["CF_KEY"]), None);
        assert_eq!(within(2, "CF_KYE", ["CF_KEY"]), Some("CF_KEY"));
    }

    #[test]
    fn a_name_with_all_parts_of_another_may_be_meant() {
        let known = [
            "CF_DNS_API_TOKEN",
            "CF_ZONE_API_TOKEN",
            "CF_API_KEY",
            "OVH_APPLICATION_KEY",
            "A_NAMESERVER",
        ];
        for (name, expected) in [
            ("CF_TOKEN", Some("CF_DNS_API_TOKEN")),
            ("CF_Token", Some("CF_DNS_API_TOKEN")),
            ("CF_ZONE_TOKEN", Some("CF_ZONE_API_TOKEN")),
            ("CF_KEY", Some("CF_API_KEY")),
            ("OVH_APP_KEY", Some("OVH_APPLICATION_KEY")),
            ("A_SERVER", Some("A_NAMESERVER")),
            ("CF_TOKEN_DNS", None),
            ("OVH_TOKEN", None),
            ("C_TOKEN", None),
            ("CF_", None),
            ("CF", None),
            ("", None),
        ] {
            assert_eq!(with_parts_of(name, known), expected, "{name}");
        }
    }
}
