//! Addresses of servers, with a port where it is not 53.

use std::net::{IpAddr, SocketAddr};

/// The port of DNS (RFC 1035 §4.2).
pub const PORT: u16 = 53;

/// Reads `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:5353`.
///
/// # Errors
///
/// What is wrong with the address, worded to follow the address itself.
pub fn parse(text: &str) -> Result<SocketAddr, String> {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    if let Ok(ip) = bare.unwrap_or(text).parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, PORT));
    }
    match text.parse::<SocketAddr>() {
        Ok(address) if address.port() == 0 => Err("has port 0".into()),
        Ok(address) => Ok(address),
        Err(_) => Err("is no IP address, with or without a port".into()),
    }
}

/// The opposite of [`parse`]: without the port where that is 53.
#[must_use]
pub fn format(address: &SocketAddr) -> String {
    if address.port() == PORT {
        address.ip().to_string()
    } else {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_port_means_53_and_is_written_without_one() {
        for text in [
            "192.0.2.1",
            "2001:db8::1",
            "192.0.2.1:5353",
            "[2001:db8::1]:5353",
        ] {
            assert_eq!(format(&parse(text).unwrap()), text);
        }
        assert_eq!(format(&parse("[2001:db8::1]").unwrap()), "2001:db8::1");
        assert_eq!(parse("192.0.2.1").unwrap().port(), 53);
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let none = "is no IP address, with or without a port";
        for (text, why) in [
            ("", none),
            ("ns1.example.test", none),
            ("192.0.2.256", none),
            ("192.0.2.1:0", "has port 0"),
            ("192.0.2.1:70000", none),
            ("2001:db8::1:", none),
            ("1", none),
        ] {
            assert_eq!(parse(text), Err(why.to_owned()), "{text:?}");
        }
    }
}
