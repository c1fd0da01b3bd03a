//! A web server that answers as a test wants, in clear text or over TLS, and keeps what it was asked.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

use crate::{Authority, Workshop};

/// A request.
#[derive(Clone, Debug)]
pub struct WebRequest {
    /// Method and path: `POST /present`.
    pub line: String,
    /// Its headers, as they came.
    pub headers: String,
    /// Its body; null where that is no JSON.
    pub body: Value,
}

/// The running server.
pub struct WebServer {
    url: String,
    asked: Arc<Mutex<Vec<WebRequest>>>,
    root: Option<PathBuf>,
}

impl WebServer {
    /// One that speaks HTTP in clear text. It runs for as long as the process. Where the status is 0 it closes the connection
    /// without an answer.
    ///
    /// # Panics
    /// It cannot be started.
    #[track_caller]
    pub fn start(
        answer: impl Fn(&WebRequest) -> (u16, String) + Send + Sync + 'static,
    ) -> WebServer {
        WebServer::try_start(None, answer).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same over TLS, with a certificate of a CA of its own.
    ///
    /// # Panics
    /// It cannot be started.
    #[track_caller]
    pub fn with_tls(
        workshop: &Workshop,
        answer: impl Fn(&WebRequest) -> (u16, String) + Send + Sync + 'static,
    ) -> WebServer {
        let authority = Authority::create(workshop.dir(), &["127.0.0.1"]);
        authority
            .and_then(|authority| WebServer::try_start(Some(authority), answer))
            .unwrap_or_else(|error| panic!("{error}"))
    }

    fn try_start(
        authority: Option<Authority>,
        answer: impl Fn(&WebRequest) -> (u16, String) + Send + Sync + 'static,
    ) -> io::Result<WebServer> {
        let tls = authority.as_ref().map(tls).transpose()?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", listener.local_addr()?);
        let asked: Arc<Mutex<Vec<WebRequest>>> = Arc::default();
        let (heard, answer) = (asked.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (heard, answer, tls) = (heard.clone(), answer.clone(), tls.clone());
                let hear = move |request: WebRequest| {
                    let answer = answer(&request);
                    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                    heard.push(request);
                    answer
                };
                // The other side may go away whenever it likes.
                thread::spawn(move || serve(stream, tls, hear));
            }
        });
        Ok(WebServer {
            url,
            asked,
            root: authority.map(|authority| authority.root),
        })
    }

    /// Where it is, as a URL without a path.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate to trust, if it speaks TLS.
    pub fn root(&self) -> Option<&PathBuf> {
        self.root.as_ref()
    }

    /// All that it was asked, in that order.
    pub fn asked(&self) -> Vec<WebRequest> {
        let asked = self.asked.lock();
        asked.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn tls(authority: &Authority) -> io::Result<Arc<ServerConfig>> {
    let certificate =
        CertificateDer::from_pem_file(&authority.certificate).map_err(io::Error::other)?;
    let key = fs::read(&authority.key)?;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(io::Error::other)?;
    let config =
        ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?;
    let config = config
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key);
    config.map(Arc::new).map_err(io::Error::other)
}

fn serve(
    stream: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    hear: impl Fn(WebRequest) -> (u16, String),
) -> io::Result<()> {
    match tls {
        None => talk(stream, hear),
        Some(tls) => {
            let tls = ServerConnection::new(tls).map_err(io::Error::other)?;
            talk(StreamOwned::new(tls, stream), hear)
        }
    }
}

/// Answers one request after the other.
fn talk(stream: impl Read + Write, hear: impl Fn(WebRequest) -> (u16, String)) -> io::Result<()> {
    let mut connection = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if connection.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let (line, headers) = head.split_once("\r\n").unwrap_or_default();
        let length = headers.lines().find_map(|header| {
            let (name, value) = header.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse().ok())?
        });
        let mut body = vec![0; length.unwrap_or(0)];
        connection.read_exact(&mut body)?;
        let (status, text) = hear(WebRequest {
            line: line.trim_end_matches(" HTTP/1.1").to_owned(),
            headers: headers.to_owned(),
            body: serde_json::from_slice(&body).unwrap_or_default(),
        });
        if status == 0 {
            return Ok(());
        }
        let location = if status / 100 == 3 {
            "Location: /elsewhere\r\n"
        } else {
            ""
        };
        let reply = format!(
            "HTTP/1.1 {status} Whatever\r\nContent-Length: {}\r\n{location}\r\n{text}",
            text.len()
        );
        let stream = connection.get_mut();
        stream.write_all(reply.as_bytes())?;
        stream.flush()?;
    }
}
