//! What a server says beside a response code: extended DNS errors (RFC 8914).

use std::fmt;
use std::ops::RangeInclusive;

/// The option's code in EDNS (RFC 8914 §5.1).
pub(super) const OPTION: u16 = 15;

/// More of them in one reply are not kept.
const MOST: usize = 4;

/// The longest text that is kept, in characters.
const LONGEST: usize = 200;

/// What IANA's registry calls them, by their codes.
const NAMES: [&str; 31] = [
    "Other",
    "Unsupported DNSKEY Algorithm",
    "Unsupported DS Digest Type",
    "Stale Answer",
    "Forged Answer",
    "DNSSEC Indeterminate",
    "DNSSEC Bogus",
    "Signature Expired",
    "Signature Not Yet Valid",
    "DNSKEY Missing",
    "RRSIGs Missing",
    "No Zone Key Bit Set",
    "NSEC Missing",
    "Cached Error",
    "Not Ready",
    "Blocked",
    "Censored",
    "Filtered",
    "Prohibited",
    "Stale NXDOMAIN Answer",
    "Not Authoritative",
    "Not Supported",
    "No Reachable Authority",
    "Network Error",
    "Invalid Data",
    "Signature Expired before Valid",
    "Too Early",
    "Unsupported NSEC3 Iterations Value",
    "Unable to conform to policy",
    "Synthesized",
    "Invalid Query Type",
];

/// The extended errors of a reply, mostly none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtendedErrors(Vec<ExtendedError>);

/// One extended error.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ExtendedError {
    code: u16,
    text: String,
}

/// Those that say that something cannot be validated.
const OF_DNSSEC: RangeInclusive<u16> = 5..=12;

impl ExtendedErrors {
    /// Whether one of them says that something cannot be validated.
    pub(crate) fn are_about_dnssec(&self) -> bool {
        self.0.iter().any(|error| OF_DNSSEC.contains(&error.code))
    }

    /// Reads the data of these options; what is too short for one is passed over.
    pub(super) fn read<'a>(options: impl Iterator<Item = &'a [u8]>) -> Self {
        let read = |data: &[u8]| {
            let (code, text) = data.split_first_chunk()?;
            Some(ExtendedError {
                code: u16::from_be_bytes(*code),
                text: readable(text),
            })
        };
        let mut all = Vec::new();
        for error in options.filter_map(read) {
            if all.len() < MOST && !all.contains(&error) {
                all.push(error);
            }
        }
        Self(all)
    }
}

/// A server's text on one line (RFC 8914 §2); it may have a zero at its end.
fn readable(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let text = text.trim_end_matches('\0').trim();
    let shown = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST);
    shown.collect()
}

impl fmt::Display for ExtendedErrors {
    /// Behind a response code: nothing where there are none, or else in parentheses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        let all: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        write!(f, " ({})", all.join("; "))
    }
}

impl fmt::Display for ExtendedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EDE {}", self.code)?;
        if let Some(name) = NAMES.get(usize::from(self.code)) {
            write!(f, " {name}")?;
        }
        match self.text.as_str() {
            "" => Ok(()),
            text => write!(f, ": {text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extended_error_has_its_code_its_name_and_the_servers_text() {
        for (options, said) in [
            (vec![], ""),
            (vec![&b""[..], b"\0"], ""),
            (vec![&b"\0\x07"[..]], " (EDE 7 Signature Expired)"),
            (
                vec![&b"\0\x06no\nkey for \x1b[1ma.test.\0"[..]],
                " (EDE 6 DNSSEC Bogus: no key for  [1ma.test.)",
            ),
            (vec![b"\x01\x00x"], " (EDE 256: x)"),
            (
                vec![b"\0\x16x", b"\0\x16x", b"\0\x17"],
                " (EDE 22 No Reachable Authority: x; EDE 23 Network Error)",
            ),
        ] {
            let read = ExtendedErrors::read(options.iter().copied());
            assert_eq!(read.to_string(), said, "{options:?}");
        }
        let long = [&b"\0\0"[..], &[b'x'; 1000]].concat();
        let many: Vec<Vec<u8>> = (0..9).map(|code| vec![0, code]).collect();
        let said = |options: &[Vec<u8>]| {
            let options = options.iter().map(Vec::as_slice);
            ExtendedErrors::read(options).to_string()
        };
        assert_eq!(said(&[long]).matches('x').count(), LONGEST);
        assert_eq!(said(&many).matches("EDE").count(), MOST);
    }
}
