//! Proxies: which one a request goes through, if any.

use crate::connection::direct_hosts::DirectHosts;
use std::fmt;
use std::net::Ipv6Addr;
use ureq::http::Uri;

/// Which requests go through a proxy. By default none do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// The proxy, if there is one.
    pub proxy: Option<Proxy>,
    /// The hosts that are asked without it.
    pub direct: DirectHosts,
}

impl Proxies {
    /// The proxy that a request for this URL goes through.
    pub(crate) fn for_url(&self, url: &Uri) -> Option<&Proxy> {
        let proxy = self.proxy.as_ref()?;
        let host = url.host()?;
        let is_https = url.scheme_str() == Some("https");
        let port = url.port_u16().unwrap_or(HTTPS_PORT);
        (is_https && !self.direct.contains(host, port)).then_some(proxy)
    }
}

/// A proxy, through which a connection to any host can be made. As text it is its host and port, without user and
/// password.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    pub(super) protocol: Protocol,
    host: String,
    port: u16,
    pub(super) login: Option<Login>,
    source: String,
}

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// The method CONNECT (RFC 9110 §9.3.6).
    Http,
    /// The same over TLS.
    Https,
    /// SOCKS 5 (RFC 1928).
    Socks,
}

/// Who we are to a proxy.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
}

pub(super) const HTTPS_PORT: u16 = 443;

impl Proxy {
    /// Reads `SCHEME://USER:PASSWORD@HOST:PORT`, where all but the host may lack: without a scheme it is http. User and
    /// password are percent-encoded UTF-8. `source` is what says so, for a person who has to look it up.
    ///
    /// # Errors
    /// What is wrong with it, in words that have nothing of it, since a password may be anywhere in it.
    pub fn parse(value: &str, source: &str) -> Result<Proxy, &'static str> {
        if value.starts_with(['"', '\'']) || value.ends_with(['"', '\'']) {
            return Err("it has quotes around it");
        }
        if value.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err("it has a blank in it");
        }
        let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
        let (protocol, usual_port) = match scheme.to_ascii_lowercase().as_str() {
            "http" => (Protocol::Http, 80),
            "https" => (Protocol::Https, HTTPS_PORT),
            "socks5" | "socks5h" => (Protocol::Socks, 1080),
            _ => return Err("its scheme is none of http, https, socks5 and socks5h"),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if path.contains('@') {
            return Err(NOT_ENCODED);
        }
        let (login, address) = match authority.rsplit_once('@') {
            Some((login, address)) => (Some(Login::parse(login, protocol)?), address),
            None => (None, authority),
        };
        let (host, port) = host_and_port(address)?;
        Ok(Proxy {
            protocol,
            host: host.to_ascii_lowercase(),
            port: port.unwrap_or(usual_port),
            login,
            source: source.to_owned(),
        })
    }

    /// What named this proxy.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Where its address is looked up, or the name that its certificate is for.
    pub(super) fn url(&self, scheme: &str) -> Result<Uri, ureq::Error> {
        let url = format!("{scheme}://{self}/").parse::<Uri>();
        url.map_err(|error| ureq::Error::BadUri(error.to_string()))
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} proxy {self} of {}", self.protocol, self.source)
    }
}

const NOT_ENCODED: &str = "its user or password is not percent-encoded UTF-8";

impl Login {
    fn parse(text: &str, protocol: Protocol) -> Result<Login, &'static str> {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        let login = Login {
            user: percent_decoded(user)?,
            password: percent_decoded(password)?,
        };
        if protocol != Protocol::Socks && login.user.contains(':') {
            return Err("its user has a colon, which HTTP cannot say");
        }
        // Each has a byte for its length (RFC 1929 §2).
        if protocol == Protocol::Socks && login.user.len().max(login.password.len()) > 255 {
            return Err("its user or password is too long for SOCKS");
        }
        Ok(login)
    }
}

/// The text that is percent-encoded here, with nothing in it that has to be encoded (RFC 3986 §3.2.1).
fn percent_decoded(text: &str) -> Result<String, &'static str> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
        decoded.push(match byte {
            b'%' => {
                let mut digit = || (bytes.next()? as char).to_digit(16);
                let value = digit().zip(digit()).map(|(high, low)| high * 16 + low);
                let value = value.and_then(|value| u8::try_from(value).ok());
                value.ok_or(NOT_ENCODED)?
            }
            _ if is_plain => byte,
            _ => return Err(NOT_ENCODED),
        });
    }
    String::from_utf8(decoded).map_err(|_| NOT_ENCODED)
}

/// A host, an IPv6 address in brackets, and its port if it says one.
fn host_and_port(text: &str) -> Result<(&str, Option<u16>), &'static str> {
    const NO_HOST: &str = "it has no host, or one that is none";
    let end = match text.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']').ok_or(NO_HOST)?;
            rest[..end].parse::<Ipv6Addr>().map_err(|_| NO_HOST)?;
            end + 2
        }
        None => {
            let end = text.find(':').unwrap_or(text.len());
            let is_name = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            if end == 0 || !text[..end].chars().all(is_name) {
                return Err(NO_HOST);
            }
            end
        }
    };
    let (host, port) = text.split_at(end);
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => return Ok((host, None)),
        Some("") => return Ok((host, None)),
        Some(digits) => digits.parse().ok().filter(|_| !digits.starts_with('+')),
        None => None,
    };
    match port {
        Some(port) if port > 0 => Ok((host, Some(port))),
        _ => Err("its port is none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A user and a password.
    type Shown = Option<(String, String)>;

    /// The protocol, host and port, user and password of a value.
    fn read(value: &str) -> Result<(Protocol, String, Shown), &'static str> {
        let proxy = Proxy::parse(value, "TEST")?;
        let login = proxy.login.clone();
        let login = login.map(|login| (login.user, login.password));
        Ok((proxy.protocol, proxy.to_string(), login))
    }

    #[test]
    fn a_proxy_is_a_url_or_a_host() {
        use Protocol::{Http, Https, Socks};
        for (value, protocol, address, login) in [
            ("proxy.test:3128", Http, "proxy.test:3128", None),
            ("proxy_1", Http, "proxy_1:80", None),
            ("HTTP://Proxy.test:3128/", Http, "proxy.test:3128", None),
            ("http://proxy.test:/path?a#b", Http, "proxy.test:80", None),
            ("https://proxy.test", Https, "proxy.test:443", None),
            ("socks5://192.0.2.1", Socks, "192.0.2.1:1080", None),
            ("socks5h://[::1]:9050", Socks, "[::1]:9050", None),
            ("http://u:p@a:1", Http, "a:1", Some(("u", "p"))),
            ("u:p@a:1", Http, "a:1", Some(("u", "p"))),
            ("u@a", Http, "a:80", Some(("u", ""))),
            (
                "http://u%40b:%C3%A4%3A%2F+@a",
                Http,
                "a:80",
                Some(("u@b", "ä:/+")),
            ),
            ("http://u@b:p:q@a", Http, "a:80", Some(("u@b", "p:q"))),
        ] {
            let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
            assert_eq!(
                read(value),
                Ok((protocol, address.to_owned(), login)),
                "{value}"
            );
        }
    }

    #[test]
    fn a_value_that_names_no_proxy_is_refused_without_its_password() {
        for (value, why) in [
            ("\"http://a:1\"", "quotes"),
            ("'http://a:1'", "quotes"),
            (" http://a:1", "blank"),
            ("http://a:1\n", "blank"),
            ("http://u:secret phrase@a:1", "blank"),
            ("ftp://a:1", "scheme"),
            ("socks4://a:1", "scheme"),
            ("u:secret://x@a", "scheme"),
            ("://a", "scheme"),
            ("", "no host"),
            ("http://", "no host"),
            ("http://u:secret@", "no host"),
            ("http://:3128", "no host"),
            ("http:///a", "no host"),
            ("http://a,b", "no host"),
            ("http://ä.test", "no host"),
            ("http://::1:3128", "no host"),
            ("http://[::1:3128", "no host"),
            ("http://[a]:3128", "no host"),
            ("http://a:0", "port"),
            ("http://a:65536", "port"),
            ("http://a:+1", "port"),
            ("http://[::1]3128", "port"),
            ("http://a:b:1", "port"),
            ("http:a", "port"),
            ("http://u:secret/x@a:1", "percent-encoded"),
            ("http://u:secret#x@a:1", "percent-encoded"),
            ("http://u:secret%@a:1", "percent-encoded"),
            ("http://u:secret%4@a:1", "percent-encoded"),
            ("http://u:secret%FF@a:1", "percent-encoded"),
            ("http://u:secret\"@a:1", "percent-encoded"),
            ("http://u:secretä@a:1", "percent-encoded"),
            ("http://u%3Ab:secret@a:1", "colon"),
        ] {
            let found = Proxy::parse(value, "TEST").expect_err(value);
            assert!(found.contains(why), "{value}: {found}");
            assert!(!found.contains("secret"), "{value}: {found}");
        }
        let long = format!("socks5://u:{}@a", "x".repeat(256));
        let refused = Err("its user or password is too long for SOCKS");
        assert_eq!(read(&long), refused);
    }

    #[test]
    fn a_password_is_never_shown() {
        let proxy = Proxy::parse("http://user:secret@a:1", "HTTPS_PROXY").expect("a proxy");
        let shown = format!("{proxy} {proxy:?}");
        assert_eq!(shown, "a:1 Http proxy a:1 of HTTPS_PROXY");
    }

    #[test]
    fn each_url_has_its_proxy_or_none() {
        let with = |direct: &str| Proxies {
            proxy: Proxy::parse("proxy.test:3128", "HTTPS_PROXY").ok(),
            direct: DirectHosts::parse(direct),
        };
        let none = Proxies::default();
        for (proxies, url, is_used) in [
            (&with(""), "https://ca.test/directory", true),
            (&with(""), "http://ca.test/directory", false),
            (&with(""), "https://localhost/", true),
            (&with(""), "https://127.0.0.1/", true),
            (&with("ca.test"), "https://ca.test/", false),
            (&with("ca.test"), "https://other.test/", true),
            (&with("ca.test:443"), "https://ca.test/", false),
            (&with("ca.test:443"), "https://ca.test:14000/", true),
            (&with("::1"), "https://[::1]:14000/", false),
            (&none, "https://ca.test/", false),
        ] {
            let found = proxies.for_url(&url.parse().expect(url));
            assert_eq!(found.is_some(), is_used, "{url} with {:?}", proxies.direct);
        }
    }
}
