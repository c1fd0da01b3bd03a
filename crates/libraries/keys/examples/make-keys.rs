//! Makes private keys of a kind and writes them to stdout, for `make bench` and to be looked at with openssl:
//! `make-keys RSA4096 20`.

use keys::{KeyType, NAMES, PrivateKey};
use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (kind, count) = match words.as_slice() {
        [kind] => (KeyType::parse(kind), Some(1)),
        [kind, count] => (KeyType::parse(kind), count.parse().ok()),
        _ => (None, None),
    };
    let (Some(kind), Some(count)) = (kind, count) else {
        eprintln!("usage: make-keys {} [NUMBER]", NAMES.join("|"));
        return ExitCode::from(2);
    };
    match write_keys(kind, count) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make-keys: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write_keys(kind: KeyType, count: u32) -> Result<(), Box<dyn std::error::Error>> {
    for _ in 0..count {
        let key = PrivateKey::generate(kind)?;
        std::io::stdout().write_all(key.to_pem().as_bytes())?;
    }
    Ok(())
}
