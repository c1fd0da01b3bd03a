//! One address: its sockets, and what comes in at them.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use workshop::Random;

use crate::log::Log;
use crate::message::{Question, truncated};
use crate::rules::{Rules, Verdict};

/// How long the real server may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// An address that is open.
pub(crate) struct Post {
    desk: Arc<Desk>,
    threads: Vec<JoinHandle<()>>,
}

/// What the threads of one address share.
struct Desk {
    at: IpAddr,
    upstream: IpAddr,
    rules: Rules,
    log: Arc<Log>,
    closing: AtomicBool,
    /// Where datagrams are answered from, until the address is closed: answers on their way must not keep it open.
    answers: Mutex<Option<UdpSocket>>,
    random: Mutex<Random>,
    /// How often each name was asked for each type.
    asked: Mutex<HashMap<(String, u16), usize>>,
    /// How often over UDP.
    datagrams: Mutex<HashMap<(String, u16), usize>>,
}

impl Post {
    /// Opens its sockets, as far as the rules have any.
    pub(crate) fn open(
        at: IpAddr,
        upstream: IpAddr,
        rules: Rules,
        log: Arc<Log>,
    ) -> io::Result<Post> {
        let desk = Arc::new(Desk {
            at,
            upstream,
            rules,
            log,
            closing: AtomicBool::new(false),
            answers: Mutex::new(None),
            random: Mutex::new(Random(1)),
            asked: Mutex::default(),
            datagrams: Mutex::default(),
        });
        let mut threads = Vec::new();
        if !desk.rules.closed {
            let (socket, own) = (UdpSocket::bind((at, 53))?, desk.clone());
            *locked(&desk.answers) = Some(socket.try_clone()?);
            threads.push(thread::spawn(move || own.datagrams(&socket)));
        }
        if !desk.rules.closed && !desk.rules.no_tcp {
            let (listener, own) = (TcpListener::bind((at, 53))?, desk.clone());
            threads.push(thread::spawn(move || own.streams(&listener)));
        }
        Ok(Post { desk, threads })
    }

    /// Closes its sockets. What came in before as a datagram is not answered any more.
    pub(crate) fn close(self) {
        self.desk.closing.store(true, Ordering::SeqCst);
        // Both threads wait for something to come in. Where one has no socket, nothing waits.
        let at = self.desk.at;
        let _ = UdpSocket::bind((at, 0)).and_then(|socket| socket.send_to(&[], (at, 53)));
        let _ = TcpStream::connect((at, 53));
        for thread in self.threads {
            let _ = thread.join();
        }
        drop(locked(&self.desk.answers).take());
    }
}

impl Desk {
    fn datagrams(self: &Arc<Self>, socket: &UdpSocket) {
        let mut buffer = [0; 4096];
        while !self.closing.load(Ordering::SeqCst) {
            let Ok((length, from)) = socket.recv_from(&mut buffer) else {
                continue;
            };
            let (query, own) = (buffer[..length].to_vec(), self.clone());
            thread::spawn(move || {
                if let Some(reply) = own.reply(&query, false)
                    && let Some(socket) = &*locked(&own.answers)
                {
                    let _ = socket.send_to(&reply, from);
                }
            });
        }
    }

    fn streams(self: &Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.closing.load(Ordering::SeqCst) {
                return;
            }
            let own = self.clone();
            thread::spawn(move || {
                if let Ok(mut stream) = stream {
                    while let Ok(query) = read(&mut stream) {
                        let Some(reply) = own.reply(&query, true) else {
                            continue;
                        };
                        if write(&mut stream, &reply).is_err() {
                            return;
                        }
                    }
                }
            });
        }
    }

    /// What is answered, if anything.
    fn reply(&self, query: &[u8], tcp: bool) -> Option<Vec<u8>> {
        let question = Question::of(query)?;
        let at = self.log.now();
        let verdict = match !tcp && self.rules.is_over_limit(self.came_before(&question)) {
            true => Verdict::Answer(truncated(query, &question)),
            false => self.rules.on_query(query, &question, tcp, self.chance()),
        };
        if verdict != Verdict::Lost && !self.rules.delay.is_zero() {
            thread::sleep(self.rules.delay);
        }
        let reply = match verdict {
            Verdict::Lost => None,
            Verdict::Answer(reply) => Some(reply),
            Verdict::Forward => self.ask(query, &question, tcp).ok().map(|mut reply| {
                self.rules.on_reply(&mut reply, &question);
                reply
            }),
        };
        self.log
            .write(at, self.at, &question, tcp, reply.as_deref());
        reply
    }

    fn ask(&self, query: &[u8], question: &Question, tcp: bool) -> io::Result<Vec<u8>> {
        let upstream = self.server(question);
        if tcp {
            let mut stream = TcpStream::connect((upstream, 53))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            write(&mut stream, query)?;
            return read(&mut stream);
        }
        let any = if upstream.is_ipv4() {
            "0.0.0.0:0"
        } else {
            "[::]:0"
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect((upstream, 53))?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.send(query)?;
        let mut buffer = [0; 65_535];
        let length = socket.recv(&mut buffer)?;
        Ok(buffer[..length].to_vec())
    }

    /// The server that this question goes to.
    fn server(&self, question: &Question) -> IpAddr {
        let mut asked = locked(&self.asked);
        let count = asked
            .entry((question.name.clone(), question.kind))
            .or_default();
        *count += 1;
        self.rules.other_server(*count - 1).unwrap_or(self.upstream)
    }

    /// How often this question came as a datagram before.
    fn came_before(&self, question: &Question) -> usize {
        let mut datagrams = locked(&self.datagrams);
        let count = datagrams
            .entry((question.name.clone(), question.kind))
            .or_default();
        *count += 1;
        *count - 1
    }

    /// A number below 100: what is lost in one run is lost in the next.
    fn chance(&self) -> u8 {
        let mut random = locked(&self.random);
        u8::try_from(random.below(100)).unwrap_or(0)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One message of a stream, behind its length (RFC 1035 §4.2.2).
fn read(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut message)?;
    Ok(message)
}

fn write(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
    stream.write_all(&[&length.to_be_bytes()[..], message].concat())
}
