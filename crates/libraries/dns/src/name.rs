//! Domain names as they come from people and from the wire: labels of letters, digits, hyphens and underscores.

pub use hickory_proto::rr::Name;

/// Reads a name as absolute, with or without its final dot, in lower case.
///
/// A label may have letters, digits, `-` and `_`, as in a host name (RFC 1123 §2.1) with underscored labels before it
/// (RFC 8552), and does not begin with a hyphen. Nothing else is accepted, since a name becomes a program's argument.
///
/// # Errors
///
/// What is wrong with the name, worded to follow the name itself.
pub fn parse(text: &str) -> Result<Name, String> {
    let name = Name::from_ascii(text).map_err(|error| format!("is no domain name: {error}"))?;
    from_wire(&name).ok_or_else(|| "is no name of letters, digits, hyphens and underscores".into())
}

/// Accepts a name from the wire by the same rule as [`parse`] one from a person, as absolute and in lower case.
pub(crate) fn from_wire(name: &Name) -> Option<Name> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let is_accepted = |label: &[u8]| !label.starts_with(b"-") && label.iter().all(is_plain);
    if !name.iter().all(is_accepted) {
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
            ("xn--bcher-kva.1-2.test", "xn--bcher-kva.1-2.test."),
            (".", "."),
            (&longest, &format!("{longest}.")),
        ] {
            let parsed = parse(text).unwrap();
            assert_eq!(parsed.to_ascii(), name);
            assert!(parsed.is_fqdn(), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_of_letters_digits_hyphens_and_underscores_is_refused() {
        for text in [
            "a..b",
            "a b.example",
            "../etc/passwd",
            "-x.example",
            "a.-x.example",
            "*.example",
            &format!("{}.example", "a".repeat(64)),
            &"a.".repeat(128),
        ] {
            assert!(
                parse(text).is_err_and(|error| error.starts_with("is no")),
                "{text:?}"
            );
        }
        assert!(parse("a-.example").is_ok());
    }

    #[test]
    fn a_name_from_the_wire_is_taken_by_the_same_rule() {
        let labels = |first: &[u8]| Name::from_labels([first, b"example"]).unwrap();
        for (first, name) in [
            (b"a;b".as_slice(), None),
            (b"a b", None),
            (b"\xff", None),
            (b"A-B_1", Some("a-b_1.example.")),
            (b"*", None),
            (b"-a", None),
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
