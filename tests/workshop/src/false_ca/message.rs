//! Requests as a CA understands them, and what it replies, over a connection.

use std::io::{self, BufRead, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

/// What stands for the CA's own address in replies.
const HERE: &str = "https://HERE";

/// A request, as the CA understands it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET`, `HEAD` or `POST`.
    pub method: String,
    /// Its path: `/order`.
    pub path: String,
    /// Its header, in lower case.
    pub header: String,
    /// What was signed; null where nothing was.
    pub payload: Value,
    /// What was signed with it: who signed, and with which algorithm (RFC 8555 §6.2).
    pub protected: Value,
    /// The input of the signature, and the signature (RFC 7515 §5.1).
    pub signed: (String, Vec<u8>),
    /// The body as it came.
    pub body: String,
    /// How many times the same was asked before.
    pub before: usize,
}

impl Asked {
    /// Whether the key of this JWK signed it: ECDSA with P-256, and no other.
    pub fn is_signed_by(&self, jwk: &Value) -> bool {
        let coordinate =
            |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap_or_default());
        let (Ok(x), Ok(y)) = (coordinate("x"), coordinate("y")) else {
            return false;
        };
        let (input, signature) = &self.signed;
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [vec![4], x, y].concat())
            .verify(input.as_bytes(), signature)
            .is_ok()
    }
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

    /// Renewal information with this window (RFC 9773 §4.2), in RFC 3339.
    pub fn window(start: &str, end: &str) -> Reply {
        Reply::new(
            200,
            &json!({"suggestedWindow": {"start": start, "end": end}}),
        )
        .header("Retry-After", "21600")
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }
}

/// Reads the next request; nothing at the end of the connection. That nobody asked the same before is for the caller
/// to mend.
pub(super) fn read(connection: &mut impl BufRead) -> io::Result<Option<Asked>> {
    let mut first = String::new();
    connection.read_line(&mut first)?;
    let mut words = first.split_whitespace().map(str::to_owned);
    let (Some(method), Some(path)) = (words.next(), words.next()) else {
        return Ok(None);
    };
    let mut length = 0;
    let mut header = String::new();
    loop {
        let mut line = String::new();
        connection.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        header += &line;
    }
    let mut body = Vec::new();
    connection.take(length).read_to_end(&mut body)?;
    let signed: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |member: &str| signed[member].as_str().unwrap_or_default();
    let decoded = |member: &str| URL_SAFE_NO_PAD.decode(text(member)).unwrap_or_default();
    let input = format!("{}.{}", text("protected"), text("payload"));
    Ok(Some(Asked {
        payload: serde_json::from_slice(&decoded("payload")).unwrap_or_default(),
        protected: serde_json::from_slice(&decoded("protected")).unwrap_or_default(),
        signed: (input, decoded("signature")),
        body: String::from_utf8_lossy(&body).into_owned(),
        method,
        path,
        header,
        before: 0,
    }))
}

/// Sends a reply of the CA at `url`, with this nonce.
pub(super) fn write(
    to: &mut impl Write,
    asked: &Asked,
    reply: &Reply,
    url: &str,
    nonce: u64,
) -> io::Result<()> {
    let body = replace(&reply.body, HERE, url);
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
        head += &format!("{name}: {}\r\n", value.replace(HERE, url));
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

fn replace(text: &[u8], from: &str, to: &str) -> Vec<u8> {
    match str::from_utf8(text) {
        Ok(text) => text.replace(from, to).into_bytes(),
        Err(_) => text.to_vec(),
    }
}
