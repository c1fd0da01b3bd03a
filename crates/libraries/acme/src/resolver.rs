//! Where the CA's hosts are: asked once for all connections that are made at one time.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long addresses count. Each look-up costs a thread, and eight connections are made at once.
const FRESH: Duration = Duration::from_secs(5);

/// Looks hosts up as the system does.
#[derive(Debug, Default)]
pub(crate) struct SharedResolver {
    system: DefaultResolver,
    hosts: Mutex<HashMap<String, Arc<Mutex<Option<Answer>>>>>,
}

/// What a look-up came to, and when.
#[derive(Debug)]
struct Answer {
    at: Instant,
    addresses: Result<Vec<SocketAddr>, Error>,
}

impl Resolver for SharedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let asked = Instant::now();
        // Where it names no port, the scheme says which.
        let scheme = uri.scheme_str().unwrap_or_default();
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let host = format!("{scheme}://{host}");
        let host = lock(&self.hosts).entry(host).or_default().clone();
        // Who asks while it is looked up waits for what comes of that, be it a failure.
        let mut answer = lock(&host);
        match &*answer {
            Some(Answer {
                at,
                addresses: Ok(addresses),
            }) if at.elapsed() < FRESH => {
                let mut found = self.empty();
                addresses.iter().for_each(|address| found.push(*address));
                return Ok(found);
            }
            Some(Answer {
                at,
                addresses: Err(error),
            }) if *at >= asked => return Err(copied(error)),
            _ => {}
        }
        let found = self.system.resolve(uri, config, timeout);
        let addresses = match &found {
            Ok(found) => Ok(found.to_vec()),
            Err(error) => Err(copied(error)),
        };
        let at = Instant::now();
        *answer = Some(Answer { at, addresses });
        found
    }
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
