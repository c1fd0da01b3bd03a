//! What is written of a certificate.

use acme_cli::certificate_problem;
use certificates::{OrderRecord, Store};
use other_clients::{Certificate, Folder};
use pipeline::catalogue::order::{
    ACCOUNT, CERTIFICATE, DIRECTORY, IMPORTED, NAME, OPTIONS, ORDER, VERSION,
};
use pipeline::{Document, Object, Problem, Value};
use serde_json::json;

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// It would be taken.
    Found,
    /// It is here now.
    Taken,
    /// It was here.
    Same,
    /// What is here is newer.
    Older,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Status::Found => "found",
            Status::Taken => "taken",
            Status::Same => "same",
            Status::Older => "older",
        }
    }
}

/// The client and its folder.
pub(crate) fn from(folder: &Folder) -> String {
    format!("{}, {}", folder.client.name(), folder.root.path().display())
}

/// The document of a certificate of which nothing more is known than where it is.
pub(crate) fn of(folder: &Folder, certificate: &Certificate) -> Document {
    let mut document = Document::from(Object::new());
    document.set(&VERSION, 1);
    document.set(&NAME, certificate.name.replace('*', "_"));
    let path = |path: &std::path::Path| {
        let path = folder.root.path().join(path);
        path.to_string_lossy().into_owned()
    };
    document.set(
        &IMPORTED,
        json!({
            "client": folder.client.name(),
            "folder": folder.root.path().to_string_lossy(),
            "name": certificate.name,
            "key": path(&certificate.key),
            "cert": path(&certificate.chain),
        }),
    );
    document.set_challenges([]);
    document
}

/// The names that it is for.
pub(crate) fn set_names(document: &mut Document, names: &[String]) {
    let names = names
        .iter()
        .map(|name| json!({"type": "dns", "value": name}));
    document.set(&ORDER, json!({"identifiers": names.collect::<Vec<_>>()}));
}

/// How it is ordered from now on.
pub(crate) fn set_record(document: &mut Document, name: &str, record: &OrderRecord) {
    document.set(&NAME, name);
    document.set(&DIRECTORY, record.directory.as_str());
    document.set(&ACCOUNT, json!(record.account));
    // Text, numbers and flags, which JSON can always express.
    document.set(&OPTIONS, json!(record.options));
}

/// What became of it, and what a person has to know.
pub(crate) fn set_status(document: &mut Document, status: Status, remarks: &[String]) {
    let mut imported = document.member(&IMPORTED).unwrap_or_default();
    imported["status"] = status.word().into();
    if !remarks.is_empty() {
        imported["remarks"] = Value::from(remarks.to_vec());
    }
    document.set(&IMPORTED, imported);
}

/// The one that is in use here.
pub(crate) fn set_certificate(
    document: &mut Document,
    store: &Store,
    name: &str,
) -> Result<(), Problem> {
    let look = store.look(name).map_err(certificate_problem)?;
    let files = store.files(name).map_err(certificate_problem)?;
    // One that was moved aside here is not in use.
    let Some(chain) = look.chain else {
        return Ok(());
    };
    let url = look
        .record
        .map(|record| record.certificate)
        .unwrap_or_default();
    let mut members = acme_cli::certificate(&url, &chain, &files);
    if url.is_empty() {
        members.shift_remove("url");
    }
    document.set(&CERTIFICATE, Value::Object(members));
    Ok(())
}
