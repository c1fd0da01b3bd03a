//! The names of a certificate: checked, in A-labels, each once.

mod address;

pub use address::not_an_address;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use std::net::IpAddr;

/// The longest name, without `*.`, that has its challenge's record below it: `_acme-challenge.` and the name are a name of
/// at most 253 octets (RFC 8555 §8.4, RFC 1035 §2.3.4).
const LONGEST: usize = 253 - "_acme-challenge.".len();

/// How much of a bad name a message shows, in characters.
const LONGEST_SHOWN: usize = 253;

/// The names of one certificate.
#[derive(Debug, PartialEq, Eq)]
pub struct Names {
    /// What the certificate's files are kept under.
    pub certificate: String,
    /// The names to order, in the sequence in which they were given.
    pub ordered: Vec<String>,
    /// What was left out, and why.
    pub left_out: Vec<String>,
}

impl Names {
    /// Parses names as a person writes them.
    ///
    /// # Errors
    /// What is wrong with each bad one; or that there is none.
    pub fn parse<'a>(written: impl IntoIterator<Item = &'a str>) -> Result<Names, String> {
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for name in written {
            match to_ascii(name) {
                Ok(ascii) => all.push(ascii),
                Err(why) => wrong.push(format!("`{}` {why}", shown(name))),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong.join("; "));
        }
        let first = all.first().ok_or("no name")?;
        let certificate = first.replace('*', "_");
        let (mut ordered, mut left_out): (Vec<String>, _) = (Vec::new(), Vec::new());
        for name in &all {
            if ordered.contains(name) {
                left_out.push(format!("{name} is given more than once"));
            } else if let Some(wildcard) = covering(name).filter(|w| all.contains(w)) {
                // CAs such as Boulder refuse an order with both, and the covered name adds nothing.
                left_out.push(format!("{name} is left out, since {wildcard} covers it"));
            } else {
                ordered.push(name.clone());
            }
        }
        Ok(Names {
            certificate,
            ordered,
            left_out,
        })
    }
}

/// The name that a certificate is kept under which a person names: what is written, where there is a certificate of that name,
/// or else its usual form, in lower-case A-labels and with `_` for a `*`. Without a certificate of either, what is written.
pub fn kept_name(written: &str, is_kept: impl Fn(&str) -> bool) -> String {
    if is_kept(written) {
        return written.to_owned();
    }
    let usual = usual_form(written);
    if is_kept(&usual) {
        usual
    } else {
        written.to_owned()
    }
}

/// What a person is told of names that no certificate is kept under: a line for each.
pub fn said_of_unknown<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let lines = names
        .into_iter()
        .map(|name| format!("there is no certificate `{name}`"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether it is a name that a certificate is kept under where nobody has chosen another: in lower-case A-labels, and with `_`
/// for a `*`.
pub fn is_usual(name: &str) -> bool {
    of_dns(name).is_some_and(|usual| usual == name)
}

fn usual_form(written: &str) -> String {
    // A person may have chosen a name that is not of the DNS.
    of_dns(written).unwrap_or_else(|| written.to_ascii_lowercase().replace('*', "_"))
}

/// What a certificate is kept under whose first name this is, written with a `*` or with `_` for it.
fn of_dns(written: &str) -> Option<String> {
    let wildcard = written.strip_prefix("_.").map(|base| format!("*.{base}"));
    let name = wildcard.as_deref().unwrap_or(written);
    Names::parse([name]).map(|names| names.certificate).ok()
}

/// A name as a message shows it: on one line, and no longer than a name can be.
fn shown(name: &str) -> String {
    let escaped = name.escape_debug().to_string();
    match escaped.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("{}…", &escaped[..end]),
        None => escaped,
    }
}

/// The wildcard that would cover `name`.
fn covering(name: &str) -> Option<String> {
    let (label, parent) = name.split_once('.')?;
    (label != "*").then(|| format!("*.{parent}"))
}

/// A name as the CA wants it: A-labels, lower case, no final dot.
fn to_ascii(written: &str) -> Result<String, &'static str> {
    let name = written.strip_suffix('.').unwrap_or(written);
    let (wildcard, base) = match name.strip_prefix("*.") {
        Some(base) => ("*.", base),
        None => ("", name),
    };
    if name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return Err("is an IP address, for which there is no dns-01");
    }
    if base.contains(['/', ':']) {
        return Err("is more than a name: give the name alone, without scheme, port and path");
    }
    if base == "*" {
        return Err("has no name behind its `*`");
    }
    if base.contains('*') {
        return Err("has a `*` that is not its first label");
    }
    if base.contains('_') {
        return Err("has an underscore, which no host name has");
    }
    let ascii = Uts46::new()
        .to_ascii(
            base.as_bytes(),
            AsciiDenyList::STD3,
            Hyphens::CheckFirstLast,
            DnsLength::Verify,
        )
        .map_err(
            |_| "is not a DNS name (letters, digits and hyphens in labels of up to 63, 253 in all)",
        )?
        .into_owned();
    if ascii.len() > LONGEST {
        return Err("is longer than 237 octets, so that `_acme-challenge.` does not fit before it");
    }
    match ascii.rsplit_once('.') {
        None => Err("is a single label, for which no CA issues"),
        Some((_, last)) if last.bytes().all(|b| b.is_ascii_digit()) => {
            Err("does not end in a top-level domain")
        }
        Some(_) => Ok(format!("{wildcard}{ascii}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(written: &[&str]) -> Vec<String> {
        Names::parse(written.iter().copied())
            .expect("good names")
            .ordered
    }

    #[test]
    fn names_become_lower_case_a_labels_without_a_final_dot() {
        assert_eq!(
            ordered(&["WWW.Example.COM.", "bücher.example", "*.ÄÖ.example"]),
            [
                "www.example.com",
                "xn--bcher-kva.example",
                "*.xn--4ca0b.example"
            ]
        );
    }

    #[test]
    fn a_certificate_is_known_by_its_name_as_it_is_and_in_its_usual_form() {
        let kept = [
            "_.example.com",
            "xn--bcher-kva.example",
            "mail",
            "Web",
            "web",
        ];
        for (written, expected) in [
            ("*.example.com", "_.example.com"),
            ("_.Example.COM", "_.example.com"),
            ("Bücher.example.", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("Mail", "mail"),
            ("Web", "Web"),
            ("WEB", "web"),
            ("Ä.example", "Ä.example"),
            ("../Mail", "../Mail"),
            ("", ""),
        ] {
            let name = kept_name(written, |name| kept.contains(&name));
            assert_eq!(name, expected);
        }
    }

    #[test]
    fn the_usual_name_of_a_certificate_is_told_from_any_other() {
        for (name, expected) in [
            ("example.com", true),
            ("_.example.com", true),
            ("xn--bcher-kva.example", true),
            ("*.example.com", false),
            ("Example.com", false),
            ("example.com.", false),
            ("bücher.example", false),
            ("mail", false),
            ("192.0.2.1", false),
            ("stdin, line 3", false),
            ("", false),
        ] {
            assert_eq!(is_usual(name), expected, "{name}");
        }
    }

    #[test]
    fn what_is_given_twice_or_covered_is_left_out_and_said() {
        let names = Names::parse([
            "www.example.com",
            "*.example.com",
            "example.com",
            "EXAMPLE.com",
        ])
        .expect("good names");
        assert_eq!(names.ordered, ["*.example.com", "example.com"]);
        assert_eq!(names.left_out.len(), 2);
        assert_eq!(names.certificate, "www.example.com");
    }

    #[test]
    fn a_wildcard_covers_one_label_and_not_itself() {
        let all = ["a.b.example.com", "*.example.com", "example.com"];
        assert_eq!(ordered(&all), all);
    }

    #[test]
    fn the_certificate_of_a_wildcard_has_a_name_that_no_shell_expands() {
        let names = Names::parse(["*.example.com"]).expect("a good name");
        assert_eq!(names.certificate, "_.example.com");
    }

    #[test]
    fn a_name_below_which_the_record_just_fits_is_taken() {
        let name = format!("{}a.example.com", "a.".repeat(112));
        assert_eq!(name.len(), 237);
        let wildcard = format!("*.{name}");
        assert_eq!(ordered(&[&name, &wildcard]), [name.as_str(), &wildcard]);
    }

    #[test]
    fn bad_names_are_refused_all_at_once() {
        let long = format!("{}.example.com", "a".repeat(64));
        let longer = format!("{}example.com", "a.".repeat(125));
        let for_no_record = format!("{}aa.example.com", "a.".repeat(112));
        let with_wildcard = format!("*.{for_no_record}");
        const NO_NAME: &str = "is not a DNS name";
        const NO_ADDRESS: &str = "is an IP address";
        for (bad, why) in [
            ("", NO_NAME),
            (".", NO_NAME),
            ("com", "is a single label"),
            ("*.com", "is a single label"),
            ("*", "has no name behind its `*`"),
            ("*.", "has no name behind its `*`"),
            ("*.*", "has no name behind its `*`"),
            ("a.*.com", "has a `*` that is not its first label"),
            ("**.a.com", "has a `*` that is not its first label"),
            ("x*.a.com", "has a `*` that is not its first label"),
            ("a_b.example.com", "has an underscore"),
            ("a..b.com", NO_NAME),
            (".example.com", NO_NAME),
            ("1.2.3.4", NO_ADDRESS),
            ("::1", NO_ADDRESS),
            ("[::1]", NO_ADDRESS),
            ("-a.example.com", NO_NAME),
            ("a-.example.com", NO_NAME),
            ("a b.com", NO_NAME),
            ("a/b.com", "give the name alone"),
            ("example.com:443", "give the name alone"),
            ("https://example.com/", "give the name alone"),
            ("exa\0mple.com", NO_NAME),
            ("a.123", "does not end in a top-level domain"),
            ("xn--\u{0}.com", NO_NAME),
            ("../../etc.passwd", "give the name alone"),
            (&long, NO_NAME),
            (&longer, NO_NAME),
            (&for_no_record, "is longer than 237 octets"),
            (&with_wildcard, "is longer than 237 octets"),
        ] {
            let error = Names::parse([bad]).expect_err(bad);
            assert!(error.contains(why), "{error}");
        }
        let endless = "a".repeat(1 << 20);
        let error = Names::parse([endless.as_str()]).expect_err("too long");
        assert!(error.len() < 400 && error.contains("…` is not a DNS name"));
        let error = Names::parse(["good.example.com", "com", "1.2.3.4"]).expect_err("two are bad");
        assert!(error.contains("`com`") && error.contains("1.2.3.4") && !error.contains("good"));
    }
}
