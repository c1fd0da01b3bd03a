//! Finds out when a server's copy of a zone changes, by its serial (RFC 1035 §3.3.13).
//!
//! A hundred values that are waited for in one zone need not each be asked for all the time: one query per server and
//! zone tells when it is worth while to ask for all of them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hickory_proto::rr::{Name, RecordType};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::transport::{Client, Question};

const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// A zone at a server.
type ZoneCopy = (SocketAddr, Name);
type Sender = Arc<watch::Sender<Option<u32>>>;

/// The zones whose serials are being watched, at each server.
#[derive(Clone)]
pub(super) struct SerialWatchers {
    client: Client,
    senders: Arc<Mutex<HashMap<ZoneCopy, Sender>>>,
}

/// A listener to a zone's serial at one server.
pub(super) struct SerialWatch {
    sender: Sender,
    serial: watch::Receiver<Option<u32>>,
    /// The serial that last made the listener look; each does so once.
    looked_for: Option<u32>,
}

impl SerialWatch {
    /// The serial that was heard last.
    pub(super) fn last(&self) -> Option<u32> {
        *self.serial.borrow()
    }

    /// How many listen to the same.
    pub(super) fn listeners(&self) -> u32 {
        u32::try_from(self.sender.receiver_count()).unwrap_or(u32::MAX)
    }

    /// Waits for a serial other than the one that the last look has shown.
    pub(super) async fn other_than(&mut self, known: Option<u32>) {
        let looked_for = self.looked_for;
        let news =
            |serial: &Option<u32>| serial.is_some() && *serial != known && *serial != looked_for;
        match self.serial.wait_for(news).await.map(|serial| *serial) {
            Ok(serial) => self.looked_for = serial,
            // Nobody asks for the serial any more.
            Err(_) => std::future::pending().await,
        }
    }
}

impl SerialWatchers {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            senders: Arc::default(),
        }
    }

    /// The serial of `zone` at `server` from now on, for as long as the listener lives.
    pub(super) fn listen(&self, server: SocketAddr, zone: &Name) -> SerialWatch {
        let copy = (server, zone.clone());
        let mut new = false;
        let mut senders = self.senders();
        let sender = senders.entry(copy.clone()).or_insert_with(|| {
            new = true;
            Arc::new(watch::channel(None).0)
        });
        let sender = sender.clone();
        let watch = SerialWatch {
            serial: sender.subscribe(),
            sender,
            looked_for: None,
        };
        drop(senders);
        if new {
            tokio::spawn(self.clone().watch(copy));
        }
        watch
    }

    /// Asks for the serial until nobody listens any more.
    async fn watch(self, copy: ZoneCopy) {
        let (address, zone) = &copy;
        let server = self.client.authoritative(*address);
        let question = Question::new(zone, RecordType::SOA);
        let mut changed = Instant::now();
        loop {
            let reply = server.ask(&question).await.ok();
            let serial = reply.and_then(|reply| reply.soa_of(zone).map(|soa| soa.serial));
            match self.tell(&copy, serial) {
                None => return,
                Some(true) => changed = Instant::now(),
                Some(false) => {}
            }
            sleep((changed.elapsed() / 20).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)).await;
        }
    }

    /// Passes a serial on, and returns whether it is new; `None` where nobody listens any more.
    fn tell(&self, copy: &ZoneCopy, serial: Option<u32>) -> Option<bool> {
        let mut senders = self.senders();
        let Some(sender) = senders.get(copy).filter(|one| one.receiver_count() > 0) else {
            senders.remove(copy);
            return None;
        };
        Some(sender.send_if_modified(|known| {
            let news = serial.is_some() && *known != serial;
            *known = serial.or(*known);
            news
        }))
    }

    fn senders(&self) -> MutexGuard<'_, HashMap<ZoneCopy, Sender>> {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
