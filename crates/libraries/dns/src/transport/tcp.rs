//! Questions over TCP (RFC 7766): one connection to each server, for as many questions as there are at the time.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::transport::fault::NetworkFault;
use crate::transport::message::{Encoded, Query, Received, random_id};
use crate::transport::reply::Reply;

/// How long a connection is kept without a question, or without anything that is heard.
const IDLE: Duration = Duration::from_secs(2);

/// How long a connection may take to be made.
const CONNECTING: Duration = Duration::from_secs(5);

/// The connections that there are.
#[derive(Default)]
pub(super) struct Streams(Arc<Mutex<Senders>>);

type Senders = HashMap<SocketAddr, mpsc::UnboundedSender<Asked>>;

/// A question, and who waits for its reply.
#[derive(Debug)]
struct Asked {
    query: Encoded,
    waits: oneshot::Sender<Answer>,
}

type Answer = Result<Box<Reply>, NetworkFault>;

impl Streams {
    /// Asks over the connection that there is, or over a new one, and waits without limit for the reply.
    pub(super) async fn ask(&self, server: SocketAddr, query: Query<'_>, edns: bool) -> Answer {
        let query = query.encode(edns)?;
        let (waits, answer) = oneshot::channel();
        self.send(server, Asked { query, waits });
        answer.await.unwrap_or(Err(NetworkFault::Refused))
    }

    fn send(&self, server: SocketAddr, asked: Asked) {
        let mut senders = lock(&self.0);
        let asked = match senders.get(&server) {
            Some(sender) => match sender.send(asked) {
                Ok(()) => return,
                // It has just ended.
                Err(mpsc::error::SendError(asked)) => asked,
            },
            None => asked,
        };
        let (sender, questions) = mpsc::unbounded_channel();
        if sender.send(asked).is_ok() {
            senders.insert(server, sender);
            tokio::spawn(serve(server, questions, self.0.clone()));
        }
    }
}

fn lock(senders: &Mutex<Senders>) -> MutexGuard<'_, Senders> {
    senders.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks all questions that come, until none has come for a while.
async fn serve(
    server: SocketAddr,
    mut questions: mpsc::UnboundedReceiver<Asked>,
    senders: Arc<Mutex<Senders>>,
) {
    let mut open = Open::default();
    loop {
        let ended = match connect(server).await {
            Ok(stream) => open.serve(stream, &mut questions).await,
            Err(fault) => Ended::Failed(fault),
        };
        match ended {
            // A server may close a connection whenever it likes (RFC 7766 §6.2.3): what is open is asked once more.
            Ended::Closed => continue,
            Ended::Idle => {}
            Ended::Failed(fault) => open.fail(&fault),
        }
        let mut senders = lock(&senders);
        // Under the lock nobody can ask anything more; what has been asked meanwhile has a connection of its own.
        match questions.try_recv() {
            Ok(asked) => open.queue.push(asked),
            Err(_) => {
                senders.remove(&server);
                return;
            }
        }
    }
}

async fn connect(server: SocketAddr) -> Result<TcpStream, NetworkFault> {
    let stream = timeout(CONNECTING, TcpStream::connect(server)).await;
    let stream = stream.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let stream = stream?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The questions of a connection.
#[derive(Default)]
struct Open {
    /// Those that are to be sent.
    queue: Vec<Asked>,
    /// Those that were sent, by ID.
    sent: HashMap<u16, Asked>,
}

/// Why a connection has ended.
enum Ended {
    /// Nobody has asked anything for a while.
    Idle,
    /// The server has answered, and then closed it.
    Closed,
    /// It failed.
    Failed(NetworkFault),
}

impl Open {
    /// Sends what is to be asked, and hands on what is answered.
    async fn serve(
        &mut self,
        stream: impl AsyncRead + AsyncWrite,
        questions: &mut mpsc::UnboundedReceiver<Asked>,
    ) -> Ended {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let mut buffer = Vec::new();
        let mut has_answered = false;
        self.queue.extend(self.sent.drain().map(|(_, asked)| asked));
        loop {
            if let Err(error) = self.send_all(&mut writer).await {
                return self.ended(has_answered, error.into());
            }
            tokio::select! {
                asked = questions.recv() => match asked {
                    Some(asked) => self.queue.push(asked),
                    None => return Ended::Idle,
                },
                read = timeout(IDLE, reader.read_buf(&mut buffer)) => match read {
                    Err(_) => {
                        self.sent.retain(|_, asked| !asked.waits.is_closed());
                        if self.sent.is_empty() {
                            return Ended::Idle;
                        }
                    }
                    Ok(Ok(0)) => return self.ended(has_answered, NetworkFault::Refused),
                    Ok(Err(error)) => return self.ended(has_answered, error.into()),
                    Ok(Ok(_)) => has_answered |= self.take_messages(&mut buffer),
                },
            }
        }
    }

    fn ended(&self, has_answered: bool, fault: NetworkFault) -> Ended {
        match has_answered {
            true if self.sent.is_empty() && self.queue.is_empty() => Ended::Idle,
            true => Ended::Closed,
            false => Ended::Failed(fault),
        }
    }

    /// Each message has its length before it (RFC 1035 §4.2.2).
    async fn send_all(&mut self, writer: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let mut framed = Vec::new();
        for mut asked in self.queue.drain(..) {
            while self.sent.contains_key(&asked.query.id()) {
                asked.query.set_id(random_id());
            }
            let octets = asked.query.octets();
            // A query has a name of 255 octets at most, and little more.
            framed.extend_from_slice(&(octets.len() as u16).to_be_bytes());
            framed.extend_from_slice(octets);
            self.sent.insert(asked.query.id(), asked);
        }
        writer.write_all(&framed).await
    }

    /// Hands on the replies in what has come so far, and returns whether there were any.
    fn take_messages(&mut self, buffer: &mut Vec<u8>) -> bool {
        let mut has_answered = false;
        while let [first, second, rest @ ..] = buffer.as_slice() {
            let length = usize::from(u16::from_be_bytes([*first, *second]));
            let Some(message) = rest.get(..length) else {
                break;
            };
            has_answered |= self.take_message(message);
            buffer.drain(..2 + length);
        }
        has_answered
    }

    fn take_message(&mut self, message: &[u8]) -> bool {
        let [first, second, ..] = message else {
            return false;
        };
        let id = u16::from_be_bytes([*first, *second]);
        let Some(asked) = self.sent.remove(&id) else {
            return false;
        };
        let malformed = |why: &str| Err(NetworkFault::Malformed(why.into()));
        let answer = match asked.query.receive(message) {
            Received::Reply(reply) => Ok(reply),
            Received::Malformed(error) => Err(NetworkFault::Malformed(error)),
            Received::Truncated => malformed("cut short (TC) even over TCP"),
            Received::Foreign => malformed("it belongs to another question"),
        };
        // Nobody may wait any more.
        let _ = asked.waits.send(answer);
        true
    }

    fn fail(&mut self, fault: &NetworkFault) {
        let sent = self.sent.drain().map(|(_, asked)| asked);
        for asked in sent.chain(self.queue.drain(..)) {
            let _ = asked.waits.send(Err(fault.clone()));
        }
    }
}
