//! The body of a reply: bounded in size, and bounded in how much of such is held at once, whatever many CAs send.

use crate::deadline::Deadline;
use crate::transport::permits::{Permit, Permits};
use std::io::Read;
use ureq::{Body, Error, Timeout};

/// The largest body. No object of ACME's is larger: an order of a thousand names has some 200 kB, a chain some kB, or
/// hundreds where post-quantum algorithms sign it.
const LARGEST: u64 = 1024 * 1024;
/// What is larger than this is read and held only with a permit, in bytes.
const SMALL: u64 = 64 * 1024;
/// How many large bodies are held at once, by all who share a client, and how many of those are from one CA: one that is
/// slow with them leaves room for others.
const MOST_LARGE: usize = 12;
const MOST_OF_ONE: usize = 2;

/// A body that has been received; no other large one takes its place before it is dropped.
#[derive(Debug)]
pub(crate) struct Received {
    bytes: Vec<u8>,
    _permits: Option<(Permit, Permit)>,
}

impl Received {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Vec<u8>> for Received {
    fn from(bytes: Vec<u8>) -> Received {
        Received {
            bytes,
            _permits: None,
        }
    }
}

/// The permits for large bodies: those of all CAs, and those of one.
#[derive(Debug, Clone)]
pub(crate) struct LargeBodies {
    all: Permits,
    own: Permits,
}

impl LargeBodies {
    /// The permits of a client.
    pub(crate) fn new() -> LargeBodies {
        LargeBodies {
            all: Permits::new(MOST_LARGE),
            own: Permits::new(MOST_OF_ONE),
        }
    }

    /// The permits of one more CA.
    pub(crate) fn of_one(&self) -> LargeBodies {
        LargeBodies {
            all: self.all.clone(),
            own: Permits::new(MOST_OF_ONE),
        }
    }

    fn take(&self, deadline: &Deadline) -> Option<(Permit, Permit)> {
        let own = self.own.take_by(deadline)?;
        Some((own, self.all.take_by(deadline)?))
    }

    /// Receives a body.
    ///
    /// # Errors
    /// It breaks off, or is too large, or there is no time left to wait for a permit.
    pub(crate) fn receive(&self, body: &mut Body, deadline: &Deadline) -> Result<Received, Error> {
        let mut reader = body.with_config().limit(LARGEST).reader();
        let mut bytes = Vec::new();
        (&mut reader).take(SMALL).read_to_end(&mut bytes)?;
        let mut permits = None;
        if bytes.len() as u64 == SMALL {
            let taken = self.take(deadline);
            permits = Some(taken.ok_or(Error::Timeout(Timeout::RecvBody))?);
            reader.read_to_end(&mut bytes)?;
        }
        Ok(Received {
            bytes,
            _permits: permits,
        })
    }
}
