//! Servers that take updates: by address or by name, with a port where that is not 53.

use std::fmt;
use std::net::{Ipv6Addr, SocketAddr, ToSocketAddrs};

/// The port of DNS (RFC 1035 §4.2).
const PORT: u16 = 53;

/// A server.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Server {
    host: String,
    port: u16,
}

impl Server {
    /// Reads `ns1.example.com`, `192.0.2.1`, `2001:db8::1`, and with a port `ns1.example.com:5353`, `192.0.2.1:5353`,
    /// `[2001:db8::1]:5353`.
    ///
    /// # Errors
    /// What is wrong with it, worded to follow the text itself.
    pub fn parse(text: &str) -> Result<Server, String> {
        if text.contains("://") {
            return Err("is a URL: an address or a host's name is needed".into());
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, after) = rest.split_once(']').ok_or("lacks a closing bracket")?;
                match after.strip_prefix(':') {
                    Some(port) => (host, Some(port)),
                    None if after.is_empty() => (host, None),
                    None => return Err("has something else than a port after its bracket".into()),
                }
            }
            // An address of IPv6 has more than one colon, and no port without brackets.
            None if text.matches(':').count() > 1 => (text, None),
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-:%".contains(c);
        if host.is_empty() || !host.chars().all(is_plain) {
            return Err("is no server: neither an address nor a host's name".into());
        }
        if host.contains(':') && !is_ipv6(host) {
            return Err("has several colons, and is no address of IPv6".into());
        }
        let port = match port {
            None => PORT,
            Some(port) => match port.parse() {
                Ok(port) if port > 0 => port,
                _ => return Err(format!("has `{port}` for a port")),
            },
        };
        Ok(Server {
            host: host.to_owned(),
            port,
        })
    }

    /// Its name or address, without the port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its addresses, each once; the system is asked for those of a name.
    pub(crate) fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        let found = (self.host.as_str(), self.port).to_socket_addrs();
        let mut addresses: Vec<SocketAddr> = Vec::new();
        for address in found.map_err(|error| error.to_string())? {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Ok(addresses)
    }

    /// As a person knows it, when it was asked at this address.
    pub(crate) fn at(&self, address: &SocketAddr) -> String {
        match self.host.parse() == Ok(address.ip()) {
            true => self.to_string(),
            false => format!("{self} ({})", address.ip()),
        }
    }
}

/// Whether a host is an address of IPv6, which may name its interface (RFC 4007 §11).
fn is_ipv6(host: &str) -> bool {
    let (address, _) = host.split_once('%').unwrap_or((host, ""));
    address.parse::<Ipv6Addr>().is_ok()
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Server { host, port } = self;
        match (*port, host.contains(':')) {
            (PORT, _) => f.write_str(host),
            (port, true) => write!(f, "[{host}]:{port}"),
            (port, false) => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_a_name_or_an_address_with_a_port_or_without() {
        for (text, host, port) in [
            ("ns1.example.com", "ns1.example.com", 53),
            ("ns1.example.com.:5353", "ns1.example.com.", 5353),
            ("192.0.2.1", "192.0.2.1", 53),
            ("192.0.2.1:5353", "192.0.2.1", 5353),
            ("2001:db8::1", "2001:db8::1", 53),
            ("[2001:db8::1]", "2001:db8::1", 53),
            ("[2001:db8::1]:5353", "2001:db8::1", 5353),
            ("[fe80::1%eth0]:53", "fe80::1%eth0", 53),
            ("fe80::1%eth0", "fe80::1%eth0", 53),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1", 53),
            ("[ns1.example.com]:5353", "ns1.example.com", 5353),
        ] {
            let server = Server::parse(text).unwrap_or_else(|why| panic!("{text} {why}"));
            assert_eq!((server.host(), server.port()), (host, port), "{text}");
            assert_eq!(Server::parse(&server.to_string()), Ok(server));
        }
        for (text, says) in [
            ("", "is no server"),
            (":53", "is no server"),
            ("a b", "is no server"),
            ("tcp://192.0.2.1", "is a URL"),
            ("https://192.0.2.1:53/", "is a URL"),
            ("192.0.2.1:53:53", "has several colons"),
            ("ns1:53:53", "has several colons"),
            ("[192.0.2.1:53]:53", "has several colons"),
            ("ns1:dns", "has `dns` for a port"),
            ("ns1:0", "has `0` for a port"),
            ("ns1:65536", "has `65536` for a port"),
            ("[2001:db8::1", "lacks a closing bracket"),
            ("[2001:db8::1]5353", "something else than a port"),
        ] {
            let why = Server::parse(text).unwrap_err();
            assert!(why.contains(says), "{text}: {why}");
        }
    }

    #[test]
    fn a_name_is_said_with_the_address_that_was_asked() {
        let address: SocketAddr = "127.0.0.1:5353".parse().unwrap();
        let named = Server::parse("localhost:5353").unwrap();
        assert_eq!(named.at(&address), "localhost:5353 (127.0.0.1)");
        let plain = Server::parse("127.0.0.1:5353").unwrap();
        assert_eq!(plain.at(&address), "127.0.0.1:5353");
        assert_eq!(plain.addresses(), Ok(vec![address]));
    }
}
