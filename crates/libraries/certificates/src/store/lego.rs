//! lego's files of a certificate, for whatever reads its folder: `NAME.crt`, `NAME.key` and so on, beside the directory of
//! the certificate.

use super::outputs::Outputs;
use super::record::OrderRecord;
use super::root::LARGEST_FILE;
use super::version::{self, File};
use crate::chain::Chain;
use crate::error::{Error, Result};
use crate::holder::Holder;
use files::{Staged, read_bounded};
use serde_json::json;
use std::fs;
use std::io::ErrorKind;
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
            Ok(there) if there.is_symlink() => {
                "a certificate of this name is kept there".to_owned()
            }
            Ok(there) if !there.is_file() => "it is no file".to_owned(),
            Err(error) if error.kind() != ErrorKind::NotFound => error.to_string(),
            _ => continue,
        };
        return Err(Error::file("write", &path, why));
    }
    let path = root.join(format!("{name}.crt"));
    let written = Staged::new(&path, &[]).map(drop);
    written.map_err(|error| Error::file("write", &path, error))
}

/// The files, each whole, on disk and 0600 as lego has it, and not under their names yet: once the certificate is in place,
/// a full disk keeps none of them back.
pub(super) fn stage(
    root: &Path,
    name: &str,
    holder: &Holder,
    chain: &Chain,
    record: &OrderRecord,
    pfx: Option<&[u8]>,
) -> Result<Vec<Staged>> {
    let contents = contents(holder, chain, record, pfx).into_iter();
    let staged = contents.map(|(ending, content)| {
        let path = root.join(format!("{name}{ending}"));
        Staged::new(&path, &content).map_err(|error| Error::Install {
            path,
            why: error.to_string(),
        })
    });
    staged.collect()
}

/// Puts the files in their places, where the certificate is in its own. The key comes first: a server that reads in between
/// finds the new key with the old certificate for as long as it takes to rename one file.
pub(super) fn put(staged: Vec<Staged>, certificate: &Path) -> Result<()> {
    for file in staged {
        let path = file.path().to_owned();
        file.put().map_err(|error| Error::Beside {
            certificate: certificate.to_owned(),
            path,
            why: error.to_string(),
        })?;
    }
    Ok(())
}

/// Whether the files are not those of this certificate: a run was interrupted before they were in place, for one.
pub(super) fn is_behind(
    root: &Path,
    name: &str,
    holder: &Holder,
    chain: &Chain,
    record: &OrderRecord,
    pfx: Option<&[u8]>,
) -> bool {
    let mut contents = contents(holder, chain, record, pfx).into_iter();
    contents.any(|(ending, content)| {
        let path = root.join(format!("{name}{ending}"));
        !read_bounded(&path, LARGEST_FILE).is_ok_and(|there| there == content)
    })
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
