//! Network interfaces: link-local addresses say which one they are at (RFC 4007 §11).

use std::os::unix::net::UnixDatagram;

use rustix::net::netdevice;

/// The number of an interface, where this system has it.
pub(crate) fn index(name: &str) -> Option<u32> {
    netdevice::name_to_index(socket()?, name).ok()
}

/// The name of an interface, where this system has it.
pub(crate) fn name(index: u32) -> Option<String> {
    netdevice::index_to_name(socket()?, index).ok()
}

/// The number that stands in an address in the place of a name, be there such an interface or not.
pub(crate) fn number(text: &str) -> Option<u32> {
    // `parse` would take a sign too.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// The kernel answers at a socket, of whichever kind.
fn socket() -> Option<UnixDatagram> {
    UnixDatagram::unbound().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_has_a_number_and_a_name() {
        let loopback = index("lo").expect("every system has it");
        assert_eq!(name(loopback).as_deref(), Some("lo"));
        assert_eq!(index("no-such-one"), None);
        assert_eq!(index("a-name-longer-than-any-can-be"), None);
        assert_eq!(name(u32::MAX), None);
        assert_eq!(name(0), None);
    }

    #[test]
    fn a_number_has_digits_and_nothing_else() {
        for (text, expected) in [
            ("3", Some(3)),
            ("4294967295", Some(u32::MAX)),
            ("4294967296", None),
            ("", None),
            ("+3", None),
            ("-3", None),
            ("3x", None),
        ] {
            assert_eq!(number(text), expected, "{text:?}");
        }
    }
}
