//! One address of a server, and how it is asked there.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::resolver::{Host, Protocol, Resolver};

/// One address of a server, and how it is asked there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Endpoint {
    pub(crate) address: SocketAddr,
    pub(crate) channel: Channel,
}

/// How a server is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Channel {
    /// Over UDP, and over TCP where that is needed.
    Any,
    /// Over TCP.
    Tcp,
    /// Over TLS, with a certificate for this name or address.
    Tls(Arc<str>),
    /// Over HTTPS.
    Https {
        /// What the certificate is for.
        name: Arc<str>,
        /// Where questions are sent to.
        url: Arc<str>,
    },
}

impl Channel {
    /// What a question goes over, in words.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Channel::Any => "UDP or TCP",
            Channel::Tcp => "TCP",
            Channel::Tls(_) => "TLS",
            Channel::Https { .. } => "HTTPS",
        }
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Endpoint {
        Endpoint {
            address,
            channel: Channel::Any,
        }
    }
}

impl Endpoint {
    /// A resolver at its own address, or else at each of these, which its name has.
    pub(crate) fn all_of(resolver: &Resolver, ips: &[IpAddr]) -> Vec<Endpoint> {
        let name: Arc<str> = resolver.server_name().into();
        let channel = match &resolver.protocol {
            Protocol::Any => Channel::Any,
            Protocol::Tcp => Channel::Tcp,
            Protocol::Tls => Channel::Tls(name),
            Protocol::Https(path) => Channel::Https {
                url: format!("https://{}{path}", authority(resolver)).into(),
                name,
            },
        };
        let at = |address| Endpoint {
            address,
            channel: channel.clone(),
        };
        match &resolver.host {
            Host::Address(address) => vec![at(*address)],
            Host::Name(_, port) => ips.iter().map(|ip| at((*ip, *port).into())).collect(),
        }
    }
}

/// The authority of a URL at a resolver: the name of its certificate, so that a server with several knows which is meant.
fn authority(resolver: &Resolver) -> String {
    let name = match resolver.server_name() {
        ip if ip.contains(':') => format!("[{ip}]"),
        name => name,
    };
    match &resolver.host {
        Host::Address(address) if address.port() != 443 => format!("{name}:{}", address.port()),
        Host::Name(_, port) if *port != 443 => format!("{name}:{port}"),
        _ => name,
    }
}

#[cfg(all(test, feature = "tls"))]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_at_the_name_of_the_certificate() {
        for (text, expected) in [
            ("https://dns.test", "https://dns.test/dns-query"),
            (
                "https://192.0.2.1:8443/x#dns.test",
                "https://dns.test:8443/x",
            ),
            ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
        ] {
            let resolver = Resolver::parse(text).unwrap();
            let ip = IpAddr::from([192, 0, 2, 7]);
            let all = Endpoint::all_of(&resolver, &[ip]);
            let [
                Endpoint {
                    channel: Channel::Https { url, .. },
                    ..
                },
            ] = all.as_slice()
            else {
                panic!("{text}: {all:?}");
            };
            assert_eq!(&**url, expected, "{text}");
        }
    }
}
