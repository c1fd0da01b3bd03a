//! How a connection to a host is made: directly or through a proxy, over TCP, with TLS.

mod direct_hosts;
mod growing;
mod proxy;
mod race;
mod tcp;
mod tunnel;

use crate::tls::TlsConnector;
use growing::Growing;
use proxy::Protocol;
use std::fmt;
use std::sync::Arc;
use tcp::{TcpConnector, remaining};
use tunnel::Target;
use ureq::Error;
use ureq::config::AutoHeaderValue;
use ureq::http::Uri;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, NextTimeout, Transport, TransportAdapter,
};

pub use direct_hosts::DirectHosts;
pub use proxy::{Proxies, Proxy};

/// The largest headers of a reply, in bytes.
pub const LARGEST_HEADER: usize = 64 * 1024;

/// What ureq has to see before it finds headers too large.
const MOST_INPUT: usize = LARGEST_HEADER + 1024;

/// Makes connections to the host of a URL; with TLS where that is https.
#[derive(Debug)]
pub struct HostConnector {
    proxies: Arc<Proxies>,
    tcp: TcpConnector,
    tls: TlsConnector,
}

/// Why no connection was made where there is a proxy on the way.
#[derive(Debug)]
pub struct ProxyFailed {
    /// The proxy.
    pub proxy: Proxy,
    /// Whether the proxy did its part, so that the failure is one with the host behind it.
    pub is_passed: bool,
    /// What went wrong.
    pub error: Error,
}

impl HostConnector {
    /// One that goes through these proxies, and sees to TLS so.
    pub fn new(proxies: Arc<Proxies>, tls: TlsConnector) -> HostConnector {
        HostConnector {
            proxies,
            tcp: TcpConnector::default(),
            tls,
        }
    }

    /// A connection to the host through a proxy, without TLS to the host.
    fn tunnel(
        &self,
        proxy: &Proxy,
        details: &ConnectionDetails<'_>,
    ) -> Result<Box<dyn Transport>, Error> {
        // The look-up is always for http: whether there is TLS does not matter to it, and that it is no host's to be
        // asked through a proxy does.
        let url = proxy.url("http")?;
        let addresses = details
            .resolver
            .resolve(&url, details.config, remaining(details)?)?;
        let tcp = self.tcp.connect(&url, &addresses, details)?;
        let mut transport: Box<dyn Transport> = Box::new(tcp);
        if proxy.protocol == Protocol::Https {
            transport = self
                .tls
                .to_proxy(&proxy.url("https")?, details, transport)?;
        }
        let mut stream = TransportAdapter::new(transport, details.current_time.clone());
        stream.set_timeout(remaining(details)?);
        tunnel::open(&mut stream, proxy, target(details)?)?;
        Ok(Box::new(Tunnel(stream.into_inner())))
    }
}

impl Connector for HostConnector {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(proxy) = self.proxies.for_url(details.uri) else {
            let tcp = self.tcp.connect(details.uri, &details.addrs, details)?;
            let tls = self.tls.to_host(details, Box::new(tcp))?;
            return Ok(Some(Box::new(Growing::new(tls, MOST_INPUT))));
        };
        let failed = |is_passed| {
            let proxy = proxy.clone();
            move |error| {
                Error::Other(Box::new(ProxyFailed {
                    proxy,
                    is_passed,
                    error,
                }))
            }
        };
        let tunnel = self.tunnel(proxy, details).map_err(failed(false))?;
        let tls = self.tls.to_host(details, tunnel).map_err(failed(true))?;
        Ok(Some(Box::new(Growing::new(tls, MOST_INPUT))))
    }
}

/// The host that a proxy is to connect to.
fn target<'a>(details: &'a ConnectionDetails<'_>) -> Result<Target<'a>, Error> {
    let of_url = |url: &'a Uri| Some((url.host()?, url.port_u16().unwrap_or(proxy::HTTPS_PORT)));
    let (host, port) = of_url(details.uri).ok_or_else(|| Error::BadUri(details.uri.to_string()))?;
    let user_agent = match details.config.user_agent() {
        AutoHeaderValue::Provided(name) => name.as_str(),
        _ => "",
    };
    Ok(Target {
        host,
        port,
        user_agent,
    })
}

/// A connection to a host: TLS to the proxy on the way is not TLS to it.
#[derive(Debug)]
struct Tunnel(Box<dyn Transport>);

impl Transport for Tunnel {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }
}

impl fmt::Display for ProxyFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {}: {}", self.proxy, self.error)
    }
}

impl std::error::Error for ProxyFailed {}
