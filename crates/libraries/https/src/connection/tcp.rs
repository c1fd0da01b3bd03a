//! TCP connections: whichever of a host's addresses answers first, with bounded reads and writes.

use crate::connection::race::{Lost, in_order, race};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use ureq::http::Uri;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, LazyBuffers, NextTimeout, ShutdownHandle, Transport, time,
};
use ureq::{Error, Timeout};

/// Makes TCP connections, and remembers which address of a host answered last.
#[derive(Debug, Default)]
pub(super) struct TcpConnector {
    answered: Mutex<HashMap<String, SocketAddr>>,
}

impl TcpConnector {
    /// Connects to the host of this URL, which has these addresses.
    pub(super) fn connect(
        &self,
        url: &Uri,
        addresses: &[SocketAddr],
        details: &ConnectionDetails<'_>,
    ) -> Result<TcpTransport, Error> {
        let timeout = remaining(details)?;
        let until = match timeout.after {
            time::Duration::Exact(after) => Instant::now().checked_add(after),
            time::Duration::NotHappening => None,
        };
        let host = url.authority().map_or("", |authority| authority.as_str());
        let addresses = in_order(addresses, self.last(host));
        let register = |stream: &Arc<TcpStream>| {
            let stream: Weak<TcpStream> = Arc::downgrade(stream);
            (details.register_shutdown)(stream as Weak<dyn ShutdownHandle>)
        };
        let (stream, address) = race(&addresses, until, register).map_err(|lost| match lost {
            Lost::Failed(error) => Error::Io(error),
            Lost::TimedOut => Error::Timeout(timeout.reason),
            Lost::Stopped(error) => error,
        })?;
        self.remember(host, address);
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(TcpTransport { stream, buffers })
    }

    fn last(&self, host: &str) -> Option<SocketAddr> {
        let answered = self.answered.lock();
        let answered = answered.unwrap_or_else(PoisonError::into_inner);
        answered.get(host).copied()
    }

    fn remember(&self, host: &str, address: SocketAddr) {
        let answered = self.answered.lock();
        let mut answered = answered.unwrap_or_else(PoisonError::into_inner);
        answered.insert(host.to_owned(), address);
    }
}

/// What is left of the time that a connection may take to be made.
pub(super) fn remaining(details: &ConnectionDetails<'_>) -> Result<NextTimeout, Error> {
    let mut timeout = details.timeout;
    let now = (details.current_time)();
    if let (time::Duration::Exact(after), time::Instant::Exact(began), time::Instant::Exact(now)) =
        (timeout.after, details.now, now)
    {
        let left = after.saturating_sub(now.saturating_duration_since(began));
        if left.is_zero() {
            return Err(Error::Timeout(timeout.reason));
        }
        timeout.after = time::Duration::Exact(left);
    }
    Ok(timeout)
}

/// A TCP connection.
#[derive(Debug)]
pub(super) struct TcpTransport {
    /// Shared with what cuts it off.
    stream: Arc<TcpStream>,
    buffers: LazyBuffers,
}

impl Transport for TcpTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let limit = Limit::new(timeout.for_write());
        let mut output = &self.buffers.output()[..amount];
        while !output.is_empty() {
            self.stream.set_write_timeout(limit.left()?)?;
            let written = limit.of((&*self.stream).write(output))?;
            output = &output[written.unwrap_or(0)..];
        }
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let limit = Limit::new(timeout.for_read());
        let input = self.buffers.input_append_buf();
        let amount = loop {
            self.stream.set_read_timeout(limit.left()?)?;
            if let Some(amount) = limit.of((&*self.stream).read(input))? {
                break amount;
            }
        };
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    /// Whether the other side has neither closed it nor sent anything: nothing is to come between replies.
    fn is_open(&mut self) -> bool {
        let now = Timespec::default();
        let mut fds = [PollFd::new(&*self.stream, PollFlags::IN | PollFlags::RDHUP)];
        matches!(poll(&mut fds, Some(&now)), Ok(0))
    }
}

/// Until when a read or a write may take.
struct Limit {
    until: Option<Instant>,
    reason: Timeout,
}

impl Limit {
    fn new(timeout: NextTimeout) -> Limit {
        let until = match timeout.after {
            time::Duration::Exact(after) => Instant::now().checked_add(after),
            time::Duration::NotHappening => None,
        };
        let reason = timeout.reason;
        Limit { until, reason }
    }

    /// What is left of the time, if it has an end.
    fn left(&self) -> Result<Option<Duration>, Error> {
        let Some(until) = self.until else {
            return Ok(None);
        };
        match until.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(Error::Timeout(self.reason)),
            left => Ok(Some(left)),
        }
    }

    /// How much was read or written; nothing where a signal came in between.
    fn of(&self, result: io::Result<usize>) -> Result<Option<usize>, Error> {
        match result {
            Ok(amount) => Ok(Some(amount)),
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => Ok(None),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                    Err(Error::Timeout(self.reason))
                }
                _ => Err(Error::Io(error)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use ureq::config::Config;
    use ureq::unversioned::resolver::{DefaultResolver, Resolver};

    /// Connects to a host that has these addresses.
    fn connect(
        connector: &TcpConnector,
        host: &str,
        addresses: &[SocketAddr],
        timeout: Duration,
    ) -> Result<TcpTransport, Error> {
        let resolver = DefaultResolver::default();
        let url = format!("https://{host}/").parse().expect(host);
        let details = ConnectionDetails {
            uri: &url,
            addrs: resolver.empty(),
            config: &Config::default(),
            request_level: false,
            resolver: &resolver,
            now: time::Instant::now(),
            timeout: within(timeout),
            current_time: Arc::new(time::Instant::now),
            run_connector: Arc::new(|_| Err(Error::ConnectionFailed)),
            register_shutdown: Arc::new(|_| Ok(())),
        };
        connector.connect(&url, addresses, &details)
    }

    fn within(timeout: Duration) -> NextTimeout {
        NextTimeout {
            after: time::Duration::Exact(timeout),
            reason: Timeout::Connect,
            ..NextTimeout::default()
        }
    }

    const A_MINUTE: Duration = Duration::from_secs(60);

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("an address");
        (listener, address)
    }

    #[test]
    fn the_address_of_a_host_that_answered_is_remembered() {
        let (_open, good) = listener();
        let bad = SocketAddr::from(([127, 0, 0, 1], 1));
        let connector = TcpConnector::default();
        let made = connect(&connector, "a.test:1", &[bad, good], A_MINUTE).expect("a connection");
        assert_eq!(made.stream.peer_addr().expect("a peer"), good);
        assert_eq!(connector.last("a.test:1"), Some(good));
        assert_eq!(connector.last("b.test:1"), None);
        assert!(connect(&connector, "a.test:1", &[bad], A_MINUTE).is_err());
        assert_eq!(connector.last("a.test:1"), Some(good));
    }

    #[test]
    fn no_connection_is_made_without_time() {
        let (_open, good) = listener();
        let made = connect(&TcpConnector::default(), "a.test", &[good], Duration::ZERO);
        assert!(
            matches!(made, Err(Error::Timeout(Timeout::Connect))),
            "{made:?}"
        );
    }

    #[test]
    fn reading_ends_with_its_time_and_a_connection_is_open_as_long_as_it_is_silent() {
        let (open, good) = listener();
        let connector = TcpConnector::default();
        let connected = || {
            let made = connect(&connector, "a.test", &[good], A_MINUTE).expect("a connection");
            (made, open.accept().expect("the other side").0)
        };
        let (mut made, mut other) = connected();
        assert!(made.is_open());
        let silent = made.await_input(within(Duration::from_millis(20)));
        assert!(
            matches!(silent, Err(Error::Timeout(Timeout::Connect))),
            "{silent:?}"
        );
        assert!(made.is_open());
        made.buffers().output()[..4].copy_from_slice(b"ping");
        made.transmit_output(4, within(A_MINUTE)).expect("sent");
        let mut heard = [0; 4];
        other.read_exact(&mut heard).expect("heard");
        assert_eq!(&heard, b"ping");
        other.write_all(b"pong").expect("sent");
        assert!(made.await_input(within(A_MINUTE)).expect("input"));
        let amount = made.buffers().input().len();
        made.buffers().input_consume(amount);
        drop(other);
        while made.is_open() {
            std::thread::yield_now();
        }
        let (mut made, mut other) = connected();
        other.write_all(b"unasked").expect("sent");
        while made.is_open() {
            std::thread::yield_now();
        }
    }
}
