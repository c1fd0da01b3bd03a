//! The contact of an account as a URL (RFC 8555 §7.3, RFC 6068).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is percent-encoded in an address: all that cannot stand in a URL, what means something there, and of what may mean
/// something `&`, `;`, `=` and the comma, which separates addresses (RFC 6068 §2).
const IN_ADDRESS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b':');

/// The URL for this e-mail address. The last `@` separates its parts; one before it stands in a name with quotes.
pub(super) fn mailto(email: &str) -> String {
    let encode = |text| utf8_percent_encode(text, IN_ADDRESS);
    match email.rsplit_once('@') {
        Some((name, domain)) => format!("mailto:{}@{}", encode(name), encode(domain)),
        None => format!("mailto:{}", encode(email)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_encoded_what_a_url_does_not_take_as_it_is() {
        for (email, url) in [
            ("me@example.com", "mailto:me@example.com"),
            ("o'n+x@example.com", "mailto:o'n+x@example.com"),
            ("a.b-c_d~e!$(*)@x.test", "mailto:a.b-c_d~e!$(*)@x.test"),
            ("a%b#c?d/e@x.test", "mailto:a%25b%23c%3Fd%2Fe@x.test"),
            ("a&b;c=d,e@x.test", "mailto:a%26b%3Bc%3Dd%2Ce@x.test"),
            ("ü@bücher.example", "mailto:%C3%BC@b%C3%BCcher.example"),
            ("a^b`c{d|e}@x.test", "mailto:a%5Eb%60c%7Bd%7Ce%7D@x.test"),
            // Those of RFC 6068 §6.
            (
                "gorby%kremvax@example.com",
                "mailto:gorby%25kremvax@example.com",
            ),
            (
                "unlikely?address@example.com",
                "mailto:unlikely%3Faddress@example.com",
            ),
            (
                "Mike&family@example.org",
                "mailto:Mike%26family@example.org",
            ),
            (
                "\"not@me\"@example.org",
                "mailto:%22not%40me%22@example.org",
            ),
            (
                "\"\\\\\\\"it's\\ ugly\\\\\\\"\"@example.org",
                "mailto:%22%5C%5C%5C%22it's%5C%20ugly%5C%5C%5C%22%22@example.org",
            ),
            ("me@[IPv6:::1]", "mailto:me@%5BIPv6:::1%5D"),
            ("me", "mailto:me"),
        ] {
            assert_eq!(mailto(email), url);
        }
    }
}
