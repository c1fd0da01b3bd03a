//! A CA that is not one: it answers as RFC 8555 wants it, but for what a test has it do wrong. It believes every
//! challenge, and never looks at DNS. Who takes it for an https proxy is connected to the CA itself.

mod message;
mod objects;

use std::io::{self, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, thread};

use rcgen::CertificateParams;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use crate::{Authority, Workshop};

pub use message::{Asked, Reply};
pub use objects::{authorization, directory_object, order_object};

use objects::{challenge, order};

/// The running CA.
pub struct FalseCa {
    url: String,
    authority: Authority,
    asked: Arc<Mutex<Vec<Asked>>>,
    renewal_info: Arc<Mutex<Reply>>,
}

/// What every connection needs.
struct Service<F> {
    url: String,
    tls: Arc<ServerConfig>,
    nonces: AtomicU64,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// What it says of the renewal of any certificate.
    renewal_info: Arc<Mutex<Reply>>,
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
        FalseCa::try_start(workshop.dir(), |_| (), wrong).unwrap_or_else(|error| panic!("{error}"))
    }

    /// An honest one but for the certificate of its server, of which `change` makes what it likes.
    ///
    /// # Panics
    /// It cannot be started.
    #[track_caller]
    pub fn with_certificate(
        workshop: &Workshop,
        change: impl FnOnce(&mut CertificateParams),
    ) -> FalseCa {
        FalseCa::try_start(workshop.dir(), change, |_| None)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// One whose server's certificate is as `change` makes it, and that does wrong what `wrong` has a reply for.
    ///
    /// # Panics
    /// It cannot be started.
    #[track_caller]
    pub fn with(
        workshop: &Workshop,
        change: impl FnOnce(&mut CertificateParams),
        wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
    ) -> FalseCa {
        FalseCa::try_start(workshop.dir(), change, wrong).unwrap_or_else(|error| panic!("{error}"))
    }

    fn try_start(
        dir: &Path,
        change: impl FnOnce(&mut CertificateParams),
        wrong: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static,
    ) -> io::Result<FalseCa> {
        let dir = tempfile::Builder::new()
            .prefix("ca-")
            .tempdir_in(dir)?
            .keep();
        let authority = Authority::create_with(&dir, &["127.0.0.1"], change)?;
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
        let unknown = Reply::problem(404, "malformed", "no such certificate");
        let renewal_info = Arc::new(Mutex::new(unknown));
        let service = Arc::new(Service {
            url: url.clone(),
            tls: Arc::new(tls),
            nonces: AtomicU64::new(0),
            asked: asked.clone(),
            renewal_info: renewal_info.clone(),
            names: Mutex::default(),
            certificate: fs::read_to_string(&authority.certificate)?,
            wrong,
        });
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let service = service.clone();
                // The other side may go away whenever it likes.
                thread::spawn(move || service.serve(Box::new(stream)));
            }
        });
        Ok(FalseCa {
            url,
            authority,
            asked,
            renewal_info,
        })
    }

    /// Has a command take this for its CA.
    pub fn trusted_by<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("LEGO_SERVER", format!("{}/directory", self.url))
            .env("LEGO_CA_CERTIFICATES", &self.authority.root)
            .env("LEGO_ACCEPT_TOS", "true")
    }

    /// Where it is, as a URL without a path.
    pub fn url(&self) -> &str {
        &self.url
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

    /// All that it was asked, in that order.
    pub fn asked(&self) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap_or_else(|all| all.into_inner());
        asked.clone()
    }

    /// From now on it says this of the renewal of any certificate (RFC 9773 §4.2): [`Reply::window`] or whatever else.
    /// Before, it knows none.
    pub fn set_renewal_info(&self, reply: Reply) {
        let info = self.renewal_info.lock();
        *info.unwrap_or_else(PoisonError::into_inner) = reply;
    }
}

/// What TLS is spoken over: TCP, or TLS to a proxy.
trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

impl<F: Fn(&Asked) -> Option<Reply>> Service<F> {
    fn serve(&self, stream: Box<dyn Stream>) -> io::Result<()> {
        let tls = ServerConnection::new(self.tls.clone()).map_err(io::Error::other)?;
        let mut connection = BufReader::new(StreamOwned::new(tls, stream));
        while let Some(mut asked) = message::read(&mut connection)? {
            self.note(&mut asked);
            self.note_names(&asked);
            let wrong = (self.wrong)(&asked);
            if wrong.is_none() && asked.method == "CONNECT" {
                let mut tunnel = connection.into_inner();
                tunnel.write_all(b"HTTP/1.1 200 Connected\r\n\r\n")?;
                return self.serve(Box::new(tunnel));
            }
            let reply = wrong.unwrap_or_else(|| self.honest(&asked));
            let nonce = self.nonces.fetch_add(1, Ordering::Relaxed);
            message::write(connection.get_mut(), &asked, &reply, &self.url, nonce)?;
        }
        Ok(())
    }

    /// Keeps a request, and fills in how often the same was there before.
    fn note(&self, asked: &mut Asked) {
        let mut all = self.asked.lock().unwrap_or_else(|all| all.into_inner());
        asked.before = all.iter().filter(|one| one.path == asked.path).count();
        all.push(asked.clone());
    }

    /// Keeps the names of an order.
    fn note_names(&self, asked: &Asked) {
        if asked.path == "/new-order" {
            let identifiers = asked.payload["identifiers"].as_array();
            let values = identifiers.into_iter().flatten();
            *self.names() = values
                .filter_map(|one| one["value"].as_str().map(str::to_owned))
                .collect();
        }
    }

    fn names(&self) -> MutexGuard<'_, Vec<String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a CA says that has nothing to hide: one order, with an authorization and a challenge for each name.
    fn honest(&self, asked: &Asked) -> Reply {
        let number = asked.path.rsplit('/').next().unwrap_or_default();
        let count = |path: &str| {
            let all = self.asked.lock().unwrap_or_else(|all| all.into_inner());
            all.iter().filter(|one| one.path.starts_with(path)).count()
        };
        let names = self.names();
        if asked.path.starts_with("/renewal-info/") {
            let info = self.renewal_info.lock();
            return info.unwrap_or_else(PoisonError::into_inner).clone();
        }
        match asked.path.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "/directory" => Reply::new(200, &directory_object()),
            "/nonce" => Reply::new(200, &json!({})),
            "/account" => Reply::new(201, &json!({"status": "valid"}))
                .header("Location", "https://HERE/account/1"),
            "/new-order" => {
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
            "/revoke" => Reply::new(200, &json!({})),
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
