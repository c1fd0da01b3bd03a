//! A CA that is not one: it answers as RFC 8555 wants it, but for what a test has it do wrong. It believes every
//! challenge, and never looks at DNS.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::{fs, thread};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::{Authority, Workshop};

/// What stands for the CA's own address in replies.
const HERE: &str = "https://HERE";

/// A request, as the CA understands it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET`, `HEAD` or `POST`.
    pub method: String,
    /// Its path: `/order`.
    pub path: String,
    /// What was signed; null where nothing was.
    pub payload: Value,
    /// How many times the same was asked before.
    pub before: usize,
}

/// What comes back. `https://HERE` in it stands for the CA's address.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP's.
    pub status: u16,
    /// Beside `Replay-Nonce`, `Content-Type` and `Content-Length`; one of these names takes the place of ours.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The body is sent over and over again, until the other side has enough.
    pub endless: bool,
}

impl Reply {
    /// A reply with an object in it.
    pub fn new(status: u16, object: &Value) -> Reply {
        Reply {
            status,
            headers: Vec::new(),
            body: object.to_string().into_bytes(),
            endless: false,
        }
    }

    /// A problem of RFC 8555 §6.7.
    pub fn problem(status: u16, kind: &str, detail: &str) -> Reply {
        let kind = format!("urn:ietf:params:acme:error:{kind}");
        Reply::new(status, &json!({"type": kind, "detail": detail}))
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }
}

/// The running CA.
pub struct FalseCa {
    url: String,
    authority: Authority,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// What every connection needs.
struct Desk<F> {
    url: String,
    tls: Arc<ServerConfig>,
    nonces: AtomicU64,
    asked: Arc<Mutex<Vec<Asked>>>,
    names: Mutex<Vec<String>>,
    /// A certificate in PEM, though not one that anybody asked for.
    certificate: String,
    wrong: F,
}

impl FalseCa {
    /// One that does wrong what `wrong` has a reply for. It runs for as long as the process.
    ///
    /// # Panics
    /// It cannot be started.
    #[track_caller]
    pub fn start(
        workshop: &Workshop,
        wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
    ) -> FalseCa {
        FalseCa::try_start(workshop.dir(), wrong).unwrap_or_else(|error| panic!("{error}"))
    }

    fn try_start(
        dir: &Path,
        wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
    ) -> io::Result<FalseCa> {
        let dir = tempfile::Builder::new()
            .prefix("ca-")
            .tempdir_in(dir)?
            .keep();
        let authority = Authority::create(&dir, &["127.0.0.1"])?;
        let certificate =
            CertificateDer::from_pem_file(&authority.certificate).map_err(io::Error::other)?;
        let key = PrivateKeyDer::from_pem_file(&authority.key).map_err(io::Error::other)?;
        let tls =
            ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
                .with_safe_default_protocol_versions()
                .and_then(|config| {
                    config
                        .with_no_client_auth()
                        .with_single_cert(vec![certificate], key)
                })
                .map_err(io::Error::other)?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("https://{}", listener.local_addr()?);
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let desk = Arc::new(Desk {
            url: url.clone(),
            tls: Arc::new(tls),
            nonces: AtomicU64::new(0),
            asked: asked.clone(),
            names: Mutex::default(),
            certificate: fs::read_to_string(&authority.certificate)?,
            wrong,
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let desk = desk.clone();
                // The other side may go away whenever it likes.
                thread::spawn(move || desk.serve(stream));
            }
        });
        Ok(FalseCa {
            url,
            authority,
            asked,
        })
    }

    /// Has a command take this for its CA.
    pub fn trusted_by<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("LEGO_SERVER", format!("{}/directory", self.url))
            .env("LEGO_CA_CERTIFICATES", &self.authority.root)
            .env("LEGO_ACCEPT_TOS", "true")
    }

    /// The certificate to trust.
    pub fn root(&self) -> &Path {
        &self.authority.root
    }

    /// How often this was asked for.
    pub fn count(&self, path: &str) -> usize {
        let asked = self.asked.lock().unwrap_or_else(|all| all.into_inner());
        asked.iter().filter(|one| one.path == path).count()
    }
}

impl<F: Fn(&Asked) -> Option<Reply>> Desk<F> {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        let tls = ServerConnection::new(self.tls.clone()).map_err(io::Error::other)?;
        let mut connection = BufReader::new(StreamOwned::new(tls, stream));
        while let Some(asked) = self.read(&mut connection)? {
            let reply = (self.wrong)(&asked).unwrap_or_else(|| self.honest(&asked));
            self.write(connection.get_mut(), &asked, reply)?;
        }
        Ok(())
    }

    /// The next request; nothing at the end of the connection.
    fn read(&self, connection: &mut impl BufRead) -> io::Result<Option<Asked>> {
        let mut first = String::new();
        connection.read_line(&mut first)?;
        let mut words = first.split_whitespace().map(str::to_owned);
        let (Some(method), Some(path)) = (words.next(), words.next()) else {
            return Ok(None);
        };
        let mut length = 0;
        loop {
            let mut line = String::new();
            connection.read_line(&mut line)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
        }
        let mut body = Vec::new();
        connection.take(length).read_to_end(&mut body)?;
        let signed: Value = serde_json::from_slice(&body).unwrap_or_default();
        let payload = signed["payload"].as_str().unwrap_or_default();
        let payload = URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
        let mut all = self.asked.lock().unwrap_or_else(|all| all.into_inner());
        let asked = Asked {
            before: all.iter().filter(|one| one.path == path).count(),
            payload: serde_json::from_slice(&payload).unwrap_or_default(),
            method,
            path,
        };
        all.push(asked.clone());
        Ok(Some(asked))
    }

    fn write(&self, to: &mut impl Write, asked: &Asked, reply: Reply) -> io::Result<()> {
        let nonce = self.nonces.fetch_add(1, Ordering::Relaxed);
        let body = replace(&reply.body, HERE.as_bytes(), self.url.as_bytes());
        let mut head = format!("HTTP/1.1 {} Such\r\n", reply.status);
        let ours = [
            ("Replay-Nonce", format!("nonce-{nonce}")),
            ("Content-Type", "application/json".to_owned()),
            ("Content-Length", body.len().to_string()),
        ];
        let given = |name: &str| reply.headers.iter().any(|(given, _)| *given == name);
        let ours = ours
            .iter()
            .filter(|(name, _)| !(given(name) || reply.endless && *name == "Content-Length"));
        for (name, value) in ours.chain(&reply.headers) {
            head += &format!("{name}: {}\r\n", value.replace(HERE, &self.url));
        }
        to.write_all(format!("{head}\r\n").as_bytes())?;
        if asked.method != "HEAD" {
            to.write_all(&body)?;
        }
        if reply.endless {
            loop {
                to.write_all(&body)?;
            }
        }
        to.flush()
    }

    /// What a CA says that has nothing to hide: one order, with an authorization and a challenge for each name.
    fn honest(&self, asked: &Asked) -> Reply {
        let number = asked.path.rsplit('/').next().unwrap_or_default();
        let count = |path: &str| {
            let all = self.asked.lock().unwrap_or_else(|all| all.into_inner());
            all.iter().filter(|one| one.path.starts_with(path)).count()
        };
        let mut names = self.names.lock().unwrap_or_else(|names| names.into_inner());
        match asked.path.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "/directory" => Reply::new(
                200,
                &json!({"newNonce": "https://HERE/nonce", "newAccount": "https://HERE/account",
                        "newOrder": "https://HERE/new-order", "meta": {"termsOfService": "https://HERE/terms"}}),
            ),
            "/nonce" => Reply::new(200, &json!({})),
            "/account" => Reply::new(201, &json!({"status": "valid"}))
                .header("Location", "https://HERE/account/1"),
            "/new-order" => {
                let identifiers = asked.payload["identifiers"].as_array();
                let values = identifiers.into_iter().flatten();
                *names = values
                    .filter_map(|one| one["value"].as_str().map(str::to_owned))
                    .collect();
                Reply::new(201, &order(&names, "pending")).header("Location", "https://HERE/order")
            }
            "/order" if count("/finalize") > 0 => Reply::new(200, &order(&names, "valid")),
            "/order" if count("/challenge/") >= names.len() => {
                Reply::new(200, &order(&names, "ready"))
            }
            "/order" => Reply::new(200, &order(&names, "pending")),
            "/finalize" => Reply::new(200, &order(&names, "valid")),
            "/authorization/" => {
                let name = number.parse().ok().and_then(|n: usize| names.get(n));
                let answered = count(&format!("/challenge/{number}")) > 0;
                let status = if answered { "valid" } else { "pending" };
                Reply::new(
                    200,
                    &authorization(name.map_or("", String::as_str), number, status),
                )
            }
            "/challenge/" => Reply::new(200, &challenge(number, "processing")),
            "/certificate" => {
                let mut reply = Reply::new(200, &json!(null))
                    .header("Content-Type", "application/pem-certificate-chain");
                reply.body = self.certificate.clone().into_bytes();
                reply
            }
            _ => Reply::problem(404, "malformed", "no such thing"),
        }
    }
}

/// An order for these names.
pub fn order_object(names: &[&str], status: &str) -> Value {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    order(&names, status)
}

fn order(names: &[String], status: &str) -> Value {
    let identifiers: Vec<_> = names
        .iter()
        .map(|name| json!({"type": "dns", "value": name}))
        .collect();
    let authorizations: Vec<_> = (0..names.len())
        .map(|n| format!("https://HERE/authorization/{n}"))
        .collect();
    let mut order = json!({"status": status, "identifiers": identifiers, "authorizations": authorizations,
                           "finalize": "https://HERE/finalize"});
    if status == "valid" {
        order["certificate"] = "https://HERE/certificate".into();
    }
    order
}

/// An authorization for a name.
pub fn authorization(name: &str, number: &str, status: &str) -> Value {
    json!({"identifier": {"type": "dns", "value": name.trim_start_matches("*.")}, "status": status,
           "wildcard": name.starts_with("*."), "challenges": [challenge(number, status)]})
}

fn challenge(number: &str, status: &str) -> Value {
    json!({"type": "dns-01", "url": format!("https://HERE/challenge/{number}"), "status": status,
           "token": format!("token-{number}")})
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}
