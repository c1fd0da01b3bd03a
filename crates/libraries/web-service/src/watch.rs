//! Watches connections: whether one was made, and whether anything came back.

use https::HostConnector;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// What was seen of all connections so far.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// How many were made, or were to be.
    connections: AtomicUsize,
    /// How often something came back.
    inputs: AtomicUsize,
}

impl Seen {
    /// What there is now, to be compared with what there is later.
    pub(crate) fn now(&self) -> (usize, usize) {
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        (count(&self.connections), count(&self.inputs))
    }
}

/// Makes connections that are watched.
#[derive(Debug)]
pub(crate) struct Watching {
    inner: HostConnector,
    seen: Arc<Seen>,
}

impl Watching {
    /// Connections of that connector, and where it is noted what was seen of them.
    pub(crate) fn new(inner: HostConnector, seen: Arc<Seen>) -> Watching {
        Watching { inner, seen }
    }
}

impl Connector for Watching {
    type Out = Watched;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Watched>, Error> {
        self.seen.connections.fetch_add(1, Ordering::Relaxed);
        let connection = self.inner.connect(details, chained)?;
        Ok(connection.map(|inner| Watched {
            inner,
            seen: self.seen.clone(),
        }))
    }
}

/// A connection that is watched.
#[derive(Debug)]
pub(crate) struct Watched {
    inner: Box<dyn Transport>,
    seen: Arc<Seen>,
}

impl Transport for Watched {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let has_input = self.inner.await_input(timeout)?;
        if has_input {
            self.seen.inputs.fetch_add(1, Ordering::Relaxed);
        }
        Ok(has_input)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
