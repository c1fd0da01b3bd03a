//! lego's files of a certificate, for whatever reads its folder: `NAME.crt`, `NAME.key` and so on, beside the directory of
//! the certificate.

use super::outputs::Outputs;
use super::record::OrderRecord;
use super::version::{self, File};
use crate::chain::Chain;
use crate::error::{Error, Result};
use crate::holder::Holder;
use files::Staged;
use serde_json::json;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// All that there can be, behind the name.
const ENDINGS: [&str; 6] = [".key", ".pem", ".pfx", ".crt", ".issuer.crt", ".json"];

/// Refuses what can be known before there is a certificate: that a file cannot be written, or that there is something else
/// than a file, another certificate, for one, that is kept under such a name.
///
/// # Errors
/// [`Error::File`].
pub(super) fn check(root: &Path, name: &str) -> Result<()> {
    for ending in ENDINGS {
        let path = root.join(format!("{name}{ending}"));
        let why = match fs::symlink_metadata(&path) {
            Ok(there) if there.is_symlink() => "a certificate of this name is kept there",
            Ok(there) if !there.is_file() => "it is no file",
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::file("write", &path, error));
            }
            _ => continue,
        };
        return Err(Error::file("write", &path, why));
    }
    let path = root.join(format!("{name}.crt"));
    let written = Staged::new(&path, &[]).map(drop);
    written.map_err(|error| Error::file("write", &path, error))
}

/// Writes the files, each whole and 0600 as lego does. All are on disk before the first has its name: a full disk leaves those
/// that were there. The key comes first: a server that reads in between finds the new key with the old certificate for as
/// long as it takes to rename one file.
pub(super) fn write(
    root: &Path,
    name: &str,
    holder: &Holder,
    chain: &Chain,
    record: &OrderRecord,
    pfx: Option<&[u8]>,
) -> Result<()> {
    let failed = |path: &Path, error: io::Error| Error::Install {
        path: path.to_owned(),
        why: error.to_string(),
    };
    let contents = contents(holder, chain, record, pfx).into_iter();
    let staged = contents.map(|(ending, content)| {
        let path = root.join(format!("{name}{ending}"));
        Staged::new(&path, &content).map_err(|error| failed(&path, error))
    });
    for file in staged.collect::<Result<Vec<Staged>>>()? {
        let path = file.path().to_owned();
        file.put().map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn contents(
    holder: &Holder,
    chain: &Chain,
    record: &OrderRecord,
    pfx: Option<&[u8]>,
) -> Vec<(&'static str, Vec<u8>)> {
    let Outputs { pem, no_bundle, .. } = record.outputs;
    let [leaf, issuers, all] = chain.to_pems();
    let certificate = if no_bundle { leaf } else { all };
    let mut contents: Vec<(&'static str, Vec<u8>)> = Vec::new();
    if let Some(key) = holder.key() {
        let key = key.to_pem();
        contents.push((".key", key.clone().into_bytes()));
        if pem {
            contents.push((".pem", version::combined(&certificate, &key)));
        }
        contents.extend(pfx.map(|pfx| (".pfx", pfx.to_vec())));
    }
    contents.push((".crt", certificate.into_bytes()));
    if !issuers.is_empty() {
        contents.push((".issuer.crt", issuers.into_bytes()));
    }
    let resource = json!({
        "domain": record.names.first(),
        "domains": record.names,
        "keyType": record.key_type,
        "certUrl": record.certificate,
        "certStableUrl": record.certificate,
    });
    contents.push((".json", format!("{resource:#}\n").into_bytes()));
    contents
}

/// The content of a file of a version.
pub(super) fn content<'a>(files: &'a [File], name: &str) -> Option<&'a [u8]> {
    let mut files = files.iter();
    files
        .find(|file| file.name == name)
        .map(|file| &*file.content)
}
