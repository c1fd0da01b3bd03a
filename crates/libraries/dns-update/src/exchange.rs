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

/// Sends a message, and returns the reply's octets, whatever they say.
///
/// # Errors
/// Nothing came back until the deadline, or the system reports an error.
pub(crate) fn exchange(
    server: SocketAddr,
    message: &[u8],
    deadline: Instant,
) -> Result<Vec<u8>, Fault> {
    if message.len() <= LARGEST_DATAGRAM
        && let Ok(Some(reply)) = over_udp(server, message, deadline)
    {
        return Ok(reply);
    }
    // What went wrong with UDP may be of no concern to TCP, and if it is, TCP says so as well.
    over_tcp(server, message, deadline).map_err(|error| match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Fault::Timeout,
        ErrorKind::UnexpectedEof => {
            Fault::Network("the connection was closed without a reply".to_owned())
        }
        _ => Fault::Network(error.to_string()),
    })
}

/// The reply; nothing where it did not come, or is cut short.
fn over_udp(server: SocketAddr, message: &[u8], deadline: Instant) -> io::Result<Option<Vec<u8>>> {
    let here: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    // Connected, it takes datagrams from nobody else, and hears that nobody listens.
    let socket = UdpSocket::bind(here)?;
    socket.connect(server)?;
    let mut buffer = [0; LARGEST_REPLY];
    for wait in WAITS {
        socket.send(message)?;
        let until = deadline.min(Instant::now() + wait);
        while let Some(left) = left(until) {
            socket.set_read_timeout(Some(left))?;
            let length = match socket.recv(&mut buffer) {
                Ok(length) => length,
                Err(error) if is_late(&error) => break,
                Err(error) => return Err(error),
            };
            let reply = &buffer[..length];
            if is_reply(reply, message) {
                let is_whole = reply[2] & TRUNCATED == 0;
                return Ok(is_whole.then(|| reply.to_vec()));
            }
        }
    }
    Ok(None)
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
        exchange(server, message, Instant::now() + Duration::from_secs(60))
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
        let late = exchange(closed, &MESSAGE, Instant::now());
        assert_eq!(late, Err(Fault::Timeout));
    }
}
