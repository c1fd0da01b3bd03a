//! The certificate that a new one takes the place of for the CA: by its id, by the name that it is kept under, or in a file.

use acme_order::REPLACES;
use certificates::{Chain, Store};
use command::{Args, Usage, state_directory};
use names::{kept_name, said_of_unknown};
use std::path::Path;

/// The largest file of a chain that is read, in bytes.
const LARGEST_FILE: u64 = 8 * 1024 * 1024;

/// Its id (RFC 9773 §4.1), where the command line names one.
///
/// # Errors
/// There is no such certificate, or it does not say which key signed it.
pub(crate) fn from_args(args: &Args) -> Result<Option<String>, Usage> {
    let Some(text) = args.text(&REPLACES)? else {
        return Ok(None);
    };
    let store = Store::new(&state_directory(args)?);
    let id = find(&text, &store).map_err(|why| Usage::new(format!("--{}: {why}", REPLACES.long)));
    id.map(Some)
}

fn find(text: &str, store: &Store) -> Result<String, String> {
    let installed = |name: &str| store.installed(name).ok().flatten();
    let name = kept_name(text, |name| installed(name).is_some());
    if let Some(installed) = installed(&name) {
        return id_of(&installed.chain, &name);
    }
    let unread = match files::read_bounded(Path::new(text), LARGEST_FILE) {
        Ok(bytes) => {
            let chain = Chain::from_pem(&bytes);
            let chain = chain.map_err(|_| format!("{text} has no certificate in PEM"))?;
            return id_of(&chain, text);
        }
        Err(error) => error,
    };
    if is_id(text) && !is_like_a_name(text) {
        return Ok(text.to_owned());
    }
    let unknown = said_of_unknown([&text.to_owned()]);
    let place = store.directory().display().to_string();
    Err(format!(
        "{unknown} in {place}, it is no id of RFC 9773, and no file either: {unread}"
    ))
}

fn id_of(chain: &Chain, label: &str) -> Result<String, String> {
    chain.leaf().renewal_id().ok_or_else(|| {
        format!("{label} does not say which key signed it, and so has no id of RFC 9773")
    })
}

/// Whether it is made like the id of a certificate: two parts in base64url.
pub(crate) fn is_id(id: &str) -> bool {
    let is_part = |part: &str| {
        let is_base64url = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !part.is_empty() && part.chars().all(is_base64url)
    };
    id.split_once('.')
        .is_some_and(|(authority, serial)| is_part(authority) && is_part(serial))
}

/// Whether a person means a name of the DNS: an id of twenty octets and more has capitals in it, but for one of millions.
fn is_like_a_name(text: &str) -> bool {
    text.len() < 20 || !text.contains(|c: char| c.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_told_from_a_name_and_from_a_path() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let store = Store::new(directory.path());
        let id = "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE";
        assert_eq!(find(id, &store).as_deref(), Ok(id));
        for wrong in [
            "example.com",
            "sub.example.com",
            "a.B",
            "../x",
            "/etc/none.pem",
            "",
            "x y.Z",
        ] {
            let why = find(wrong, &store).expect_err(wrong);
            assert!(why.starts_with("there is no certificate `"), "{why}");
            assert!(why.contains("no file either"), "{why}");
        }
        let file = directory.path().join("x.pem");
        std::fs::write(&file, "none").expect("written");
        let why = find(&file.to_string_lossy(), &store).expect_err("no certificate");
        assert!(why.ends_with("has no certificate in PEM"), "{why}");
    }
}
