//! Addresses of servers: with a port where it is not 53, and with an interface where they are link-local.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use crate::interface;

/// The port of DNS (RFC 1035 §4.2).
pub const PORT: u16 = 53;

/// What is wrong with most texts that are none.
pub(crate) const NO_ADDRESS: &str = "is no IP address, with or without a port";

/// Reads `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:5353`, and of a link-local address
/// its interface, by name or number: `fe80::1%eth0`, `[fe80::1%2]:5353` (RFC 4007 §11.2).
///
/// # Errors
///
/// What is wrong with the address, worded to follow the address itself.
pub fn parse(text: &str) -> Result<SocketAddr, String> {
    parse_at(text, PORT)
}

/// The same, where an address without a port is at this one.
pub(crate) fn parse_at(text: &str, port: u16) -> Result<SocketAddr, String> {
    let Some((before, rest)) = text.split_once('%') else {
        return parse_global(text, port);
    };
    let (scope, after) = rest.split_at(rest.find(']').unwrap_or(rest.len()));
    if before.contains(']') {
        return Err(NO_ADDRESS.into());
    }
    match parse_global(&format!("{before}{after}"), port)? {
        SocketAddr::V6(address) => Ok(with_scope(address, scope)?.into()),
        SocketAddr::V4(_) => Err(NO_ADDRESS.into()),
    }
}

fn parse_global(text: &str, port: u16) -> Result<SocketAddr, String> {
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']'));
    if let Ok(ip) = bare.unwrap_or(text).parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, port));
    }
    match text.parse::<SocketAddr>() {
        Ok(address) if address.port() == 0 => Err("has port 0".into()),
        Ok(address) => Ok(address),
        Err(_) => Err(NO_ADDRESS.into()),
    }
}

/// No interface has such a character in its name, so `fe80::1%eth0:5353`, which lacks its brackets, is no address.
fn with_scope(mut address: SocketAddrV6, scope: &str) -> Result<SocketAddrV6, String> {
    let foreign = |c: char| c.is_control() || c.is_whitespace() || ":/%[".contains(c);
    if scope.is_empty() || scope.contains(foreign) {
        return Err(NO_ADDRESS.into());
    }
    if !address.ip().is_unicast_link_local() {
        return Err("has an interface, as only a link-local address (fe80::) may".into());
    }
    let by_number = || interface::number(scope).filter(|&index| interface::name(index).is_some());
    let index = interface::index(scope)
        .or_else(by_number)
        .ok_or_else(|| format!("is at an interface that this system lacks: `{scope}`"))?;
    address.set_scope_id(index);
    Ok(address)
}

/// The opposite of [`parse`]: without the port where that is 53, and with the name of the interface.
#[must_use]
pub fn format(address: &SocketAddr) -> String {
    match address.port() {
        PORT => format!("{}{}", address.ip(), scope(address)),
        port => bracketed(address, Some(port)),
    }
}

/// As a URL has it: without the port where that is this one, and with brackets where it is of IPv6.
pub(crate) fn format_at(address: &SocketAddr, port: u16) -> String {
    bracketed(address, Some(address.port()).filter(|own| *own != port))
}

fn bracketed(address: &SocketAddr, port: Option<u16>) -> String {
    let port = port.map_or_else(String::new, |port| format!(":{port}"));
    match address.ip() {
        IpAddr::V4(ip) => format!("{ip}{port}"),
        IpAddr::V6(ip) => format!("[{ip}{}]{port}", scope(address)),
    }
}

/// The interface of a link-local address, with its `%`.
fn scope(address: &SocketAddr) -> String {
    match address {
        SocketAddr::V6(address) if address.scope_id() != 0 => {
            let index = address.scope_id();
            let name = interface::name(index).unwrap_or_else(|| index.to_string());
            format!("%{name}")
        }
        _ => String::new(),
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
            "fe80::1",
            "fe80::1%lo",
            "[fe80::1%lo]:5353",
        ] {
            assert_eq!(format(&parse(text).unwrap()), text);
        }
        assert_eq!(format(&parse("[2001:db8::1]").unwrap()), "2001:db8::1");
        assert_eq!(parse("192.0.2.1").unwrap().port(), 53);
    }

    #[test]
    fn a_link_local_address_is_at_an_interface() {
        let index = interface::index("lo").unwrap();
        for text in ["fe80::1%lo", "[fe80::1%lo]", &format!("fe80::1%{index}")] {
            let address = parse(text).unwrap();
            let expected = SocketAddrV6::new("fe80::1".parse().unwrap(), PORT, 0, index);
            assert_eq!(address, expected.into(), "{text}");
            assert_eq!(format(&address), "fe80::1%lo");
        }
        let gone = SocketAddrV6::new("fe80::1".parse().unwrap(), PORT, 0, u32::MAX);
        assert_eq!(format(&gone.into()), "fe80::1%4294967295");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let none = NO_ADDRESS;
        let global = "has an interface, as only a link-local address (fe80::) may";
        for (text, why) in [
            ("", none),
            ("ns1.example.test", none),
            ("192.0.2.256", none),
            ("192.0.2.1:0", "has port 0"),
            ("192.0.2.1:70000", none),
            ("2001:db8::1:", none),
            ("1", none),
            ("192.0.2.1%lo", none),
            ("%lo", none),
            ("fe80::1%", none),
            ("fe80::1%lo:5353", none),
            ("fe80::1%lo]", none),
            ("[fe80::1%lo", none),
            ("[fe80::1]%lo", none),
            ("[fe80::1%lo]:0", "has port 0"),
            ("2001:db8::1%lo", global),
            (
                "fe80::1%lo.none",
                "is at an interface that this system lacks: `lo.none`",
            ),
            (
                "[fe80::1%4294967295]:5353",
                "is at an interface that this system lacks: `4294967295`",
            ),
            (
                "fe80::1%0",
                "is at an interface that this system lacks: `0`",
            ),
        ] {
            assert_eq!(parse(text), Err(why.to_owned()), "{text:?}");
        }
    }
}
