//! Where the CA's hosts are: asked once for all connections that are made at one time.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// How long an answer counts. Each look-up costs a thread, and eight connections are made at once.
const FRESH: Duration = Duration::from_secs(30);

/// Looks hosts up as the system does.
#[derive(Debug, Default)]
pub(crate) struct SharedResolver {
    system: DefaultResolver,
    known: Mutex<HashMap<String, (Instant, Vec<SocketAddr>)>>,
}

impl Resolver for SharedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = format!("{:?} {:?}", uri.scheme(), uri.authority());
        // Who asks at the same time waits for the first, whose time is bounded.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((when, addresses)) = known.get(&host)
            && when.elapsed() < FRESH
        {
            let mut found = self.empty();
            addresses.iter().for_each(|address| found.push(*address));
            return Ok(found);
        }
        let found = self.system.resolve(uri, config, timeout)?;
        known.insert(host, (Instant::now(), found.to_vec()));
        Ok(found)
    }
}
