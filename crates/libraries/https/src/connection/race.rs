//! The race of a host's addresses: the next begins a moment after the one before, and the first that answers wins (RFC
//! 8305, "Happy Eyeballs").

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long an address is waited for before the next is tried as well (RFC 8305 §5).
const HEAD_START: Duration = Duration::from_millis(250);

/// How many addresses an error tells of.
const SHOWN: usize = 4;

/// Why no address answered.
#[derive(Debug)]
pub(super) enum Lost {
    /// Each failed, or a part of them did before time was up.
    Failed(io::Error),
    /// Time was up, and none had said anything.
    TimedOut,
    /// No further attempt may be made.
    Stopped(ureq::Error),
}

/// The addresses in the order in which they are tried: the one that answered last time, then the families by turns, from
/// that of the first address.
pub(super) fn in_order(addresses: &[SocketAddr], last: Option<SocketAddr>) -> Vec<SocketAddr> {
    let is_first_family = |address: &&SocketAddr| address.is_ipv4() == addresses[0].is_ipv4();
    let (first, second): (Vec<_>, Vec<_>) = addresses.iter().partition(is_first_family);
    let mut ordered = Vec::with_capacity(addresses.len());
    for turn in 0..addresses.len() {
        ordered.extend([first.get(turn), second.get(turn)].into_iter().flatten());
    }
    if let Some(at) = ordered.iter().position(|address| Some(*address) == last) {
        ordered[..=at].rotate_right(1);
    }
    ordered
}

/// Connects to whichever of these addresses answers first. Each socket is shown to `register` before anything is sent, so
/// that another thread can cut it off.
///
/// # Errors
/// None answered before `until`.
pub(super) fn race(
    addresses: &[SocketAddr],
    until: Option<Instant>,
    register: impl Fn(&Arc<TcpStream>) -> Result<(), ureq::Error>,
) -> Result<(Arc<TcpStream>, SocketAddr), Lost> {
    let mut runners = Runners::default();
    let mut waiting = addresses.iter();
    let mut next = Instant::now();
    loop {
        let now = Instant::now();
        if next <= now
            && let Some(address) = waiting.next()
        {
            let is_under_way = runners.start(*address, &register);
            if is_under_way.map_err(Lost::Stopped)? {
                next = now + HEAD_START;
            }
            continue;
        }
        if runners.connecting.is_empty() && waiting.len() == 0 {
            return Err(runners.lost());
        }
        if until.is_some_and(|until| until <= now) {
            return Err(runners.lost());
        }
        let next_start = (waiting.len() > 0).then_some(next);
        let wake = [next_start, until].into_iter().flatten().min();
        let wait = wake.map(|wake| wake.saturating_duration_since(now));
        match runners.wait(wait).map_err(Lost::Failed)? {
            News::Winner(stream, address) => return Ok((stream, address)),
            News::Failure => next = now,
            News::None => {}
        }
    }
}

/// What happened in the race.
enum News {
    Winner(Arc<TcpStream>, SocketAddr),
    Failure,
    None,
}

/// The attempts so far.
#[derive(Default)]
struct Runners {
    connecting: Vec<(SocketAddr, Arc<TcpStream>)>,
    failed: Vec<(SocketAddr, io::Error)>,
}

impl Runners {
    /// Begins to connect. Whether that is under way.
    fn start(
        &mut self,
        address: SocketAddr,
        register: impl Fn(&Arc<TcpStream>) -> Result<(), ureq::Error>,
    ) -> Result<bool, ureq::Error> {
        let begun = match socket(address).map(Arc::new) {
            Ok(stream) => {
                register(&stream)?;
                begin(&stream, address).map(|()| stream)
            }
            Err(error) => Err(error),
        };
        let is_under_way = begun.is_ok();
        match begun {
            Ok(stream) => self.connecting.push((address, stream)),
            Err(error) => self.failed.push((address, error)),
        }
        Ok(is_under_way)
    }

    /// Waits until one answers or fails, at most this long.
    fn wait(&mut self, limit: Option<Duration>) -> io::Result<News> {
        let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
        let mut sockets: Vec<_> = self
            .connecting
            .iter()
            .map(|(_, stream)| PollFd::new(&**stream, PollFlags::OUT))
            .collect();
        match poll(&mut sockets, limit.as_ref()) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let Some(at) = sockets.iter().position(|one| !one.revents().is_empty()) else {
            return Ok(News::None);
        };
        let (address, stream) = self.connecting.remove(at);
        match connected(&stream) {
            Ok(()) => Ok(News::Winner(stream, address)),
            Err(error) => {
                self.failed.push((address, error));
                Ok(News::Failure)
            }
        }
    }

    /// What each address said.
    fn lost(&self) -> Lost {
        let Some((_, last)) = self.failed.last() else {
            return Lost::TimedOut;
        };
        let failed = self.failed.iter();
        let failed = failed.map(|(address, error)| format!("{address}: {error}"));
        let silent = self.connecting.iter();
        let silent = silent.map(|(address, _)| format!("{address}: no answer"));
        let said: Vec<_> = failed.chain(silent).collect();
        let mut text = said[..said.len().min(SHOWN)].join("; ");
        if let Some(more @ 1..) = said.len().checked_sub(SHOWN) {
            text += &format!("; and {more} more");
        }
        Lost::Failed(io::Error::new(last.kind(), text))
    }
}

fn socket(address: SocketAddr) -> io::Result<TcpStream> {
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    Ok(socket_with(family, SocketType::STREAM, flags, None)?.into())
}

fn begin(stream: &TcpStream, address: SocketAddr) -> io::Result<()> {
    match connect(stream, &address) {
        Ok(()) | Err(Errno::INPROGRESS | Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Makes an ordinary stream of one that has connected.
fn connected(stream: &TcpStream) -> io::Result<()> {
    if let Some(error) = stream.take_error()? {
        return Err(error);
    }
    // One that was cut off has no error, and no peer either.
    stream.peer_addr()?;
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Shutdown, TcpListener};
    use std::sync::Mutex;

    fn addresses(list: &str) -> Vec<SocketAddr> {
        let parse = |text: &str| text.parse().expect("an address");
        list.split_whitespace().map(parse).collect()
    }

    fn in_a_minute() -> Option<Instant> {
        Some(Instant::now() + Duration::from_secs(60))
    }

    /// An address where nobody listens: the port is below those that the system hands out.
    fn closed() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 1))
    }

    /// An address that swallows whatever is sent to it, for as long as the sockets are kept.
    struct Silent {
        address: SocketAddr,
        _sockets: (TcpListener, Vec<TcpStream>),
    }

    impl Silent {
        /// Fills the queue of a listener that accepts nobody: the kernel drops what comes later.
        fn new() -> Silent {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
            rustix::net::listen(&listener, 0).expect("a shorter queue");
            let address = listener.local_addr().expect("an address");
            let fill = |_| {
                let stream = socket(address).expect("a socket");
                begin(&stream, address).expect("an attempt");
                stream
            };
            Silent {
                address,
                _sockets: (listener, (0..8).map(fill).collect()),
            }
        }
    }

    #[test]
    fn families_take_turns_after_the_address_that_answered_last() {
        for (found, last, ordered) in [
            ("", None, ""),
            ("1.0.0.1:1 1.0.0.2:1", None, "1.0.0.1:1 1.0.0.2:1"),
            (
                "[::1]:1 [::2]:1 [::3]:1 1.0.0.1:1",
                None,
                "[::1]:1 1.0.0.1:1 [::2]:1 [::3]:1",
            ),
            (
                "1.0.0.1:1 1.0.0.2:1 [::1]:1 [::2]:1",
                None,
                "1.0.0.1:1 [::1]:1 1.0.0.2:1 [::2]:1",
            ),
            (
                "1.0.0.1:1 1.0.0.2:1 [::1]:1",
                Some("1.0.0.2:1"),
                "1.0.0.2:1 1.0.0.1:1 [::1]:1",
            ),
            (
                "1.0.0.1:1 1.0.0.2:1",
                Some("1.0.0.9:1"),
                "1.0.0.1:1 1.0.0.2:1",
            ),
        ] {
            let last = last.map(|last| addresses(last)[0]);
            assert_eq!(
                in_order(&addresses(found), last),
                addresses(ordered),
                "{found}"
            );
        }
    }

    #[test]
    fn the_first_address_that_answers_wins() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let good = listener.local_addr().expect("an address");
        let silent = Silent::new();
        for before in [
            vec![],
            vec![closed()],
            vec![silent.address],
            vec![closed(), silent.address],
        ] {
            let all = [before, vec![good]].concat();
            let (stream, address) = race(&all, in_a_minute(), |_| Ok(())).expect("a winner");
            assert_eq!(address, good);
            assert_eq!(stream.peer_addr().expect("a peer"), good);
        }
    }

    #[test]
    fn the_error_says_what_each_address_said() {
        let (one, other) = (closed(), SocketAddr::from(([127, 0, 0, 2], 1)));
        let Err(Lost::Failed(error)) = race(&[one, other], in_a_minute(), |_| Ok(())) else {
            panic!("nobody listens");
        };
        let refused = "Connection refused (os error 111)";
        assert_eq!(
            error.to_string(),
            format!("{one}: {refused}; {other}: {refused}")
        );
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let Err(Lost::Failed(error)) = race(&[one; 6], in_a_minute(), |_| Ok(())) else {
            panic!("nobody listens");
        };
        assert!(error.to_string().ends_with("; and 2 more"), "{error}");
    }

    #[test]
    fn an_address_that_is_silent_takes_no_longer_than_there_is_time() {
        let silent = Silent::new();
        let soon = || Some(Instant::now() + Duration::from_millis(50));
        let lost = race(&[silent.address], soon(), |_| Ok(()));
        assert!(matches!(lost, Err(Lost::TimedOut)), "{lost:?}");
        let one = closed();
        let Err(Lost::Failed(error)) = race(&[one, silent.address], soon(), |_| Ok(())) else {
            panic!("nobody listens");
        };
        let silent = format!("; {}: no answer", silent.address);
        assert!(error.to_string().ends_with(&silent), "{error}");
    }

    #[test]
    fn an_attempt_can_be_cut_off() {
        let silent = Silent::new();
        let begun: Mutex<Option<Arc<TcpStream>>> = Mutex::default();
        let begun = &begun;
        std::thread::scope(|scope| {
            let attempt = scope.spawn(move || {
                race(&[silent.address], in_a_minute(), |stream| {
                    *begun.lock().expect("no panic") = Some(stream.clone());
                    Ok(())
                })
            });
            // Again and again, since it may not have begun to connect yet.
            while !attempt.is_finished() {
                if let Some(stream) = &*begun.lock().expect("no panic") {
                    let _ = stream.shutdown(Shutdown::Both);
                }
                std::thread::yield_now();
            }
            let ended = attempt.join().expect("no panic");
            assert!(matches!(ended, Err(Lost::Failed(_))), "{ended:?}");
        });
    }

    #[test]
    fn no_attempt_is_made_once_all_is_to_end() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let good = listener.local_addr().expect("an address");
        let stopped = race(&[good], in_a_minute(), |_| {
            Err(ureq::Error::ConnectionFailed)
        });
        assert!(matches!(stopped, Err(Lost::Stopped(_))), "{stopped:?}");
    }
}
