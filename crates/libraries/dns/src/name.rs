//! Domain names as they come from people and from the wire: labels of letters, digits, hyphens and underscores.

pub use hickory_proto::rr::Name;

/// Reads a name as absolute, with or without its final dot, in lower case.
///
/// A label may have letters, digits, `-` and `_`, as in a host name (RFC 1123 §2.1) with underscored labels before it
/// (RFC 8552), and `*`, as in a wildcard (RFC 4592). Nothing else is ever passed on, to be an argument of some program.
///
/// # Errors
///
/// A sentence that says what is wrong with the name, made to follow the name itself.
pub fn parse(text: &str) -> Result<Name, String> {
    if text.is_empty() {
        return Err("is empty".into());
    }
    if let Some(c) = text.chars().find(|c| !is_plain(*c) && *c != '.') {
        return Err(if c.is_alphanumeric() {
            format!("holds {c:?}: international names have to be given as A-labels (xn--…)")
        } else {
            format!("holds {c:?}, which is no letter, digit, hyphen or underscore")
        });
    }
    let labels = text.strip_suffix('.').unwrap_or(text);
    if text != "." && labels.split('.').any(str::is_empty) {
        return Err("has an empty label".into());
    }
    if let Some(label) = labels.split('.').find(|l| l.len() > 63) {
        return Err(format!(
            "has a label of {} octets, more than 63 (RFC 1035 §2.3.4)",
            label.len()
        ));
    }
    if labels.len() > 253 {
        return Err(format!(
            "has {} octets, more than 253 (RFC 1035 §2.3.4)",
            labels.len()
        ));
    }
    let mut name = Name::from_ascii(text).map_err(|e| format!("is no domain name: {e}"))?;
    name.set_fqdn(true);
    Ok(name.to_lowercase())
}

/// Accepts a name from the wire by the same rule as [`parse`] one from a person, in lower case.
pub(crate) fn from_wire(name: &Name) -> Option<Name> {
    let plain = |label: &[u8]| label.iter().all(|b| is_plain(char::from(*b)));
    if !name.iter().all(plain) {
        return None;
    }
    let mut name = name.to_lowercase();
    name.set_fqdn(true);
    Some(name)
}

/// Whether `name` is `ancestor` or below it.
pub(crate) fn is_within(name: &Name, ancestor: &Name) -> bool {
    ancestor.zone_of(name)
}

/// Whether a zone of this name is one that delegates to its users: the root or a top-level domain.
pub(crate) fn is_top_level(name: &Name) -> bool {
    name.iter().len() < 2
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_out_absolute_and_in_lower_case() {
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        for (text, name) in [
            ("_Label.WWW.Example.com", "_label.www.example.com."),
            ("example.com.", "example.com."),
            ("*.xn--bcher-kva.1-2.test", "*.xn--bcher-kva.1-2.test."),
            (".", "."),
            (&longest, &format!("{longest}.")),
        ] {
            let parsed = parse(text).unwrap();
            assert_eq!(parsed.to_ascii(), name);
            assert!(parsed.is_fqdn(), "{text}");
        }
    }

    #[test]
    fn what_is_no_letter_digit_hyphen_or_underscore_is_refused_with_a_reason() {
        let label = "a".repeat(63);
        for (text, reason) in [
            ("", "is empty"),
            ("a..b", "empty label"),
            (".a", "empty label"),
            ("..", "empty label"),
            ("a b.example", "' '"),
            ("a\nb.example", "'\\n'"),
            ("a\0b.example", "'\\0'"),
            ("../etc/passwd", "'/'"),
            ("a\\.b.example", "'\\\\'"),
            ("bücher.example", "A-labels"),
            (&format!("{label}a.example"), "label of 64"),
            (
                &format!("{label}.{label}.{label}.{}", "a".repeat(62)),
                "254 octets",
            ),
            (&"a.".repeat(128), "255 octets"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_name_from_the_wire_is_taken_by_the_same_rule() {
        let labels = |first: &[u8]| Name::from_labels([first, b"example"]).unwrap();
        for (first, name) in [
            (b"a;b".as_slice(), None),
            (b"a b", None),
            (b"\xff", None),
            (b"A-B_1", Some("a-b_1.example.")),
            (b"*", Some("*.example.")),
        ] {
            let mut found = labels(first);
            found.set_fqdn(false);
            let taken = from_wire(&found);
            assert_eq!(taken.as_ref().map(Name::to_ascii).as_deref(), name);
            assert!(taken.is_none_or(|name| name.is_fqdn()));
        }
    }

    #[test]
    fn a_name_is_within_itself_and_what_is_above_it() {
        let name = |text| parse(text).unwrap();
        for (ancestor, within) in [
            ("www.example.test", true),
            ("example.test", true),
            (".", true),
            ("a.www.example.test", false),
            ("ample.test", false),
            ("other.test", false),
        ] {
            let found = is_within(&name("www.example.test"), &name(ancestor));
            assert_eq!(found, within, "{ancestor}");
        }
    }

    #[test]
    fn the_root_and_top_level_domains_are_known_as_such() {
        assert!(is_top_level(&Name::root()));
        assert!(is_top_level(&parse("test.").unwrap()));
        assert!(!is_top_level(&parse("example.test.").unwrap()));
    }
}
