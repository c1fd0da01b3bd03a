//! Questions over TCP (RFC 7766) and TLS (RFC 7858): one connection to each server, for as many questions as there are at the time.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout, timeout_at};

use crate::transport::endpoint::{Channel, Endpoint};
use crate::transport::fault::NetworkFault;
use crate::transport::message::{Encoded, Query, Received, random_id};
use crate::transport::reply::Reply;
use crate::transport::tls::{Tls, TlsStream};

/// How long a connection is kept without a question.
const IDLE: Duration = Duration::from_secs(2);

/// How long it may take to be made, to take what is written, or to be silent while somebody waits for a reply.
const LONGEST_SILENCE: Duration = Duration::from_secs(5);

/// The same for a resolver that is asked over nothing else: it may have to ask many others before it answers.
const LONGEST_SILENCE_OF_RESOLVER: Duration = Duration::from_secs(10);

/// The connections that there are.
#[derive(Default)]
pub(super) struct Streams {
    senders: Arc<Mutex<Senders>>,
    tls: Option<Tls>,
}

type Senders = HashMap<Endpoint, mpsc::UnboundedSender<Asked>>;

/// A connection.
enum Stream {
    Tcp(TcpStream),
    Tls(Box<TlsStream>),
}

/// A question, and who waits for its reply.
#[derive(Debug)]
struct Asked {
    query: Encoded,
    waits: oneshot::Sender<Answer>,
}

type Answer = Result<Box<Reply>, NetworkFault>;

impl Streams {
    /// Connections that use this TLS where they need one.
    pub(super) fn new(tls: Option<Tls>) -> Self {
        Self {
            tls,
            ..Self::default()
        }
    }

    /// Asks over the connection that there is, or over a new one, and waits without limit for the reply.
    pub(super) async fn ask(&self, server: Endpoint, query: Query<'_>, edns: bool) -> Answer {
        let query = query.encode(edns)?;
        let (waits, answer) = oneshot::channel();
        self.send(server, Asked { query, waits });
        answer
            .await
            .unwrap_or(Err(NetworkFault::Closed { amid_answer: false }))
    }

    fn send(&self, server: Endpoint, asked: Asked) {
        let mut senders = lock(&self.senders);
        let asked = match senders.get(&server) {
            Some(sender) => match sender.send(asked) {
                Ok(()) => return,
                // What served it has ended in a panic.
                Err(mpsc::error::SendError(asked)) => asked,
            },
            None => asked,
        };
        let (sender, questions) = mpsc::unbounded_channel();
        if sender.send(asked).is_ok() {
            senders.insert(server.clone(), sender);
            let (senders, tls) = (self.senders.clone(), self.tls.clone());
            tokio::spawn(serve(server, questions, senders, tls));
        }
    }
}

fn lock(senders: &Mutex<Senders>) -> MutexGuard<'_, Senders> {
    senders.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks all questions that come, until none has come for a while.
async fn serve(
    server: Endpoint,
    mut questions: mpsc::UnboundedReceiver<Asked>,
    senders: Arc<Mutex<Senders>>,
    tls: Option<Tls>,
) {
    let mut open = Open {
        patience: match server.channel {
            Channel::Any => LONGEST_SILENCE,
            _ => LONGEST_SILENCE_OF_RESOLVER,
        },
        is_of_resolver: server.channel != Channel::Any,
        queue: Vec::new(),
        sent: HashMap::new(),
    };
    loop {
        let ended = match open_stream(&server, tls.as_ref()).await {
            Ok(Stream::Tcp(stream)) => open.serve(stream, &mut questions).await,
            Ok(Stream::Tls(stream)) => open.serve(*stream, &mut questions).await,
            Err(fault) => Ended::Failed(fault),
        };
        // A server may close a connection whenever it likes (RFC 7766 §6.2.3): what is open is asked once more.
        if matches!(ended, Ended::Closed) {
            continue;
        }
        // Under the lock nobody can ask anything more.
        let mut senders = lock(&senders);
        while let Ok(asked) = questions.try_recv() {
            open.queue.push(asked);
        }
        if let Ended::Failed(fault) = ended {
            open.fail(&fault);
        }
        if open.queue.is_empty() {
            senders.remove(&server);
            return;
        }
    }
}

async fn open_stream(server: &Endpoint, tls: Option<&Tls>) -> Result<Stream, NetworkFault> {
    let stream = connect(server.address).await?;
    match (&server.channel, tls) {
        (Channel::Tls(name), Some(tls)) => {
            let stream = timeout(LONGEST_SILENCE, tls.connect(stream, name)).await;
            let stream = stream.unwrap_or(Err(NetworkFault::Timeout))?;
            Ok(Stream::Tls(Box::new(stream)))
        }
        // Never in the clear what is to be asked over TLS.
        (Channel::Tls(_) | Channel::Https { .. }, _) => {
            Err(NetworkFault::Tls("no CA is trusted".into()))
        }
        (Channel::Any | Channel::Tcp, _) => Ok(Stream::Tcp(stream)),
    }
}

/// A connection over TCP.
pub(super) async fn connect(server: SocketAddr) -> Result<TcpStream, NetworkFault> {
    let stream = timeout(LONGEST_SILENCE, TcpStream::connect(server)).await;
    let stream = stream.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let stream = stream?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The questions of a connection.
struct Open {
    /// How long it may be silent while somebody waits for a reply.
    patience: Duration,
    /// Whether the server is a resolver: what it says is taken whole or not at all.
    is_of_resolver: bool,
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
        let mut heard = Instant::now();
        self.queue.extend(self.sent.drain().map(|(_, asked)| asked));
        loop {
            if self.is_idle() {
                heard = Instant::now();
            }
            let sent = timeout(LONGEST_SILENCE, self.send_all(&mut writer)).await;
            if let Err(error) = sent.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                return self.ended(has_answered, error.into());
            }
            let silence = match self.is_idle() {
                true => IDLE,
                false => self.patience,
            };
            tokio::select! {
                asked = questions.recv() => match asked {
                    Some(asked) => self.queue.push(asked),
                    None => return Ended::Idle,
                },
                read = timeout_at(heard + silence, reader.read_buf(&mut buffer)) => match read {
                    Ok(Ok(0)) => return self.ended(has_answered, closed(&buffer)),
                    Ok(Err(error)) => {
                        let fault = match error.into() {
                            NetworkFault::Closed { .. } => closed(&buffer),
                            fault => fault,
                        };
                        return self.ended(has_answered, fault);
                    }
                    Ok(Ok(_)) => {
                        if self.take_messages(&mut buffer) {
                            has_answered = true;
                            heard = Instant::now();
                        }
                    }
                    Err(_) if self.is_idle() => return Ended::Idle,
                    Err(_) => return Ended::Failed(NetworkFault::Timeout),
                },
            }
        }
    }

    /// Whether nobody waits for a reply to what was sent.
    fn is_idle(&mut self) -> bool {
        self.sent.retain(|_, asked| !asked.waits.is_closed());
        self.sent.is_empty()
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
            if asked.waits.is_closed() {
                continue;
            }
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
        let received = match self.is_of_resolver {
            true => asked.query.receive_whole(message),
            false => asked.query.receive(message),
        };
        let answer = match received {
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

/// A connection that was closed after these octets, which are no whole message.
fn closed(octets: &[u8]) -> NetworkFault {
    NetworkFault::Closed {
        amid_answer: !octets.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use hickory_proto::op::Message;
    use hickory_proto::rr::RecordType;
    use tokio::net::TcpListener;

    use super::*;
    use crate::name::parse;
    use crate::testing::{answered, block_on};
    use crate::transport::message::Question;

    /// Asks so many questions at once of a server that answers so many on each connection, the last one first, before it closes
    /// it: how many were answered, and over how many connections.
    fn ask(questions: usize, answers: usize) -> (usize, usize) {
        block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let connections = Arc::new(Mutex::new(0));
            let count = connections.clone();
            tokio::spawn(async move {
                loop {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    *count.lock().unwrap() += 1;
                    let mut replies = Vec::new();
                    while replies.len() < answers {
                        let mut query = vec![0; usize::from(stream.read_u16().await.unwrap())];
                        stream.read_exact(&mut query).await.unwrap();
                        replies.push(answered(&Message::from_vec(&query).unwrap()));
                    }
                    for reply in replies.iter().rev() {
                        stream.write_u16(reply.len() as u16).await.unwrap();
                        stream.write_all(reply).await.unwrap();
                    }
                }
            });
            let streams = Streams::default();
            let question = Question::new(&parse("a.test").unwrap(), RecordType::TXT);
            let query = Query::iterative(&question);
            let asked = (0..questions).map(|_| streams.ask(address.into(), query, true));
            let answers = join_all(asked).await;
            let connections = *connections.lock().unwrap();
            (answers.iter().flatten().count(), connections)
        })
    }

    #[test]
    fn many_questions_go_over_one_connection_and_are_answered_in_any_order() {
        assert_eq!(ask(20, 20), (20, 1));
    }

    #[test]
    fn what_a_server_leaves_open_when_it_closes_the_connection_is_asked_again() {
        assert_eq!(ask(20, 5), (20, 4));
        assert_eq!(ask(3, 1), (3, 3));
    }

    #[test]
    fn a_server_that_closes_without_an_answer_is_not_asked_for_ever() {
        block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(async move {
                loop {
                    drop(listener.accept().await.unwrap());
                }
            });
            let question = Question::new(&parse("a.test").unwrap(), RecordType::TXT);
            let streams = Streams::default();
            let answer = streams.ask(address.into(), Query::iterative(&question), true);
            let closed = NetworkFault::Closed { amid_answer: false };
            assert_eq!(answer.await.map(|_| ()), Err(closed));
        });
    }

    #[test]
    fn a_resolver_that_closes_inside_an_answer_or_leaves_its_end_out_has_not_answered() {
        let whole = |reply: &[u8]| [&(reply.len() as u16).to_be_bytes()[..], reply].concat();
        type Sent = fn(&[u8]) -> Vec<u8>;
        let cases: [(Sent, NetworkFault); 2] = [
            (
                |framed| framed[..framed.len() - 1].to_vec(),
                NetworkFault::Closed { amid_answer: true },
            ),
            (
                |framed| {
                    let mut short = framed[..framed.len() - 5].to_vec();
                    let length = short.len() as u16 - 2;
                    short[..2].copy_from_slice(&length.to_be_bytes());
                    short
                },
                NetworkFault::Malformed("it ends before its last record does".into()),
            ),
        ];
        for (sent, fault) in cases {
            let answer = block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let address = listener.local_addr().unwrap();
                tokio::spawn(async move {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    let mut query = vec![0; usize::from(stream.read_u16().await.unwrap())];
                    stream.read_exact(&mut query).await.unwrap();
                    let mut reply =
                        Message::from_vec(&answered(&Message::from_vec(&query).unwrap())).unwrap();
                    reply.set_edns(hickory_proto::op::Edns::new());
                    let reply = whole(&reply.to_vec().unwrap());
                    stream.write_all(&sent(&reply)).await.unwrap();
                });
                let question = Question::new(&parse("a.test").unwrap(), RecordType::TXT);
                let resolver = Endpoint {
                    address,
                    channel: Channel::Tcp,
                };
                let streams = Streams::default();
                let query = Query::recursive(&question);
                streams.ask(resolver, query, true).await
            });
            assert_eq!(answer.map(|_| ()), Err(fault));
        }
    }
}
