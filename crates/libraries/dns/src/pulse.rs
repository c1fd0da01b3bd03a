//! When a server's copy of a zone changes, by its serial (RFC 1035 §3.3.13).
//!
//! A hundred values that are waited for in one zone need not be asked for a hundred times in each moment: one question
//! per server and zone tells when it is worth while to ask for all of them.

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

type Key = (SocketAddr, Name);
type Sender = Arc<watch::Sender<Option<u32>>>;

/// The zones whose serials are watched, at each server.
#[derive(Clone)]
pub(crate) struct Pulses {
    client: Client,
    senders: Arc<Mutex<HashMap<Key, Sender>>>,
}

/// A zone's serial at one server, as one listener hears of it.
pub(crate) struct Pulse {
    sender: Sender,
    serial: watch::Receiver<Option<u32>>,
    /// The serial that last made the listener look; it does so once for each.
    looked_for: Option<u32>,
}

impl Pulse {
    /// The serial that was heard last.
    pub(crate) fn heard(&self) -> Option<u32> {
        *self.serial.borrow()
    }

    /// How many listen to the same.
    pub(crate) fn listeners(&self) -> u32 {
        u32::try_from(self.sender.receiver_count()).unwrap_or(u32::MAX)
    }

    /// Waits for a serial other than the one that the last look has shown.
    pub(crate) async fn other_than(&mut self, known: Option<u32>) {
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

impl Pulses {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            senders: Arc::default(),
        }
    }

    /// The serial of `zone` at `server` from now on, for as long as the listener lives.
    pub(crate) fn listen(&self, server: SocketAddr, zone: &Name) -> Pulse {
        let key = (server, zone.clone());
        let mut new = false;
        let mut senders = self.senders();
        let sender = senders.entry(key.clone()).or_insert_with(|| {
            new = true;
            Arc::new(watch::channel(None).0)
        });
        let sender = sender.clone();
        let pulse = Pulse {
            serial: sender.subscribe(),
            sender,
            looked_for: None,
        };
        drop(senders);
        if new {
            tokio::spawn(self.clone().feel(key));
        }
        pulse
    }

    /// Asks for the serial until nobody listens any more.
    async fn feel(self, key: Key) {
        let question = Question::new(&key.1, RecordType::SOA);
        let server = self.client.authoritative(key.0);
        let mut changed = Instant::now();
        loop {
            let answer = server.ask(&question).await;
            let serial = answer
                .ok()
                .and_then(|reply| reply.soa_of(&key.1).map(|soa| soa.serial));
            {
                let mut senders = self.senders();
                match senders.get(&key) {
                    Some(sender) if sender.receiver_count() > 0 => {
                        let news = sender.send_if_modified(|known| {
                            let news = serial.is_some() && *known != serial;
                            *known = serial.or(*known);
                            news
                        });
                        if news {
                            changed = Instant::now();
                        }
                    }
                    _ => {
                        senders.remove(&key);
                        return;
                    }
                }
            }
            sleep((changed.elapsed() / 20).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)).await;
        }
    }

    fn senders(&self) -> MutexGuard<'_, HashMap<Key, Sender>> {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
