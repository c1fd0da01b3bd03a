//! Recursive resolvers, and how they are asked: over UDP and TCP, over TLS (RFC 7858) or over HTTPS (RFC 8484).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use hickory_proto::rr::Name;

use crate::address;
use crate::name;

/// The ports of DNS over TLS (RFC 7858 §3.1) and of HTTPS.
const TLS_PORT: u16 = 853;
const HTTPS_PORT: u16 = 443;

/// Where a resolver takes questions over HTTPS whose URL has no path: as in all examples of RFC 8484.
const PATH: &str = "/dns-query";

/// What is wrong with most texts that are none.
const NO_RESOLVER: &str = "is neither an IP address, with or without a port, nor tcp://, tls:// or https:// with one or with a name";

/// A recursive resolver.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resolver {
    /// How it is asked.
    pub protocol: Protocol,
    /// Where it is.
    pub host: Host,
    /// The name or address that its certificate has to be for, where that is not the host's.
    pub certificate: Option<String>,
}

/// How a resolver is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Over UDP, and over TCP where that is needed.
    Any,
    /// Over TCP.
    Tcp,
    /// Over TLS.
    Tls,
    /// Over HTTPS, at this path.
    Https(String),
}

/// Where a resolver is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// At this address.
    Address(SocketAddr),
    /// At the addresses of this name, at this port.
    Name(Name, u16),
}

impl Protocol {
    fn port(&self) -> u16 {
        match self {
            Protocol::Any | Protocol::Tcp => address::PORT,
            Protocol::Tls => TLS_PORT,
            Protocol::Https(_) => HTTPS_PORT,
        }
    }

    fn scheme(&self) -> &'static str {
        match self {
            Protocol::Any => "",
            Protocol::Tcp => "tcp://",
            Protocol::Tls => "tls://",
            Protocol::Https(_) => "https://",
        }
    }

    /// Whether the resolver shows a certificate.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        matches!(self, Protocol::Tls | Protocol::Https(_))
    }
}

impl From<SocketAddr> for Resolver {
    /// One that is asked over UDP and TCP.
    fn from(address: SocketAddr) -> Resolver {
        Resolver {
            protocol: Protocol::Any,
            host: Host::Address(address),
            certificate: None,
        }
    }
}

impl Resolver {
    /// Reads `192.0.2.1`, `[2001:db8::1]:53`, `tcp://192.0.2.1`, `tls://dns.example`, `tls://192.0.2.1#dns.example` or
    /// `https://dns.example/dns-query`. Behind `#` stands what the certificate has to be for.
    ///
    /// # Errors
    ///
    /// What is wrong with the text, worded to follow it.
    pub fn parse(text: &str) -> Result<Resolver, String> {
        let Some((scheme, rest)) = text.split_once("://") else {
            let address = address::parse(text).map_err(|error| match error.as_str() {
                address::NO_ADDRESS => NO_RESOLVER.to_owned(),
                _ => error,
            });
            return address.map(Resolver::from);
        };
        let (rest, certificate) = match rest.split_once('#') {
            Some((rest, certificate)) => (rest, Some(certificate)),
            None => (rest, None),
        };
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let protocol = match scheme.to_ascii_lowercase().as_str() {
            "udp" => Protocol::Any,
            "tcp" => Protocol::Tcp,
            "tls" => Protocol::Tls,
            "https" => Protocol::Https(https_path(path)?),
            _ => return Err(NO_RESOLVER.into()),
        };
        if !matches!(protocol, Protocol::Https(_)) && !matches!(path, "" | "/") {
            return Err("has a path, as only https:// may".into());
        }
        let certificate = certificate.map(|name| certificate_name(name, &protocol));
        let resolver = Resolver {
            host: host_at(host, protocol.port())?,
            certificate: certificate.transpose()?,
            protocol,
        };
        match resolver.protocol.is_encrypted() && !cfg!(feature = "tls") {
            true => Err("cannot be asked: this program was built without TLS".into()),
            false => Ok(resolver),
        }
    }

    /// What its certificate has to be for: a name, or an address.
    #[must_use]
    pub fn server_name(&self) -> String {
        match (&self.certificate, &self.host) {
            (Some(name), _) => name.clone(),
            (None, Host::Name(name, _)) => name.to_ascii().trim_end_matches('.').to_owned(),
            (None, Host::Address(address)) => address.ip().to_string(),
        }
    }
}

impl fmt::Display for Resolver {
    /// As [`Resolver::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.protocol.scheme())?;
        match &self.host {
            Host::Address(address) if self.protocol == Protocol::Any => {
                f.write_str(&address::format(address))?;
            }
            Host::Address(address) => {
                f.write_str(&address::format_at(address, self.protocol.port()))?;
            }
            Host::Name(name, port) => {
                f.write_str(name.to_ascii().trim_end_matches('.'))?;
                if *port != self.protocol.port() {
                    write!(f, ":{port}")?;
                }
            }
        }
        if let Protocol::Https(path) = &self.protocol {
            f.write_str(path)?;
        }
        match &self.certificate {
            Some(name) => write!(f, "#{name}"),
            None => Ok(()),
        }
    }
}

/// The path of a URL, without the template's variable (RFC 8484 §3): questions are sent with POST.
fn https_path(path: &str) -> Result<String, String> {
    let path = path.strip_suffix("{?dns}").unwrap_or(path);
    let is_graphic = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    match path {
        "" | "/" => Ok(PATH.to_owned()),
        _ if path.bytes().all(is_graphic) => Ok(path.to_owned()),
        _ => Err("has a path that no URL can have".into()),
    }
}

fn host_at(text: &str, port: u16) -> Result<Host, String> {
    let error = match address::parse_at(text, port) {
        Ok(address) => return Ok(Host::Address(address)),
        Err(error) => error,
    };
    let (host, port) = match text.rsplit_once(':') {
        Some((host, digits)) => (host, digits.parse().map_err(|_| NO_RESOLVER)?),
        None => (text, port),
    };
    if error != address::NO_ADDRESS {
        return Err(error);
    }
    if port == 0 {
        return Err("has port 0".into());
    }
    Ok(Host::Name(host_name(host).ok_or(NO_RESOLVER)?, port))
}

/// A host's name. One whose last label is of digits would be an address that is none (RFC 3696 §2).
fn host_name(text: &str) -> Option<Name> {
    let last = text.trim_end_matches('.').rsplit('.').next()?;
    let is_number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    let name = name::parse(text).ok().filter(|name| !name.is_root())?;
    let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let is_host = name.iter().all(|label| label.iter().all(is_host));
    (is_host && !is_number).then_some(name)
}

fn certificate_name(text: &str, protocol: &Protocol) -> Result<String, String> {
    if !protocol.is_encrypted() {
        return Err("has the name of a certificate, as only tls:// and https:// may".into());
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(ip.to_string());
    }
    let name = host_name(text).ok_or("has, behind #, no name that a certificate can be for")?;
    Ok(name.to_ascii().trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "tls")]
    #[test]
    fn a_resolver_is_read_and_written_and_its_certificate_is_for_its_host_or_what_is_named() {
        for (text, written, certificate) in [
            ("9.9.9.9", "", "9.9.9.9"),
            ("[2620:fe::fe]:53", "2620:fe::fe", "2620:fe::fe"),
            ("[2620:fe::fe]:5353", "", "2620:fe::fe"),
            ("udp://9.9.9.9", "9.9.9.9", "9.9.9.9"),
            ("tcp://9.9.9.9:53", "tcp://9.9.9.9", "9.9.9.9"),
            ("tcp://[2620:fe::fe]:5353", "", "2620:fe::fe"),
            ("tls://9.9.9.9", "", "9.9.9.9"),
            ("tls://9.9.9.9:853", "tls://9.9.9.9", "9.9.9.9"),
            ("tls://9.9.9.9:53", "", "9.9.9.9"),
            ("tls://9.9.9.9#dns.quad9.net", "", "dns.quad9.net"),
            (
                "TLS://DNS.Quad9.net.",
                "tls://dns.quad9.net",
                "dns.quad9.net",
            ),
            ("tls://dns.quad9.net:8853", "", "dns.quad9.net"),
            ("tls://[fe80::1%lo]:8853", "", "fe80::1"),
            ("https://dns.google/dns-query", "", "dns.google"),
            (
                "https://dns.google",
                "https://dns.google/dns-query",
                "dns.google",
            ),
            (
                "https://dns.google/dns-query{?dns}",
                "https://dns.google/dns-query",
                "dns.google",
            ),
            (
                "https://[2620:fe::fe]:8443/x?y=z#dns.quad9.net",
                "",
                "dns.quad9.net",
            ),
            ("https://1.1.1.1/dns-query#1.0.0.1", "", "1.0.0.1"),
        ] {
            let resolver = Resolver::parse(text).unwrap_or_else(|error| panic!("{text} {error}"));
            let expected = if written.is_empty() { text } else { written };
            assert_eq!(resolver.to_string(), expected);
            assert_eq!(resolver.server_name(), certificate, "{text}");
            assert_eq!(Resolver::parse(expected), Ok(resolver), "{text}");
        }
    }

    #[test]
    fn what_is_no_resolver_is_refused() {
        let none = NO_RESOLVER;
        for (text, why) in [
            ("", none),
            ("dns.google", none),
            ("192.0.2.1:0", "has port 0"),
            ("tls://", none),
            ("tcp://192.0.2.1:0", "has port 0"),
            ("tcp://dns.google:0", "has port 0"),
            ("tcp://dns.google:x", none),
            ("tcp://192.0.2.256", none),
            ("tcp://a_b.test", none),
            ("tcp://a..b", none),
            ("tcp://192.0.2.1/x", "has a path, as only https:// may"),
            ("ftp://192.0.2.1", none),
            ("https://dns.google/a b", "has a path that no URL can have"),
            (
                "tcp://192.0.2.1#dns.google",
                "has the name of a certificate, as only tls:// and https:// may",
            ),
        ] {
            assert_eq!(Resolver::parse(text), Err(why.to_owned()), "{text:?}");
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn a_certificate_is_for_a_name_or_an_address() {
        let why = "has, behind #, no name that a certificate can be for";
        for text in [
            "tls://192.0.2.1#",
            "tls://192.0.2.1#a_b",
            "tls://192.0.2.1#1.2.3",
        ] {
            assert_eq!(Resolver::parse(text), Err(why.to_owned()), "{text:?}");
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn a_program_without_tls_says_so() {
        for text in ["tls://192.0.2.1", "https://dns.google/dns-query"] {
            let error = Resolver::parse(text).unwrap_err();
            assert_eq!(error, "cannot be asked: this program was built without TLS");
        }
    }
}
