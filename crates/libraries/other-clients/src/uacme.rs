//! uacme's folder: `private/key.pem` is the account's key, `private/NAME/key.pem` and `NAME/cert.pem` are a certificate's. It
//! notes neither CA nor account.

use crate::model::{Account, Certificate, Client, Folder, Validation};
use crate::root::Root;
use std::path::PathBuf;

const ACCOUNT: &str = "private/key.pem";

pub(crate) fn is_folder(root: &Root) -> bool {
    root.has(ACCOUNT)
}

pub(crate) fn read(root: Root) -> Folder {
    let mut names = root.entries("");
    names.retain(|name| root.exists(format!("{name}/cert.pem")));
    let certificates = names.into_iter().map(|name| Certificate {
        key: PathBuf::from(format!("private/{name}/key.pem")),
        chain: PathBuf::from(format!("{name}/cert.pem")),
        account: Some(0),
        validation: Validation::Unknown,
        // Unless it is told otherwise, which it does not note.
        reuse_key: true,
        names: vec![name.clone()],
        name,
        ..Certificate::default()
    });
    Folder {
        client: Client::Uacme,
        certificates: certificates.collect(),
        accounts: vec![Account {
            key: root.path().join(ACCOUNT),
            ..Account::default()
        }],
        root,
        remarks: Vec::new(),
    }
}
