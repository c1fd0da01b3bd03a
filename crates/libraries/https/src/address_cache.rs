//! The address cache: hosts are looked up once for all connections that are made at about the same time.

use crate::connection::Proxies;
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{NextTimeout, time};

/// How long addresses count. Each look-up costs a thread, and eight connections are made at once.
const FRESH: Duration = Duration::from_secs(5);

/// Looks hosts up as the system does, and keeps the result for a moment. It finds no address for a host that is asked
/// through a proxy: the proxy looks that up, and often nobody else can.
#[derive(Debug)]
pub struct AddressCache {
    proxies: Arc<Proxies>,
    hosts: Mutex<HashMap<String, Arc<Mutex<Option<LookUp>>>>>,
}

impl AddressCache {
    /// An empty one, for who asks through these proxies.
    pub fn new(proxies: Arc<Proxies>) -> AddressCache {
        AddressCache {
            proxies,
            hosts: Mutex::default(),
        }
    }
}

/// The result of a look-up, and when it came.
#[derive(Debug)]
struct LookUp {
    at: Instant,
    addresses: Result<Vec<SocketAddr>, Error>,
}

impl Resolver for AddressCache {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        if self.proxies.for_url(uri).is_some() {
            return Ok(self.empty());
        }
        let asked = Instant::now();
        // Where it names no port, the scheme says which.
        let scheme = uri.scheme_str().unwrap_or_default();
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let host = format!("{scheme}://{host}");
        let host = lock(&self.hosts).entry(host).or_default().clone();
        // A caller that asks while a host is looked up waits for the result, even if it is a failure.
        let mut last = lock(&host);
        match &*last {
            Some(LookUp {
                at,
                addresses: Ok(addresses),
            }) if at.elapsed() < FRESH => {
                let mut found = self.empty();
                addresses.iter().for_each(|address| found.push(*address));
                return Ok(found);
            }
            Some(LookUp {
                at,
                addresses: Err(error),
            }) if *at >= asked => return Err(copied(error)),
            _ => {}
        }
        let found = look_up(uri, config, timeout);
        let addresses = match &found {
            Ok(found) => Ok(found.to_vec()),
            Err(error) => Err(copied(error)),
        };
        let at = Instant::now();
        *last = Some(LookUp { at, addresses });
        found
    }
}

/// Looks a host up on a thread of its own, since the system knows no limit of time. ureq would do the same, and panic where
/// the system gives no thread.
fn look_up(uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
    let (uri, config) = (uri.clone(), config.clone());
    let (sender, found) = mpsc::sync_channel(1);
    let limit = *timeout.after;
    let without_limit = NextTimeout {
        after: time::Duration::NotHappening,
        ..timeout
    };
    let resolve = move || {
        let found = DefaultResolver::default().resolve(&uri, &config, without_limit);
        // Nobody takes it where it came too late.
        let _ = sender.send(found);
    };
    thread::Builder::new()
        .name("look-up".to_owned())
        .spawn(resolve)
        .map_err(Error::Io)?;
    found
        .recv_timeout(limit)
        .unwrap_or(Err(Error::Timeout(timeout.reason)))
}

/// The same error once more, for another who asked.
fn copied(error: &Error) -> Error {
    match error {
        Error::HostNotFound => Error::HostNotFound,
        Error::Timeout(of) => Error::Timeout(*of),
        Error::Io(error) => Error::Io(io::Error::new(error.kind(), error.to_string())),
        other => Error::Io(io::Error::other(other.to_string())),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
