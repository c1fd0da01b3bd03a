//! How to speak to a CA.

use crate::unfinished::UnfinishedKeyChange;
use https::{Proxies, Trust};
use keys::RemoteSigner;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may take to be made.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a request and its reply may take that has the CA do something. Some CAs sign the certificate before they
/// answer the request for it.
pub(crate) const WORK_TIMEOUT: Duration = Duration::from_secs(60);
/// How long those may take that only ask how something stands: another try is quicker than to wait for a lost reply.
pub(crate) const LOOK_TIMEOUT: Duration = Duration::from_secs(20);

/// How to speak to a CA.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// What is trusted in the TLS certificate of the CA's server.
    pub trust: Trust,
    /// Which requests go through a proxy.
    pub proxies: Proxies,
    /// Program and version, as the CA sees them (RFC 8555 §6.1).
    pub user_agent: String,
    /// How many requests may be under way at once.
    pub jobs: usize,
    /// How many requests a CA may get in a second; where nobody says it, as many as CAs take, and any number where one is next
    /// door.
    pub requests_per_second: Option<usize>,
    /// How long the CA may take for what it is asked: for each step of an order, with all requests that it needs.
    pub timeout: Duration,
    /// Gets requests and replies as text of several lines, for a person to read. The text has no secret; what comes from the CA
    /// may hold control characters.
    pub trace: Option<fn(&str)>,
    /// What signs for accounts whose private key is elsewhere.
    pub signer: Option<Arc<dyn RemoteSigner>>,
    /// Is told of a change of an account's key that was interrupted, with the file of the key.
    pub on_unfinished_key_change: fn(&Path, UnfinishedKeyChange),
}
