//! What is said to a proxy so that it connects us to a host: CONNECT in HTTP (RFC 9110 §9.3.6), or SOCKS 5 (RFC 1928).

use crate::connection::proxy::{Login, Protocol, Proxy};
use crate::text::quote;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{self, Read, Write};
use std::net::IpAddr;
use ureq::Error;

/// The longest reply of a proxy, in bytes.
const LARGEST_REPLY: usize = 64 * 1024;

/// Where a tunnel leads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    /// A name, or an address; an IPv6 address is in brackets.
    pub(super) host: &'a str,
    pub(super) port: u16,
    /// Program and version.
    pub(super) user_agent: &'a str,
}

/// Has a proxy connect this stream to a host. The proxy looks its name up.
///
/// # Errors
/// [`Error::ConnectProxyFailed`] where it does not want to, or does not understand.
pub(super) fn open(
    stream: &mut (impl Read + Write),
    proxy: &Proxy,
    target: Target<'_>,
) -> Result<(), Error> {
    match proxy.protocol {
        Protocol::Http | Protocol::Https => http(stream, proxy.login.as_ref(), target),
        Protocol::Socks => socks(stream, proxy.login.as_ref(), target),
    }
}

fn http(
    stream: &mut (impl Read + Write),
    login: Option<&Login>,
    target: Target<'_>,
) -> Result<(), Error> {
    let Target {
        host,
        port,
        user_agent,
    } = target;
    let mut request = format!(
        "CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: {user_agent}\r\n"
    );
    if let Some(Login { user, password }) = login {
        let both = STANDARD.encode(format!("{user}:{password}"));
        request += &format!("Proxy-Authorization: Basic {both}\r\n");
    }
    stream.write_all(format!("{request}\r\n").as_bytes())?;
    stream.flush()?;
    loop {
        let head = head(stream)?;
        let first = head.lines().next().unwrap_or_default();
        let (status, reason) = status_line(first).ok_or_else(|| refused(NOT_HTTP))?;
        return match status {
            // It still connects, and says so.
            100..=199 => continue,
            200..=299 => Ok(()),
            // It may be able to in a moment.
            500..=599 => Err(io::Error::other(answered(status, reason)).into()),
            _ => Err(refused(answered(status, reason))),
        };
    }
}

const NOT_HTTP: &str = "its reply is not HTTP";

/// The head of a reply with the blank line at its end, and not a byte more: the rest is of the host's.
fn head(stream: &mut impl Read) -> Result<String, Error> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && !head.ends_with(b"\n\n") {
        let mut byte = [0];
        if stream.read(&mut byte)? == 0 {
            let why = "it closed the connection";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why).into());
        }
        head.push(byte[0]);
        if !b"HTTP/".starts_with(&head[..head.len().min(5)]) {
            return Err(refused(NOT_HTTP));
        }
        if head.len() > LARGEST_REPLY {
            return Err(refused("its reply has no end"));
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// The status and its reason, of `HTTP/1.1 200 OK`.
fn status_line(line: &str) -> Option<(u16, &str)> {
    let (version, rest) = line.split_once(' ')?;
    let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let status = status.parse().ok().filter(|_| status.len() == 3)?;
    version.starts_with("HTTP/1.").then_some((status, reason))
}

fn answered(status: u16, reason: &str) -> String {
    let reason = quote(reason.trim());
    format!("it answered {status} {reason}")
        .trim_end()
        .to_owned()
}

fn socks(
    stream: &mut (impl Read + Write),
    login: Option<&Login>,
    target: Target<'_>,
) -> Result<(), Error> {
    let (nothing, password) = (0, 2);
    let offered: &[u8] = match login {
        Some(_) => &[5, 2, nothing, password],
        None => &[5, 1, nothing],
    };
    stream.write_all(offered)?;
    stream.flush()?;
    let [version, method] = read(stream)?;
    match (version, login) {
        (5, _) if method == nothing => {}
        (5, Some(login)) if method == password => authenticate(stream, login)?,
        (5, None) => return Err(refused("it wants a user and a password")),
        (5, Some(_)) => return Err(refused("it takes no user and password")),
        _ => return Err(refused(NOT_SOCKS)),
    }
    stream.write_all(&[&[5, 1, 0], &*destination(target)?].concat())?;
    stream.flush()?;
    let [version, reply, _, kind] = read(stream)?;
    if version != 5 {
        return Err(refused(NOT_SOCKS));
    }
    if reply != 0 {
        return Err(not_connected(reply));
    }
    // The address that it uses itself, which is of no use to us.
    match kind {
        1 => read::<6>(stream).map(drop),
        4 => read::<18>(stream).map(drop),
        3 => {
            let [length] = read(stream)?;
            let mut rest = vec![0; usize::from(length) + 2];
            Ok(stream.read_exact(&mut rest)?)
        }
        _ => Err(refused(NOT_SOCKS)),
    }
}

const NOT_SOCKS: &str = "its reply is not SOCKS 5";

/// User and password (RFC 1929).
fn authenticate(stream: &mut (impl Read + Write), login: &Login) -> Result<(), Error> {
    let mut request = vec![1];
    for text in [&login.user, &login.password] {
        let length = u8::try_from(text.len());
        request.push(length.map_err(|_| refused("it takes no such user and password"))?);
        request.extend_from_slice(text.as_bytes());
    }
    stream.write_all(&request)?;
    stream.flush()?;
    match read(stream)? {
        [_, 0] => Ok(()),
        _ => Err(refused("it does not take this user and password")),
    }
}

/// The host and port to connect to: an address, or a name.
fn destination(target: Target<'_>) -> Result<Vec<u8>, Error> {
    let host = target.host.trim_matches(['[', ']']);
    let mut bytes = match host.parse() {
        Ok(IpAddr::V4(address)) => [&[1], &address.octets()[..]].concat(),
        Ok(IpAddr::V6(address)) => [&[4], &address.octets()[..]].concat(),
        Err(_) => {
            let length = u8::try_from(host.len());
            let length = length.map_err(|_| refused("the host's name is too long for it"))?;
            [&[3, length], host.as_bytes()].concat()
        }
    };
    bytes.extend_from_slice(&target.port.to_be_bytes());
    Ok(bytes)
}

/// Why a SOCKS proxy did not connect (RFC 1928 §6).
fn not_connected(reply: u8) -> Error {
    let why = match reply {
        1 => "it failed",
        2 => return refused("its rules forbid the connection"),
        3 => "it does not reach the host's network",
        4 => "it does not reach the host",
        5 => "the host refuses its connection",
        6 => "the host does not answer it",
        7 => return refused("it does not make connections"),
        8 => return refused("it does not know this kind of address"),
        _ => return refused(format!("it answered {reply}")),
    };
    io::Error::other(why).into()
}

fn read<const N: usize>(stream: &mut impl Read) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).map_err(|error| {
        let is_end = error.kind() == io::ErrorKind::UnexpectedEof;
        let closed = || io::Error::new(error.kind(), "it closed the connection");
        if is_end { closed() } else { error }
    })?;
    Ok(bytes)
}

/// It would say the same once more.
fn refused(why: impl Into<String>) -> Error {
    Error::ConnectProxyFailed(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A proxy that says this, whatever it hears.
    struct Says<'a> {
        says: &'a [u8],
        heard: Vec<u8>,
    }

    impl Read for Says<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.says.read(buffer)
        }
    }

    impl Write for Says<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.heard.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What becomes of a tunnel through a proxy that says this: what it heard, how much of what it said is left, and
    /// whether a failure may pass, with its words.
    fn opened(
        proxy: &str,
        host: &str,
        says: &[u8],
    ) -> (Vec<u8>, usize, Result<(), (bool, String)>) {
        let proxy = Proxy::parse(proxy, "TEST").expect(proxy);
        let heard = Vec::new();
        let mut stream = Says { says, heard };
        let target = Target {
            host,
            port: 443,
            user_agent: "test/1",
        };
        let opened = open(&mut stream, &proxy, target).map_err(|error| match error {
            Error::Io(error) => (true, error.to_string()),
            Error::ConnectProxyFailed(why) => (false, why),
            other => panic!("{other}"),
        });
        (stream.heard, stream.says.len(), opened)
    }

    #[test]
    fn an_http_proxy_is_asked_to_connect() {
        let says = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200\r\nA: b\r\n\r\nrest";
        let (heard, left, opened) = opened("http://us%C3%A9r:p%3A@proxy.test", "[::1]", says);
        assert_eq!((left, opened), (4, Ok(())));
        let heard = String::from_utf8(heard).expect("text");
        let expected = "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nUser-Agent: test/1\r\n\
                        Proxy-Authorization: Basic dXPDqXI6cDo=\r\n\r\n";
        assert_eq!(heard, expected);
    }

    #[test]
    fn what_an_http_proxy_answers_is_said() {
        let endless = format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(LARGEST_REPLY));
        for (says, may_pass, words) in [
            (
                "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
                false,
                "it answered 407 Proxy Authentication Required",
            ),
            ("HTTP/1.1 403\r\n\r\n", false, "it answered 403"),
            (
                "HTTP/1.1 403 \u{1b}[2J\r\n\r\n",
                false,
                "it answered 403 \\u{1b}[2J",
            ),
            ("HTTP/1.1 503 Later\r\n\r\n", true, "it answered 503 Later"),
            ("SSH-2.0-OpenSSH\r\n", false, NOT_HTTP),
            ("HTTP/2 200\r\n\r\n", false, NOT_HTTP),
            ("HTTP/1.1 2000\r\n\r\n", false, NOT_HTTP),
            ("HTTP/1.1\n\n", false, NOT_HTTP),
            ("", true, "it closed the connection"),
            ("HTTP/1.1 200 OK\r\n", true, "it closed the connection"),
            (&endless, false, "its reply has no end"),
        ] {
            let (_, _, opened) = opened("proxy.test", "ca.test", says.as_bytes());
            let shown = &says[..says.len().min(60)];
            assert_eq!(opened, Err((may_pass, words.to_owned())), "{shown}");
        }
    }

    #[test]
    fn a_socks_proxy_is_asked_to_connect_to_a_name_or_an_address() {
        let granted = |bound: &[u8]| [&[5, 0, 5, 0, 0], bound, b"rest"].concat();
        let to_name = [&[5, 1, 0, 5, 1, 0, 3, 7], &b"ca.test"[..], &[1, 187]].concat();
        let to_address = [&[5, 1, 0, 5, 1, 0, 1, 192, 0, 2, 1][..], &[1, 187]].concat();
        let last = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        let to_v6 = [&[5, 1, 0, 5, 1, 0, 4], &last[..], &[1, 187]].concat();
        for (host, heard, bound) in [
            ("ca.test", to_name, vec![1, 127, 0, 0, 1, 0, 1]),
            ("192.0.2.1", to_address, vec![3, 1, b'a', 0, 1]),
            ("[::1]", to_v6, [&[4][..], &last, &[0, 1]].concat()),
        ] {
            let found = opened("socks5h://proxy.test", host, &granted(&bound));
            assert_eq!(found, (heard, 4, Ok(())), "{host}");
        }
        let says = [&[5, 2, 1, 0, 5, 0, 0, 1], &[0; 6][..]].concat();
        let (heard, _, opened) = opened("socks5://u:pw@proxy.test", "ca.test", &says);
        assert_eq!(opened, Ok(()));
        let login = [5, 2, 0, 2, 1, 1, b'u', 2, b'p', b'w'];
        assert!(heard.starts_with(&login), "{heard:?}");
    }

    #[test]
    fn what_a_socks_proxy_answers_is_said() {
        for (proxy, says, may_pass, words) in [
            ("socks5://a", &b"HTTP/1.1 400"[..], false, NOT_SOCKS),
            ("socks5://a", &[5], true, "it closed the connection"),
            (
                "socks5://a",
                &[5, 255],
                false,
                "it wants a user and a password",
            ),
            (
                "socks5://u:p@a",
                &[5, 255],
                false,
                "it takes no user and password",
            ),
            (
                "socks5://u:p@a",
                &[5, 2, 1, 1],
                false,
                "it does not take this user and password",
            ),
            (
                "socks5://a",
                &[5, 0, 5, 5, 0, 1],
                true,
                "the host refuses its connection",
            ),
            (
                "socks5://a",
                &[5, 0, 5, 2, 0, 1],
                false,
                "its rules forbid the connection",
            ),
            ("socks5://a", &[5, 0, 5, 99, 0, 1], false, "it answered 99"),
            ("socks5://a", &[5, 0, 5, 0, 0, 9], false, NOT_SOCKS),
        ] {
            let (_, _, opened) = opened(proxy, "ca.test", says);
            assert_eq!(opened, Err((may_pass, words.to_owned())), "{says:?}");
        }
    }
}
