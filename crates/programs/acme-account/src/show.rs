//! `acme-account show`: what the CA knows of an account, as one document.

use crate::failure::Failure;
use crate::output;
use crate::place::Place;
use acme::{Account, AccountObject};
use acme_account::PUBLIC;
use command::Args;
use keys::KeyFile;
use serde_json::{Value, json};

type Work = Box<dyn FnOnce() -> Result<(), Failure>>;

pub(crate) fn prepare(args: &Args, place: Place) -> Result<Work, Failure> {
    let is_public = args.flag(&PUBLIC)?;
    Ok(Box::new(move || {
        if is_public {
            let account = place.kept()?;
            return output::print_documents([public(&account)]);
        }
        let (account, object) = place.known()?;
        print(&place, &account, &object)
    }))
}

/// Prints the document of an account.
pub(crate) fn print(
    place: &Place,
    account: &Account,
    object: &AccountObject,
) -> Result<(), Failure> {
    output::print_documents([document(place, account, object)])
}

/// What anybody may know of it.
fn public(account: &Account) -> Value {
    json!({
        "url": account.url(),
        "directory": account.ca().url(),
        "thumbprint": account.key().jwk().thumbprint(),
    })
}

fn document(place: &Place, account: &Account, object: &AccountObject) -> Value {
    let mut document = public(account);
    document["status"] = json!(object.status);
    document["contact"] = json!(object.contact);
    let store = place.store();
    document["key"] = json!(store.key_path().to_string_lossy());
    if let Ok(key) = KeyFile::read(&store.key_path()) {
        document["key_type"] = json!(key.type_name());
        if matches!(key, KeyFile::Public(_)) {
            document["key_elsewhere"] = json!(true);
        }
    }
    let terms = account.ca().directory().meta.terms_of_service.as_ref();
    let members = [
        ("orders", object.orders.as_ref().map(|url| json!(url))),
        ("terms_of_service", terms.map(|url| json!(url))),
        ("terms_agreed", object.terms_agreed.map(|is| json!(is))),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            document[name] = value;
        }
    }
    document
}
