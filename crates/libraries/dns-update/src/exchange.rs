//! A message and its reply: over UDP where it is small, else over TCP, and over that as well where nothing comes back.

use crate::fault::Fault;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// The largest message that goes over UDP, in octets: any server takes that much (RFC 1035 §4.2.1).
const LARGEST_DATAGRAM: usize = 512;
/// The largest reply over UDP that is read.
const LARGEST_REPLY: usize = 4096;
/// How long a datagram is waited for, until it is sent again, and then until TCP is tried.
const WAITS: [Duration; 2] = [Duration::from_millis(1000), Duration::from_millis(2000)];
/// The flag of a reply that is cut short, in the third octet of a header.
const TRUNCATED: u8 = 2;
/// The flag of a response, there as well.
const RESPONSE: u8 = 0x80;

/// What came of datagrams.
enum Datagrams {
    /// A reply.
    Reply(Vec<u8>),
    /// A reply that is cut short.
    CutShort,
    /// None.
    Silence,
}

/// Sends a message, and returns the reply's octets, whatever they say. Over UDP, where others can send one as well, it is the
/// first that counts; where none does until the message would be sent again, it is the first that came.
///
/// # Errors
/// Nothing came back until the deadline, or the system reports an error.
pub(crate) fn exchange(
    server: SocketAddr,
    message: &[u8],
    deadline: Instant,
    counts: impl Fn(&[u8]) -> bool,
) -> Result<Vec<u8>, Fault> {
    let is_small = message.len() <= LARGEST_DATAGRAM;
    let mut is_unheard = false;
    // What went wrong with UDP may be of no concern to TCP, and if it is, TCP says so as well.
    match is_small.then(|| over_udp(server, message, deadline, counts)) {
        Some(Ok(Datagrams::Reply(reply))) => return Ok(reply),
        Some(Ok(Datagrams::Silence)) => is_unheard = true,
        Some(Ok(Datagrams::CutShort) | Err(_)) | None => {}
    }
    over_tcp(server, message, deadline).map_err(|error| {
        let why = match error.kind() {
            ErrorKind::TimedOut | ErrorKind::WouldBlock => return Fault::Timeout,
            ErrorKind::UnexpectedEof => "the connection was closed without a reply".to_owned(),
            _ => error.to_string(),
        };
        match is_unheard {
            true => Fault::Unheard(why),
            false => Fault::Network(why),
        }
    })
}

fn over_udp(
    server: SocketAddr,
    message: &[u8],
    deadline: Instant,
    counts: impl Fn(&[u8]) -> bool,
) -> io::Result<Datagrams> {
    let here: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    // Connected, it takes datagrams from nobody else, and hears that nobody listens.
    let socket = UdpSocket::bind(here)?;
    socket.connect(server)?;
    let mut buffer = [0; LARGEST_REPLY];
    for wait in WAITS {
        // Nothing is sent whose reply nobody would wait for.
        if left(deadline).is_none() {
            break;
        }
        socket.send(message)?;
        let until = deadline.min(Instant::now() + wait);
        let mut first: Option<Vec<u8>> = None;
        while let Some(left) = left(until) {
            socket.set_read_timeout(Some(left))?;
            let length = match socket.recv(&mut buffer) {
                Ok(length) => length,
                Err(error) if is_late(&error) => break,
                Err(error) => return Err(error),
            };
            let reply = &buffer[..length];
            if !is_reply(reply, message) {
                continue;
            }
            if reply[2] & TRUNCATED != 0 {
                return Ok(Datagrams::CutShort);
            }
            if counts(reply) {
                return Ok(Datagrams::Reply(reply.to_vec()));
            }
            first.get_or_insert_with(|| reply.to_vec());
        }
        if let Some(first) = first {
            return Ok(Datagrams::Reply(first));
        }
    }
    Ok(Datagrams::Silence)
}

fn over_tcp(server: SocketAddr, message: &[u8], deadline: Instant) -> io::Result<Vec<u8>> {
    let late = || io::Error::from(ErrorKind::TimedOut);
    let mut stream = TcpStream::connect_timeout(&server, left(deadline).ok_or_else(late)?)?;
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(left(deadline).ok_or_else(late)?))?;
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    // In one piece, since there are servers that read the length alone and give up (RFC 7766 §8).
    stream.write_all(&[&length.to_be_bytes(), message].concat())?;
    let mut length = [0; 2];
    read_exact(&mut stream, &mut length, deadline)?;
    let mut reply = vec![0; u16::from_be_bytes(length).into()];
    read_exact(&mut stream, &mut reply, deadline)?;
    match is_reply(&reply, message) {
        true => Ok(reply),
        false => Err(io::Error::other("the reply is not to this message")),
    }
}

/// Fills the buffer, however slowly the octets come.
fn read_exact(stream: &mut TcpStream, mut buffer: &mut [u8], deadline: Instant) -> io::Result<()> {
    while !buffer.is_empty() {
        let left = left(deadline).ok_or(ErrorKind::TimedOut)?;
        stream.set_read_timeout(Some(left))?;
        match stream.read(buffer) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(length) => buffer = &mut buffer[length..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What is left of the time, if anything.
fn left(until: Instant) -> Option<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    (!left.is_zero()).then_some(left)
}

fn is_late(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// Whether it is a response with the message's ID.
fn is_reply(reply: &[u8], message: &[u8]) -> bool {
    reply.len() >= 12 && reply[..2] == message[..2] && reply[2] & RESPONSE != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    const MESSAGE: [u8; 12] = [7, 9, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const REPLY: [u8; 12] = [7, 9, 0xa8, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    fn asked(server: SocketAddr, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let deadline = Instant::now() + Duration::from_secs(60);
        exchange(server, message, deadline, |_| true)
    }

    /// A server that answers one message over UDP with these datagrams, and one over TCP with REPLY.
    fn server(datagrams: Vec<Vec<u8>>) -> SocketAddr {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = tcp.local_addr().unwrap();
        let udp = UdpSocket::bind(address).unwrap();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            let (_, from) = udp.recv_from(&mut buffer).unwrap();
            for datagram in datagrams {
                udp.send_to(&datagram, from).unwrap();
            }
        });
        thread::spawn(move || {
            let (mut stream, _) = tcp.accept().unwrap();
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            let mut message = vec![0; u16::from_be_bytes(length).into()];
            stream.read_exact(&mut message).unwrap();
            // The last octet tells that it came over TCP. Each comes by itself.
            let reply = [&[0, 12][..], &REPLY[..11], &[1]].concat();
            for octet in reply {
                stream.write_all(&[octet]).unwrap();
            }
        });
        address
    }

    #[test]
    fn a_reply_is_the_one_with_the_id_of_the_message() {
        let other = [8, 9, 0xa8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let datagrams = [&other[..], &[], &MESSAGE[..], &REPLY[..]];
        let address = server(datagrams.iter().map(|one| one.to_vec()).collect());
        assert_eq!(asked(address, &MESSAGE), Ok(REPLY.to_vec()));
    }

    #[test]
    fn a_reply_that_counts_is_waited_for_behind_others_and_else_the_first_is_taken() {
        let reply = |last: u8| [&REPLY[..11], &[last]].concat();
        let deadline = || Instant::now() + Duration::from_secs(60);
        for (last, expected) in [(vec![2, 3, 4], 4), (vec![2, 3], 2)] {
            let address = server(last.into_iter().map(reply).collect());
            let heard = exchange(address, &MESSAGE, deadline(), |reply| reply[11] == 4);
            assert_eq!(heard, Ok(reply(expected)));
        }
    }

    #[test]
    fn a_server_that_is_only_heard_of_over_tcp_may_have_had_the_message_over_udp() {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = udp.local_addr().unwrap();
        let fault = asked(address, &MESSAGE).unwrap_err();
        assert!(matches!(fault, Fault::Unheard(_)), "{fault:?}");
        udp.set_nonblocking(true).unwrap();
        let datagrams = std::iter::from_fn(|| udp.recv(&mut [0; 512]).ok());
        assert_eq!(datagrams.count(), WAITS.len());
        // Where no time is left, it is not sent at all.
        let late = exchange(address, &MESSAGE, Instant::now(), |_| true);
        assert_eq!(late, Err(Fault::Timeout));
        assert!(udp.recv(&mut [0; 512]).is_err());
    }

    #[test]
    fn what_is_large_or_cut_short_goes_over_tcp() {
        let mut over_tcp = REPLY.to_vec();
        over_tcp[11] = 1;
        let mut cut = REPLY;
        cut[2] |= TRUNCATED;
        assert_eq!(
            asked(server(vec![cut.to_vec()]), &MESSAGE),
            Ok(over_tcp.clone())
        );
        let mut large = MESSAGE.to_vec();
        large.resize(513, 0);
        assert_eq!(asked(server(vec![REPLY.to_vec()]), &large), Ok(over_tcp));
    }

    #[test]
    fn nobody_is_waited_for_who_does_not_listen() {
        // Of tcpmux, which no machine has.
        let closed = SocketAddr::from(([127, 0, 0, 1], 1));
        let fault = asked(closed, &MESSAGE).unwrap_err();
        assert!(matches!(fault, Fault::Network(_)), "{fault:?}");
        let late = exchange(closed, &MESSAGE, Instant::now(), |_| true);
        assert_eq!(late, Err(Fault::Timeout));
    }
}
