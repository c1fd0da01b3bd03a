//! A proxy: it connects whoever asks with CONNECT or SOCKS 5, and counts the connections.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The running proxy.
pub struct Proxy {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// One that connects whoever asks. It runs for as long as the process.
    ///
    /// # Panics
    /// It cannot be started.
    #[track_caller]
    pub fn start() -> Proxy {
        Proxy::that(|_| None)
    }

    /// One that sends what `instead` makes of the head of a request, and closes the connection; it connects where that is
    /// nothing.
    ///
    /// # Panics
    /// It cannot be started.
    #[track_caller]
    pub fn that(
        instead: impl Fn(&str) -> Option<&'static str> + Clone + Send + Sync + 'static,
    ) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("{error}"));
        let address = listener.local_addr().map(|address| address.to_string());
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = asked.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (heard, instead) = (heard.clone(), instead.clone());
                let hear = move |head: &str| {
                    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                    heard.push(head.to_owned());
                    instead(head)
                };
                // Either side may go away whenever it likes.
                thread::spawn(move || serve(client, hear));
            }
        });
        Proxy {
            address: address.unwrap_or_default(),
            asked,
        }
    }

    /// Its host and port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The heads of all requests so far: `CONNECT` with its headers, or `SOCKS` with the host and port.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock();
        asked.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(client: TcpStream, hear: impl Fn(&str) -> Option<&'static str>) -> io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let is_socks = reader.fill_buf()?.first() == Some(&5);
    let head = if is_socks {
        socks(&mut reader, &client)?
    } else {
        http(&mut reader)?
    };
    if let Some(instead) = hear(&head) {
        (&client).write_all(instead.as_bytes())?;
        return client.shutdown(Shutdown::Write);
    }
    let target = head.split_whitespace().nth(1).unwrap_or_default();
    let host = TcpStream::connect(target)?;
    let granted: &[u8] = match is_socks {
        true => &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0],
        false => b"HTTP/1.1 200 Connected\r\n\r\n",
    };
    (&client).write_all(granted)?;
    let back = host.try_clone()?;
    thread::spawn(move || pass(back, client));
    pass(reader, host)
}

/// The head of a request.
fn http(reader: &mut impl BufRead) -> io::Result<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    Ok(head)
}

/// Lets anybody in, and reads where to connect to: an IPv4 address or a name.
fn socks(reader: &mut impl Read, mut client: &TcpStream) -> io::Result<String> {
    let [_, methods] = read(reader)?;
    reader.read_exact(&mut vec![0; methods.into()])?;
    client.write_all(&[5, 0])?;
    let [_, _, _, kind] = read(reader)?;
    let host = if kind == 1 {
        read::<4>(reader)?.map(|byte| byte.to_string()).join(".")
    } else {
        let [length] = read(reader)?;
        let mut name = vec![0; length.into()];
        reader.read_exact(&mut name)?;
        String::from_utf8_lossy(&name).into_owned()
    };
    let port = u16::from_be_bytes(read(reader)?);
    Ok(format!("SOCKS {host}:{port}"))
}

fn read<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn pass(mut from: impl Read, mut to: TcpStream) -> io::Result<()> {
    // Whatever ends the one way ends the other.
    let _ = io::copy(&mut from, &mut to);
    to.shutdown(Shutdown::Both)
}
